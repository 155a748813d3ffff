"""What the institution's staff start from: today's sessions, and who is in a class."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.services import times
from portal.services.attendance_sheet import note_reading, sheet_status
from portal.services.teaching import ON_ROSTER, own_class, own_sessions
from portal.services.windows import next_opening, phase_now

# How far back an unconfirmed sheet is brought up, and how far ahead one looks.
_BACK, _AHEAD = timedelta(days=60), timedelta(days=7)
_MOST = 200


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A session in a list. ``phase``: the window open now; ``opens_at``: when the next opens.

    ``status``: upcoming, running, to_confirm, confirmed. ``is_mine``: the account teaches it.
    """

    session_id: UUID
    class_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    starts_at: datetime
    ends_at: datetime
    when: str
    phase: str | None
    opens_at: datetime | None
    present_count: int
    roster_count: int
    status: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class TeachingDay:
    """``unconfirmed`` sheets of earlier days, ``today``, ``upcoming`` (7 days): own ones first."""

    unconfirmed: tuple[SessionCard, ...]
    today: tuple[SessionCard, ...]
    upcoming: tuple[SessionCard, ...]


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One trainee of a class; name in full, ID number masked (B8.3)."""

    enrolment_id: UUID
    name: str
    id_no_masked: str
    status: str
    hours_credited: int
    hours_planned: int
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a class, by name, with its sessions in order."""

    class_id: UUID
    title: str
    class_status: str
    capacity: int
    seats_taken: int
    rows: tuple[RosterRow, ...]
    sessions: tuple[SessionCard, ...]


def today_sessions(session: Session, actor: Actor, *, now: datetime) -> TeachingDay:
    """What to do today, for staff of an institution."""
    actor.require(Permission.RUN_SESSION)
    start, end = times.day_bounds(now)
    query = _cards(actor).where(
        TrainingSession.starts_at >= start - _BACK,
        TrainingSession.starts_at < end + _AHEAD,
        or_(TrainingSession.starts_at >= start, TrainingSession.confirmed_at.is_(None)),
    )
    cards = [_card(row, actor, now) for row in session.execute(query.limit(_MOST))]
    cards.sort(key=lambda card: not card.is_mine)
    return TeachingDay(
        unconfirmed=tuple(card for card in cards if card.starts_at < start),
        today=tuple(card for card in cards if start <= card.starts_at < end),
        upcoming=tuple(card for card in cards if card.starts_at >= end),
    )


def roster(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> Roster:
    """Who is in a class of the actor's institution. The reading is audited; raises NotFound."""
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    note_reading(session, actor, "training_class", class_id, now)
    credited = (
        select(func.coalesce(func.sum(AttendanceRecord.credited_hours), 0))
        .where(AttendanceRecord.enrolment_id == Enrolment.id)
        .scalar_subquery()
    )
    people = session.execute(
        select(Enrolment, Person, credited)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.class_id == class_id, Enrolment.status.in_(ON_ROSTER))
        .order_by(Person.name_key, Enrolment.id)
    )
    meetings = session.execute(_cards(actor).where(TrainingSession.class_id == class_id))
    return Roster(
        class_id=of.id,
        title=of.title,
        class_status=of.status,
        capacity=of.capacity,
        seats_taken=of.seats_taken,
        rows=tuple(_roster_row(*row, planned=of.hours) for row in people),
        sessions=tuple(_card(row, actor, now) for row in meetings),
    )


def _roster_row(enrolment: Enrolment, person: Person, credited: int, *, planned: int) -> RosterRow:
    return RosterRow(
        enrolment_id=enrolment.id,
        name=person.name,
        id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
        status=enrolment.status,
        hours_credited=credited,
        hours_planned=planned,
        enrolled_at=enrolment.created_at,
    )


def _cards(actor: Actor) -> Select[*tuple[Any, ...]]:
    present = (
        select(func.count())
        .where(AttendanceEvent.session_id == TrainingSession.id, AttendanceEvent.phase == "in")
        .scalar_subquery()
    )
    enrolled = (
        select(func.count())
        .where(Enrolment.class_id == TrainingClass.id, Enrolment.status.in_(ON_ROSTER))
        .scalar_subquery()
    )
    query = own_sessions(actor).add_columns(present, enrolled)
    return query.order_by(TrainingSession.starts_at, TrainingSession.id)


def _card(row: Row[*tuple[Any, ...]], actor: Actor, now: datetime) -> SessionCard:
    meeting, of, present, enrolled = row
    phase = phase_now(meeting, now)
    return SessionCard(
        session_id=meeting.id,
        class_id=of.id,
        class_title=of.title,
        seq_no=meeting.seq_no,
        topic=meeting.topic,
        room=meeting.room,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        when=times.span_text(meeting.starts_at, meeting.ends_at),
        phase=phase.value if phase else None,
        opens_at=next_opening(meeting, now),
        present_count=present,
        roster_count=enrolled,
        status=sheet_status(meeting, now),
        is_mine=actor.account_id in (meeting.instructor_id, of.instructor_id),
    )
