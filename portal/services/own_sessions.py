"""A trainee's own sessions: what was recorded, what it counts, and what is open now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    LeaveRequest,
    SessionCall,
    TrainingClass,
    TrainingSession,
)
from portal.domain.attendance import Assessment, AttendanceState
from portal.domain.checkin_code import Phase
from portal.domain.permissions import Actor, Permission
from portal.locale import has, t
from portal.policies.models import Attendance
from portal.services import times
from portal.services.appeal_views import OwnAppeal, may_appeal, own_appeals
from portal.services.attendance_rows import method_text
from portal.services.attendance_rules import attendance_of
from portal.services.teaching import ON_ROSTER
from portal.services.windows import assess, next_opening, phase_now


@dataclass(frozen=True, slots=True)
class OwnMeeting:
    """One session as its trainee sees it.

    ``state``: upcoming, open (a window takes scans now), waiting (under way or not confirmed), or
    as confirmed: present, late, early_leave, absent, excused, makeup. ``credited_hours`` is None
    until confirmed; ``expected_hours`` is what the times are worth so far. ``note`` is a sentence
    or empty. ``phase`` is in, out or None: what a scan would record now. ``how_in`` and
    ``how_out`` say by which way; ``excused``: leave was granted. ``appeal`` is the latest one that
    was not withdrawn; ``can_appeal``: another should be offered, until ``appeal_until`` if the days
    for it have begun.
    """

    session_id: UUID
    enrolment_id: UUID
    class_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    when: str
    hours: int
    phase: str | None
    opens_at: datetime | None
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    receipt_in: str | None
    receipt_out: str | None
    state: str
    confirmed: bool
    corrected: bool
    credited_hours: int | None
    expected_hours: int
    note: str
    how_in: str = ""
    how_out: str = ""
    excused: bool = False
    appeal: OwnAppeal | None = None
    can_appeal: bool = False
    appeal_until: datetime | None = None


_in, _mid, _out = (aliased(AttendanceEvent) for _ in range(3))


def meetings_of(session: Session, enrolment: Enrolment, now: datetime) -> tuple[OwnMeeting, ...]:
    """All sessions of the enrolment's class, in order, with what was appealed."""
    rows = session.execute(_query().where(Enrolment.id == enrolment.id)).all()
    appeals = own_appeals(session, enrolment.id, now)
    belongs = enrolment.status in ON_ROSTER
    return tuple(
        _meeting(row, _rules(session, row), now, appeals=appeals, belongs=belongs) for row in rows
    )


def today(session: Session, actor: Actor, *, now: datetime) -> tuple[OwnMeeting, ...]:
    """Today's sessions of the person's live enrolments, and any that takes scans now."""
    actor.require(Permission.CHECK_IN)
    start, end = times.day_bounds(now)
    query = _query().where(
        Enrolment.person_id.in_(actor.the_records()),
        Enrolment.status.in_(("accepted", "active")),
        TrainingClass.status.not_in(("draft", "cancelled")),
        ((TrainingSession.starts_at >= start) & (TrainingSession.starts_at < end))
        | ((TrainingSession.sign_in_from <= now) & (TrainingSession.sign_out_until >= now)),
    )
    rows = session.execute(query).all()
    return tuple(_meeting(row, _rules(session, row), now) for row in rows)


def _rules(session: Session, row: Row[*tuple[Any, ...]]) -> Attendance:
    return attendance_of(session, row[1])


def _query() -> Select[*tuple[Any, ...]]:
    def event(of: type[AttendanceEvent], phase: Phase) -> Any:
        return and_(
            of.session_id == TrainingSession.id,
            of.enrolment_id == Enrolment.id,
            of.phase == phase.value,
        )

    record = and_(
        AttendanceRecord.session_id == TrainingSession.id,
        AttendanceRecord.enrolment_id == Enrolment.id,
    )
    leave = exists().where(
        LeaveRequest.session_id == TrainingSession.id,
        LeaveRequest.enrolment_id == Enrolment.id,
        LeaveRequest.state == "granted",
    )
    return (
        select(TrainingSession, TrainingClass, Enrolment.id, _in, _out, AttendanceRecord)
        .add_columns(_mid, SessionCall, leave.label("leave"))
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .outerjoin(_in, event(_in, Phase.IN))
        .outerjoin(_out, event(_out, Phase.OUT))
        .outerjoin(_mid, event(_mid, Phase.MID))
        .outerjoin(SessionCall, SessionCall.session_id == TrainingSession.id)
        .outerjoin(AttendanceRecord, record)
        .order_by(TrainingSession.starts_at, TrainingSession.seq_no)
    )


_NONE: Mapping[UUID, OwnAppeal] = {}


def _meeting(
    row: Row[*tuple[Any, ...]],
    rules: Attendance,
    now: datetime,
    *,
    appeals: Mapping[UUID, OwnAppeal] = _NONE,
    belongs: bool = False,
) -> OwnMeeting:
    meeting, of, enrolment_id, came, left, record, _, _, leave = row
    worth = _worth(row, rules, now)
    phase = phase_now(meeting, now)
    # What is still missing is odd only once the window for it has closed.
    note = worth.note_key if now > meeting.sign_out_until and record is None else None
    appeal = appeals.get(meeting.id)
    can_appeal, until = False, None
    if belongs and of.status != "closed" and not _scan_helps(meeting, came, left, record, now):
        can_appeal, until = may_appeal(meeting, record, appeal, rules, now)
    return OwnMeeting(
        session_id=meeting.id,
        enrolment_id=enrolment_id,
        class_id=of.id,
        class_title=of.title,
        seq_no=meeting.seq_no,
        topic=meeting.topic,
        room=meeting.room,
        kind=meeting.kind,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        when=times.span_text(meeting.starts_at, meeting.ends_at),
        hours=meeting.hours,
        phase=phase.value if phase else None,
        opens_at=next_opening(meeting, now),
        signed_in_at=came.occurred_at if came else None,
        signed_out_at=left.occurred_at if left else None,
        receipt_in=came.receipt if came else None,
        receipt_out=left.receipt if left else None,
        state=_state(meeting, record, phase, now),
        confirmed=record is not None and meeting.confirmed_at is not None,
        corrected=bool(record and record.corrected),
        credited_hours=record.credited_hours if record else None,
        expected_hours=worth.credited_hours,
        note=t(note) if note and has(note) else "",
        how_in=method_text(came),
        how_out=method_text(left),
        excused=bool(leave),
        appeal=appeal,
        can_appeal=can_appeal,
        appeal_until=until,
    )


def _scan_helps(
    meeting: TrainingSession,
    came: AttendanceEvent | None,
    left: AttendanceEvent | None,
    record: AttendanceRecord | None,
    now: datetime,
) -> bool:
    """Whether what is missing can still be scanned: nothing is wrong yet, so a page that offered
    to have it checked would only mislead."""
    if record is not None or (came and left):
        return False
    return now <= (meeting.sign_out_until if came else meeting.sign_in_until)


def _worth(row: Row[*tuple[Any, ...]], rules: Attendance, now: datetime) -> Assessment:
    """What the times are worth so far; whoever had leave and did not come is excused."""
    meeting, _, _, came, left, _, called, call, leave = row
    called_yet = call is not None and now > call.closes_at
    found = assess(
        meeting,
        came and came.occurred_at,
        left and left.occurred_at,
        called=(called is not None) if called_yet else None,
        call_costs_hours=rules.missed_call == "no_hours",
    )
    if leave and not found.credited_hours:
        return Assessment(AttendanceState.EXCUSED)
    return found


def _state(
    meeting: TrainingSession, record: AttendanceRecord | None, phase: Phase | None, now: datetime
) -> str:
    if record is not None:
        return record.state
    if phase is not None:
        return "open"
    return "upcoming" if now < meeting.sign_in_from else "waiting"
