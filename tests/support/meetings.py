"""A class with trainees, its meetings and its staff: what tests of attendance begin with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    Institution,
    MakeUp,
    Notice,
    TrainingClass,
    TrainingSession,
)
from portal.domain.permissions import Actor, Role
from portal.services.checkin import receipt_of
from portal.services.unit import load_actor
from tests.support import factories as make

START = make.NOW
END = START + timedelta(minutes=180)
MINUTE = timedelta(minutes=1)


@dataclass
class School:
    """A class of an institution with trainees; the first session runs from START to END."""

    session: Session
    institution: Institution
    training_class: TrainingClass
    meetings: list[TrainingSession]
    places: list[Enrolment]
    trainees: list[Actor]
    staff: Actor

    @property
    def meeting(self) -> TrainingSession:
        return self.meetings[0]

    def scan(
        self,
        place: Enrolment,
        phase: str,
        at: datetime,
        *,
        meeting: TrainingSession | None = None,
        method: str = "qr",
    ) -> AttendanceEvent:
        """An event of somebody on a sheet of this class, its guests included."""
        event_id = new_id()
        event = AttendanceEvent(
            id=event_id,
            session_id=(meeting or self.meeting).id,
            enrolment_id=place.id,
            person_id=place.person_id,
            phase=phase,
            method=method,
            occurred_at=at,
            server_at=at,
            receipt=receipt_of(event_id),
        )
        self.session.add(event)
        self.session.flush()
        return event

    def record(self, index: int = 0, state: str = "absent", hours: int = 0) -> AttendanceRecord:
        """The first session as confirmed for one trainee."""
        self.meeting.confirmed_at, self.meeting.confirmed_by = END, self.staff.account_id
        place = self.places[index]
        record = AttendanceRecord(
            session_id=self.meeting.id,
            enrolment_id=place.id,
            person_id=place.person_id,
            state=state,
            credited_hours=hours,
            credited_minutes=hours * 45,
            updated_at=END,
            updated_by=self.staff.the_account(),
        )
        self.session.add(record)
        self.session.flush()
        return record


def school(session: Session, *, trainees: int = 2, sessions: int = 2, **fields: Any) -> School:
    """A new one, saved."""
    institution = fields.pop("institution", None) or make.make_institution(session)
    fields.setdefault("first_start", START)
    made = make.make_class(
        session, institution=institution, sessions=sessions, status="running", **fields
    )
    places, actors = [], []
    for number in range(trainees):
        account = make.make_account(
            session, person=make.make_person(session, name=f"学员{number + 1}")
        )
        token = make.log_in(session, account)
        actors.append(load_actor(session, token, now=make.NOW))
        places.append(make.enrol(session, make.person_of(session, actors[-1]), made))
    staff = make.make_actor(session, Role.MANAGER, institution=institution)
    session.commit()
    return School(
        session, institution, made, make.sessions_of(session, made), places, actors, staff
    )


def guest_at(
    session: Session, of: School, at: School, *, index: int = 0, state: str = "planned"
) -> MakeUp:
    """One of the trainees makes up the first session of ``of`` in the first of ``at``."""
    place = of.places[index]
    made = MakeUp(
        enrolment_id=place.id,
        person_id=place.person_id,
        missed_session_id=of.meeting.id,
        at_session_id=at.meeting.id,
        state=state,
        created_at=make.NOW,
        created_by=of.trainees[index].the_account(),
    )
    session.add(made)
    session.flush()
    return made


def news_of(session: Session, actor: Actor) -> list[str]:
    """Kinds of the notices of a person, oldest first."""
    query = select(Notice.kind).where(Notice.person_id == actor.the_person())
    return list(session.scalars(query.order_by(Notice.created_at, Notice.id)))
