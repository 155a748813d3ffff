"""What an instructor's device needs for today's sessions without a link.

Names and keys leave the server here, so there is as little of them as one day's work needs: the
sessions of that day, the screen keys of their windows, and of passes the ids alone, since a pass
is worth more than a tap only as long as staff cannot make one.
The device deletes it all in the evening and at log-out; reading it is written down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    ClassCheckIn,
    StaffAttendance,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import BLOCK, Phase
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission, Role
from portal.services import times
from portal.services.attendance_lines import Line, lines_of
from portal.services.attendance_rules import attendance_of
from portal.services.attendance_sheet import note_reading
from portal.services.passes import pass_ids
from portal.services.teaching import own_sessions
from portal.settings import get_settings

# A manager of the largest institution has fewer sessions a day.
_MOST_SESSIONS = 100
_ID_TAIL = 4


@dataclass(frozen=True, slots=True)
class KitPerson:
    """Somebody on the sheet. ``guest``: makes up a session here. ``pass_id`` is None for whoever
    has no pass. The times are what is recorded so far."""

    enrolment_id: UUID
    name: str
    id_tail: str
    guest: bool
    pass_id: UUID | None
    signed_in_at: datetime | None
    called_at: datetime | None
    signed_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class KitSession:
    """One session of today with its windows, people, and ``keys``: per phase, per block.

    ``call`` is the span of its roll-call, if one was called. ``own_in`` and ``own_out`` are the
    account's own coming and leaving.
    """

    session_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    when: str
    starts_at: datetime
    ends_at: datetime
    late_after: datetime
    windows: Mapping[Phase, tuple[datetime, datetime]]
    relay_trap: bool
    keys: Mapping[Phase, Mapping[int, bytes]] = field(repr=False)
    people: tuple[KitPerson, ...]
    own_in: datetime | None
    own_out: datetime | None


@dataclass(frozen=True, slots=True)
class Kit:
    """What one account may take along. ``ends_at``: when the device must have deleted it.

    ``within_hours``: how long after the act an upload is still taken, by the strictest region.
    """

    account_id: UUID
    day: date
    made_at: datetime
    ends_at: datetime
    within_hours: int
    scan_url: str
    sessions: tuple[KitSession, ...]


def kit(session: Session, actor: Actor, *, now: datetime) -> Kit:
    """Today's sessions of the account's institution: those it teaches, a manager's all.

    A lesson that goes on past midnight is of both days, until its last scan. A session that nobody
    is named for is everybody's. Raises Forbidden, Unauthenticated.
    """
    actor.require(Permission.RUN_SESSION)
    start, end = times.day_bounds(now)
    meetings = _meetings(session, actor, start, end)
    return Kit(
        account_id=actor.the_account(),
        day=times.day_of(now),
        made_at=now,
        ends_at=max([end, *(meeting.sign_out_until for meeting, _ in meetings)]),
        within_hours=min(
            (attendance_of(session, of).offline_within_hours for _, of in meetings), default=0
        ),
        scan_url=f"{get_settings().public_url}/c/",
        sessions=tuple(_session(session, actor, meeting, of, now) for meeting, of in meetings),
    )


def _meetings(
    session: Session, actor: Actor, start: datetime, end: datetime
) -> list[tuple[TrainingSession, TrainingClass]]:
    query = own_sessions(actor).where(
        TrainingSession.sign_out_until > start, TrainingSession.starts_at < end
    )
    if actor.role is not Role.MANAGER:
        mine, nobody = actor.the_account(), None
        query = query.where(
            or_(
                TrainingSession.instructor_id == mine,
                TrainingClass.instructor_id == mine,
                TrainingSession.instructor_id.is_(nobody) & TrainingClass.instructor_id.is_(nobody),
            )
        )
    query = query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(_MOST_SESSIONS)
    return [(meeting, of) for meeting, of in session.execute(query)]


def _session(
    session: Session, actor: Actor, meeting: TrainingSession, of: TrainingClass, now: datetime
) -> KitSession:
    note_reading(session, actor, "training_session", meeting.id, now)
    lines = lines_of(session, meeting)
    passes = pass_ids(session, [line.person.id for line in lines])
    settings = session.get(ClassCheckIn, of.id)
    windows = _windows(meeting, lines)
    own = _own_times(session, actor, meeting)
    return KitSession(
        session_id=meeting.id,
        class_title=of.title,
        seq_no=meeting.seq_no,
        topic=meeting.topic,
        room=meeting.room,
        when=times.span_text(meeting.starts_at, meeting.ends_at),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        late_after=meeting.late_after,
        windows=windows,
        relay_trap=bool(settings and settings.relay_trap),
        keys={phase: _keys(meeting.id, phase, *span) for phase, span in windows.items()},
        people=tuple(_person(line, passes.get(line.person.id)) for line in lines),
        own_in=own.get(Phase.IN),
        own_out=own.get(Phase.OUT),
    )


def _windows(meeting: TrainingSession, lines: list[Line]) -> dict[Phase, tuple[datetime, datetime]]:
    """When each phase is open, from and until; the roll-call only where one was called."""
    found = {
        Phase.IN: (meeting.sign_in_from, meeting.sign_in_until),
        Phase.OUT: (meeting.sign_out_from, meeting.sign_out_until),
    }
    call = lines[0].roll_call if lines else None
    if call is not None:
        found[Phase.MID] = (call.called_at, call.closes_at)
    return found


def _keys(session_id: UUID, phase: Phase, start: datetime, end: datetime) -> dict[int, bytes]:
    """The screen keys of every five minutes of a window."""
    of_session = checkin_code.session_key(get_vault().subkey("checkin"), session_id)
    first, last = (checkin_code.step_of(at) // BLOCK for at in (start, end))
    return {
        block: checkin_code.screen_key(of_session, phase, block) for block in range(first, last + 1)
    }


def _person(line: Line, pass_id: UUID | None) -> KitPerson:
    number = get_vault().open("id_no", line.person.id_no_enc)
    return KitPerson(
        enrolment_id=line.enrolment.id,
        name=line.person.name,
        id_tail=mask_id_no(number)[-_ID_TAIL:],
        guest=line.guest_of is not None,
        pass_id=pass_id,
        signed_in_at=_at(line.came),
        called_at=_at(line.called),
        signed_out_at=_at(line.left),
    )


def _at(event: AttendanceEvent | None) -> datetime | None:
    return event.occurred_at if event else None


def _own_times(session: Session, actor: Actor, meeting: TrainingSession) -> dict[str, datetime]:
    rows = session.execute(
        select(StaffAttendance.phase, StaffAttendance.occurred_at).where(
            StaffAttendance.session_id == meeting.id,
            StaffAttendance.account_id == actor.the_account(),
        )
    )
    return dict(rows.tuples().all())
