"""Planning a class: what is written, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CatalogVersion,
    ClassSearchEntry,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.errors import BadInput
from portal.domain.permissions import ANONYMOUS, Role
from portal.locale.errors import sentence_for
from portal.services.catalogue import ClassPlan, ClassQuery, SessionPlan, create_class, find_classes
from portal.services.checkin_settings import settings_of
from tests.support import factories as make
from tests.support.policy import publish_attendance, publish_packs

NOW = make.NOW
FIRST = NOW + timedelta(days=7)


def some_sessions(hours: int, *, start: datetime = FIRST, room: str = "1号") -> list[SessionPlan]:
    """Sessions of four 课时, one a day, the last as long as is left."""
    planned = []
    while hours:
        taught = min(hours, 4)
        end = start + timedelta(minutes=45 * taught)
        planned.append(SessionPlan(start, end, taught, "practice", room, "低压线路"))
        hours, start = hours - taught, start + timedelta(days=1)
    return planned


def a_plan(
    session: Session, *, hours: int = 40, min_hours: int | None = None, **fields: Any
) -> ClassPlan:
    programme = make.make_programme(session, planned_hours=hours)
    session.get_one(TrainingPlan, programme.plan_id).min_hours = min_hours
    session.flush()
    school = fields.pop("institution_id", None)
    if school is None:
        institution = make.make_institution(session)
        make.list_institution(session, institution)
        school = institution.id
    values: dict[str, Any] = {
        "programme_id": programme.id,
        "institution_id": school,
        "class_no": f"P{programme.code}",
        "title": "电工(五级)技能提升班",
        "region_code": "650402",
        "site": "实训楼",
        "address": "高昌区示范路1号",
        "capacity": 30,
        "enrol_from": NOW - timedelta(days=1),
        "enrol_until": FIRST,
        "sessions": some_sessions(hours),
        "group_codes": ("YOUTH",),
    }
    return ClassPlan(**values | fields)


def create(session: Session, plan: ClassPlan) -> UUID:
    return create_class(session, ANONYMOUS, plan=plan, now=NOW)


def refusal(session: Session, plan: ClassPlan) -> BadInput:
    classes = session.scalar(select(func.count()).select_from(TrainingClass))
    with pytest.raises(BadInput) as caught:
        create(session, plan)
    assert session.scalar(select(func.count()).select_from(TrainingClass)) == classes
    return caught.value


def test_a_planned_class_is_whole_and_found_at_once(session: Session) -> None:
    key = create(session, a_plan(session, hours=10))
    made = session.get_one(TrainingClass, key)
    session.refresh(made)
    rows = make.sessions_of(session, made)
    assert [(row.seq_no, row.hours) for row in rows] == [(1, 4), (2, 4), (3, 2)]
    assert rows[0].sign_in_from == FIRST - timedelta(minutes=30)
    assert rows[0].sign_out_until == rows[0].ends_at + timedelta(minutes=60)
    assert [(each.lower, each.upper) for each in made.meets] == [
        (row.starts_at, row.ends_at) for row in rows
    ]
    assert (made.starts_on, made.ends_on) == (date(2026, 12, 8), date(2026, 12, 10))
    assert session.get_one(ClassSearchEntry, key).terms
    found = find_classes(session, ANONYMOUS, query=ClassQuery(q="dg", group="YOUTH"), now=NOW)
    assert [card.id for card in found.items] == [str(key)]
    traces = session.scalars(
        select(AuditEvent.object_id).filter_by(action="catalogue.create_class")
    )
    assert traces.all() == [str(key)]


def test_sessions_may_be_given_in_any_order(session: Session) -> None:
    plan = a_plan(session, hours=12)
    key = create(session, replace(plan, sessions=plan.sessions[::-1]))
    rows = make.sessions_of(session, session.get_one(TrainingClass, key))
    assert [row.starts_at for row in rows] == [each.starts_at for each in plan.sessions]


@pytest.mark.parametrize(
    ("least", "hours", "allowed"),
    [(80, 79, False), (80, 80, True), (160, 159, False), (160, 160, True)],
)
def test_a_class_below_the_hours_of_its_policy_plan_cannot_be_opened(
    session: Session, least: int, hours: int, allowed: bool
) -> None:
    plan = a_plan(session, hours=hours, min_hours=least)
    if allowed:
        create(session, plan)
    else:
        error = refusal(session, plan)
        assert f"不少于 {least} 课时" in sentence_for(error)


@pytest.mark.parametrize(
    ("field", "reason", "change"),
    [
        ("sessions", "hours_differ", {"sessions": some_sessions(36)}),
        ("sessions", "no_sessions", {"sessions": []}),
        ("sessions", "overlap", {"sessions": some_sessions(20) + some_sessions(20)}),
        ("sessions", "too_far", {"sessions": some_sessions(40, start=NOW + timedelta(days=5000))}),
        ("capacity", "capacity", {"capacity": 0}),
        ("capacity", "capacity", {"capacity": 100_000}),
        ("region_code", "unknown_region", {"region_code": "999999"}),
        ("enrol_until", "window_reversed", {"enrol_from": FIRST}),
        ("enrol_until", "enrols_too_long", {"enrol_until": FIRST + timedelta(seconds=1)}),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_field_and_sentence(
    session: Session, field: str, reason: str, change: dict[str, Any]
) -> None:
    error = refusal(session, replace(a_plan(session), **change))
    assert (error.field, error.reason) == (field, f"catalogue.plan.{reason}")
    assert sentence_for(error)


def test_times_that_run_backwards_are_refused(session: Session) -> None:
    plan = a_plan(session, hours=4)
    one = plan.sessions[0]
    wrong = replace(one, starts_at=one.ends_at, ends_at=one.starts_at)
    assert refusal(session, replace(plan, sessions=[wrong])).reason.endswith("times_reversed")


def test_a_teacher_cannot_be_in_two_rooms_at_once(session: Session) -> None:
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school).id
    create(session, a_plan(session, instructor_id=teacher))
    error = refusal(session, a_plan(session, instructor_id=teacher))
    assert error.field == "instructor_id"
    later = some_sessions(40, start=FIRST + timedelta(hours=3))
    create(session, a_plan(session, instructor_id=teacher, sessions=later))


def test_a_teacher_is_busy_in_another_institution_too(session: Session) -> None:
    school = make.make_institution(session)
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=school)
    create(session, a_plan(session, institution_id=listed(session), instructor_id=teacher.id))
    # One session of the other class is enough, whoever teaches the rest of it.
    plan = a_plan(session, institution_id=listed(session))
    sessions = [replace(plan.sessions[0], instructor_id=teacher.id), *plan.sessions[1:]]
    error = refusal(session, replace(plan, sessions=sessions))
    assert error.reason == "catalogue.plan.instructor_busy"
    create(session, plan)


def listed(session: Session) -> UUID:
    made = make.make_institution(session)
    make.list_institution(session, made)
    return made.id


def test_sessions_have_the_windows_of_their_region(session: Session) -> None:
    publish_attendance(session, opens_before_min=20, out_closes_after_end_min=45)
    here = under_turpan(session, "6", shipped=False)
    made = session.get_one(TrainingClass, create(session, here))
    first = make.sessions_of(session, made)[0]
    assert first.sign_in_from == first.starts_at - timedelta(minutes=20)
    assert first.sign_out_until == first.ends_at + timedelta(minutes=45)


def test_a_class_may_be_filed_with_tighter_windows(session: Session) -> None:
    key = create(session, a_plan(session, windows={"opens_before_min": 15}))
    first = make.sessions_of(session, session.get_one(TrainingClass, key))[0]
    assert first.sign_in_from == first.starts_at - timedelta(minutes=15)
    assert dict(settings_of(session, key).windows) == {"opens_before_min": 15}


def test_a_class_cannot_be_filed_with_looser_windows_than_its_regions(session: Session) -> None:
    plan = a_plan(session, windows={"closes_after_min": 31})
    with pytest.raises(BadInput) as caught:
        create(session, plan)
    assert caught.value.field == "closes_after_min"


@pytest.mark.parametrize(("online", "asks"), [(0, True), (1, False), (3, False)])
def test_a_class_in_rooms_asks_for_the_colour_from_the_beginning(
    session: Session, online: int, asks: bool
) -> None:
    plan = a_plan(session, hours=12)
    kinds = ["online"] * online + ["practice"] * (3 - online)
    sessions = [replace(one, kind=kind) for one, kind in zip(plan.sessions, kinds, strict=True)]
    key = create(session, replace(plan, sessions=sessions))
    found = settings_of(session, key)
    assert (found.relay_trap, found.new_code_per_scan) == (asks, False)


def test_a_room_holds_one_class_at_a_time(session: Session) -> None:
    first = a_plan(session)
    create(session, first)
    school = first.institution_id
    assert refusal(session, a_plan(session, institution_id=school)).field == "room"
    create(session, a_plan(session, institution_id=school, site="另一个校区"))
    create(session, a_plan(session, institution_id=school, sessions=some_sessions(40, room="2号")))
    create(session, a_plan(session))


def test_a_cancelled_class_holds_neither_room_nor_teacher(session: Session) -> None:
    first = a_plan(session)
    session.get_one(TrainingClass, create(session, first)).status = "cancelled"
    session.flush()
    create(session, a_plan(session, institution_id=first.institution_id))


def test_two_plans_filed_at_once_cannot_share_a_teacher(engine: Engine) -> None:
    with Session(engine) as session:
        school = make.make_institution(session)
        teacher = make.make_account(session, Role.INSTRUCTOR, institution=school).id
        plans = [a_plan(session, instructor_id=teacher, status="draft") for _ in range(4)]
        session.commit()
    together = Barrier(len(plans))

    def file(plan: ClassPlan) -> bool:
        with Session(engine) as session:
            together.wait()
            try:
                create(session, plan)
            except BadInput:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(len(plans)) as pool:
        assert sorted(pool.map(file, plans)) == [False, False, False, True]


def under_turpan(
    session: Session, plan_no: str, *, hours: int = 40, shipped: bool = True, **fields: Any
) -> ClassPlan:
    """A class under a plan of the real pack, its programme in a catalogue that is in force."""
    if shipped:
        publish_packs(session, commit=False)
    plan = a_plan(session, hours=hours, **fields)
    programme = session.get_one(TrainingProgramme, plan.programme_id)
    of = select(TrainingPlan.id).filter_by(pack_id="turpan-2019", plan_no=plan_no)
    programme.plan_id = session.scalars(of).one()
    in_force(session, programme, "published")
    return plan


def in_force(session: Session, programme: TrainingProgramme, status: str) -> None:
    session.get_one(CatalogVersion, programme.catalog_version_id).status = status
    session.flush()


def test_c4_10_a_class_of_79_hours_under_plan_10_cannot_be_opened(session: Session) -> None:
    assert "80" in sentence_for(refusal(session, under_turpan(session, "10", hours=79)))


def test_c4_11_a_class_of_159_hours_under_plan_2_cannot_be_opened(session: Session) -> None:
    assert "160" in sentence_for(refusal(session, under_turpan(session, "2", hours=159)))


def test_off_job_training_of_less_than_a_month_is_refused_by_its_clause(session: Session) -> None:
    error = refusal(session, under_turpan(session, "3"))
    assert "三(一)3" in sentence_for(error)


def test_a_programme_that_is_no_longer_listed_opens_no_class(session: Session) -> None:
    plan = under_turpan(session, "6")
    programme = session.get_one(TrainingProgramme, plan.programme_id)
    in_force(session, programme, "superseded")
    assert "目录" in sentence_for(refusal(session, plan))
    in_force(session, programme, "published")
    create(session, plan)


def test_an_institution_that_is_not_listed_opens_no_class(session: Session) -> None:
    unlisted = make.make_institution(session)
    plan = under_turpan(session, "6", institution_id=unlisted.id)
    assert "目录" in sentence_for(refusal(session, plan))


@pytest.mark.parametrize(
    ("filing", "opens"), [(None, True), ("filed", False), ("rejected", False), ("accepted", True)]
)
def test_c4_16_a_supplement_trade_that_is_not_accepted_cannot_be_chosen(
    session: Session, filing: str | None, opens: bool
) -> None:
    plan = a_plan(session)
    session.get_one(TrainingProgramme, plan.programme_id).filing = filing
    session.flush()
    if opens:
        create(session, plan)
    else:
        assert "备案" in sentence_for(refusal(session, plan))
