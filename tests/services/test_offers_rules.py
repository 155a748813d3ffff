"""The rules asked again before a seat is offered, and again before it is taken; Turpan's pack."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, EligibilityDecision, Enrolment, SubsidyReservation
from portal.domain.errors import NotEligible
from portal.locale.errors import sentence_for
from tests.support import factories as make
from tests.support import lines, policy
from tests.support.acts import enrol, trainee
from tests.support.lines import HOUR, accept, check_books, offer_of, status, wait
from tests.support.tasks import forget_all

NOW = make.NOW


@pytest.fixture
def ruled(engine: Engine) -> Iterator[Session]:
    """A session that commits, where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session
    forget_all()


def test_whoever_may_not_have_the_seat_any_more_keeps_nobody_waiting(ruled: Session) -> None:
    klass = policy.plan_class(ruled, capacity=1, seats_taken=1)
    one, two = young(ruled), young(ruled)
    first, second = wait(one, klass.id), wait(two, klass.id)
    # The year's one vocational subsidy goes to another class meanwhile.
    enrol(one, policy.plan_class(ruled, occupation_code="4-03-02-01").id)
    lines.free_a_seat(ruled, klass.id)
    assert status(ruled, first.id) == "rejected"
    assert status(ruled, second.id) == "offered"
    reason = ruled.get_one(Enrolment, first.id).end_reason
    assert reason
    assert "职业培训" in reason


def young(session: Session) -> bytes:
    """Somebody to whom no rule objects."""
    who = trainee(session)
    person = policy.person_behind(session, who)
    person.birth_date = date(1990, 5, 1)
    session.commit()
    policy.set_fact(session, person.id, "pension", draws="none")
    return who


def test_accepting_makes_the_seat_ones_own(ruled: Session) -> None:
    klass = policy.plan_class(ruled, capacity=1, seats_taken=1)
    who = young(ruled)
    view = wait(who, klass.id)
    lines.free_a_seat(ruled, klass.id)
    later = NOW + HOUR
    answered = accept(ruled, who, view.id, now=later)
    assert (answered.status, answered.repeated) == ("accepted", False)
    ruled.rollback()
    row = ruled.get_one(Enrolment, view.id)
    assert (row.status, row.busy, row.signed_at) == ("accepted", klass.meets, later)
    offer = offer_of(ruled, view.id)
    assert (offer.state, offer.answered_at, offer.answered_via) == ("accepted", later, "page")
    held = ruled.scalars(
        select(SubsidyReservation).where(SubsidyReservation.enrolment_id == view.id)
    ).one()
    assert (held.state, held.bucket) == ("held", "vocational")
    kept = ruled.scalars(
        select(EligibilityDecision).where(EligibilityDecision.enrolment_id == view.id)
    ).all()
    assert [one.verdict for one in kept] == ["eligible", "eligible"]
    actions = select(AuditEvent.action).where(AuditEvent.object_id == str(view.id))
    assert list(ruled.scalars(actions.order_by(AuditEvent.at, AuditEvent.id))) == [
        "enrolment.enrol",
        "offer.make",
        "offer.accept",
    ]
    check_books(klass.id)


def test_a_rule_that_refuses_by_now_says_so_and_the_offer_stays(ruled: Session) -> None:
    klass = policy.plan_class(ruled, capacity=1, seats_taken=1)
    who = young(ruled)
    view = wait(who, klass.id)
    lines.free_a_seat(ruled, klass.id)
    seat = enrol(who, policy.plan_class(ruled, occupation_code="4-03-02-01").id)
    with pytest.raises(NotEligible) as refused:
        accept(ruled, who, view.id)
    assert "职业培训" in sentence_for(refused.value)
    assert status(ruled, view.id) == "offered"
    lines.cancel(ruled, who, seat.id)
    assert accept(ruled, who, view.id).status == "accepted"
    check_books(klass.id)


def test_what_the_rules_leave_open_goes_to_an_officer_with_the_seat_held(ruled: Session) -> None:
    klass = policy.plan_class(ruled, capacity=1, seats_taken=1)
    who = trainee(ruled)
    person = policy.person_behind(ruled, who)
    person.birth_date = date(1970, 5, 1)
    ruled.commit()
    view = wait(who, klass.id)
    lines.free_a_seat(ruled, klass.id)
    answered = accept(ruled, who, view.id)
    # Three working days after Tuesday the 1st.
    assert (answered.status, answered.review_due_on) == ("needs_review", date(2026, 12, 4))
    ruled.rollback()
    assert ruled.get_one(Enrolment, view.id).busy == klass.meets
    check_books(klass.id)
