"""No history of acts, and no race, gives a person more subsidies than the rules allow."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import SubsidyReservation
from portal.domain.permissions import SYSTEM
from portal.domain.rules.rule import Quota
from portal.services import reservations
from tests.support import factories as make
from tests.support.acts import together

NOW = make.NOW
PLAIN = Quota(
    year=2026,
    bucket="vocational",
    bucket_limit=1,
    total_limit=3,
    skill_key="4030201",
    level=1,
    no_repeat=True,
)
# What the enrolments of one person are for; some meet in the bucket, some in the year, some in
# occupation and level.
QUOTAS = (
    PLAIN,
    replace(PLAIN, skill_key="6310103"),
    replace(PLAIN, year=2027),
    replace(PLAIN, bucket="entrepreneurship", skill_key="topic:SYB", level=None),
    replace(PLAIN, bucket="national_language", bucket_limit=2, skill_key="topic:LANG", level=None),
    replace(PLAIN, bucket="national_language", bucket_limit=2, skill_key="topic:WORD", level=None),
    replace(PLAIN, bucket=None, bucket_limit=None, total_limit=None, skill_key="6310103", level=2),
    replace(PLAIN, bucket=None, bucket_limit=None, total_limit=None, skill_key="6310103", level=2),
)
ACTS = ("accept", "withdraw", "expire", "complete")
HISTORIES = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, len(QUOTAS) - 1)), min_size=2, max_size=10
)


class Person:
    """A person with one enrolment for each quota, and what the rules would allow."""

    def __init__(self, session: Session) -> None:
        self.session = session
        person = make.make_person(session)
        self.id = person.id
        # Each class at a time of its own.
        self.enrolments = [
            make.enrol(
                session,
                person,
                make.make_class(session, first_start=NOW.replace(day=3 + 2 * index), sessions=1),
            ).id
            for index in range(len(QUOTAS))
        ]
        # Saved, lest the tests of this module wait for each other's rows.
        session.commit()

    def act(self, name: str, index: int) -> bool:
        enrolment_id = self.enrolments[index]
        match name:
            case "accept":
                return reserve(self.session, self.id, enrolment_id, QUOTAS[index])
            case "withdraw":
                reservations.release(self.session, enrolment_id=enrolment_id, now=NOW)
            case "expire":
                reservations.release(
                    self.session, enrolment_id=enrolment_id, now=NOW, state="expired"
                )
            case "complete":
                reservations.consume(self.session, enrolment_id=enrolment_id, now=NOW)
        return True

    def taken(self) -> Counter[UUID]:
        query = select(SubsidyReservation.enrolment_id).where(
            SubsidyReservation.person_id == self.id,
            SubsidyReservation.state.in_(("held", "consumed")),
        )
        return Counter(self.session.scalars(query))


class Model:
    """The rules in plain Python: which subsidies count now."""

    def __init__(self) -> None:
        self.held: set[int] = set()
        self.consumed: set[int] = set()

    def act(self, name: str, index: int) -> bool:
        if name == "accept":
            return self._accept(index)
        if name == "complete" and index in self.held:
            self.consumed.add(index)
        self.held.discard(index)
        return True

    def _accept(self, index: int) -> bool:
        if index in self.held | self.consumed:
            return True
        wanted = QUOTAS[index]
        taken = [QUOTAS[other] for other in self.held | self.consumed]
        year = [q for q in taken if q.bucket and q.year == wanted.year]
        if wanted.bucket:
            same = [q for q in year if q.bucket == wanted.bucket]
            if len(same) >= (wanted.bucket_limit or 0) or len(year) >= (wanted.total_limit or 0):
                return False
        if any((q.skill_key, q.level) == (wanted.skill_key, wanted.level) for q in taken):
            return False
        self.held.add(index)
        return True


def reserve(
    session: Session, person_id: UUID, enrolment_id: UUID, quota: Quota, **kwargs: bool
) -> bool:
    return reservations.reserve(
        session,
        person_id=person_id,
        enrolment_id=enrolment_id,
        quota=quota,
        title="电工",
        ends_on=date(2026, 12, 20),
        now=NOW,
        **kwargs,
    )


@pytest.fixture(scope="module")
def person(engine: Engine) -> Iterator[Person]:
    with Session(engine) as session:
        yield Person(session)


@settings(
    max_examples=10_000,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORIES)
def test_no_history_of_acts_exceeds_a_cap_or_refuses_what_is_free(
    person: Person, history: list[tuple[str, int]]
) -> None:
    model = Model()
    # A transaction for each: within one, the rows of all earlier histories would be in the way.
    try:
        for name, index in history:
            assert person.act(name, index) == model.act(name, index), (name, index)
        expected = Counter(person.enrolments[index] for index in model.held | model.consumed)
        assert person.taken() == expected
    finally:
        person.session.rollback()


def test_32_threads_for_one_bucket_get_exactly_one(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        for _ in range(3):
            holder = make.make_person(session)
            places = [
                make.enrol(
                    session,
                    holder,
                    make.make_class(
                        session,
                        first_start=NOW.replace(day=2 + index % 28, hour=index // 28 * 8),
                        sessions=1,
                    ),
                ).id
                for index in range(32)
            ]
            session.commit()
            quotas = [replace(PLAIN, skill_key=f"occupation {index}") for index in range(32)]
            answers = together(
                [
                    partial(
                        in_transaction,
                        partial(reserve, person_id=holder.id, enrolment_id=place, quota=quota),
                    )
                    for place, quota in zip(places, quotas, strict=True)
                ]
            )
            assert sorted(answers) == [False] * 31 + [True]


@pytest.mark.parametrize("given_back", range(3))
def test_a_lower_limit_elsewhere_counts_what_is_held_not_its_numbers(
    session: Session, given_back: int
) -> None:
    """Three a year here, two there: of three held one was given back, and there two are full."""
    who = Person(session)
    here = replace(PLAIN, bucket_limit=None, skill_key=None, level=None, no_repeat=False)
    for place in who.enrolments[:3]:
        assert reserve(session, who.id, place, here)
    reservations.release(session, enrolment_id=who.enrolments[given_back], now=NOW)
    there = replace(here, total_limit=2)
    assert not reserve(session, who.id, who.enrolments[4], there)
    assert reserve(session, who.id, who.enrolments[4], here)


def test_an_override_goes_beyond_the_limit_and_counts(session: Session) -> None:
    who = Person(session)
    assert reserve(session, who.id, who.enrolments[0], QUOTAS[0])
    assert not reserve(session, who.id, who.enrolments[1], QUOTAS[1])
    assert reserve(session, who.id, who.enrolments[1], QUOTAS[1], override=True)
    assert not reserve(session, who.id, who.enrolments[3], replace(QUOTAS[3], total_limit=2))


def test_what_is_held_too_long_is_given_back(session: Session) -> None:
    who = Person(session)
    reserve(session, who.id, who.enrolments[0], QUOTAS[0])
    reservations.expire(session, SYSTEM, now=NOW.replace(year=2027, month=12, day=19))
    assert who.taken() == Counter([who.enrolments[0]])
    reservations.expire(session, SYSTEM, now=NOW.replace(year=2027, month=12, day=20))
    assert who.taken() == Counter()
