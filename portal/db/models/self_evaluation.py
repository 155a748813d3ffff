"""Enterprises that evaluate the skill levels of their own staff (企业自主评价), as filed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class SelfEvaluation(Base):
    """One filing of an enterprise for one trade, and what the authority found (reference M17).

    What was returned stays as it was; the enterprise files anew. In force once ``accepted``,
    until its last day or until it is ``ended``.
    """

    __tablename__ = "self_evaluation"
    __table_args__ = (
        CheckConstraint(
            "state IN ('filed','accepted','returned','withdrawn','ended')", name="state"
        ),
        CheckConstraint("cardinality(levels) > 0", name="levels"),
        CheckConstraint("staff > 0", name="staff"),
        CheckConstraint("(state IN ('filed','withdrawn')) = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('accepted','ended') OR"
            " (doc_no <> '' AND effective_from IS NOT NULL AND valid_until IS NOT NULL)",
            name="document",
        ),
        # What one enterprise has filed or has in force stands there once.
        Index(
            "uq_self_evaluation_trade",
            "employer_id",
            "occupation_code",
            unique=True,
            postgresql_where=text("state IN ('filed','accepted')"),
        ),
    )

    id: Mapped[Key]
    employer_id: Mapped[UUID] = ref("employer.id")
    region_code: Mapped[str] = mapped_column(index=True)
    occupation_code: Mapped[str]
    levels: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    # How it will be examined (评价方案), for how many people, and whether pay follows (R14).
    plan: Mapped[str]
    staff: Mapped[int]
    level_linked_pay: Mapped[bool]
    state: Mapped[str]
    filed_at: Mapped[datetime]
    filed_by: Mapped[UUID | None]
    due_on: Mapped[date]
    answer: Mapped[str]
    doc_no: Mapped[str]
    effective_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
