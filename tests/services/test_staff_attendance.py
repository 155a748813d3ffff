"""The instructor comes and leaves by a tap of their own, once each, within the session."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Institution, StaffAttendance, TrainingSession
from portal.domain.errors import BadInput, Forbidden, NotFound, OutsideWindow, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import staff_attendance
from portal.services.staff_attendance import StaffSheet, come, lines, staff_sheet
from tests.support import factories as make
from tests.support.factories import NOW

START = NOW + timedelta(hours=1)
END = START + timedelta(minutes=180)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def school(session: Session) -> Institution:
    return make.make_institution(session)


@pytest.fixture
def teacher(session: Session, school: Institution) -> Actor:
    return make.make_actor(
        session,
        Role.INSTRUCTOR,
        institution=school,
        person=make.make_person(session, name="艾力"),
    )


@pytest.fixture
def meeting(session: Session, school: Institution, teacher: Actor) -> TrainingSession:
    made = make.make_class(
        session, institution=school, first_start=START, sessions=1, status="running"
    )
    found = make.sessions_of(session, made)[0]
    found.instructor_id = teacher.account_id
    session.flush()
    return found


def tap(
    session: Session, who: Actor, meeting: TrainingSession, phase: str, at: datetime, **more: Any
) -> StaffSheet:
    return come(session, who, session_id=meeting.id, phase=phase, now=at, **more)


def test_the_instructor_comes_and_leaves(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    before = staff_sheet(session, teacher, session_id=meeting.id, now=START - 10 * MINUTE)
    assert before.phase == "in"
    there = tap(session, teacher, meeting, "in", START - 10 * MINUTE)
    assert there.phase is None
    [line] = tap(session, teacher, meeting, "out", END).lines
    assert (line.name, line.is_assigned, line.odd) == ("艾力", True, ())
    assert (line.came_at, line.left_at) == (START - 10 * MINUTE, END)
    assert (line.in_text, line.out_text) == ("10:30", "13:40")
    traces = session.scalars(select(AuditEvent.detail).filter_by(action="staff.attend")).all()
    assert [trace and trace["phase"] for trace in traces] == ["in", "out"]


def test_leaving_is_offered_when_sign_out_opens(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    def offered(at: datetime) -> tuple[str | None, str | None, datetime | None]:
        found = staff_sheet(session, teacher, session_id=meeting.id, now=at)
        return found.phase, found.next_phase, found.opens_at

    assert offered(START - 31 * MINUTE) == (None, "in", START - 30 * MINUTE)
    tap(session, teacher, meeting, "in", START - 10 * MINUTE)
    # A second tap at the door must not end the day.
    assert offered(START - 9 * MINUTE) == (None, "out", END - 10 * MINUTE)
    assert offered(END - 10 * MINUTE) == ("out", None, None)
    assert offered(END + 61 * MINUTE) == (None, None, None)
    tap(session, teacher, meeting, "out", END)
    assert offered(END) == (None, None, None)


def test_who_never_came_may_still_leave(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    found = staff_sheet(session, teacher, session_id=meeting.id, now=END + MINUTE)
    assert found.phase == "out"


def test_a_second_tap_changes_nothing(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    tap(session, teacher, meeting, "in", START)
    [line] = tap(session, teacher, meeting, "in", START + 5 * MINUTE).lines
    assert line.came_at == START
    assert session.scalar(select(func.count()).select_from(StaffAttendance)) == 1
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1


@pytest.mark.parametrize(
    ("phase", "at", "allowed"),
    [
        ("in", START - 31 * MINUTE, False),
        ("in", START - 30 * MINUTE, True),
        ("in", END, True),
        ("in", END + MINUTE, False),
        ("out", START - MINUTE, False),
        ("out", START, True),
        ("out", END + 60 * MINUTE, True),
        ("out", END + 61 * MINUTE, False),
    ],
    ids=["early", "opens", "at the end", "over", "not begun", "at once", "last", "closed"],
)
def test_one_comes_and_leaves_within_the_windows(
    session: Session,
    teacher: Actor,
    meeting: TrainingSession,
    phase: str,
    at: datetime,
    allowed: bool,
) -> None:
    if allowed:
        tap(session, teacher, meeting, phase, at)
    else:
        with pytest.raises(OutsideWindow):
            tap(session, teacher, meeting, phase, at)


@pytest.mark.parametrize(
    ("taps", "odd"),
    [
        ({"in": START + 16 * MINUTE, "out": END}, ("late",)),
        ({"in": START, "out": END - 11 * MINUTE}, ("left_early",)),
        ({"in": START}, ("no_out",)),
        ({"out": END}, ("no_in",)),
        ({}, ("absent",)),
    ],
    ids=["late", "left early", "never left", "never came", "nobody"],
)
def test_what_is_odd_is_named(
    session: Session,
    teacher: Actor,
    meeting: TrainingSession,
    taps: dict[str, datetime],
    odd: tuple[str, ...],
) -> None:
    for phase, at in taps.items():
        tap(session, teacher, meeting, phase, at)
    [line] = lines(session, meeting.id, now=END + timedelta(hours=2))
    assert line.odd == odd


def test_nobody_is_absent_before_the_end(session: Session, meeting: TrainingSession) -> None:
    assert [line.odd for line in lines(session, meeting.id)] == [()]
    assert [line.odd for line in lines(session, meeting.id, now=END)] == [()]


def test_showing_the_code_is_not_coming(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    meeting.screen_opened_at = START
    session.flush()
    [line] = lines(session, meeting.id, now=END + MINUTE)
    assert line.odd == ("absent",)


def test_a_substitute_stands_beside_the_assigned_instructor(
    session: Session, school: Institution, meeting: TrainingSession
) -> None:
    other = make.make_actor(session, Role.MANAGER, institution=school)
    found = tap(session, other, meeting, "in", START)
    assert [(line.is_assigned, line.came_at) for line in found.lines] == [
        (True, None),
        (False, START),
    ]


def test_a_device_without_a_link_brings_its_own_time(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    later = END + timedelta(hours=20)
    found = tap(session, teacher, meeting, "in", later, offline=True, occurred_at=START)
    assert (found.lines[0].came_at, found.lines[0].offline) == (START, True)


@pytest.mark.parametrize(
    ("now", "at"),
    [(START - 20 * MINUTE, START), (END + timedelta(hours=80), START)],
    ids=["the future", "too long ago"],
)
def test_a_time_that_cannot_be_believed_is_refused(
    session: Session, teacher: Actor, meeting: TrainingSession, now: datetime, at: datetime
) -> None:
    with pytest.raises(OutsideWindow):
        tap(session, teacher, meeting, "in", now, offline=True, occurred_at=at)


def test_only_a_device_without_a_link_names_a_time(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    found = tap(session, teacher, meeting, "in", START + 20 * MINUTE, occurred_at=START - MINUTE)
    assert found.lines[0].came_at == START + 20 * MINUTE


def test_what_was_recorded_cannot_be_changed(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    tap(session, teacher, meeting, "in", START)
    with pytest.raises(DBAPIError):
        session.execute(text("UPDATE staff_attendance SET phase = 'out'"))


def test_a_roll_call_is_no_coming(
    session: Session, teacher: Actor, meeting: TrainingSession
) -> None:
    with pytest.raises(BadInput):
        tap(session, teacher, meeting, "mid", START)


def test_staff_of_another_institution_find_nothing(
    session: Session, meeting: TrainingSession
) -> None:
    other = make.make_actor(session, Role.INSTRUCTOR, institution=make.make_institution(session))
    with pytest.raises(NotFound):
        tap(session, other, meeting, "in", START)
    with pytest.raises(NotFound):
        staff_sheet(session, other, session_id=meeting.id, now=START)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.OFFICER, Role.AUDITOR, Role.HELPER])
def test_others_do_not_come_to_teach(
    session: Session, meeting: TrainingSession, role: Role
) -> None:
    who = make.make_actor(session, role)
    with pytest.raises(Forbidden):
        tap(session, who, meeting, "in", START)
    with pytest.raises(Unauthenticated):
        tap(session, ANONYMOUS, meeting, "in", START)
    assert staff_attendance.lines(session, meeting.id)[0].came_at is None
