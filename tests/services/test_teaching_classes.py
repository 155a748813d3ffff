"""Staff go through their own institution's classes, the ones that need something first."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import ExamResult, Institution, TrainingClass
from portal.domain.errors import Forbidden, NotFound, TooEarly
from portal.domain.permissions import Actor, Role
from portal.services.teaching_classes import own_class_facts, own_classes, pass_the_rest
from tests.support import factories as make
from tests.support.factories import NOW


@pytest.fixture
def school(session: Session) -> Institution:
    return make.make_institution(session)


@pytest.fixture
def manager(session: Session, school: Institution) -> Actor:
    return make.make_actor(session, Role.MANAGER, institution=school)


def a_class(session: Session, school: Institution, days: int, **fields: object) -> TrainingClass:
    """A class of two days that begins that many days from now."""
    start = NOW + timedelta(days=days)
    return make.make_class(session, institution=school, first_start=start, **fields)


def test_classes_stand_in_the_order_in_which_they_need_something(
    session: Session, school: Institution, manager: Actor
) -> None:
    a_class(session, school, -30, title="已结业", status="closed")
    a_class(session, school, 5, title="待开课")
    a_class(session, school, -1, title="上课中", status="running")
    a_class(session, school, -9, title="已上完", status="running")
    a_class(session, school, 3, title="草稿", status="draft")
    seen = own_classes(session, manager, now=NOW)
    assert [(one.title, one.stage) for one in seen] == [
        ("已上完", "over"),
        ("上课中", "running"),
        ("待开课", "soon"),
        ("已结业", "closed"),
    ]
    assert [one.open_sheets for one in seen] == [2, 1, 0, 2]


def test_an_instructors_own_classes_come_before_those_of_colleagues(
    session: Session, school: Institution
) -> None:
    teacher = make.make_actor(session, Role.INSTRUCTOR, institution=school)
    a_class(session, school, 5, title="别人的")
    by_session = a_class(session, school, 6, title="代课")
    make.sessions_of(session, by_session)[1].instructor_id = teacher.account_id
    a_class(session, school, 7, title="自己的", instructor_id=teacher.account_id)
    session.flush()
    seen = own_classes(session, teacher, now=NOW)
    assert [(one.title, one.is_mine) for one in seen] == [
        ("自己的", True),
        ("代课", True),
        ("别人的", False),
    ]


def test_another_institutions_class_is_neither_listed_nor_found(
    session: Session, manager: Actor
) -> None:
    foreign = make.make_class(session)
    assert own_classes(session, manager, now=NOW) == ()
    with pytest.raises(NotFound):
        own_class_facts(session, manager, class_id=foreign.id, now=NOW)


def test_the_facts_say_whether_this_role_may_close_the_class(
    session: Session, school: Institution, manager: Actor
) -> None:
    made = a_class(session, school, 5)
    teacher = make.make_actor(session, Role.INSTRUCTOR, institution=school)
    assert own_class_facts(session, manager, class_id=made.id, now=NOW).may_finish
    assert not own_class_facts(session, teacher, class_id=made.id, now=NOW).may_finish


def test_the_rest_pass_and_who_failed_stays_failed(
    session: Session, school: Institution, manager: Actor
) -> None:
    made = a_class(session, school, -9, status="running")
    failed, *_ = [make.enrol(session, make.make_person(session), made) for _ in range(3)]
    session.add(
        ExamResult(
            enrolment_id=failed.id,
            passed=False,
            examiner_account_id=manager.the_account(),
            recorded_at=NOW,
        )
    )
    session.flush()
    seen = pass_the_rest(session, manager, class_id=made.id, now=NOW)
    passed = {row.enrolment_id: row.exam_passed for row in seen.rows}
    assert passed.pop(str(failed.id)) is False
    assert list(passed.values()) == [True, True]


def test_only_a_manager_may_pass_the_rest_and_only_after_the_last_session(
    session: Session, school: Institution, manager: Actor
) -> None:
    made = a_class(session, school, -1, status="running")
    make.enrol(session, make.make_person(session), made)
    teacher = make.make_actor(session, Role.INSTRUCTOR, institution=school)
    with pytest.raises(Forbidden):
        pass_the_rest(session, teacher, class_id=made.id, now=NOW)
    with pytest.raises(TooEarly):
        pass_the_rest(session, manager, class_id=made.id, now=NOW)
    assert session.scalar(select(func.count()).select_from(ExamResult)) == 0
