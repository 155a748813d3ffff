"""What is known of each person in one session: events, record, and what the events are worth."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    Person,
    TrainingSession,
)
from portal.domain.attendance import Assessment
from portal.domain.checkin_code import Phase
from portal.services.teaching import ON_ROSTER
from portal.services.windows import assess

# The method of an event that an instructor entered.
MANUAL = "manual"


class Line(NamedTuple):
    """What is known of one person in one session."""

    enrolment: Enrolment
    person: Person
    came: AttendanceEvent | None
    left: AttendanceEvent | None
    record: AttendanceRecord | None


def lines_of(session: Session, meeting: TrainingSession) -> list[Line]:
    """Everybody on the roster of the session's class, by name."""
    came, left = aliased(AttendanceEvent), aliased(AttendanceEvent)

    def event(of: type[AttendanceEvent], phase: Phase) -> ColumnElement[bool]:
        return and_(
            of.enrolment_id == Enrolment.id,
            of.session_id == meeting.id,
            of.phase == phase.value,
        )

    query = (
        select(Enrolment, Person, came, left, AttendanceRecord)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(came, event(came, Phase.IN))
        .outerjoin(left, event(left, Phase.OUT))
        .outerjoin(
            AttendanceRecord,
            and_(
                AttendanceRecord.enrolment_id == Enrolment.id,
                AttendanceRecord.session_id == meeting.id,
            ),
        )
        .where(Enrolment.class_id == meeting.class_id, Enrolment.status.in_(ON_ROSTER))
        .order_by(Person.name_key, Enrolment.id)
        .execution_options(populate_existing=True)
    )
    return [Line(*row) for row in session.execute(query)]


def worth(meeting: TrainingSession, line: Line) -> Assessment:
    """What the events of one person are worth."""
    return assess(
        meeting,
        line.came.occurred_at if line.came else None,
        line.left.occurred_at if line.left else None,
    )


def differs(record: AttendanceRecord | None, found: Assessment) -> bool:
    """Whether confirming would write something; a correction by hand is never overwritten."""
    if record is None:
        return True
    now_counts = (found.state.value, found.credited_minutes, found.credited_hours)
    stands = (record.state, record.credited_minutes, record.credited_hours)
    return not record.corrected and stands != now_counts
