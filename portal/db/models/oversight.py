"""Counts that the authority's overview reads, and the targets that it works towards.

The tallies are derived: ``services.oversight.refreshing`` makes them from the classes that
``class_change`` names, and ``rebuilding`` from nothing. They have no foreign keys, because they
hold nothing of their own.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class ClassChange(Base):
    """Something that a tally rests on changed: a class, all of a person, all of a programme.

    Triggers write it within the transaction of the change, one row a change and without a key
    that two of them could wait for.
    """

    __tablename__ = "class_change"

    no: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    class_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    programme_id: Mapped[UUID | None]


class ClassTally(Base):
    """A class counted: everything about it belongs to the quarter in which it starts (20264)."""

    __tablename__ = "class_tally"
    __table_args__ = (
        Index("ix_class_tally_quarter_region", "quarter", "region_code"),
        Index("ix_class_tally_institution", "institution_id", "quarter"),
        Index("ix_class_tally_not_over", "region_code", postgresql_where=text("NOT is_over")),
    )

    class_id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True)
    region_code: Mapped[str]
    plan_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    quarter: Mapped[int]
    starts_on: Mapped[date]
    is_over: Mapped[bool]
    seats: Mapped[int]
    person_times: Mapped[int]
    completed: Mapped[int]
    # Of those who completed: hired after the class ended (see ``recounting``).
    employed: Mapped[int]
    sessions: Mapped[int]
    sessions_confirmed: Mapped[int]
    # 课时 of the confirmed sessions, over everybody, and what of them was credited.
    hours_due: Mapped[int] = mapped_column(BigInteger)
    hours_credited: Mapped[int] = mapped_column(BigInteger)


class ClassOutcome(Base):
    """What a class brought in a quarter, by the day of the paper or of the money.

    Certificates stand in a row without a fund, money (fen) in a row for each fund.
    """

    __tablename__ = "class_outcome"
    __table_args__ = (Index("ix_class_outcome_quarter_region", "quarter", "region_code"),)

    class_id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True)
    quarter: Mapped[int] = mapped_column(primary_key=True)
    fund: Mapped[str] = mapped_column(primary_key=True)
    region_code: Mapped[str]
    plan_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    certificates: Mapped[int]
    claimed_fen: Mapped[int] = mapped_column(BigInteger)
    paid_fen: Mapped[int] = mapped_column(BigInteger)
    recovered_fen: Mapped[int] = mapped_column(BigInteger)


class ClassMember(Base):
    """Who is on the roster of a class, by the number of the record that stands for the person."""

    __tablename__ = "class_member"
    __table_args__ = (Index("ix_class_member_person_no", "person_no"),)

    class_id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True)
    person_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class PeopleTally(Base):
    """How many different people learnt in an area in a period, under one plan or under all.

    ``period`` is a year (2026) or a quarter (20264); ``width`` says how many digits of the
    region's code count (0 the country, 6 a county); ``plan_id`` of all plans is all zeros.
    """

    __tablename__ = "people_tally"

    period: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    width: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(PG_UUID(as_uuid=True), primary_key=True)
    people: Mapped[int]


class TallyState(Base):
    """When the tallies were last brought up to date; one row at most."""

    __tablename__ = "tally_state"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    as_of: Mapped[datetime]
    rebuilt_at: Mapped[datetime | None]


class AnnualTarget(Base):
    """A part of a target as an officer set it. Append-only: a change is a further version.

    ``line`` names what of the pack is split: ``target:training_total`` or ``plan:6``. ``year``
    is 0 for the document's whole span. The part belongs to a region, and when
    ``institution_id`` is set to that institution there.
    """

    __tablename__ = "annual_target"
    __table_args__ = (
        UniqueConstraint(
            "pack_id",
            "line",
            "year",
            "region_code",
            "institution_id",
            "version_no",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("year = 0 OR year BETWEEN 1990 AND 2100", name="year"),
    )

    id: Mapped[Key]
    pack_id: Mapped[str] = ref("policy_pack.id")
    line: Mapped[str]
    year: Mapped[int] = mapped_column(SmallInteger)
    region_code: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id")
    version_no: Mapped[int]
    # Person-times or people, as the line counts.
    amount: Mapped[int]
    reason: Mapped[str]
    # What all parts of the level made of the whole when they were more than it.
    exceeds_by: Mapped[int] = mapped_column(server_default="0")
    set_by: Mapped[UUID] = ref("account.id")
    set_at: Mapped[datetime]
