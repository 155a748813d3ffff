"""Quarterly and annual reports as they were frozen, row by row, and what the public was told."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref

_OPEN = "state IN ('draft','freezing')"


class PeriodReport(Base):
    """A report of a region about a quarter or a year (季报, 年报; R70).

    Once frozen, ``content`` and everything it was made of stay as they are (a trigger of the
    migrations enforces it); a corrected version supersedes it and never replaces it.
    """

    __tablename__ = "period_report"
    __table_args__ = (
        UniqueConstraint("region_code", "kind", "period_from", "version"),
        CheckConstraint("kind IN ('quarter','year')", name="kind"),
        CheckConstraint("state IN ('draft','freezing','frozen','superseded')", name="state"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "(version > 1) = (supersedes_id IS NOT NULL AND reason IS NOT NULL)", name="corrected"
        ),
        CheckConstraint(
            "(state IN ('frozen','superseded')) = (frozen_at IS NOT NULL AND content IS NOT NULL"
            " AND hash IS NOT NULL AND frozen_by IS NOT NULL)",
            name="frozen",
        ),
        CheckConstraint(
            "countersigned_by <> frozen_by AND countersigned_by <> prepared_by", name="another"
        ),
        CheckConstraint(
            "(countersigned_by IS NULL) = (countersigned_at IS NULL)", name="countersigned"
        ),
        CheckConstraint("(state = 'superseded') = (superseded_at IS NOT NULL)", name="superseded"),
        Index(
            "uq_period_report_open",
            "region_code",
            "kind",
            "period_from",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        Index(
            "uq_period_report_frozen",
            "region_code",
            "kind",
            "period_from",
            unique=True,
            postgresql_where=text("state = 'frozen'"),
        ),
    )

    id: Mapped[Key]
    region_code: Mapped[str]
    kind: Mapped[str]
    period_from: Mapped[date]
    period_to: Mapped[date]
    version: Mapped[int] = mapped_column(SmallInteger)
    supersedes_id: Mapped[UUID | None] = ref("period_report.id")
    # Why a frozen report was made anew.
    reason: Mapped[str | None]
    state: Mapped[str]
    # How far a freeze in the background is: 0 before it, then the step.
    step: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    # How often the background began, and why its last freeze gave up, in words.
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    trouble: Mapped[str | None]
    prepared_by: Mapped[UUID] = ref("account.id", index=False)
    created_at: Mapped[datetime]
    # Names as they were: a printed report does not change when somebody's name does.
    prepared_name: Mapped[str]
    frozen_by: Mapped[UUID | None] = ref("account.id", index=False)
    frozen_at: Mapped[datetime | None]
    row_count: Mapped[int | None]
    content: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    hash: Mapped[str | None]
    countersigned_by: Mapped[UUID | None] = ref("account.id", index=False)
    countersigned_name: Mapped[str | None]
    countersigned_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]


class PeriodReportRow(Base):
    """One fact that a frozen report counts, with its values then. Append-only, no names.

    A fact is a place in a class (``training``), a certificate or a movement of money, named by
    its own id. What was reported before and changed since stands twice: taken out (``sign`` -1,
    as it was) and put in (1, as it is), with the report that it ``adjusts``. So the sums of all
    reports of a region, each row times its sign, are always a count of what is. No foreign keys:
    a frozen row must hinder nothing.
    """

    __tablename__ = "period_report_row"
    __table_args__ = (
        CheckConstraint("kind IN ('training','certificate','payment')", name="kind"),
        CheckConstraint("sign IN (-1, 1)", name="sign"),
        CheckConstraint("sign = 1 OR adjusts_id IS NOT NULL", name="adjusts"),
    )

    report_id: Mapped[UUID] = ref("period_report.id", primary_key=True, index=False)
    kind: Mapped[str] = mapped_column(primary_key=True)
    ref_id: Mapped[UUID] = mapped_column(primary_key=True)
    sign: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    adjusts_id: Mapped[UUID | None]
    day: Mapped[date]
    class_id: Mapped[UUID]
    region_code: Mapped[str]
    plan_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    training_type: Mapped[str]
    groups: Mapped[list[str]]
    person_times: Mapped[int] = mapped_column(SmallInteger)
    hours: Mapped[int]
    completed: Mapped[int] = mapped_column(SmallInteger)
    certificates: Mapped[int] = mapped_column(SmallInteger)
    # Paid, or less than nothing for what came back.
    fen: Mapped[int] = mapped_column(BigInteger)
    fund: Mapped[str]
    # The records that stand for the people behind it; for money, everybody it was paid for.
    people: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))


class FundPublication(Base):
    """What the public was told of a report's money (资金公开, R71). Append-only.

    ``cells`` are ``[[table, row, column, fen or null]]``; null is hidden. Nothing can be taken
    back from the public, so a later table is checked against all of these.
    """

    __tablename__ = "fund_publication"

    id: Mapped[Key]
    report_id: Mapped[UUID] = ref("period_report.id", unique=True, index=False)
    published_by: Mapped[UUID] = ref("account.id", index=False)
    published_at: Mapped[datetime]
    cells: Mapped[Any] = mapped_column(JSONB)
