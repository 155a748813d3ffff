"""Unmet need: recorded once, told when a class opens, met by learning it."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    Enrolment,
    Notice,
    Person,
    TrainingClass,
    TrainingNeed,
)
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services import needs
from portal.services.need_terms import (
    Wish,
    check_wish,
    months,
    places_near,
    skill_name,
    skill_of,
    subjects,
)
from portal.services.needs import NeedView, Recorded
from portal.services.unit import as_actor
from portal.tasks.needs import match_needs
from tests.services.test_class_planning import a_plan, create
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, together, trainee
from tests.support.tasks import forget_all, jobs, run_pending, tick

NOW = make.NOW
TODAY = date(2026, 12, 1)
ELECTRICIAN, COOK = "6-31-01-03", "4-03-02-01"
WEEK = timedelta(days=7)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session
        session.rollback()
        # A wish of one test must not be answered by the class of another.
        session.query(TrainingNeed).delete()
        session.query(TrainingClass).update({"status": "closed"})
        session.commit()
        forget_all()


def wish(subject: str = ELECTRICIAN, region: str = "650402", month: str = "2026-12") -> Wish:
    return check_wish(subject=subject, region=region, month=month, today=TODAY)


def somebody(session: Session, *, draws: str = "none") -> Actor:
    return policy.actor_of(session, policy.learner(session, draws=draws))


def record(actor: Actor, wanted: Wish | None = None, **kwargs: object) -> Recorded:
    return as_actor(needs.record, actor, wish=wanted or wish(), **{"now": NOW, **kwargs})


def new_class(session: Session, **fields: object) -> TrainingClass:
    """A class that was published a moment ago."""
    values = {"published_at": NOW + timedelta(minutes=1), "enrol_from": NOW, **fields}
    return policy.plan_class(session, **values)  # type: ignore[arg-type]


def tell_of(session: Session, of: TrainingClass, *, at: timedelta = timedelta(minutes=2)) -> None:
    match_needs(class_id=str(of.id), now=NOW + at)
    session.rollback()
    session.expire_all()


def told(session: Session, actor: Actor) -> list[str]:
    """The classes that the person was told of."""
    session.rollback()
    query = select(Notice).filter_by(person_id=actor.person_id, kind="need_met")
    return [str(row.ref_id) for row in session.scalars(query.order_by(Notice.id))]


def mine(actor: Actor, **kwargs: object) -> tuple[NeedView, ...]:
    return as_actor(needs.my_needs, actor, **{"now": NOW, **kwargs})


def test_every_occupation_and_topic_can_be_wished_for_once() -> None:
    listed = [choice.code for group in subjects() for choice in group.items]
    assert len(listed) == len(set(listed)) > 60
    assert all(skill_of(code) == code for code in listed)
    assert all(skill_name(code) != code for code in listed)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (ELECTRICIAN, "6-31-01-03"),
        ("4-01-06-01", "e-commerce"),
        ("SYB", "topic:SYB"),
        ("topic:SYB", "topic:SYB"),
        ("", None),
        ("9-99-99-99", None),
        ("topic:NOTHING", None),
    ],
)
def test_a_search_for_an_occupation_becomes_a_wish_for_its_family(
    raw: str, key: str | None
) -> None:
    assert skill_of(raw) == key


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "nothing"),
        ("region", ""),
        ("region", "000000"),
        ("region", "650000"),
        ("region", "999999"),
        ("month", "2026-11"),
        ("month", "2027-12"),
        ("month", "soon"),
    ],
)
def test_a_wish_with_a_fault_names_its_field(field: str, value: str) -> None:
    good = {"subject": ELECTRICIAN, "region": "650402", "month": ""}
    with pytest.raises(BadInput) as refused:
        check_wish(**good | {field: value}, today=TODAY)
    assert refused.value.field == field


def test_the_months_go_on_into_the_next_year() -> None:
    assert [choice.code for choice in months(TODAY)][:3] == ["2026-12", "2027-01", "2027-02"]
    assert months(TODAY)[1].label == "2027年1月"


def test_places_nearby_are_those_of_the_province() -> None:
    codes = {one.code for group in places_near("650402") for one in group.items}
    assert {"650402", "650400"} <= codes
    assert all(code.startswith("65") for code in codes)
    assert "650000" not in codes


def test_a_wish_is_recorded_once_and_a_second_time_moves_its_month(saved: Session) -> None:
    actor = somebody(saved)
    first = record(actor).need
    again = record(actor, wish(month="2027-02")).need
    assert again.id == first.id
    assert [(one.state, one.month) for one in mine(actor)] == [("open", "2027年2月")]


def test_taps_at_the_same_instant_make_one_wish(saved: Session) -> None:
    actor = somebody(saved)
    answers = together([partial(record, actor)] * 8)
    assert len({answer.need.id for answer in answers if isinstance(answer, Recorded)}) == 1
    count = select(func.count()).select_from(TrainingNeed)
    assert saved.scalar(count.where(TrainingNeed.person_id == actor.person_id)) == 1


def test_nobody_wishes_for_everything(saved: Session) -> None:
    actor = somebody(saved)
    keys = [choice.code for group in subjects() for choice in group.items]
    for key in keys[: needs.MOST_OPEN]:
        record(actor, wish(key))
    with pytest.raises(BadInput):
        record(actor, wish(keys[needs.MOST_OPEN]))


def test_a_wish_that_is_withdrawn_is_gone_and_can_be_made_anew(saved: Session) -> None:
    actor = somebody(saved)
    need = record(actor).need
    for _ in range(2):
        assert as_actor(needs.withdraw, actor, need_id=need.id, now=NOW) == ()
    assert record(actor).need.id != need.id


def test_another_persons_wish_does_not_exist(saved: Session) -> None:
    need = record(somebody(saved)).need
    with pytest.raises(NotFound):
        as_actor(needs.withdraw, somebody(saved), need_id=need.id, now=NOW)
    with pytest.raises(NotFound):
        as_actor(needs.withdraw, somebody(saved), need_id=uuid4(), now=NOW)


def test_staff_wish_for_nothing(saved: Session) -> None:
    officer = make.make_actor(saved, Role.OFFICER)
    saved.commit()
    with pytest.raises(Forbidden):
        record(officer)


def test_the_act_is_in_the_audit(saved: Session) -> None:
    actor = somebody(saved)
    need = record(actor).need
    event = saved.scalars(select(AuditEvent).filter_by(object_id=str(need.id))).one()
    assert (event.action, event.on_behalf_of) == ("need.record", actor.person_id)


def test_classes_nearby_that_would_do_are_shown_at_once(saved: Session) -> None:
    fits = policy.plan_class(saved)
    policy.plan_class(saved, occupation_code=COOK)
    policy.plan_class(saved, region_code="650502")
    full = policy.plan_class(saved, capacity=1)
    full.seats_taken = 1
    saved.commit()
    near = record(somebody(saved)).near
    assert str(fits.id) in {str(one.class_id) for one in near}
    assert str(full.id) not in {str(one.class_id) for one in near}
    assert {one.title for one in near} == {fits.title}
    assert record(somebody(saved, draws="employee")).near == ()


def test_a_new_class_is_told_to_whoever_wished_for_it(saved: Session) -> None:
    actor = somebody(saved)
    record(actor)
    of = new_class(saved)
    tell_of(saved, of)
    assert told(saved, actor) == [str(of.id)]
    (need,) = mine(actor)
    assert (need.state, need.class_id, need.class_title) == ("told", of.id, of.title)


def test_a_wish_for_the_city_hears_of_a_class_in_any_county_and_the_other_way_round(
    saved: Session,
) -> None:
    city, county, far = somebody(saved), somebody(saved), somebody(saved)
    record(city, wish(region="650400"))
    record(county, wish(region="650421"))
    record(far, wish(region="650200"))
    of = new_class(saved, region_code="650402")
    tell_of(saved, of)
    assert told(saved, city) == told(saved, county) == [str(of.id)]
    assert told(saved, far) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"occupation_code": COOK},
        {"status": "draft"},
        {"enrol_from": NOW + timedelta(days=1)},
        {"enrol_until": NOW + timedelta(seconds=1)},
        {"capacity": 5, "seats_taken": 5},
        {"waiting": 1},
        {"published_at": NOW - WEEK, "enrol_from": NOW - WEEK},
    ],
    ids=["other_skill", "draft", "not_yet", "over", "full", "others_wait", "was_there_before"],
)
def test_a_class_that_would_not_do_is_not_told(saved: Session, fields: dict[str, object]) -> None:
    actor = somebody(saved)
    record(actor)
    tell_of(saved, new_class(saved, **fields))
    assert told(saved, actor) == []


def test_a_class_that_begins_too_early_is_not_told(saved: Session) -> None:
    actor = somebody(saved)
    record(actor, wish(month="2027-01"))
    tell_of(saved, new_class(saved))
    assert told(saved, actor) == []


def test_nobody_is_told_of_a_class_that_the_rules_would_refuse(saved: Session) -> None:
    actor = somebody(saved, draws="employee")
    record(actor)
    tell_of(saved, new_class(saved))
    assert told(saved, actor) == []
    assert mine(actor)[0].state == "open"


def test_the_same_class_is_told_once_and_another_not_within_the_week(saved: Session) -> None:
    actor = somebody(saved)
    record(actor)
    first, second = new_class(saved), new_class(saved)
    tell_of(saved, first)
    tell_of(saved, first, at=2 * WEEK)
    tell_of(saved, second, at=timedelta(days=6))
    assert told(saved, actor) == [str(first.id)]
    third = new_class(saved, starts=NOW + 3 * WEEK)
    tell_of(saved, third, at=WEEK + timedelta(minutes=3))
    assert told(saved, actor) == [str(first.id), str(third.id)]
    # Not a second time even after the other one.
    tell_of(saved, third, at=2 * WEEK + timedelta(minutes=4))
    assert told(saved, actor) == [str(first.id), str(third.id)]


def test_a_wish_for_county_and_city_is_one_piece_of_news(saved: Session) -> None:
    actor = somebody(saved)
    record(actor)
    record(actor, wish(region="650400"))
    tell_of(saved, new_class(saved))
    assert len(told(saved, actor)) == 1


def test_whoever_is_in_the_class_is_not_told_of_it(saved: Session) -> None:
    actor = somebody(saved)
    record(actor)
    of = new_class(saved)
    make.enrol(saved, saved.get_one(Person, actor.person_id), of)
    saved.commit()
    tell_of(saved, of)
    assert told(saved, actor) == []


def test_many_are_told_in_several_batches(saved: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.services.needs_matching._BATCH", 2)
    people = [somebody(saved, draws="employee" if n % 2 else "none") for n in range(7)]
    for one in people:
        record(one)
    tell_of(saved, new_class(saved))
    assert [len(told(saved, one)) for one in people] == [1, 0, 1, 0, 1, 0, 1]


def test_two_workers_at_once_tell_everybody_once(saved: Session) -> None:
    people = [somebody(saved) for _ in range(6)]
    for one in people:
        record(one)
    of = new_class(saved)
    work = partial(match_needs, class_id=str(of.id), now=NOW + timedelta(minutes=2))
    together([work] * 4)  # type: ignore[list-item]
    assert [told(saved, one) for one in people] == [[str(of.id)]] * 6


def test_a_wish_is_met_by_learning_it_since(saved: Session) -> None:
    actor, other = somebody(saved), somebody(saved)
    for one in (actor, other):
        record(one)
    person = saved.get_one(Person, actor.person_id)
    row = make.enrol(saved, person, policy.plan_class(saved))
    cook = make.enrol(
        saved,
        saved.get_one(Person, other.person_id),
        policy.plan_class(saved, occupation_code=COOK),
    )
    row.created_at = cook.created_at = NOW + timedelta(hours=1)
    saved.commit()
    assert [one.state for one in mine(actor)] == ["met"]
    assert [one.state for one in mine(other)] == ["open"]
    tick(now=NOW + timedelta(hours=2))
    saved.rollback()
    states = dict(saved.execute(select(TrainingNeed.person_id, TrainingNeed.state)).tuples().all())
    assert (states[actor.person_id], states[other.person_id]) == ("met", "open")


def test_waiting_for_a_seat_does_not_meet_a_wish(saved: Session) -> None:
    actor = somebody(saved)
    record(actor)
    full = policy.plan_class(saved, capacity=1)
    enrol(trainee(saved), full.id)
    row = make.enrol(saved, saved.get_one(Person, actor.person_id), policy.plan_class(saved))
    row.status, row.created_at = "offered", NOW + timedelta(hours=1)
    saved.commit()
    assert saved.get_one(Enrolment, row.id).status == "offered"
    assert [one.state for one in mine(actor)] == ["open"]


def test_the_sweep_tells_what_no_act_asked_for(saved: Session) -> None:
    actor = somebody(saved)
    record(actor)
    of = new_class(saved)
    new_class(saved, occupation_code=COOK)
    tick(now=NOW + timedelta(minutes=5))
    assert told(saved, actor) == [str(of.id)]


def test_publishing_a_class_has_it_told_when_it_opens(saved: Session) -> None:
    actor = somebody(saved)
    record(actor, wish(region="370202"))
    # Where no pack stands in the way of what the plan says.
    plan = a_plan(saved, enrol_from=NOW + timedelta(hours=2), region_code="370202")
    made = create(saved, plan)
    saved.commit()
    assert "match_needs" not in run_pending(now=NOW + timedelta(hours=1))
    assert "match_needs" in run_pending(now=NOW + timedelta(hours=2))
    assert told(saved, actor) == [str(made)]


def test_publishing_a_draft_tells_nobody(saved: Session) -> None:
    create(saved, a_plan(saved, status="draft", region_code="370202"))
    saved.commit()
    assert "match_needs" not in [job.task_name for job in jobs()]
