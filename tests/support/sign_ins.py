"""Sign-ins with signals, written straight into the tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AttendanceEvent, AttendanceSignal, Enrolment, TrainingSession
from portal.domain.checkin_code import Phase


def sign(
    session: Session,
    meeting: TrainingSession,
    place: Enrolment,
    at: datetime,
    *,
    phase: Phase = Phase.IN,
    method: str = "qr",
    offline: bool = False,
    actor: UUID | None = None,
    arrived: datetime | None = None,
    **signals: Any,
) -> AttendanceEvent:
    """One event; with any ``signals`` (columns of AttendanceSignal) these beside it. ``arrived``:
    when the server heard of it, if not at once."""
    event = AttendanceEvent(
        id=new_id(),
        session_id=meeting.id,
        enrolment_id=place.id,
        person_id=place.person_id,
        phase=phase.value,
        method=method,
        occurred_at=at,
        server_at=arrived or at,
        actor_account_id=actor,
        receipt="TEST-TEST",
        offline=offline,
    )
    session.add(event)
    session.flush()
    if signals:
        session.add(AttendanceSignal(event_id=event.id, session_id=meeting.id, **signals))
        session.flush()
    return event
