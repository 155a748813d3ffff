"""Attendance on the institution's side: the instructor's tap, corrections, the confirmation.

An event is never changed. What a session counts stands in its records, written when the sheet
is confirmed; a correction by hand keeps the old value with its reason and always wins.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import BadInput, TooEarly
from portal.domain.permissions import Actor, Permission
from portal.services import corrections, makeup_results, marks, second_person
from portal.services.attendance_lines import lines_of, worth, would_write
from portal.services.attendance_rows import SheetRow
from portal.services.attendance_sheet import (
    SessionSheet,
    note_reading,
    session_sheet,
    sheet_of,
)
from portal.services.reasons import clean_reason
from portal.services.teaching import OwnSession, own_session
from portal.services.teaching_day import (
    Roster,
    RosterRow,
    SessionCard,
    TeachingDay,
    roster,
    today_sessions,
)

__all__ = [
    "Roster",
    "RosterRow",
    "SessionCard",
    "SessionSheet",
    "SheetRow",
    "TeachingDay",
    "agree_to_correction",
    "confirm_attendance",
    "correct",
    "mark_present",
    "refuse_correction",
    "roster",
    "session_sheet",
    "take_back_correction",
    "today_sessions",
]


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
    marks.mark(
        session,
        actor,
        own,
        enrolment_id=enrolment_id,
        phase=Phase(phase),
        method=Method.MANUAL,
        occurred_at=now,
        now=now,
    )
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

    The old value stays with the reason (B11.2, rule 9). Above the region's number of corrections
    in a class it is only proposed, and the row says so (``services.second_person``). Raises
    NotFound, BadInput (state, hours, reason), TooEarly (nothing but a leave is known before the
    session), NotReady (class closed, or a proposal for this row is open).
    """
    own = held_session(session, actor, session_id)
    why = clean_reason(reason, shortest=corrections.SHORTEST_REASON)
    wanted = corrections.new_value(own, state, hours, now)
    line = corrections.line_of(session, own, enrolment_id)
    second_person.correct_or_propose(session, actor, own, line, wanted, reason=why, now=now)
    return _shown(session, actor, own, now)


def held_session(session: Session, actor: Actor, session_id: UUID) -> OwnSession:
    """A session of the actor's institution, locked for a correction. Raises NotFound."""
    may = Permission.CONFIRM_ATTENDANCE
    found = own_session(session, actor, may, session_id=session_id)
    second_person.hold(session, found.training_class.id)
    return own_session(session, actor, may, session_id=session_id, lock=True)


def agree_to_correction(
    session: Session, actor: Actor, *, proposal_id: UUID, now: datetime
) -> SessionSheet:
    """As the second person, let a proposed correction count; raises as second_person.approve."""
    own = second_person.approve(session, actor, proposal_id=proposal_id, now=now)
    return _shown(session, actor, own, now)


def refuse_correction(
    session: Session, actor: Actor, *, proposal_id: UUID, reason: str, now: datetime
) -> SessionSheet:
    """As the second person, say no; raises as second_person.refuse."""
    own = second_person.refuse(session, actor, proposal_id=proposal_id, reason=reason, now=now)
    return _shown(session, actor, own, now)


def take_back_correction(
    session: Session, actor: Actor, *, proposal_id: UUID, now: datetime
) -> SessionSheet:
    """Take one's own proposal back; raises as second_person.withdraw."""
    own = second_person.withdraw(session, actor, proposal_id=proposal_id, now=now)
    return _shown(session, actor, own, now)


def confirm_attendance(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> SessionSheet:
    """Close a session's sheet; returns it as the institution will see it.

    Again does no harm: it counts only what was scanned since (sign-out stays open for a while
    after the end, and what was recorded without a link comes later). Who had leave is excused,
    and the hours of guests go to the session that they missed. Corrections that wait for a
    second person stay open and count once they are approved. Raises NotFound, TooEarly before
    the end.
    """
    own = own_session(
        session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id, lock=True
    )
    meeting = own.session
    if now < meeting.ends_at:
        raise TooEarly
    if own.training_class.status == "closed":
        return _shown(session, actor, own, now)
    written = _write_all(session, actor, own, now)
    if written or meeting.confirmed_at is None:
        again = meeting.confirmed_at is not None
        meeting.confirmed_at, meeting.confirmed_by = now, actor.the_account()
        detail = {"rows": written, "again": again}
        corrections.note(
            session, actor, "attendance.confirm", meeting.id, None, now=now, detail=detail
        )
    session.flush()
    return _shown(session, actor, own, now)


def _write_all(session: Session, actor: Actor, own: OwnSession, now: datetime) -> int:
    """Write what the events are worth wherever it is not written yet; answers how many rows."""
    written = 0
    for line in lines_of(session, own.session):
        found = worth(own.session, line)
        if line.guest_of is not None:
            written += makeup_results.write_guest_record(
                session, actor, line, own.session, found, now
            )
        elif would_write(line, found):
            corrections.write(session, actor, line, own.session, found, now=now)
            written += 1
    return written


def _shown(session: Session, actor: Actor, own: OwnSession, now: datetime) -> SessionSheet:
    """The sheet after an act: whoever gets it has read it, even when the act changed nothing."""
    note_reading(session, actor, "training_session", own.session.id, now)
    return sheet_of(session, own, now, actor)
