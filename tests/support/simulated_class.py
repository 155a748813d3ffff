"""A simulated class written into the database, so that the score can be asked by both ways."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceSignal,
    Inspection,
    Person,
    StaffAttendance,
    TrainingClass,
    TrainingSession,
)
from portal.domain import working_days
from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Band, Mark, Other, SessionFacts
from portal.services.times import day_of
from tests.support import factories as make
from tests.support.simulation.draft import Draft
from tests.support.simulation.ghosts import fit_for, ghost_session, plan_fraud
from tests.support.simulation.honest import honest_session
from tests.support.simulation.world import World, found_course


@dataclass(frozen=True)
class SimulatedClass:
    """The class in the database, and the facts of its sessions in order, keys as there."""

    training_class: TrainingClass
    meetings: tuple[TrainingSession, ...]
    facts: tuple[SessionFacts, ...]
    others: tuple[Other, ...]

    def known(self, index: int, *, when_over: bool) -> SessionFacts:
        """The pure facts of one session."""
        last = len(self.others) if when_over else index
        among = [self.others[n] for n in range(last) if n != index]
        told = tuple(one for one in among if one.arrivals or one.by_hand or one.shown)
        return replace(self.facts[index], others=told)


def drafts_of(seed: str, kind: str = "") -> list[Draft]:
    """All sessions of a random class, honest or a ghost of a kind."""
    rng = Random(seed)
    if not kind:
        course = found_course(rng, World())
        return [honest_session(rng, World(), course, n) for n in range(len(course.starts))]
    course = found_course(rng, fit_for(kind, World()))
    fraud = plan_fraud(rng, World(), course, kind)
    return [ghost_session(rng, World(), course, n, fraud) for n in range(len(course.starts))]


def write(session: Session, drafts: list[Draft], **fields: Any) -> SimulatedClass:
    """Write the class as the portal would have kept it."""
    course, first = drafts[0].course, drafts[0]
    made = make.make_class(
        session,
        first_start=course.starts[0],
        sessions=1,
        session_length=course.lasts,
        status="running",
        capacity=100,
        **fields,
    )
    staff = make.make_account(session)
    meetings = [_meeting(session, made, draft, staff.id) for draft in drafts]
    session.flush()
    people = {}
    for person in sorted(course.people, key=lambda one: one.place):
        born = date(1950 if person.old else 2000, 5, 5) if first.world.knows_age else None
        row: Person = make.make_person(
            session, birth_date=born, name_key=f"{person.place:04d}", name=f"学员{person.place}"
        )
        people[person.key] = (make.enrol(session, row, made).id, row.id)
    keys = {key: str(enrolment_id) for key, (enrolment_id, _) in people.items()}
    facts = []
    for draft, meeting in zip(drafts, meetings, strict=True):
        known = _known(draft.facts([]), keys)
        facts.append(known)
        _events(session, meeting, known, dict(people.values()), staff.id)
        _office(session, meeting, known, staff)
    session.flush()
    others = tuple(_other(draft.remembered(), keys) for draft in drafts)
    return SimulatedClass(made, tuple(meetings), tuple(facts), others)


def _meeting(session: Session, made: TrainingClass, draft: Draft, staff: UUID) -> TrainingSession:
    start = draft.starts
    if draft.index == 0:
        meeting = make.sessions_of(session, made)[0]
    else:
        meeting = make.make_session(made, draft.index + 1, start, start + draft.course.lasts)
        session.add(meeting)
    meeting.instructor_id = staff
    meeting.hours = int(draft.course.lasts.total_seconds() // 2_700)
    return meeting


def _known(facts: SessionFacts, keys: Mapping[str, str]) -> SessionFacts:
    """The facts by the keys of the database. Where people were before is tested by itself, and
    the calendar knows its holidays."""
    marks = tuple(replace(m, person=keys[m.person], elsewhere=None) for m in facts.marks)
    corrections = tuple(replace(one, person=keys[one.person]) for one in facts.corrections)
    off = working_days.is_holiday(day_of(facts.starts_at))
    return replace(facts, marks=marks, corrections=corrections, day_off=off)


def _other(other: Other, keys: Mapping[str, str]) -> Other:
    return Other(
        other.starts_at,
        {keys[person]: at for person, at in other.arrivals.items()},
        frozenset(keys[person] for person in other.by_hand),
        frozenset(keys[person] for person in other.shown),
        {keys[person]: spot for person, spot in other.spots.items()},
    )


def _hashed(value: str) -> bytes:
    return sha256(value.encode()).digest()[:8]


def _events(
    session: Session,
    meeting: TrainingSession,
    known: SessionFacts,
    people: Mapping[UUID, UUID],
    staff: UUID,
) -> None:
    events, signals = [], []
    for mark in known.marks:
        event_id, place = new_id(), UUID(mark.person)
        events.append(
            {
                "id": event_id,
                "session_id": meeting.id,
                "enrolment_id": place,
                "person_id": people[place],
                "phase": mark.phase.value,
                "method": "manual" if mark.method == "tap" else mark.method,
                "occurred_at": mark.moment,
                "server_at": mark.moment,
                "actor_account_id": staff if mark.by else None,
                "receipt": "TEST-TEST",
                "offline": mark.offline,
            }
        )
        signals.append({"event_id": event_id, "session_id": meeting.id} | _signals(mark))
    if events:
        session.execute(insert(AttendanceEvent), events)
        session.execute(insert(AttendanceSignal), signals)


def _signals(mark: Mark) -> dict[str, Any]:
    def key(value: str | None) -> bytes | None:
        return None if value is None else _hashed(value)

    return {
        "device": key(mark.device),
        "network": key(mark.network),
        "band": None if mark.band is Band.UNKNOWN else mark.band.value,
        "spot": key(mark.spot),
        "code_age": mark.code_age,
        "relay": None if mark.relay is None else "passed" if mark.relay.passed else "failed",
        "relay_seconds": mark.relay.seconds if mark.relay else None,
    }


def _office(session: Session, meeting: TrainingSession, known: SessionFacts, staff: Any) -> None:
    """What the institution and the inspector did."""
    meeting.screen_opened_at = known.opened_at
    meeting.confirmed_at, meeting.confirmed_by = known.confirmed_at, staff.id
    for one in known.corrections:
        session.add(
            AttendanceCorrection(
                session_id=meeting.id,
                enrolment_id=UUID(one.person),
                old_state="absent",
                old_hours=0,
                new_state="present",
                new_hours=meeting.hours,
                reason="漏签",
                actor_account_id=staff.id,
                at=one.at,
            )
        )
    if known.present:
        session.add(
            StaffAttendance(
                session_id=meeting.id,
                account_id=staff.id,
                person_id=staff.person_id,
                phase="in",
                method="manual",
                occurred_at=meeting.starts_at,
                server_at=meeting.starts_at,
            )
        )
    if known.head_count is not None:
        listed = len({mark.person for mark in known.marks if mark.phase is Phase.IN})
        session.add(
            Inspection(
                session_id=meeting.id,
                officer_account_id=staff.id,
                opened_at=meeting.starts_at,
                counted_at=meeting.ends_at - timedelta(minutes=15),
                head_count=known.head_count,
                sheet_count=listed,
                roster_count=known.roster,
                card="none",
            )
        )
