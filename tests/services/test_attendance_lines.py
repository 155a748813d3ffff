"""The lines of a session: guests, leave, the roll-call, and what each is worth."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.db.models import LeaveRequest, SessionCall
from portal.domain.attendance import AttendanceState
from portal.policies.parameters import Attendance
from portal.services import attendance_lines
from portal.services.attendance_lines import Line, lines_of, worth, would_write
from tests.support import factories as make
from tests.support.meetings import END, MINUTE, START, School, guest_at, school

NEXT = START + timedelta(days=2)


@pytest.fixture
def here(session: Session) -> School:
    return school(session)


@pytest.fixture
def there(session: Session) -> School:
    return school(session, first_start=NEXT)


def leave(of: School, index: int, state: str = "granted") -> None:
    of.session.add(
        LeaveRequest(
            session_id=of.meeting.id,
            enrolment_id=of.places[index].id,
            kind="personal",
            state=state,
            created_at=make.NOW,
        )
    )
    of.session.flush()


def call(of: School, minutes: int = 60) -> None:
    of.session.add(
        SessionCall(
            session_id=of.meeting.id,
            called_at=START + minutes * MINUTE,
            closes_at=START + (minutes + 5) * MINUTE,
            called_by=of.staff.the_account(),
        )
    )
    of.session.flush()


def stayed(of: School, index: int) -> None:
    of.scan(of.places[index], "in", START)
    of.scan(of.places[index], "out", END)


def line_of(of: School, index: int) -> Line:
    lines = lines_of(of.session, of.meeting)
    return next(line for line in lines if line.enrolment.id == of.places[index].id)


def test_guests_stand_after_the_roster_with_the_session_they_missed(
    session: Session, here: School, there: School
) -> None:
    here.record(0)
    guest_at(session, here, there)
    lines = lines_of(session, there.meeting)
    assert [line.guest_of for line in lines] == [None, None, here.meeting.id]
    assert lines[-1].person.id == here.places[0].person_id
    # The record of the missed session is not that of this one.
    assert lines[-1].record is None
    assert [line.guest_of for line in lines_of(session, here.meeting)] == [None, None]


@pytest.mark.parametrize(("state", "stands"), [("withdrawn", 2), ("missed", 2), ("attended", 3)])
def test_a_visit_taken_back_or_written_off_stands_on_no_sheet(
    session: Session, here: School, there: School, state: str, stands: int
) -> None:
    guest_at(session, here, there, state=state)
    assert len(lines_of(session, there.meeting)) == stands


def test_scans_that_arrive_after_the_write_off_bring_the_guest_back(
    session: Session, here: School, there: School
) -> None:
    guest_at(session, here, there, state="missed")
    there.scan(here.places[0], "in", NEXT)
    assert len(lines_of(session, there.meeting)) == 3


def test_a_guests_record_is_the_one_that_this_sheet_wrote(
    session: Session, here: School, there: School
) -> None:
    record = here.record(0)
    guest_at(session, here, there, state="attended")
    record.makeup_session_id = there.meeting.id
    session.flush()
    found = lines_of(session, there.meeting)[-1].record
    assert found is not None
    assert found.session_id == here.meeting.id


def test_a_guest_earns_at_most_what_the_missed_session_was_worth(
    session: Session, here: School, there: School
) -> None:
    here.meeting.hours = 3
    guest_at(session, here, there)
    there.scan(here.places[0], "in", NEXT)
    there.scan(here.places[0], "out", NEXT + 180 * MINUTE)
    line = lines_of(session, there.meeting)[-1]
    found = worth(there.meeting, line)
    assert (found.state, found.credited_hours) == (AttendanceState.MAKEUP, 3)
    assert would_write(line, found)


def test_a_guest_who_stayed_away_changes_nothing(
    session: Session, here: School, there: School
) -> None:
    guest_at(session, here, there)
    line = lines_of(session, there.meeting)[-1]
    found = worth(there.meeting, line)
    assert found.state is AttendanceState.ABSENT
    assert not would_write(line, found)


def test_granted_leave_excuses_who_was_not_there(here: School) -> None:
    leave(here, 0)
    leave(here, 1, "asked")
    assert worth(here.meeting, line_of(here, 0)).state is AttendanceState.EXCUSED
    assert worth(here.meeting, line_of(here, 1)).state is AttendanceState.ABSENT


def test_who_came_in_spite_of_leave_keeps_the_hours(here: School) -> None:
    leave(here, 0)
    stayed(here, 0)
    found = worth(here.meeting, line_of(here, 0))
    assert (found.state, found.credited_hours) == (AttendanceState.PRESENT, 4)


def test_missing_the_roll_call_is_noted_and_costs_nothing_by_itself(here: School) -> None:
    call(here)
    stayed(here, 0)
    stayed(here, 1)
    here.scan(here.places[1], "mid", START + 61 * MINUTE)
    missed, answered = worth(here.meeting, line_of(here, 0)), worth(here.meeting, line_of(here, 1))
    assert (missed.credited_hours, missed.note_key) == (4, "attendance.missed_call")
    assert (answered.credited_hours, answered.note_key) == (4, None)


def test_where_the_region_says_so_missing_the_roll_call_costs_the_hours(
    here: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = Attendance(missed_call="no_hours", source_note="测试")

    class Book:
        attendance = strict

    monkeypatch.setattr(attendance_lines, "book_for", lambda *_: Book())
    call(here)
    stayed(here, 0)
    found = worth(here.meeting, line_of(here, 0))
    assert (found.state, found.credited_hours) == (AttendanceState.PRESENT, 0)
    assert found.note_key == "attendance.missed_call"


def test_a_session_made_up_elsewhere_is_not_overwritten_by_its_own_sheet(
    session: Session, here: School, there: School
) -> None:
    record = here.record(0, "makeup", 4)
    record.makeup_session_id = there.meeting.id
    session.flush()
    line = line_of(here, 0)
    assert not would_write(line, worth(here.meeting, line))


def test_the_number_of_queries_does_not_grow_with_the_people(
    session: Session, here: School, there: School
) -> None:
    def counted() -> int:
        statements: list[str] = []

        def note(conn: object, cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        event.listen(session.get_bind(), "before_cursor_execute", note)
        try:
            lines_of(session, there.meeting)
        finally:
            event.remove(session.get_bind(), "before_cursor_execute", note)
        return len(statements)

    before = counted()
    guest_at(session, here, there)
    guest_at(session, here, there, index=1)
    leave(there, 0)
    assert counted() == before
