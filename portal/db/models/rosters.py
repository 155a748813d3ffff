"""Sheets of people that an institution or employer wants to enrol."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class RosterUpload(Base):
    """An uploaded sheet: read, checked row by row in the background, then committed.

    ``content`` is kept, encrypted, only until the rows are read; rows go after 30 days.
    """

    __tablename__ = "roster_upload"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting','checking','checked','committing','done','failed')", name="state"
        ),
        CheckConstraint("num_nonnulls(institution_id, employer_id) = 1", name="owner"),
    )

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id")
    institution_id: Mapped[UUID | None] = ref("institution.id")
    employer_id: Mapped[UUID | None] = ref("employer.id")
    # The class of every row that names none.
    class_id: Mapped[UUID | None] = ref("training_class.id")
    state: Mapped[str]
    content: Mapped[bytes | None]
    content_kind: Mapped[str]
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    # Faults of the sheet as a whole: missing columns, not a sheet.
    problems: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RosterRow(Base):
    """One person of a sheet, with what enrolling them would give."""

    __tablename__ = "roster_row"
    __table_args__ = (
        UniqueConstraint("upload_id", "row_no"),
        CheckConstraint(
            "outcome IN ('unread','bad','eligible','needs_review','not_eligible','waiting')",
            name="outcome",
        ),
        CheckConstraint(
            "commit_state IN ('none','offered','waitlisted','refused')", name="commit_state"
        ),
        Index("ix_roster_row_outcome", "upload_id", "outcome"),
    )

    id: Mapped[Key]
    upload_id: Mapped[UUID] = ref("roster_upload.id", index=False)
    row_no: Mapped[int]
    name: Mapped[str]
    id_type: Mapped[str]
    id_no_enc: Mapped[bytes | None]
    id_no_hash: Mapped[bytes | None]
    phone_enc: Mapped[bytes | None]
    hired_on: Mapped[date | None]
    class_id: Mapped[UUID | None] = ref("training_class.id")
    person_id: Mapped[UUID | None] = ref("person.id")
    outcome: Mapped[str]
    # Locale keys and what fills them, one object a fault or reason: {"key", "params", "column"}.
    reasons: Mapped[Any] = mapped_column(JSONB, server_default=text("'[]'"))
    chosen: Mapped[bool] = mapped_column(server_default=text("true"))
    commit_state: Mapped[str] = mapped_column(server_default="none")
    enrolment_id: Mapped[UUID | None] = ref("enrolment.id")
