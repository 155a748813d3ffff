"""Writing what a session counts for one person, and correcting it by hand.

Events are never changed. A correction keeps the old value with who and why (B11.2, rule 9).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceCorrection,
    AttendanceRecord,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.domain.attendance import CLASS_HOUR_MINUTES, Assessment, AttendanceState
from portal.domain.errors import BadInput, NotFound, NotReady, TooEarly
from portal.domain.permissions import Actor
from portal.services import audit
from portal.services.attendance_lines import Line, lines_of, worth
from portal.services.teaching import ON_ROSTER, OwnSession

SHORTEST_REASON = 2
_NOT_THERE = (AttendanceState.ABSENT, AttendanceState.EXCUSED)


@dataclass(frozen=True, slots=True)
class NewValue:
    """What shall count instead; parsed by ``new_value``."""

    state: AttendanceState
    hours: int

    @property
    def minutes(self) -> int:
        """A correction is made in whole 课时."""
        return self.hours * CLASS_HOUR_MINUTES


def new_value(own: OwnSession, state: object, hours: object, now: datetime) -> NewValue:
    """A state and hours that may be written. Raises BadInput (state, hours), TooEarly (nothing
    but a leave is known before the session), NotReady (class closed)."""
    # A page's event can carry anything: types are not enforced on its way here.
    if not isinstance(state, str) or state not in tuple(AttendanceState):
        raise BadInput("state", "sheet.bad_state")
    if type(hours) is not int or not 0 <= hours <= own.session.hours:
        raise BadInput("hours", "sheet.bad_hours", planned=own.session.hours)
    if hours and state in _NOT_THERE:
        raise BadInput("hours", "sheet.hours_without_presence")
    refuse_closed(own.training_class)
    wanted = NewValue(AttendanceState(state), hours)
    if now < own.session.starts_at and wanted.state is not AttendanceState.EXCUSED:
        raise TooEarly
    return wanted


def refuse_closed(of: TrainingClass) -> None:
    """Certificates rest on the hours of a closed class: raises NotReady."""
    if of.status == "closed":
        raise NotReady(reason="sheet.class_closed")


def line_of(session: Session, own: OwnSession, enrolment_id: UUID) -> Line:
    """One person on the roster of the session's class; raises NotFound.

    A guest is corrected by the institution of the missed session.
    """
    query = select(Enrolment.id).where(
        Enrolment.id == enrolment_id,
        Enrolment.class_id == own.training_class.id,
        Enrolment.status.in_(ON_ROSTER),
    )
    if session.scalar(query) is None:
        raise NotFound
    return next(one for one in lines_of(session, own.session) if one.enrolment.id == enrolment_id)


def stands(meeting: TrainingSession, line: Line) -> tuple[str, int]:
    """State and hours as they count now."""
    if line.record is not None:
        return line.record.state, line.record.credited_hours
    found = worth(meeting, line)
    return found.state.value, found.credited_hours


def write(
    session: Session,
    actor: Actor,
    line: Line,
    meeting: TrainingSession,
    counts: Assessment | NewValue,
    *,
    now: datetime,
    note: str | None = None,
) -> None:
    """Set a record; the sheet is locked. ``note`` is the reason of a correction."""
    record = line.record or AttendanceRecord(
        session_id=meeting.id, enrolment_id=line.enrolment.id, person_id=line.person.id
    )
    corrected = isinstance(counts, NewValue)
    record.state = counts.state
    if isinstance(counts, NewValue):
        record.credited_hours, record.credited_minutes = counts.hours, counts.minutes
    else:
        record.credited_hours, record.credited_minutes = (
            counts.credited_hours,
            counts.credited_minutes,
        )
    record.updated_at, record.updated_by = now, actor.the_account()
    record.corrected, record.note = corrected, note
    if corrected and record.state != AttendanceState.MAKEUP:
        record.makeup_session_id = None
    session.add(record)
    session.flush()


def apply(
    session: Session,
    actor: Actor,
    own: OwnSession,
    line: Line,
    wanted: NewValue,
    *,
    reason: str,
    by: UUID,
    now: datetime,
) -> None:
    """Correct a record and keep the old value; the sheet is locked.

    ``by`` is the account whose correction it is: another than the actor's where a second person
    agrees to it.
    """
    old = stands(own.session, line)
    session.add(
        AttendanceCorrection(
            session_id=own.session.id,
            enrolment_id=line.enrolment.id,
            old_state=old[0],
            old_hours=old[1],
            new_state=wanted.state.value,
            new_hours=wanted.hours,
            reason=reason,
            actor_account_id=by,
            at=now,
        )
    )
    write(session, actor, line, own.session, wanted, now=now, note=reason)
    detail: dict[str, Any] = {
        "before": list(old),
        "after": [wanted.state.value, wanted.hours],
    }
    if by != actor.the_account():
        detail["proposed_by"] = str(by)
    note(
        session,
        actor,
        "attendance.correct",
        own.session.id,
        line.enrolment.person_id,
        now=now,
        detail=detail,
        why=reason,
    )


def note(
    session: Session,
    actor: Actor,
    action: str,
    session_id: UUID,
    person_id: UUID | None,
    *,
    now: datetime,
    detail: dict[str, Any] | None = None,
    why: str | None = None,
) -> None:
    """Write an act on a sheet down in the audit trail."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_session",
        object_id=session_id,
        on_behalf_of=person_id,
        reason=why,
        detail=detail,
    )
