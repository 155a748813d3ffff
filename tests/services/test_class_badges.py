"""The list of classes with a verdict on each card, and what that costs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.domain.permissions import ANONYMOUS, Actor
from portal.services import search_index
from portal.services.catalogue import ClassQuery, find_classes
from portal.services.class_badges import find_rows
from tests.support import acts, policy
from tests.support.factories import NOW

MOST_MORE = 2


@pytest.fixture(scope="module")
def offered(engine: Engine) -> list[str]:
    """Turpan's pack and 20 open classes."""
    with Session(engine) as session:
        policy.publish_packs(session)
        made = [policy.plan_class(session) for _ in range(20)]
        for one in made:
            search_index.reindex_class(session, one.id)
        session.commit()
        return [str(one.id) for one in made]


@pytest.fixture
def session(engine: Engine, offered: list[str]) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


def somebody(session: Session) -> Actor:
    return policy.actor_of(session, policy.learner(session, draws=None))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_twenty_verdicts_cost_at_most_two_queries_more(engine: Engine, session: Session) -> None:
    actor, query = somebody(session), ClassQuery(size=20)
    # What this process keeps in memory (packs, settings of the connection) is there already.
    find_rows(session, actor, query=query, now=NOW)
    with counted(engine) as plain:
        page = find_classes(session, actor, query=query, now=NOW)
    with counted(engine) as with_verdicts:
        _, rows = find_rows(session, actor, query=query, now=NOW)
    assert len(page.items) == len(rows) == 20
    assert all(row.fit for row in rows)
    assert len(with_verdicts) - len(plain) <= MOST_MORE
    assert len(plain) > 0


def test_who_could_not_enrol_sees_no_verdicts_and_pays_nothing(
    engine: Engine, session: Session
) -> None:
    query = ClassQuery(size=20)
    find_rows(session, ANONYMOUS, query=query, now=NOW)
    with counted(engine) as plain:
        find_classes(session, ANONYMOUS, query=query, now=NOW)
    with counted(engine) as guest:
        _, rows = find_rows(session, ANONYMOUS, query=query, now=NOW)
    assert {row.fit for row in rows} == {""}
    assert len(guest) == len(plain)


@pytest.mark.parametrize(
    ("draws", "fit", "words"),
    [
        ("none", "eligible", "您符合条件"),
        ("employee", "not_eligible", "您不符合条件"),
        (None, "needs_review", "需人工审核"),
    ],
)
def test_a_card_wears_the_verdict_in_words(
    session: Session, draws: str | None, fit: str, words: str
) -> None:
    actor = somebody(session)
    if draws:
        policy.set_fact(session, actor.the_person(), "pension", draws=draws)
    _, rows = find_rows(session, actor, query=ClassQuery(size=3), now=NOW)
    assert {(row.fit, row.fit_text) for row in rows} == {(fit, words)}


def test_free_is_said_to_who_goes_free_and_to_nobody_who_is_refused(session: Session) -> None:
    for draws, free in (("none", "您可免费学"), ("employee", None)):
        actor = somebody(session)
        policy.set_fact(session, actor.the_person(), "pension", draws=draws)
        policy.set_group(session, actor.the_person(), "VETERAN")
        _, rows = find_rows(session, actor, query=ClassQuery(size=2), now=NOW)
        assert all((row.free_text == free) == (free is not None) for row in rows)


def test_a_class_that_one_is_in_says_so_and_only_that(session: Session, offered: list[str]) -> None:
    who = acts.trainee(session)
    actor = policy.actor_of(session, who)
    policy.set_fact(session, actor.the_person(), "pension", draws="none")
    made = policy.plan_class(session)
    search_index.reindex_class(session, made.id)
    session.commit()
    acts.enrol(who, made.id)
    _, rows = find_rows(session, actor, query=ClassQuery(size=50), now=NOW)
    fits = {row.href.rpartition("/")[2]: row.fit for row in rows}
    assert fits[str(made.id)] == "enrolled"
    # The year's one vocational subsidy is set aside for it.
    assert fits[offered[0]] == "not_eligible"
