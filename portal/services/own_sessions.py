"""A trainee's own sessions: what was recorded, what it counts, and what is open now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.domain.checkin_code import Phase
from portal.domain.permissions import Actor, Permission
from portal.locale import has, t
from portal.services import times
from portal.services.windows import assess, next_opening, phase_now


@dataclass(frozen=True, slots=True)
class OwnMeeting:
    """One session as its trainee sees it.

    ``state``: upcoming, open (a window takes scans now), waiting (under way or not confirmed), or
    as confirmed: present, late, early_leave, absent, excused, makeup. ``credited_hours`` is None
    until confirmed; ``expected_hours`` is what the times are worth so far. ``note`` is a sentence
    or empty. ``phase`` is in, out or None: what a scan would record now.
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


_in, _out = aliased(AttendanceEvent), aliased(AttendanceEvent)


def meetings_of(session: Session, enrolment: Enrolment, now: datetime) -> tuple[OwnMeeting, ...]:
    """All sessions of the enrolment's class, in order."""
    rows = session.execute(_query().where(Enrolment.id == enrolment.id))
    return tuple(_meeting(row, now) for row in rows)


def today(session: Session, actor: Actor, *, now: datetime) -> tuple[OwnMeeting, ...]:
    """Today's sessions of the person's live enrolments, and any that takes scans now."""
    actor.require(Permission.CHECK_IN)
    start, end = times.day_bounds(now)
    query = _query().where(
        Enrolment.person_id == actor.the_person(),
        Enrolment.status.in_(("accepted", "active")),
        TrainingClass.status.not_in(("draft", "cancelled")),
        ((TrainingSession.starts_at >= start) & (TrainingSession.starts_at < end))
        | ((TrainingSession.sign_in_from <= now) & (TrainingSession.sign_out_until >= now)),
    )
    return tuple(_meeting(row, now) for row in session.execute(query))


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
    return (
        select(TrainingSession, TrainingClass, Enrolment.id, _in, _out, AttendanceRecord)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .outerjoin(_in, event(_in, Phase.IN))
        .outerjoin(_out, event(_out, Phase.OUT))
        .outerjoin(AttendanceRecord, record)
        .order_by(TrainingSession.starts_at, TrainingSession.seq_no)
    )


def _meeting(row: Row[*tuple[Any, ...]], now: datetime) -> OwnMeeting:
    meeting, of, enrolment_id, came, left, record = row
    worth = assess(meeting, came and came.occurred_at, left and left.occurred_at)
    phase = phase_now(meeting, now)
    # What is still missing is odd only once the window for it has closed.
    note = worth.note_key if now > meeting.sign_out_until and record is None else None
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
    )


def _state(
    meeting: TrainingSession, record: AttendanceRecord | None, phase: Phase | None, now: datetime
) -> str:
    if record is not None:
        return record.state
    if phase is not None:
        return "open"
    return "upcoming" if now < meeting.sign_in_from else "waiting"
