"""A running class with people, staff and scans, for tests of sheets, appeals and warnings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceEvent,
    Enrolment,
    Institution,
    TrainingClass,
    TrainingSession,
)
from portal.domain.permissions import Actor, Role
from portal.services import attendance
from portal.services.attendance import SessionSheet, SheetRow
from portal.services.checkin import receipt_of
from portal.services.unit import load_actor
from tests.support import factories as make

START = make.NOW
END = START + timedelta(minutes=180)
MINUTE = timedelta(minutes=1)


@dataclass
class Course:
    """A class that meets daily from START; ``people`` are its trainees' actors."""

    session: Session
    school: Institution
    training_class: TrainingClass
    meetings: list[TrainingSession]
    places: list[Enrolment]
    people: list[Actor]
    manager: Actor
    instructor: Actor

    @property
    def meeting(self) -> TrainingSession:
        """The first session."""
        return self.meetings[0]

    def sign(
        self,
        who: int,
        phase: str,
        at: datetime,
        *,
        meeting: int = 0,
        method: str = "qr",
        offline: bool = False,
    ) -> AttendanceEvent:
        """Write an event."""
        place, event_id = self.places[who], new_id()
        event = AttendanceEvent(
            id=event_id,
            session_id=self.meetings[meeting].id,
            enrolment_id=place.id,
            person_id=place.person_id,
            phase=phase,
            method=method,
            occurred_at=at,
            server_at=at,
            receipt=receipt_of(event_id),
            offline=offline,
        )
        self.session.add(event)
        self.session.flush()
        return event

    def attend(self, who: int, *, meeting: int = 0) -> None:
        """Come in time and stay."""
        of = self.meetings[meeting]
        self.sign(who, "in", of.starts_at, meeting=meeting)
        self.sign(who, "out", of.ends_at, meeting=meeting)

    def sheet(self, now: datetime = END, *, actor: Actor | None = None) -> SessionSheet:
        """The first session's sheet."""
        who = actor or self.manager
        return attendance.session_sheet(self.session, who, session_id=self.meeting.id, now=now)

    def confirm(self, now: datetime = END, *, meeting: int = 0) -> SessionSheet:
        """Confirm a sheet."""
        session_id = self.meetings[meeting].id
        return attendance.confirm_attendance(
            self.session, self.manager, session_id=session_id, now=now
        )

    def correct(self, who: int, **kwargs: Any) -> SessionSheet:
        """Correct the first session's record of somebody."""
        values: dict[str, Any] = {"state": "present", "hours": 4, "reason": "核实在场", "now": END}
        actor = kwargs.pop("actor", self.manager)
        meeting = self.meetings[kwargs.pop("meeting", 0)]
        return attendance.correct(
            self.session,
            actor,
            session_id=meeting.id,
            enrolment_id=self.places[who].id,
            **values | kwargs,
        )

    def row(self, sheet: SessionSheet, who: int) -> SheetRow:
        """Somebody's row of a sheet."""
        (found,) = (row for row in sheet.rows if row.enrolment_id == self.places[who].id)
        return found


def make_course(session: Session, *, people: int = 8, sessions: int = 2, **fields: Any) -> Course:
    """A class of so many trainees with a manager and an instructor."""
    school = make.make_institution(session)
    accounts = [
        make.make_account(session, person=make.make_person(session, name=f"学员{n:02d}"))
        for n in range(people)
    ]
    values: dict[str, Any] = {"first_start": START, "status": "running", "sessions": sessions}
    made = make.make_class(session, institution=school, **values | fields)
    actors = [load_actor(session, make.log_in(session, one), now=make.NOW) for one in accounts]
    places = [make.enrol(session, make.person_of(session, actor), made) for actor in actors]
    return Course(
        session,
        school,
        made,
        make.sessions_of(session, made),
        places,
        actors,
        make.make_actor(session, Role.MANAGER, institution=school),
        make.make_actor(session, Role.INSTRUCTOR, institution=school),
    )
