"""Applications to open a class (开班): what an institution plans, sends, and is answered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, Serial, ref


class ClassOpening(Base):
    """One application. ``content`` is what the wizard holds now (``services.opening.content``);
    what was sent stands in ``ClassOpeningVersion``, what was decided in ``ClassOpeningDecision``.
    """

    __tablename__ = "class_opening"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft','submitted','returned','rejected','approved','withdrawn')",
            name="state",
        ),
        CheckConstraint("(state = 'approved') = (class_id IS NOT NULL)", name="class"),
        CheckConstraint("(state = 'submitted') = (due_on IS NOT NULL)", name="due"),
        CheckConstraint("state IN ('draft','withdrawn') OR version_no > 0", name="sent"),
        Index(
            "ix_class_opening_queue",
            "region_code",
            "due_on",
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[Key]
    # What people call it, and what the class is numbered by.
    serial: Mapped[Serial]
    institution_id: Mapped[UUID] = ref("institution.id")
    region_code: Mapped[str]
    state: Mapped[str]
    content: Mapped[dict[str, Any]]
    # The last version that was sent; 0 when none was.
    version_no: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID] = ref("account.id", index=False)
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID] = ref("account.id", index=False)
    # By when the authority answers, in working days from the sending.
    due_on: Mapped[date | None]
    class_id: Mapped[UUID | None] = ref("training_class.id", unique=True, index=False)


class ClassOpeningVersion(Base):
    """What was sent, word for word, with the checks as they stood. Append-only."""

    __tablename__ = "class_opening_version"
    __table_args__ = (UniqueConstraint("opening_id", "version_no"),)

    id: Mapped[Key]
    opening_id: Mapped[UUID] = ref("class_opening.id", index=False)
    version_no: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    checks: Mapped[Any] = mapped_column(JSONB)
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[UUID] = ref("account.id", index=False)


class ClassOpeningDecision(Base):
    """The one answer that a version gets. Append-only.

    ``steps`` are those of the wizard that have to be corrected, when it was returned.
    """

    __tablename__ = "class_opening_decision"
    __table_args__ = (
        UniqueConstraint("opening_id", "version_no"),
        CheckConstraint("act IN ('approved','returned','rejected')", name="act"),
        CheckConstraint("act = 'approved' OR length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("decided_by <> submitted_by", name="another"),
    )

    id: Mapped[Key]
    opening_id: Mapped[UUID] = ref("class_opening.id", index=False)
    version_no: Mapped[int]
    act: Mapped[str]
    reason: Mapped[str]
    steps: Mapped[list[str]]
    checks: Mapped[Any] = mapped_column(JSONB)
    submitted_by: Mapped[UUID] = ref("account.id", index=False)
    decided_by: Mapped[UUID] = ref("account.id", index=False)
    decided_at: Mapped[datetime]
