"""Whoever waits for an officer is told why, and where to answer it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.services.own_review import open_points
from tests.support import policy
from tests.support.acts import enrol
from tests.support.factories import NOW


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session


def test_the_unanswered_question_is_named_with_the_place_to_answer_it(saved: Session) -> None:
    who = policy.learner(saved, draws=None)
    view = enrol(who, policy.plan_class(saved).id)
    (point,) = open_points(saved, policy.actor_of(saved, who), enrolment_id=view.id, now=NOW)
    assert "养老金" in point.message
    assert point.href == "/me/facts#pension"


def test_what_was_answered_since_is_no_longer_open(saved: Session) -> None:
    who = policy.learner(saved, draws=None)
    view = enrol(who, policy.plan_class(saved).id)
    person = policy.person_behind(saved, who)
    policy.set_fact(saved, person.id, "pension", draws="none")
    assert open_points(saved, policy.actor_of(saved, who), enrolment_id=view.id, now=NOW) == ()


def test_nobody_reads_what_keeps_anothers_enrolment(saved: Session) -> None:
    view = enrol(policy.learner(saved, draws=None), policy.plan_class(saved).id)
    other = policy.learner(saved)
    with pytest.raises(NotFound):
        open_points(saved, policy.actor_of(saved, other), enrolment_id=view.id, now=NOW)
