"""Attendance on the institution's side: the instructor's tap, corrections, the confirmation.

An event is never changed. What a session counts stands in its records, written when the sheet
is confirmed; a correction by hand keeps the old value with its reason and always wins.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    TrainingSession,
)
from portal.domain.attendance import CLASS_HOUR_MINUTES, AttendanceState
from portal.domain.checkin_code import Phase
from portal.domain.errors import BadInput, NotFound, NotReady, OutsideWindow, TooEarly
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.attendance_lines import MANUAL, Line, differs, lines_of, worth
from portal.services.attendance_sheet import (
    SessionSheet,
    SheetRow,
    note_reading,
    session_sheet,
    sheet_of,
)
from portal.services.checkin import receipt_of
from portal.services.reasons import clean_reason
from portal.services.teaching import ON_ROSTER, OwnSession, own_session
from portal.services.teaching_day import (
    Roster,
    RosterRow,
    SessionCard,
    TeachingDay,
    roster,
    today_sessions,
)
from portal.services.windows import next_opening, phase_now

__all__ = [
    "Roster",
    "RosterRow",
    "SessionCard",
    "SessionSheet",
    "SheetRow",
    "TeachingDay",
    "confirm_attendance",
    "correct",
    "mark_present",
    "roster",
    "session_sheet",
    "today_sessions",
]

_SHORTEST_REASON = 2
_NOT_THERE = (AttendanceState.ABSENT, AttendanceState.EXCUSED)


def mark_present(
    session: Session,
    actor: Actor,
    *,
    session_id: UUID,
    enrolment_id: UUID,
    phase: str,
    now: datetime,
) -> SessionSheet:
    """The instructor's tap for who has no phone: a sign-in or sign-out now, shown as such.

    Within the same windows as a scan; again does no harm. Raises NotFound, OutsideWindow,
    BadInput (phase).
    """
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    if phase not in tuple(Phase):
        raise BadInput("phase", "sheet.bad_phase")
    enrolment = _on_roster(session, own, enrolment_id)
    if phase_now(own.session, now) != phase:
        raise OutsideWindow(phase=phase, opens_at=next_opening(own.session, now))
    event_id = new_id()
    added = session.scalar(
        insert(AttendanceEvent)
        .values(
            id=event_id,
            session_id=session_id,
            enrolment_id=enrolment_id,
            person_id=enrolment.person_id,
            phase=phase,
            method=MANUAL,
            occurred_at=now,
            server_at=now,
            actor_account_id=actor.the_account(),
            receipt=receipt_of(event_id),
        )
        .on_conflict_do_nothing(index_elements=["session_id", "enrolment_id", "phase"])
        .returning(AttendanceEvent.id)
    )
    if added is not None:
        detail = {"phase": phase, "event": str(event_id)}
        _audit(session, actor, "attendance.mark", own, enrolment, now=now, detail=detail)
    return _shown(session, actor, own, now)


def correct(
    session: Session,
    actor: Actor,
    *,
    session_id: UUID,
    enrolment_id: UUID,
    state: str,
    hours: int,
    reason: str,
    now: datetime,
) -> SessionSheet:
    """Set by hand what a session counts for one person, before or after the confirmation.

    The old value stays with the reason (B11.2, rule 9). Raises NotFound, BadInput (state, hours,
    reason), TooEarly (nothing but a leave is known before the session), NotReady (class closed).
    """
    own = own_session(
        session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id, lock=True
    )
    why = clean_reason(reason, shortest=_SHORTEST_REASON)
    wanted = _state_and_hours(own.session, state, hours)
    if own.training_class.status == "closed":
        raise NotReady(reason="sheet.class_closed")
    if now < own.session.starts_at and wanted[0] is not AttendanceState.EXCUSED:
        raise TooEarly
    _on_roster(session, own, enrolment_id)
    line = next(one for one in lines_of(session, own.session) if one.enrolment.id == enrolment_id)
    old = _stands(own.session, line)
    session.add(
        AttendanceCorrection(
            session_id=session_id,
            enrolment_id=enrolment_id,
            old_state=old[0],
            old_hours=old[1],
            new_state=wanted[0].value,
            new_hours=hours,
            reason=why,
            actor_account_id=actor.the_account(),
            at=now,
        )
    )
    _write(session, actor, line, own.session, wanted, now=now, note=why)
    detail = {"before": list(old), "after": [wanted[0].value, hours]}
    _audit(
        session, actor, "attendance.correct", own, line.enrolment, now=now, detail=detail, why=why
    )
    return _shown(session, actor, own, now)


def confirm_attendance(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> SessionSheet:
    """Close a session's sheet; returns it as the institution will see it.

    Again does no harm: it counts only what was scanned since (sign-out stays open for a while
    after the end). Raises NotFound, TooEarly before the end.
    """
    own = own_session(
        session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id, lock=True
    )
    meeting = own.session
    if now < meeting.ends_at:
        raise TooEarly
    if own.training_class.status == "closed":
        return _shown(session, actor, own, now)
    written = 0
    for line in lines_of(session, meeting):
        found = worth(meeting, line)
        if differs(line.record, found):
            counts = (found.state, found.credited_hours, found.credited_minutes)
            _write(session, actor, line, meeting, counts, now=now)
            written += 1
    if written or meeting.confirmed_at is None:
        again = meeting.confirmed_at is not None
        meeting.confirmed_at, meeting.confirmed_by = now, actor.the_account()
        detail = {"rows": written, "again": again}
        _audit(session, actor, "attendance.confirm", own, None, now=now, detail=detail)
    session.flush()
    return _shown(session, actor, own, now)


def _shown(session: Session, actor: Actor, own: OwnSession, now: datetime) -> SessionSheet:
    """The sheet after an act: whoever gets it has read it, even when the act changed nothing."""
    note_reading(session, actor, "training_session", own.session.id, now)
    return sheet_of(session, own, now)


def _on_roster(session: Session, own: OwnSession, enrolment_id: UUID) -> Enrolment:
    query = select(Enrolment).where(
        Enrolment.id == enrolment_id,
        Enrolment.class_id == own.training_class.id,
        Enrolment.status.in_(ON_ROSTER),
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _state_and_hours(
    meeting: TrainingSession, state: str, hours: int
) -> tuple[AttendanceState, int, int]:
    """State, hours and minutes as they may be written; raises BadInput."""
    # A page's event can carry anything: types are not enforced on its way here.
    if not isinstance(state, str) or state not in tuple(AttendanceState):
        raise BadInput("state", "sheet.bad_state")
    if type(hours) is not int or not 0 <= hours <= meeting.hours:
        raise BadInput("hours", "sheet.bad_hours", planned=meeting.hours)
    if hours and state in _NOT_THERE:
        raise BadInput("hours", "sheet.hours_without_presence")
    return AttendanceState(state), hours, hours * CLASS_HOUR_MINUTES


def _stands(meeting: TrainingSession, line: Line) -> tuple[str, int]:
    """State and hours before a correction."""
    if line.record is not None:
        return line.record.state, line.record.credited_hours
    found = worth(meeting, line)
    return found.state.value, found.credited_hours


def _write(
    session: Session,
    actor: Actor,
    line: Line,
    meeting: TrainingSession,
    counts: tuple[AttendanceState, int, int],
    *,
    now: datetime,
    note: str | None = None,
) -> None:
    """Set a record; the sheet is locked. ``note`` is the reason of a correction."""
    record = line.record or AttendanceRecord(
        session_id=meeting.id, enrolment_id=line.enrolment.id, person_id=line.person.id
    )
    record.state, record.credited_hours, record.credited_minutes = counts
    record.updated_at, record.updated_by = now, actor.the_account()
    record.corrected, record.note = note is not None, note
    session.add(record)
    session.flush()


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    own: OwnSession,
    enrolment: Enrolment | None,
    *,
    now: datetime,
    detail: dict[str, Any],
    why: str | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_session",
        object_id=own.session.id,
        on_behalf_of=enrolment.person_id if enrolment else None,
        reason=why,
        detail=detail,
    )
