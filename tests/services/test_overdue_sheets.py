"""Sheets that nobody confirmed in time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Notice
from portal.domain.errors import Forbidden
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services import overdue_sheets
from tests.support import factories as make
from tests.support.courses import Course, make_course

# The first session is on Tuesday, 1 December: its sheet is due by Friday, the second's by Monday.
FRIDAY = datetime(2026, 12, 4, 15, tzinfo=UTC)
SATURDAY = FRIDAY + timedelta(days=1)
TUESDAY = FRIDAY + timedelta(days=4)


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session, people=2)


def told(course: Course, actor: Actor) -> list[tuple[str, dict[str, object]]]:
    query = select(Notice).where(Notice.person_id == actor.person_id).order_by(Notice.id)
    return [(one.kind, one.params) for one in course.session.scalars(query)]


def test_a_sheet_is_overdue_after_its_working_days(course: Course) -> None:
    def own(now: datetime) -> list[tuple[int, date, int]]:
        found = overdue_sheets.own_overdue(course.session, course.manager, now=now)
        return [(one.seq_no, one.due_on, one.days) for one in found]

    assert own(FRIDAY) == []
    assert own(SATURDAY) == [(1, date(2026, 12, 4), 1)]
    assert own(TUESDAY) == [(1, date(2026, 12, 4), 4), (2, date(2026, 12, 7), 1)]
    course.confirm(TUESDAY)
    assert [seq for seq, _, _ in own(TUESDAY)] == [2]


def test_the_staff_are_told_once_in_one_message(course: Course) -> None:
    course.meetings[0].instructor_id = course.instructor.account_id
    course.session.flush()
    assert overdue_sheets.tell_overdue(course.session, SYSTEM, now=TUESDAY) == 2
    assert told(course, course.manager) == [("sheets_overdue", {"count": 2})]
    assert told(course, course.instructor) == [("sheets_overdue", {"count": 1})]
    assert overdue_sheets.tell_overdue(course.session, SYSTEM, now=TUESDAY) == 0
    assert len(told(course, course.manager)) == 1
    assert course.meetings[0].overdue_told_at == TUESDAY


@pytest.mark.parametrize("status", ["draft", "cancelled", "closed"])
def test_classes_that_are_no_more_are_left_out(course: Course, status: str) -> None:
    course.training_class.status = status
    course.session.flush()
    assert overdue_sheets.tell_overdue(course.session, SYSTEM, now=TUESDAY) == 0


def test_the_authority_sees_those_of_its_region(course: Course) -> None:
    officer = make.make_actor(course.session, Role.OFFICER, region_code="650400")
    found = overdue_sheets.overseen(course.session, officer, now=TUESDAY)
    assert [(one.institution, one.days) for one in found.items] == [
        (course.school.name, 4),
        (course.school.name, 1),
    ]
    assert found.items[0].region
    second = overdue_sheets.overseen(course.session, officer, now=TUESDAY, page=2, size=1)
    assert ([one.seq_no for one in second.items], second.total) == ([2], 2)
    elsewhere = make.make_actor(course.session, Role.OFFICER, region_code="150000")
    assert overdue_sheets.overseen(course.session, elsewhere, now=TUESDAY).total == 0


def test_others_see_nothing(course: Course) -> None:
    foreign = make.make_actor(
        course.session, Role.MANAGER, institution=make.make_institution(course.session)
    )
    assert overdue_sheets.own_overdue(course.session, foreign, now=TUESDAY) == ()
    with pytest.raises(Forbidden):
        overdue_sheets.overseen(course.session, course.manager, now=TUESDAY)
    with pytest.raises(Forbidden):
        overdue_sheets.own_overdue(course.session, course.people[0], now=TUESDAY)
    with pytest.raises(Forbidden):
        overdue_sheets.tell_overdue(course.session, course.manager, now=TUESDAY)
