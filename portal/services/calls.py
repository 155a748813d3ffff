"""A roll-call in the middle of a session (抽查点名): who is still in the room.

One a session, at a moment that nobody knows before: the room's screen shows codes of phase
``mid`` for some minutes. Started by the staff, or by an officer of the region. What missing it
means is a parameter of the region (``missed_call``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, SessionCall, TrainingClass, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import NotFound
from portal.domain.leave_errors import CallRefused
from portal.domain.permissions import Actor, Permission, Role
from portal.locale import t
from portal.services import audit, inspection_counts, marks, times
from portal.services.attendance_lines import Line, lines_of
from portal.services.attendance_sheet import note_reading
from portal.services.rule_book import book_for
from portal.services.scope import REAL_CLASS, in_area, the_area
from portal.services.teaching import OwnSession, own_session

# A roll-call that could be answered for less than that would only be a trap.
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A roll-call that takes answers now, until ``closes_at`` (exclusive)."""

    called_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class CallCount:
    """How many of those who signed in (``expected``) have answered; no names.

    Both are None for an officer who may yet count heads: whoever counts shall know no number.
    """

    closes_at: datetime
    is_open: bool
    answered: int | None
    expected: int | None


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody who signed in before the roll was called; ``at`` is None without an answer."""

    enrolment_id: UUID
    name: str
    is_guest: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CallSheet:
    """The roll-call of a session. ``status``: early, possible, late (none was held in time),
    open, over.

    ``possible_from`` and ``possible_until`` bound the moments at which one may start;
    ``by_officer``: it was not the institution that called. ``missing`` come first to the eye.
    """

    status: str
    possible_from: datetime
    possible_until: datetime
    called_at: datetime | None
    closes_at: datetime | None
    by_officer: bool
    costs_hours: bool
    open_minutes: int
    answered: tuple[Called, ...]
    missing: tuple[Called, ...]


def start(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> OpenCall:
    """Call the roll now: staff for a session of their own, an officer for one of the region.

    While one is open, again answers that one. Raises NotFound, Forbidden, Unauthenticated,
    CallRefused (before sign-in closes, once sign-out is near, or when it was called already).
    """
    meeting, of = _reachable(session, actor, session_id)
    earlier = session.get(SessionCall, session_id, populate_existing=True)
    if earlier is not None:
        if earlier.called_at <= now < earlier.closes_at:
            return OpenCall(earlier.called_at, earlier.closes_at)
        raise CallRefused(why=t("call.made_already"))
    if now < meeting.sign_in_until:
        raise CallRefused(why=t("call.early", time=times.clock_text(meeting.sign_in_until)))
    if now > _last_start(meeting):
        raise CallRefused(why=t("call.late"))
    rules = book_for(session, of.region_code, of.starts_on).attendance
    closes_at = min(now + timedelta(minutes=rules.call_open_min), meeting.sign_out_from)
    session.add(
        SessionCall(
            session_id=session_id,
            called_at=now,
            closes_at=closes_at,
            called_by=actor.the_account(),
        )
    )
    audit.record(
        session,
        actor,
        "attendance.call",
        now=now,
        object_type="training_session",
        object_id=session_id,
        detail={"closes_at": closes_at.isoformat()},
    )
    session.flush()
    return OpenCall(now, closes_at)


def open_call(session: Session, session_id: UUID, now: datetime) -> OpenCall | None:
    """The session's roll-call if it takes answers at this moment."""
    call = session.get(SessionCall, session_id)
    if call is None or not call.called_at <= now < call.closes_at:
        return None
    return OpenCall(call.called_at, call.closes_at)


def call_count(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> CallCount | None:
    """How the roll-call of a session stands, for whoever may start one; None before it.

    An officer learns the numbers once the own head count is entered, or the lesson over.
    Raises NotFound, Forbidden, Unauthenticated.
    """
    meeting, _ = _reachable(session, actor, session_id, lock=False)
    call = session.get(SessionCall, session_id, populate_existing=True)
    if call is None:
        return None
    is_open = now < call.closes_at
    if actor.may(Permission.SUPERVISE) and inspection_counts.may_come(session, actor, meeting, now):
        return CallCount(call.closes_at, is_open, None, None)
    there = [line for line in lines_of(session, meeting) if line.came is not None]
    answered = sum(line.called is not None for line in there)
    return CallCount(call.closes_at, is_open, answered, len(there))


def tap(
    session: Session, actor: Actor, *, session_id: UUID, enrolment_id: UUID, now: datetime
) -> CallSheet:
    """The staff saw somebody who has no phone: they answered. Again does no harm.

    Raises NotFound (not on the sheet), OutsideWindow (no roll-call is open).
    """
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    marks.mark(
        session,
        actor,
        own,
        enrolment_id=enrolment_id,
        phase=Phase.MID,
        method=Method.MANUAL,
        occurred_at=now,
        now=now,
    )
    return _sheet(session, own, now)


def call_sheet(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> CallSheet:
    """Who answered and who did not, for the staff. The reading is audited with the sheet's."""
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    return _sheet(session, own, now)


def _reachable(
    session: Session, actor: Actor, session_id: UUID, *, lock: bool = True
) -> OwnSession:
    """The session, of the staff's institution or the officer's region; its row locked if asked."""
    if not actor.may(Permission.SUPERVISE):
        return own_session(session, actor, Permission.RUN_SESSION, session_id=session_id, lock=lock)
    query = (
        select(TrainingSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(TrainingSession.id == session_id, in_area(the_area(actor)), REAL_CLASS)
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update(of=TrainingSession, key_share=True)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return OwnSession(row[0], row[1])


def _last_start(meeting: TrainingSession) -> datetime:
    return meeting.sign_out_from - _SHORTEST


def _sheet(session: Session, own: OwnSession, now: datetime) -> CallSheet:
    meeting, of = own
    call = session.get(SessionCall, meeting.id, populate_existing=True)
    rules = book_for(session, of.region_code, of.starts_on).attendance
    there = [line for line in lines_of(session, meeting) if line.came is not None]
    return CallSheet(
        status=_status(meeting, call, now),
        possible_from=meeting.sign_in_until,
        possible_until=_last_start(meeting),
        called_at=call.called_at if call else None,
        closes_at=call.closes_at if call else None,
        by_officer=call is not None and _is_officer(session, call),
        costs_hours=rules.missed_call == "no_hours",
        open_minutes=rules.call_open_min,
        answered=tuple(_called(line) for line in there if line.called is not None),
        missing=tuple(_called(line) for line in there if line.called is None) if call else (),
    )


def _status(meeting: TrainingSession, call: SessionCall | None, now: datetime) -> str:
    if call is not None:
        return "open" if now < call.closes_at else "over"
    if now < meeting.sign_in_until:
        return "early"
    return "possible" if now <= _last_start(meeting) else "late"


def _called(line: Line) -> Called:
    return Called(
        enrolment_id=line.enrolment.id,
        name=line.person.name,
        is_guest=line.guest_of is not None,
        at=line.called.occurred_at if line.called else None,
    )


def _is_officer(session: Session, call: SessionCall) -> bool:
    role = session.scalar(select(Account.role).where(Account.id == call.called_by))
    return role == Role.OFFICER
