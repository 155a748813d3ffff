"""Where somebody who waits could go instead: the same subject, free, allowed, nearest first."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain.errors import NotFound
from portal.services.enrolment import EnrolmentView
from portal.services.swaps import Swap, swaps
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, listed_class, trainee

NOW = make.NOW
SOON = NOW + timedelta(days=7)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database with no other class."""
    with Session(engine, expire_on_commit=False) as session:
        session.query(TrainingClass).update({"status": "cancelled"})
        session.commit()
        yield session


def full(session: Session, **fields: Any) -> TrainingClass:
    """A class in Gaochang without a free seat."""
    return listed_class(session, capacity=1, seats_taken=1, **fields)


def wait(session: Session) -> tuple[bytes, EnrolmentView]:
    """Somebody in line for a full class."""
    who = trainee(session)
    return who, enrol(who, full(session, sessions=1).id, wait=True)


def found(session: Session, who: bytes, view: EnrolmentView, **kwargs: Any) -> list[Swap]:
    actor = policy.actor_of(session, who)
    return list(as_actor(swaps, actor, enrolment_id=view.id, now=NOW, **kwargs))


def elsewhere(session: Session, **fields: Any) -> TrainingClass:
    """Another class of the same subject with free seats, at another time."""
    start = fields.pop("first_start", SOON + timedelta(days=30))
    return listed_class(session, sessions=1, first_start=start, **fields)


def test_the_nearest_region_comes_first_then_the_sooner_class(saved: Session) -> None:
    who, view = wait(saved)
    day = timedelta(days=1)
    province = elsewhere(saved, region_code="650100", first_start=SOON + 8 * day)
    city = elsewhere(saved, region_code="650421", first_start=SOON + 9 * day)
    late = elsewhere(saved, region_code="650402", first_start=SOON + 11 * day)
    soon = elsewhere(saved, region_code="650402", first_start=SOON + 10 * day)
    far = elsewhere(saved, region_code="430102", first_start=SOON + 7 * day)
    rows = found(saved, who, view, limit=9)
    assert [row.class_id for row in rows] == [soon.id, late.id, city.id, province.id, far.id]
    assert [row.near for row in rows] == ["county", "county", "city", "province", "elsewhere"]
    assert [row.class_id for row in found(saved, who, view)] == [soon.id, late.id, city.id]


def test_a_class_says_where_when_and_how_many_seats(saved: Session) -> None:
    who, view = wait(saved)
    other = elsewhere(saved, region_code="650421", capacity=5, seats_taken=2)
    (row,) = found(saved, who, view)
    assert (row.title, row.region_name, row.seats_left) == (other.title, "鄯善县", 3)
    assert row.starts_text == "1月7日 周四"


@pytest.mark.parametrize(
    "fields",
    [
        {"capacity": 3, "seats_taken": 3},
        {"waiting": 1},
        {"status": "running"},
        {"enrol_until": NOW},
        {"enrol_from": NOW + timedelta(hours=1)},
        {"group_codes": ["JUSTICE"]},
        {"first_start": SOON},
    ],
    ids=["full", "waited for", "running", "over", "not yet", "closed channel", "same time"],
)
def test_a_class_that_would_not_take_the_person_is_not_shown(
    saved: Session, fields: dict[str, Any]
) -> None:
    who, view = wait(saved)
    if "first_start" in fields:
        enrol(who, listed_class(saved, sessions=1).id)
    elsewhere(saved, **fields)
    assert found(saved, who, view) == []


def test_another_level_and_another_subject_are_no_swap(saved: Session) -> None:
    who, view = wait(saved)
    for programme in (
        make.make_programme(saved, level=3),
        make.make_programme(saved, level=None),
        make.make_programme(saved, occupation_code="4-03-02-01"),
        make.make_programme(saved, occupation_code=None, topic_code="SYB"),
    ):
        elsewhere(saved, programme_id=programme.id)
    assert found(saved, who, view) == []


def test_the_same_occupation_in_another_edition_of_the_book_is_a_swap(saved: Session) -> None:
    who = trainee(saved)
    new = make.make_programme(saved, occupation_code="4-01-06-01")
    old = make.make_programme(saved, occupation_code="4-01-02-02")
    view = enrol(who, full(saved, sessions=1, programme_id=new.id).id, wait=True)
    other = elsewhere(saved, programme_id=old.id)
    assert [row.class_id for row in found(saved, who, view)] == [other.id]


def test_an_institution_off_the_list_is_not_recommended(saved: Session) -> None:
    who, view = wait(saved)
    institution = make.make_institution(saved)
    make.list_institution(saved, institution).status = "suspended"
    make.make_class(saved, institution=institution, first_start=SOON + timedelta(days=30))
    saved.commit()
    assert found(saved, who, view) == []


def test_a_class_that_the_rules_refuse_is_not_recommended(saved: Session) -> None:
    policy.publish_packs(saved)
    who = trainee(saved)
    person = policy.person_behind(saved, who)
    policy.set_fact(saved, person.id, "pension", draws="none")
    view = enrol(who, policy.plan_class(saved, capacity=1, seats_taken=1).id, wait=True)
    # The year's one vocational subsidy goes to another class meanwhile.
    other = policy.plan_class(saved)
    assert [row.class_id for row in found(saved, who, view)] == [other.id]
    enrol(who, policy.plan_class(saved, occupation_code="4-03-02-01").id)
    assert found(saved, who, view) == []


def test_what_somebody_else_waits_for_is_not_found(saved: Session) -> None:
    _, view = wait(saved)
    with pytest.raises(NotFound):
        found(saved, trainee(saved), view)
