"""What became of uploads, for whoever confirms a session's sheet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, OfflineUpload, Person
from portal.services.offline_judging import counts_at, words


@dataclass(frozen=True, slots=True)
class UploadLine:
    """One uploaded sign-in. ``source``: staff or phone; ``outcome``: accepted, merged, conflict,
    refused; ``text`` says why in a sentence. ``occurred_at`` is the uploaded time, ``counts_at``
    the one that counts (None when neither does). ``name`` is empty where the device named nobody.
    """

    id: UUID
    source: str
    enrolment_id: UUID | None
    name: str
    phase: str
    method: str
    occurred_at: datetime | None
    counts_at: datetime | None
    received_at: datetime
    outcome: str
    reason: str
    text: str


def uploads_of(session: Session, session_id: UUID) -> tuple[UploadLine, ...]:
    """All uploads for a session, latest first. The caller has loaded the session as its staff."""
    rows = session.execute(
        select(OfflineUpload, Person.name, counts_at())
        .outerjoin(Enrolment, Enrolment.id == OfflineUpload.enrolment_id)
        .outerjoin(Person, Person.id == Enrolment.person_id)
        .where(OfflineUpload.session_id == session_id)
        .order_by(OfflineUpload.received_at.desc(), OfflineUpload.id)
    )
    return tuple(_line(upload, name, at) for upload, name, at in rows)


def _line(upload: OfflineUpload, name: str | None, at: datetime | None) -> UploadLine:
    return UploadLine(
        id=upload.id,
        source=upload.source,
        enrolment_id=upload.enrolment_id,
        name=name or "",
        phase=upload.phase or "",
        method=upload.method,
        occurred_at=upload.occurred_at,
        counts_at=at,
        received_at=upload.received_at,
        outcome=upload.outcome,
        reason=upload.reason,
        text=words(upload.outcome, upload.reason, at),
    )
