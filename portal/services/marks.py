"""Events that staff record for somebody on a session's sheet: pass, printed sheet, tap, upload.

The trainee's own scan goes through ``services.checkin``; both write the same events.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AttendanceEvent, Enrolment, MakeUp, SessionCall
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import NotFound, OutsideWindow
from portal.domain.permissions import Actor
from portal.services import audit, signals
from portal.services.checkin import receipt_of
from portal.services.signals import Signals
from portal.services.teaching import ON_ROSTER, OwnSession
from portal.services.windows import next_opening, phase_now


@dataclass(frozen=True, slots=True)
class Marked:
    """An event as it stands; ``repeated`` when it was there before, with its own time."""

    event_id: UUID
    enrolment_id: UUID
    person_id: UUID
    phase: Phase
    occurred_at: datetime
    receipt: str
    repeated: bool


def mark(
    session: Session,
    actor: Actor,
    own: OwnSession,
    *,
    enrolment_id: UUID,
    phase: Phase,
    method: Method,
    occurred_at: datetime,
    now: datetime,
    offline: bool = False,
    seen: Signals | None = None,
) -> Marked:
    """Record that somebody came, was there at the roll-call, or left. Again does no harm.

    The caller has loaded ``own`` as its staff, or holds a mandate. The window is judged by
    ``occurred_at``. Raises NotFound (not on the sheet), OutsideWindow.
    """
    enrolment = on_sheet(session, own, enrolment_id)
    if not is_open(session, own, phase, occurred_at):
        raise OutsideWindow(phase=phase.value, opens_at=next_opening(own.session, occurred_at))
    event_id = new_id()
    added = session.scalar(
        insert(AttendanceEvent)
        .values(
            id=event_id,
            session_id=own.session.id,
            enrolment_id=enrolment.id,
            person_id=enrolment.person_id,
            phase=phase.value,
            method=method.value,
            occurred_at=occurred_at,
            server_at=now,
            actor_account_id=actor.the_account(),
            receipt=receipt_of(event_id),
            offline=offline,
        )
        .on_conflict_do_nothing(index_elements=["session_id", "enrolment_id", "phase"])
        .returning(AttendanceEvent.id)
    )
    if added is not None:
        if seen is not None:
            signals.write(session, event_id=event_id, session_id=own.session.id, signals=seen)
        _note(session, actor, own, enrolment, event_id, phase=phase, method=method, now=now)
    stands = session.scalars(
        select(AttendanceEvent).where(
            AttendanceEvent.session_id == own.session.id,
            AttendanceEvent.enrolment_id == enrolment.id,
            AttendanceEvent.phase == phase.value,
        )
    ).one()
    return Marked(
        event_id=stands.id,
        enrolment_id=enrolment.id,
        person_id=enrolment.person_id,
        phase=phase,
        occurred_at=stands.occurred_at,
        receipt=stands.receipt,
        repeated=added is None,
    )


def on_sheet(session: Session, own: OwnSession, enrolment_id: UUID) -> Enrolment:
    """Somebody of the class's roster, or a guest who makes up a session here; else NotFound."""
    is_guest = (
        select(MakeUp.id)
        .where(
            MakeUp.enrolment_id == Enrolment.id,
            MakeUp.at_session_id == own.session.id,
            MakeUp.state.in_(("planned", "attended")),
        )
        .exists()
    )
    found = session.scalar(
        select(Enrolment).where(
            Enrolment.id == enrolment_id,
            or_(Enrolment.class_id == own.training_class.id, is_guest),
            Enrolment.status.in_(ON_ROSTER),
        )
    )
    if found is None:
        raise NotFound
    return found


def is_open(session: Session, own: OwnSession, phase: Phase, at: datetime) -> bool:
    """Whether a session took scans of this phase at a moment."""
    if phase is not Phase.MID:
        return phase_now(own.session, at) is phase
    called = select(SessionCall.session_id).where(
        SessionCall.session_id == own.session.id,
        SessionCall.called_at <= at,
        SessionCall.closes_at > at,
    )
    return session.scalar(called) is not None


def _note(
    session: Session,
    actor: Actor,
    own: OwnSession,
    enrolment: Enrolment,
    event_id: UUID,
    *,
    phase: Phase,
    method: Method,
    now: datetime,
) -> None:
    audit.record(
        session,
        actor,
        "attendance.mark",
        now=now,
        object_type="training_session",
        object_id=own.session.id,
        on_behalf_of=enrolment.person_id,
        detail={"phase": phase.value, "method": method.value, "event": str(event_id)},
    )
