"""Local supplements (补充目录): what a city adds to the catalogue above it, and the answers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class SupplementEntry(Base):
    """A trade that a region adds (reference A1.1 C8), in the words that stand now.

    Live only once ``accepted``: then ``programme_id`` is its row among the programmes, and the
    words do not change any more. ``covered_by`` is the programme of a catalogue above that says
    the same by now and holds in its place; ``ended`` it is offered no more, for good.
    """

    __tablename__ = "supplement_entry"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft','filed','accepted','rejected','withdrawn','ended')", name="state"
        ),
        CheckConstraint(
            "(state IN ('accepted','ended')) = (programme_id IS NOT NULL)", name="programme"
        ),
        CheckConstraint("covered_by IS NULL OR state = 'accepted'", name="covered"),
        CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL AND ended_doc <> '' AND ended_reason <> '')",
            name="ended",
        ),
        CheckConstraint("num_nonnulls(occupation_code, topic_code) = 1", name="subject"),
        CheckConstraint("theory_hours >= 0 AND practice_hours >= 0", name="hours"),
        CheckConstraint("theory_hours + practice_hours > 0", name="some_hours"),
        CheckConstraint("fee_fen >= 0", name="fee"),
        Index(
            "uq_supplement_entry_code",
            "region_code",
            "code",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        # What one region has filed or has in force stands there once.
        Index(
            "uq_supplement_entry_subject",
            "region_code",
            "training_type",
            "occupation_code",
            "topic_code",
            "level",
            unique=True,
            postgresql_where=text("state IN ('filed','accepted')"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Key]
    region_code: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    plan_id: Mapped[UUID] = ref("training_plan.id")
    training_type: Mapped[str]
    occupation_code: Mapped[str | None]
    topic_code: Mapped[str | None]
    level: Mapped[int | None]
    theory_hours: Mapped[int]
    practice_hours: Mapped[int]
    fee_fen: Mapped[int]
    description: Mapped[str]
    # Why this place needs it: what the province reads first.
    why: Mapped[str]
    programme_id: Mapped[UUID | None] = ref("training_programme.id")
    covered_by: Mapped[UUID | None] = ref("training_programme.id")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
    ended_doc: Mapped[str] = mapped_column(server_default="")
    ended_reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]


class SupplementFiling(Base):
    """One time that an entry was filed upward, as it read then, and what was answered."""

    __tablename__ = "supplement_filing"
    __table_args__ = (
        UniqueConstraint("entry_id", "round_no"),
        CheckConstraint("outcome IN ('accepted','rejected','taken_back')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_supplement_filing_open",
            "entry_id",
            unique=True,
            postgresql_where=text("outcome IS NULL"),
        ),
        Index("ix_supplement_filing_due", "due_on", postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Key]
    entry_id: Mapped[UUID] = ref("supplement_entry.id")
    round_no: Mapped[int]
    doc_no: Mapped[str]
    words: Mapped[dict[str, Any]]
    filed_at: Mapped[datetime]
    filed_by: Mapped[UUID | None]
    due_on: Mapped[date]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
