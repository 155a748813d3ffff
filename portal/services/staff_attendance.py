"""The instructor's own attendance: when whoever teaches a session came, and left.

A tap of their own, once each, never changed. Showing the room's code is not coming: a screen can
be opened from anywhere. A substitute taps like the assigned instructor and stands beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, Person, StaffAttendance, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.errors import BadInput, OutsideWindow
from portal.domain.permissions import Actor, Permission
from portal.services import audit, times
from portal.services.attendance_rules import attendance_of
from portal.services.teaching import OwnSession, own_session

_METHOD = "tap"
_PHASES = (Phase.IN, Phase.OUT)


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One of the staff at a session. ``odd`` holds codes: late, left_early, absent (assigned, and
    the session ended without them), no_in, no_out; ``in_text`` and ``out_text`` are clock times.
    """

    account_id: UUID
    name: str
    is_assigned: bool
    came_at: datetime | None
    left_at: datetime | None
    in_text: str
    out_text: str
    offline: bool
    odd: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffSheet:
    """Who taught a session, and what this account is offered to record: ``phase`` in, out or None
    now, ``next_phase`` from ``opens_at`` on.

    Leaving is offered when sign-out opens: a second tap at the door must not end the day.
    """

    session_id: UUID
    lines: tuple[StaffLine, ...]
    phase: str | None
    next_phase: str | None
    opens_at: datetime | None


def come(
    session: Session,
    actor: Actor,
    *,
    session_id: UUID,
    phase: str,
    now: datetime,
    offline: bool = False,
    occurred_at: datetime | None = None,
) -> StaffSheet:
    """Record that this account's person came to a session, or left it; again does no harm.

    One may come from the opening of sign-in to the end, and leave from the start to the closing
    of sign-out: a late truth is better than none. Only a device that had no link names a time of
    its own, as old as the region allows. Raises NotFound, Forbidden, BadInput (phase),
    OutsideWindow.
    """
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    if phase not in _PHASES:
        raise BadInput("phase", "sheet.bad_phase")
    at = occurred_at if offline and occurred_at is not None else now
    if not _may(own.session, Phase(phase), at) or not _believed(session, own, at, now):
        raise OutsideWindow(phase=phase, opens_at=own.session.sign_in_from)
    made = session.scalar(
        insert(StaffAttendance)
        .values(
            id=new_id(),
            session_id=session_id,
            account_id=actor.the_account(),
            person_id=actor.the_person(),
            phase=phase,
            method=_METHOD,
            occurred_at=at,
            server_at=now,
            offline=offline,
        )
        .on_conflict_do_nothing(index_elements=["session_id", "account_id", "phase"])
        .returning(StaffAttendance.id)
    )
    if made is not None:
        audit.record(
            session,
            actor,
            "staff.attend",
            now=now,
            object_type="training_session",
            object_id=session_id,
            detail={"phase": phase, "offline": offline},
        )
    return _sheet(session, actor, own.session, now)


def staff_sheet(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> StaffSheet:
    """Who taught a session of the own institution. Raises NotFound, Forbidden."""
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    return _sheet(session, actor, own.session, now)


def lines(
    session: Session, session_id: UUID, *, now: datetime | None = None
) -> tuple[StaffLine, ...]:
    """Who taught a session, the assigned instructor first, whether they came or not.

    Without ``now`` nobody is called absent yet. No rights are checked here: the caller has.
    """
    meeting = session.get_one(TrainingSession, session_id)
    assigned = meeting.instructor_id
    rows = list(
        session.scalars(
            select(StaffAttendance)
            .where(StaffAttendance.session_id == session_id)
            .order_by(StaffAttendance.occurred_at)
        )
    )
    accounts = dict.fromkeys([*([assigned] if assigned else []), *(row.account_id for row in rows)])
    names = _names(session, accounts)
    return tuple(_line(meeting, account, names[account], rows, now) for account in accounts)


def _sheet(session: Session, actor: Actor, meeting: TrainingSession, now: datetime) -> StaffSheet:
    found = lines(session, meeting.id, now=now)
    mine = next((one for one in found if one.account_id == actor.account_id), None)
    if mine is not None and mine.left_at is not None:
        return StaffSheet(meeting.id, found, None, None, None)
    phase, opens, closes = Phase.OUT, meeting.sign_out_from, meeting.sign_out_until
    if (mine is None or mine.came_at is None) and now <= meeting.ends_at:
        phase, opens, closes = Phase.IN, meeting.sign_in_from, meeting.ends_at
    if now > closes:
        return StaffSheet(meeting.id, found, None, None, None)
    if now < opens:
        return StaffSheet(meeting.id, found, None, phase.value, opens)
    return StaffSheet(meeting.id, found, phase.value, None, None)


def _may(meeting: TrainingSession, phase: Phase, at: datetime) -> bool:
    if phase is Phase.IN:
        return meeting.sign_in_from <= at <= meeting.ends_at
    return meeting.starts_at <= at <= meeting.sign_out_until


def _believed(session: Session, own: OwnSession, at: datetime, now: datetime) -> bool:
    """Whether a time is neither in the future nor older than a device may keep it."""
    if at == now:
        return True
    oldest = attendance_of(session, own.training_class).offline_within_hours
    return now - timedelta(hours=oldest) <= at < now


def _names(session: Session, accounts: Iterable[UUID]) -> dict[UUID, str]:
    query = select(Account.id, Person.name).join(Person, Person.id == Account.person_id)
    return dict(session.execute(query.where(Account.id.in_(list(accounts)))).tuples().all())


def _line(
    meeting: TrainingSession,
    account_id: UUID,
    name: str,
    rows: Iterable[StaffAttendance],
    now: datetime | None,
) -> StaffLine:
    own = {row.phase: row for row in rows if row.account_id == account_id}
    came, left = own.get(Phase.IN), own.get(Phase.OUT)
    is_assigned = account_id == meeting.instructor_id
    return StaffLine(
        account_id=account_id,
        name=name,
        is_assigned=is_assigned,
        came_at=came.occurred_at if came else None,
        left_at=left.occurred_at if left else None,
        in_text=times.clock_text(came.occurred_at) if came else "",
        out_text=times.clock_text(left.occurred_at) if left else "",
        offline=any(row.offline for row in own.values()),
        odd=_odd(meeting, came, left, now, is_assigned=is_assigned),
    )


def _odd(
    meeting: TrainingSession,
    came: StaffAttendance | None,
    left: StaffAttendance | None,
    now: datetime | None,
    *,
    is_assigned: bool,
) -> tuple[str, ...]:
    codes = []
    if came is not None and came.occurred_at > meeting.late_after:
        codes.append("late")
    if left is not None and left.occurred_at < meeting.sign_out_from:
        codes.append("left_early")
    if came is None and left is not None:
        codes.append("no_in")
    if now is not None and came is None and left is None and is_assigned and now > meeting.ends_at:
        codes.append("absent")
    if now is not None and came is not None and left is None and now > meeting.sign_out_until:
        codes.append("no_out")
    return tuple(codes)
