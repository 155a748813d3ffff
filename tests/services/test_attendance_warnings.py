"""Trainees are warned before the certificate's hours are out of reach."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceWarning,
    MakeUp,
    Notice,
    Person,
    SmsMessage,
    TrainingPlan,
    TrainingProgramme,
)
from portal.db.vault import get_vault
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import SYSTEM, Role
from portal.services import attendance_warnings, hours_outlook, warned_trainees
from portal.services.own_hours import own_hours
from tests.support import factories as make
from tests.support.courses import Course, make_course

# Ten sessions of 4 课时, one a day, of which 32 课时 earn the certificate.
NIGHT = timedelta(hours=12)


@pytest.fixture
def course(session: Session) -> Course:
    return make_course(session, people=3, sessions=10)


def day(course: Course, passed: int) -> None:
    """The last trainee never misses anything: the sessions were held."""
    for number in range(passed):
        course.attend(2, meeting=number)


def warn(course: Course, after: int) -> list[tuple[int, str, int]]:
    """Ask in the night after so many sessions; who was warned by now, how and with what left."""
    now = course.meetings[after - 1].ends_at + NIGHT
    attendance_warnings.warn_class(
        course.session, SYSTEM, class_id=course.training_class.id, now=now
    )
    places = [place.id for place in course.places]
    query = select(AttendanceWarning).where(AttendanceWarning.enrolment_id.in_(places))
    found = course.session.scalars(query.order_by(AttendanceWarning.told_at))
    return [(places.index(one.enrolment_id), one.level, one.hours_left) for one in found]


def told(course: Course, who: int) -> list[tuple[str, dict[str, object]]]:
    query = select(Notice).where(Notice.person_id == course.people[who].person_id)
    return [(one.kind, one.params) for one in course.session.scalars(query.order_by(Notice.id))]


def test_warnings_become_more_urgent_and_come_once_each(course: Course) -> None:
    day(course, 4)
    course.attend(1, meeting=0)
    course.attend(1, meeting=1)
    course.attend(1, meeting=2)
    course.attend(1, meeting=3)
    assert warn(course, 1) == [(0, "near", 4)]
    assert warn(course, 1) == [(0, "near", 4)]
    assert warn(course, 2) == [(0, "near", 4), (0, "last", 0)]
    assert [level for _, level, _ in warn(course, 3)] == ["near", "last", "lost"]
    assert [kind for kind, _ in told(course, 0)] == [
        "attendance_near",
        "attendance_last",
        "attendance_lost",
    ]
    title = course.training_class.title
    assert told(course, 0)[0][1] == {"title": title, "left": 4, "missed": 4}
    assert told(course, 1) == told(course, 2) == []


def test_no_less_urgent_warning_follows_a_more_urgent_one(course: Course) -> None:
    day(course, 2)
    both = [(0, "last", 0), (1, "last", 0)]
    assert sorted(warn(course, 2)) == both
    course.correct(0, hours=4, now=course.meetings[1].ends_at)
    assert sorted(warn(course, 2)) == both


def test_what_one_session_takes_at_once_is_said_as_such(session: Session) -> None:
    course = make_course(session, people=3, sessions=2)
    day(course, 1)
    assert {level for _, level, _ in warn(course, 1)} == {"lost"}
    assert told(course, 0)[0][0] == "attendance_lost_at_once"


def test_a_class_that_was_not_heard_of_warns_nobody_until_it_must_have_uploaded(
    course: Course,
) -> None:
    assert warn(course, 1) == []
    outlook = hours_outlook.of_class(
        course.session, course.training_class, now=course.meetings[0].ends_at + NIGHT
    )
    assert outlook[course.places[0].id].total.ahead == 40
    late = course.meetings[0].ends_at + timedelta(hours=73)
    attendance_warnings.warn_class(
        course.session, SYSTEM, class_id=course.training_class.id, now=late
    )
    assert len(told(course, 0)) == 1


def test_a_planned_make_up_keeps_the_hours_in_reach(course: Course) -> None:
    day(course, 3)
    for number in range(2):
        course.attend(0, meeting=number)
        course.attend(1, meeting=number)
    other = make_course(course.session, people=1, first_start=course.meetings[5].starts_at)
    course.session.add(
        MakeUp(
            enrolment_id=course.places[0].id,
            person_id=course.places[0].person_id,
            missed_session_id=course.meetings[2].id,
            at_session_id=other.meetings[0].id,
            state="planned",
            created_at=course.meetings[2].ends_at,
            created_by=course.people[0].the_account(),
        )
    )
    course.session.flush()
    assert warn(course, 3) == [(1, "near", 4)]


def test_the_plans_minimum_counts_when_it_is_higher(course: Course) -> None:
    programme = course.session.get_one(TrainingProgramme, course.training_class.programme_id)
    course.session.execute(
        update(TrainingPlan).where(TrainingPlan.id == programme.plan_id).values(min_hours=36)
    )
    day(course, 1)
    course.attend(1, meeting=0)
    assert warn(course, 1) == [(0, "last", 0)]


@pytest.mark.parametrize(
    ("hour", "waits"), [(12, True), (3, False)], ids=["at night", "in waking hours"]
)
def test_a_text_message_waits_for_the_morning(course: Course, hour: int, waits: bool) -> None:
    day(course, 2)
    phone = f"1390000{hour:04d}"
    person = course.session.get_one(Person, course.places[0].person_id)
    person.phone_enc = get_vault().seal("phone", phone)
    course.attend(1, meeting=0)
    course.attend(1, meeting=1)
    course.session.flush()
    now = course.meetings[1].ends_at + timedelta(hours=hour)
    attendance_warnings.warn_class(
        course.session, SYSTEM, class_id=course.training_class.id, now=now
    )
    at = course.session.scalar(
        text(
            "SELECT scheduled_at FROM queue.procrastinate_jobs"
            " WHERE task_name = 'text_attendance_warning'"
        )
    )
    assert (at is not None) == waits
    attendance_warnings.text(
        course.session, SYSTEM, enrolment_id=course.places[0].id, now=at or now
    )
    query = select(SmsMessage).where(SmsMessage.purpose == "notice.attendance_last.sms")
    (sent,) = course.session.scalars(query)
    words = get_vault().open("sms_body", sent.body_enc)
    assert course.training_class.title in words
    assert person.name not in words


def test_the_institution_sees_who_was_warned(course: Course) -> None:
    day(course, 2)
    course.attend(1, meeting=0)
    warn(course, 1)
    warn(course, 2)
    now = course.meetings[2].starts_at
    found = warned_trainees.warned(
        course.session, course.instructor, class_id=course.training_class.id, now=now
    )
    assert [(one.name, one.level) for one in found] == [("学员00", "last"), ("学员01", "near")]
    (counted,) = warned_trainees.warned_classes(course.session, course.manager, now=now)
    assert (counted.class_id, counted.count) == (course.training_class.id, 2)
    foreign = make.make_actor(
        course.session, Role.MANAGER, institution=make.make_institution(course.session)
    )
    with pytest.raises(NotFound):
        warned_trainees.warned(course.session, foreign, class_id=course.training_class.id, now=now)
    assert warned_trainees.warned_classes(course.session, foreign, now=now) == ()


def test_a_short_class_is_told_beforehand_and_its_staff_not_troubled(session: Session) -> None:
    course = make_course(session, people=2, sessions=4, gap=timedelta(hours=4))
    now = course.meetings[0].starts_at - timedelta(hours=6)
    of = course.training_class
    attendance_warnings.warn_class(session, SYSTEM, class_id=of.id, now=now)
    assert told(course, 0) == [("attendance_short_class", {"title": of.title, "left": 3})]
    later = course.meetings[0].sign_in_until + timedelta(minutes=1)
    assert warned_trainees.warned_classes(session, course.manager, now=now) == ()
    course.attend(0)
    (counted,) = warned_trainees.warned_classes(session, course.manager, now=later)
    assert counted.count == 1
    found = warned_trainees.warned(session, course.manager, class_id=of.id, now=later)
    assert [one.name for one in found] == ["学员01"]


def test_only_the_clock_warns(course: Course) -> None:
    with pytest.raises(Forbidden):
        attendance_warnings.classes_to_ask(
            course.session, course.manager, now=course.meetings[0].starts_at
        )
    asked = attendance_warnings.classes_to_ask(
        course.session, SYSTEM, now=course.meetings[0].starts_at
    )
    assert course.training_class.id in asked
    gone = course.meetings[-1].ends_at + timedelta(days=8)
    assert course.training_class.id not in attendance_warnings.classes_to_ask(
        course.session, SYSTEM, now=gone
    )


def test_own_hours_say_what_is_had_what_waits_and_what_is_possible(course: Course) -> None:
    day(course, 3)
    course.attend(0, meeting=0)
    course.attend(0, meeting=1)
    course.confirm(course.meetings[0].ends_at)
    now = course.meetings[2].ends_at + NIGHT
    mine = own_hours(course.session, course.people[0], enrolment_id=course.places[0].id, now=now)
    assert mine is not None
    assert (mine.needed, mine.got, mine.waiting, mine.lacking) == (32, 4, 4, 28)
    assert (mine.ahead, mine.spare, mine.level) == (28, 4, "near")
    with pytest.raises(NotFound):
        own_hours(course.session, course.people[1], enrolment_id=course.places[0].id, now=now)
