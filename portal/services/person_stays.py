"""What hangs on the kept record since a merge: it stays there when the merge is undone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    ArchiveEntry,
    Certificate,
    Enrolment,
    SocialCardBinding,
    SubsidyReservation,
)


@dataclass(frozen=True, slots=True)
class Stays:
    """How many of each came since."""

    enrolments: int
    certificates: int
    subsidies: int
    cards: int
    lines: int


def since(session: Session, kept_id: UUID, at: datetime) -> Stays:
    """Rows of the kept record that are younger than the merge; its own line is not counted."""

    def count(column: Any, made: Any, *conditions: Any) -> int:
        query = select(func.count()).where(column == kept_id, made > at, *conditions)
        return session.scalar(query) or 0

    lines = ArchiveEntry.kind.not_in(("merge", "correction"))
    return Stays(
        enrolments=count(Enrolment.person_id, Enrolment.created_at),
        certificates=count(Certificate.person_id, Certificate.created_at),
        subsidies=count(SubsidyReservation.person_id, SubsidyReservation.created_at),
        cards=count(SocialCardBinding.person_id, SocialCardBinding.bound_at),
        lines=count(ArchiveEntry.person_id, ArchiveEntry.recorded_at, lines),
    )
