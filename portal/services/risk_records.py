"""All that a class's scores rest on, read once: nine queries, whatever the class's size."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceCorrection,
    Enrolment,
    Inspection,
    Person,
    StaffAttendance,
    TrainingClass,
    TrainingSession,
)
from portal.services.sign_ins import Journeys, SignIn, journeys_of, sign_ins_of
from portal.services.teaching import ON_ROSTER


class RosterRow(NamedTuple):
    """Somebody of the class, or a guest of one of its sessions."""

    enrolment_id: UUID
    is_guest: bool
    on_roster: bool
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """A class with its sessions in order, and what is known of each by its id.

    ``roster`` is by name, as on a sheet. ``staffed`` are the sessions in which somebody who
    teaches signed in. Of several inspections the last one counts.
    """

    training_class: TrainingClass
    meetings: tuple[TrainingSession, ...]
    roster: tuple[RosterRow, ...]
    sign_ins: Mapping[UUID, tuple[SignIn, ...]]
    journeys: Journeys
    corrections: Mapping[UUID, tuple[AttendanceCorrection, ...]]
    inspections: Mapping[UUID, Inspection]
    staffed: frozenset[UUID]


def record_of(session: Session, class_id: UUID) -> ClassRecord:
    """Read a class."""
    made = session.get_one(TrainingClass, class_id)
    meetings = session.scalars(
        select(TrainingSession)
        .where(TrainingSession.class_id == class_id)
        .order_by(TrainingSession.starts_at, TrainingSession.seq_no)
    ).all()
    ids = [meeting.id for meeting in meetings]
    signed = sign_ins_of(session, ids)
    return ClassRecord(
        training_class=made,
        meetings=tuple(meetings),
        roster=_roster(session, class_id, {one.enrolment_id for one in signed}),
        sign_ins=_by_session(signed),
        journeys=journeys_of(session, ids),
        corrections=_corrections(session, ids),
        inspections=_inspections(session, ids),
        staffed=_staffed(session, ids),
    )


def _by_session(signed: Iterable[SignIn]) -> Mapping[UUID, tuple[SignIn, ...]]:
    found: defaultdict[UUID, list[SignIn]] = defaultdict(list)
    for one in signed:
        found[one.session_id].append(one)
    return {key: tuple(rows) for key, rows in found.items()}


def _roster(session: Session, class_id: UUID, came: set[UUID]) -> tuple[RosterRow, ...]:
    """Who is on it, who was and came to something, and the guests."""
    rows = session.execute(
        select(Enrolment.id, Enrolment.class_id, Enrolment.status, Person.birth_date)
        .join(Person, Person.id == Enrolment.person_id)
        .where(or_(Enrolment.class_id == class_id, Enrolment.id.in_(came)))
        .order_by(Person.name_key, Enrolment.id)
    )
    return tuple(
        RosterRow(key, of != class_id, of == class_id and status in ON_ROSTER, born)
        for key, of, status, born in rows
        if key in came or status in ON_ROSTER
    )


def _corrections(
    session: Session, ids: Sequence[UUID]
) -> Mapping[UUID, tuple[AttendanceCorrection, ...]]:
    rows = session.scalars(
        select(AttendanceCorrection)
        .where(AttendanceCorrection.session_id.in_(ids))
        .order_by(AttendanceCorrection.session_id, AttendanceCorrection.at)
    )
    return {key: tuple(group) for key, group in groupby(rows, key=lambda row: row.session_id)}


def _inspections(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Inspection]:
    rows = session.scalars(
        select(Inspection)
        .where(Inspection.session_id.in_(ids), Inspection.counted_at.is_not(None))
        .order_by(Inspection.counted_at)
    )
    return {row.session_id: row for row in rows}


def _staffed(session: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
    query = select(StaffAttendance.session_id).where(
        StaffAttendance.session_id.in_(ids), StaffAttendance.phase == "in"
    )
    return frozenset(session.scalars(query))
