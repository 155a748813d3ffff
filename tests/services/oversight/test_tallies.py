"""The tallies equal a full recount after whatever happened, and lose nothing in a race."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    ClassChange,
    ClassMember,
    ClassOutcome,
    ClassTally,
    Enrolment,
    PeopleTally,
    Person,
    TallyState,
    TrainingClass,
)
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Role
from portal.services.oversight import checking, rebuilding, refreshing
from portal.services.oversight.recounting import ALL_PLANS
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.tallies import History, claim, hired, money, paper, settle

YEAR = 2026


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits; what it leaves behind is forgotten by the tallies."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def people_in(session: Session, area: str, width: int, period: int = YEAR) -> int:
    query = select(PeopleTally.people).where(
        PeopleTally.period == period,
        PeopleTally.width == width,
        PeopleTally.area == area,
        PeopleTally.plan_id == ALL_PLANS,
    )
    return session.scalar(query) or 0


def tally(session: Session, made: TrainingClass) -> ClassTally:
    settle(session)
    session.expire_all()
    return session.get_one(ClassTally, made.id)


@pytest.mark.parametrize("seed", range(10))
def test_after_every_step_of_a_random_history_the_tallies_are_a_recount(
    session: Session, seed: int
) -> None:
    town = History(session, seed)
    settle(session)
    done = []
    for _ in range(40):
        done.append(town.act())
        settle(session)
        assert checking.compare(session).found == {}, done


@pytest.mark.parametrize("seed", range(100, 104))
def test_refreshing_once_at_the_end_and_rebuilding_give_the_same(
    session: Session, seed: int
) -> None:
    town = History(session, seed)
    for _ in range(120):
        town.act()
    settle(session)
    kept = everything(session)
    rebuilding.rebuild(session, SYSTEM, now=NOW)
    assert everything(session) == kept
    assert kept["people_tally"]


def everything(session: Session) -> dict[str, Any]:
    tables = (ClassTally, ClassOutcome, ClassMember, PeopleTally)
    return {
        one.__tablename__: sorted(session.execute(select(*one.__table__.columns)).tuples(), key=str)
        for one in tables
    }


def test_one_person_counts_once_wherever_they_learn_and_whichever_record_enrolled(
    session: Session,
) -> None:
    one, again = make.make_person(session), make.make_person(session)
    for person, region in ((one, "650402"), (again, "650421"), (one, "653201")):
        make.enrol(session, person, make.make_class(session, region_code=region, meets=[]))
    settle(session)
    assert [people_in(session, "650400", 4), people_in(session, "000000", 0)] == [2, 2]
    again.merged_into = one.id
    settle(session)
    assert [people_in(session, "650400", 4), people_in(session, "000000", 0)] == [1, 1]
    assert people_in(session, "650421", 6) == 1
    again.merged_into = None
    settle(session)
    assert people_in(session, "650400", 4) == 2


def test_a_class_whose_region_was_corrected_takes_its_people_along(session: Session) -> None:
    made = make.make_class(session, region_code="650402")
    make.enrol(session, make.make_person(session), made)
    settle(session)
    made.region_code = "653201"
    settle(session)
    assert [people_in(session, one, 6) for one in ("650402", "653201")] == [0, 1]
    assert session.scalar(select(func.count()).where(PeopleTally.area == "650402")) == 0


def test_a_class_under_an_abolished_code_is_counted_under_that_code(session: Session) -> None:
    made = make.make_class(session, region_code="652101")
    make.enrol(session, make.make_person(session), made)
    settle(session)
    assert (people_in(session, "652101", 6), people_in(session, "650000", 2)) == (1, 1)


def test_completion_certificates_and_jobs_are_counted_with_the_class(session: Session) -> None:
    made = make.make_class(session, first_start=NOW - timedelta(days=60))
    one, two = make.make_person(session), make.make_person(session)
    places = [make.enrol(session, person, made) for person in (one, two)]
    places[0].status = "completed"
    hired(session, one, made.ends_on + timedelta(days=1))
    hired(session, two, made.ends_on + timedelta(days=1))
    found = tally(session, made)
    assert (found.person_times, found.completed, found.employed) == (2, 1, 1)
    row = paper(session, places[0])
    settle(session)
    assert session.scalar(select(ClassOutcome.certificates)) == 1
    row.status, row.replaced_at = "replaced", NOW
    settle(session)
    assert session.scalar(select(ClassOutcome.certificates)) is None


@pytest.mark.parametrize(("days", "counted"), [(0, 0), (1, 1), (183, 1), (184, 0)])
def test_a_job_counts_within_half_a_year_after_the_end(
    session: Session, days: int, counted: int
) -> None:
    made = make.make_class(session, first_start=NOW - timedelta(days=60))
    person = make.make_person(session)
    make.enrol(session, person, made).status = "completed"
    fact = hired(session, person, made.ends_on + timedelta(days=days))
    assert tally(session, made).employed == counted
    fact.status = "refused"
    fact.valid_to = fact.valid_from
    assert tally(session, made).employed == 0


def test_money_stays_counted_when_the_class_is_called_off(session: Session) -> None:
    made = make.make_class(session)
    asked = claim(session, made, state="approved")
    money(session, asked, 90_000, kind="balance")
    money(session, asked, 40_000)
    made.status = "cancelled"
    settle(session)
    (row,) = session.scalars(select(ClassOutcome)).all()
    assert (row.fund, row.claimed_fen) == ("employment_subsidy", 120_000)
    assert (row.paid_fen, row.recovered_fen) == (90_000, 40_000)
    assert session.get(ClassTally, made.id) is None


def test_a_day_belongs_to_its_quarter_in_beijing(session: Session) -> None:
    # 16:30 UTC on 30 September is 1 October in Beijing.
    at = NOW.replace(month=9, day=30, hour=16, minute=30)
    claim(session, make.make_class(session), filed_at=at)
    settle(session)
    assert session.scalar(select(ClassOutcome.quarter)) == 20264


def test_only_background_work_refreshes_and_rebuilds(session: Session) -> None:
    for act in (refreshing.refresh, rebuilding.rebuild):
        with pytest.raises(Forbidden):
            act(session, make.make_actor(session, Role.OFFICER), now=NOW)
        with pytest.raises(Unauthenticated):
            act(session, ANONYMOUS, now=NOW)


def test_a_refresh_says_as_of_when(session: Session) -> None:
    refreshing.refresh(session, SYSTEM, now=NOW)
    assert session.scalar(select(TallyState.as_of)) == NOW


def test_the_comparison_names_what_was_tampered_with(session: Session) -> None:
    made = make.make_class(session)
    make.enrol(session, make.make_person(session), made)
    settle(session)
    session.execute(update(ClassTally).values(person_times=7))
    found = checking.compare(session)
    assert found.found == {"classes": (made.class_no,)}
    assert made.class_no in found.sentence
    session.execute(update(ClassTally).values(person_times=1))
    session.execute(update(PeopleTally).values(people=3))
    assert set(checking.compare(session).found) == {"people in"}
    session.execute(update(PeopleTally).values(people=1))
    session.execute(delete(ClassMember))
    assert "rosters of" in checking.compare(session).found


def test_a_class_that_waits_is_no_difference(session: Session) -> None:
    made = make.make_class(session)
    settle(session)
    make.enrol(session, make.make_person(session), made)
    assert session.scalar(select(func.count()).select_from(ClassChange)) == 1
    assert checking.compare(session).found == {}


def test_a_second_refresh_leaves_the_work_to_the_first(saved: Session, engine: Engine) -> None:
    make.make_class(saved)
    saved.commit()
    saved.execute(select(func.pg_advisory_xact_lock(refreshing.LOCK)))
    assert as_actor(refreshing.refresh, SYSTEM, now=NOW).busy
    saved.rollback()
    assert as_actor(refreshing.refresh, SYSTEM, now=NOW).changes > 0


def test_a_change_that_commits_while_its_class_is_counted_is_counted_next(
    saved: Session, engine: Engine
) -> None:
    made = make.make_class(saved)
    place = make.enrol(saved, make.make_person(saved), made)
    saved.commit()
    with Session(engine) as other:
        other.execute(update(Enrolment).where(Enrolment.id == place.id).values(status="removed"))
        drain()
        assert saved.scalar(of(made)) == 1
        other.commit()
    drain()
    assert saved.scalar(of(made)) == 0


def of(made: TrainingClass) -> Any:
    return select(ClassTally.person_times).where(ClassTally.class_id == made.id)


def drain() -> None:
    while as_actor(refreshing.refresh, SYSTEM, now=NOW).changes:
        pass


def test_enrolments_merges_and_refreshes_at_once_lose_nothing(
    saved: Session, engine: Engine
) -> None:
    classes = [make.make_class(saved, meets=[]) for _ in range(4)]
    people = [make.make_person(saved) for _ in range(24)]
    make.make_commitment_template(saved)
    saved.commit()

    def join(number: int, klass: TrainingClass) -> None:
        def work(own: Session) -> None:
            row = own.get_one(TrainingClass, klass.id, with_for_update=True)
            make.enrol(own, own.get_one(Person, people[number].id), row)

        in_transaction(work)

    def merge(number: int) -> None:
        change = update(Person).where(Person.id == people[number].id)
        in_transaction(
            lambda own: own.execute(change.values(merged_into=people[number - 1].id)) and None
        )

    acts: list[Any] = []
    for number in range(len(people)):
        acts += [partial(join, number, one) for one in {classes[number % 4], classes[0]}]
        if number % 2:
            acts.append(partial(merge, number))
        acts.append(partial(as_actor, refreshing.refresh, SYSTEM, now=NOW))
    together(acts)
    drain()
    with Session(engine) as fresh:
        assert checking.compare(fresh).found == {}
        counted = people_in(fresh, "650402", 6)
        merged = select(func.count(func.distinct(func.coalesce(Person.merged_into, Person.id))))
        asked = merged.join(Enrolment, Enrolment.person_id == Person.id).join(
            ClassTally, ClassTally.class_id == Enrolment.class_id
        )
        assert counted == fresh.scalar(
            asked.where(ClassTally.region_code == "650402", Enrolment.status == "accepted")
        )
        assert fresh.scalar(text("SELECT count(*) FROM class_change")) == 0
