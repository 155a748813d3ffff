"""What the sheet shows beside times and states: ways, leave, guests, what is odd."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceRecord, AttendanceSignal, LeaveRequest, MakeUp
from portal.services import attendance
from tests.support.courses import END, MINUTE, START, Course, make_course


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session, people=4)


def leave(course: Course, who: int, *, granted: bool = True) -> None:
    course.session.add(
        LeaveRequest(
            session_id=course.meeting.id,
            enrolment_id=course.places[who].id,
            kind="sick",
            state="granted" if granted else "asked",
            created_at=START - timedelta(days=1),
        )
    )
    course.session.flush()


def records(course: Course) -> dict[int, tuple[str, int]]:
    places = [place.id for place in course.places]
    found = course.session.scalars(
        select(AttendanceRecord).where(AttendanceRecord.enrolment_id.in_(places))
    )
    return {places.index(one.enrolment_id): (one.state, one.credited_hours) for one in found}


def guest_of(course: Course, other: Course) -> MakeUp:
    """The other class's first trainee makes up their second session here."""
    made = MakeUp(
        enrolment_id=other.places[0].id,
        person_id=other.places[0].person_id,
        missed_session_id=other.meetings[1].id,
        at_session_id=course.meeting.id,
        state="planned",
        created_at=START,
        created_by=other.people[0].the_account(),
    )
    course.session.add(made)
    course.session.flush()
    return made


def test_ways_stand_in_words_with_the_least_trust(course: Course) -> None:
    course.sign(0, "in", START)
    course.sign(0, "out", END, method="manual", offline=True)
    course.sign(1, "in", START, method="pass")
    row = course.row(course.sheet(), 0)
    assert (row.in_how, row.out_how, row.trust) == ("扫码", "老师点名（断网补传）", 1)
    row = course.row(course.sheet(), 1)
    assert (row.in_how, row.out_how, row.trust) == ("老师扫出示码", "", 3)
    assert course.row(course.sheet(), 2).trust is None


def test_who_has_leave_is_excused_and_not_odd(course: Course) -> None:
    leave(course, 0)
    leave(course, 1, granted=False)
    leave(course, 2)
    course.attend(2)
    sheet = course.sheet(START + 10 * MINUTE)
    assert [course.row(sheet, who).state for who in range(3)] == ["excused", "expected", "present"]
    sheet = course.confirm()
    assert records(course)[0] == ("excused", 0)
    assert records(course)[1] == ("absent", 0)
    assert records(course)[2] == ("present", 4)
    assert course.row(sheet, 0).odd == ()


def test_leave_granted_after_the_confirmation_is_taken_in_by_the_next(course: Course) -> None:
    course.confirm()
    assert records(course)[0] == ("absent", 0)
    leave(course, 0)
    sheet = course.sheet(END + MINUTE)
    assert course.row(sheet, 0).odd_codes[-1] == "changed"
    assert sheet.can_confirm
    course.confirm(END + 2 * MINUTE)
    assert records(course)[0] == ("excused", 0)
    assert not course.confirm(END + 3 * MINUTE).can_confirm


def test_a_guest_stands_apart_and_the_hours_go_home(course: Course) -> None:
    other = make_course(course.session, people=1, first_start=START - timedelta(days=2))
    guest_of(course, other)
    sheet = course.sheet(START)
    assert (sheet.roster_count, sheet.guest_count) == (4, 1)
    (guest,) = (row for row in sheet.rows if row.is_guest)
    assert (guest.enrolment_id, guest.can_mark) == (other.places[0].id, "in")
    for phase, at in (("in", START), ("out", END)):
        attendance.mark_present(
            course.session,
            course.manager,
            session_id=course.meeting.id,
            enrolment_id=other.places[0].id,
            phase=phase,
            now=at,
        )
    for _ in range(2):
        sheet = course.confirm()
    assert len(records(course)) == 4
    assert records(other) == {0: ("makeup", 4)}
    assert sheet.counts["absent"] == 4
    assert not sheet.can_confirm


def test_a_guest_who_does_not_come_is_nothing_odd(course: Course) -> None:
    other = make_course(course.session, people=1, first_start=START - timedelta(days=2))
    made = guest_of(course, other)
    sheet = course.confirm()
    assert not any(row.odd for row in sheet.rows if row.is_guest)
    assert (records(other), made.state) == ({}, "missed")


def test_what_looks_odd_is_said_in_a_sentence(course: Course) -> None:
    for who in range(3):
        course.attend(who)
    event = course.sign(3, "in", START)
    course.sign(3, "out", END)
    course.session.add(
        AttendanceSignal(event_id=event.id, session_id=course.meeting.id, moved_login=True)
    )
    course.session.flush()
    sheet = course.sheet()
    assert sheet.rows[0].odd_codes == ("moved_login",)
    assert "不是当初登录的那一部" in sheet.rows[0].odd[0]
    assert (sheet.odd_count, sheet.pending) == (1, 0)


def test_hours_given_by_hand_do_not_silence_what_is_odd(course: Course) -> None:
    """Who teaches could else clear a row by a correction before the manager confirms."""
    event = course.sign(3, "in", START)
    course.sign(3, "out", END)
    course.session.add(
        AttendanceSignal(event_id=event.id, session_id=course.meeting.id, moved_login=True)
    )
    course.session.flush()
    course.correct(3, actor=course.instructor)
    assert course.row(course.sheet(), 3).odd_codes == ("moved_login",)
    course.correct(3, state="absent", hours=0)
    assert course.row(course.sheet(), 3).odd == ()
