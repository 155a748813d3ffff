"""What is known of each person in one session: events, record, and what the events are worth."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceEvent,
    AttendanceRecord,
    Enrolment,
    LeaveRequest,
    MakeUp,
    Person,
    SessionCall,
    TrainingClass,
    TrainingSession,
)
from portal.domain.attendance import Assessment, AttendanceState, made_up
from portal.domain.checkin_code import Phase
from portal.services.rule_book import book_for
from portal.services.teaching import ON_ROSTER
from portal.services.windows import assess

# The method of an event that an instructor entered.
MANUAL = "manual"

# Made once: an alias of a class costs milliseconds each time.
_Came = aliased(AttendanceEvent)
_Left = aliased(AttendanceEvent)
_Called = aliased(AttendanceEvent)
_Missed = aliased(TrainingSession)


class RollCall(NamedTuple):
    """The roll-call in the middle of a session; ``costs_hours`` where missing it earns nothing."""

    called_at: datetime
    closes_at: datetime
    costs_hours: bool


class Line(NamedTuple):
    """What is known of one person in one session.

    A guest makes up ``guest_of``, a session of their own class that was worth ``most_hours``;
    both are None for the class's own roster. A guest's ``record`` is that of the missed session,
    and only once this session's sheet wrote it. ``called`` is the answer to ``roll_call``.
    ``excused``: leave was granted.
    """

    enrolment: Enrolment
    person: Person
    came: AttendanceEvent | None
    left: AttendanceEvent | None
    record: AttendanceRecord | None
    called: AttendanceEvent | None = None
    guest_of: UUID | None = None
    most_hours: int | None = None
    excused: bool = False
    roll_call: RollCall | None = None

    @property
    def answered(self) -> bool | None:
        """Whether the person answered the roll-call; None where there was none."""
        return None if self.roll_call is None else self.called is not None


def lines_of(session: Session, meeting: TrainingSession) -> list[Line]:
    """Everybody on the roster of the session's class by name, then its guests by name."""
    roll_call = roll_call_of(session, meeting)
    return [_line(row, roll_call) for row in session.execute(_query(meeting))]


def roll_call_of(session: Session, meeting: TrainingSession) -> RollCall | None:
    """The session's roll-call, and what missing it means by the rules of the class's first day."""
    query = select(SessionCall, TrainingClass.region_code, TrainingClass.starts_on)
    query = query.join(TrainingClass, TrainingClass.id == meeting.class_id)
    row = session.execute(query.where(SessionCall.session_id == meeting.id)).one_or_none()
    if row is None:
        return None
    call, region_code, starts_on = row
    rules = book_for(session, region_code, starts_on).attendance
    return RollCall(call.called_at, call.closes_at, rules.missed_call == "no_hours")


def _query(meeting: TrainingSession) -> Select[*tuple[Any, ...]]:

    def event(of: type[AttendanceEvent], phase: Phase) -> ColumnElement[bool]:
        return and_(
            of.enrolment_id == Enrolment.id,
            of.session_id == meeting.id,
            of.phase == phase.value,
        )

    # A guest's own record of this session does not exist; the one of the missed session counts
    # here only when it was written from here.
    record = or_(
        and_(MakeUp.id.is_(None), AttendanceRecord.session_id == meeting.id),
        and_(
            AttendanceRecord.session_id == MakeUp.missed_session_id,
            AttendanceRecord.makeup_session_id == meeting.id,
        ),
    )
    guest = and_(MakeUp.enrolment_id == Enrolment.id, is_guest(meeting.id))
    leave = and_(
        LeaveRequest.enrolment_id == Enrolment.id,
        LeaveRequest.session_id == meeting.id,
        LeaveRequest.state == "granted",
    )
    return (
        select(Enrolment, Person, _Came, _Left, AttendanceRecord, _Called, MakeUp, _Missed.hours)
        .add_columns(LeaveRequest.id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(MakeUp, guest)
        .outerjoin(_Missed, _Missed.id == MakeUp.missed_session_id)
        .outerjoin(_Came, event(_Came, Phase.IN))
        .outerjoin(_Left, event(_Left, Phase.OUT))
        .outerjoin(_Called, event(_Called, Phase.MID))
        .outerjoin(AttendanceRecord, and_(AttendanceRecord.enrolment_id == Enrolment.id, record))
        .outerjoin(LeaveRequest, leave)
        .where(Enrolment.id.in_(_people(meeting)), Enrolment.status.in_(ON_ROSTER))
        .order_by(MakeUp.id.is_not(None), Person.name_key, Enrolment.id)
        .execution_options(populate_existing=True)
    )


def _people(meeting: TrainingSession) -> Any:
    """Ids of the enrolments on the sheet: two short index scans, never all enrolments."""
    return union_all(
        select(Enrolment.id).where(Enrolment.class_id == meeting.class_id),
        select(MakeUp.enrolment_id).where(is_guest(meeting.id)),
    )


def is_guest(at_session_id: UUID) -> ColumnElement[bool]:
    """Whether a make-up stands on a session's sheet.

    One that was written off stays for as long as there are scans of it: a device without a link
    may have brought them after the sheet was confirmed.
    """
    scanned = select(AttendanceEvent.id).where(
        AttendanceEvent.session_id == MakeUp.at_session_id,
        AttendanceEvent.enrolment_id == MakeUp.enrolment_id,
    )
    return and_(
        MakeUp.at_session_id == at_session_id,
        or_(
            MakeUp.state.in_(("planned", "attended")),
            and_(MakeUp.state == "missed", scanned.exists()),
        ),
    )


def _line(row: Row[*tuple[Any, ...]], roll_call: RollCall | None) -> Line:
    enrolment, person, came, left, record, called, makeup, hours, leave_id = row
    return Line(
        enrolment,
        person,
        came,
        left,
        record,
        called=called,
        guest_of=makeup.missed_session_id if makeup else None,
        most_hours=hours if makeup else None,
        excused=leave_id is not None,
        roll_call=roll_call,
    )


def worth(meeting: TrainingSession, line: Line) -> Assessment:
    """What the events of one person are worth: to this session, or to the one a guest missed.

    Leave that was granted excuses from what was missed; who came all the same keeps the hours.
    """
    found = assess(
        meeting,
        line.came.occurred_at if line.came else None,
        line.left.occurred_at if line.left else None,
        called=line.answered,
        call_costs_hours=line.roll_call is not None and line.roll_call.costs_hours,
    )
    if line.guest_of is not None:
        return made_up(found, line.most_hours or 0)
    if line.excused and not found.credited_hours:
        return Assessment(AttendanceState.EXCUSED)
    return found


def differs(record: AttendanceRecord | None, found: Assessment) -> bool:
    """Whether confirming would write something.

    Neither a correction by hand nor a session made up elsewhere is ever overwritten.
    """
    if record is None:
        return True
    now_counts = (found.state.value, found.credited_minutes, found.credited_hours)
    stands = (record.state, record.credited_minutes, record.credited_hours)
    kept = record.corrected or record.makeup_session_id is not None
    return not kept and stands != now_counts


def would_write(line: Line, found: Assessment) -> bool:
    """``differs`` of a whole line: a guest who earned nothing leaves the missed session as it is,
    and one whose hours changed since gets the new ones."""
    if line.guest_of is None:
        return differs(line.record, found)
    if not found.credited_hours or (line.record is not None and line.record.corrected):
        return False
    return line.record is None or line.record.credited_hours != found.credited_hours
