"""The rules at the moment of enrolling: refused, reviewed, reserved, kept; on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    EligibilityDecision,
    Enrolment,
    SubsidyReservation,
)
from portal.domain.errors import NotEligible, PortalError, SeatsGone, TooManyPlaces
from portal.locale.errors import sentence_for
from portal.services import enrolment, review_asks, seats, waiting_list
from portal.services.enrolment import EnrolmentView
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, listed_class, together

NOW = make.NOW
ELECTRICIAN, COOK = "6-31-01-03", "4-03-02-01"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, in a database where Turpan's pack is published."""
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session


def reservations(session: Session, who: bytes) -> list[SubsidyReservation]:
    person = policy.person_behind(session, who)
    query = select(SubsidyReservation).where(SubsidyReservation.person_id == person.id)
    return list(session.scalars(query.order_by(SubsidyReservation.created_at)))


def decisions(session: Session, view: EnrolmentView) -> list[EligibilityDecision]:
    query = select(EligibilityDecision).where(EligibilityDecision.enrolment_id == view.id)
    return list(session.scalars(query))


def test_an_eligible_person_is_accepted_and_the_subsidy_is_held(saved: Session) -> None:
    who = policy.learner(saved)
    view = enrol(who, policy.plan_class(saved).id)
    assert view.status == "accepted"
    (held,) = reservations(saved, who)
    assert (held.state, held.bucket, held.year, held.enrolment_id) == (
        "held",
        "vocational",
        2026,
        view.id,
    )


def test_every_enrolment_keeps_pack_version_inputs_and_results(saved: Session) -> None:
    who = policy.learner(saved)
    (kept,) = decisions(saved, enrol(who, policy.plan_class(saved).id))
    assert (kept.act, kept.verdict) == ("auto", "eligible")
    assert kept.packs[0]["id"] == "turpan-2019"
    assert len(kept.packs[0]["hash"]) == 64
    assert kept.inputs["person"]["pension"] == "none"
    assert {"R01", "R02", "R04"} <= {result["rule_id"] for result in kept.results}


def test_c4_02_a_second_vocational_class_in_the_year_is_refused_by_its_bucket(
    saved: Session,
) -> None:
    who = policy.learner(saved)
    enrol(who, policy.plan_class(saved).id)
    with pytest.raises(NotEligible) as refused:
        enrol(who, policy.plan_class(saved, occupation_code=COOK).id)
    assert "职业培训" in sentence_for(refused.value)
    startup = policy.plan_class(saved, training_type="STARTUP", topic_code="SYB", level=None)
    language = policy.plan_class(
        saved, training_type="NATIONAL_LANG", topic_code="NATIONAL_LANGUAGE", level=None
    )
    assert enrol(who, startup.id).status == enrol(who, language.id).status == "accepted"
    assert len(reservations(saved, who)) == 3


def test_the_next_years_class_is_open_again(saved: Session) -> None:
    who = policy.learner(saved)
    enrol(who, policy.plan_class(saved).id)
    later = policy.plan_class(
        saved, occupation_code=COOK, starts=datetime(2027, 1, 20, 2, 0, tzinfo=UTC)
    )
    assert enrol(who, later.id).status == "accepted"


def test_c4_03_the_same_occupation_and_level_is_refused_in_another_year(saved: Session) -> None:
    who = policy.learner(saved)
    enrol(who, policy.plan_class(saved).id)
    later = policy.plan_class(saved, starts=datetime(2027, 1, 20, 2, 0, tzinfo=UTC))
    with pytest.raises(NotEligible):
        enrol(who, later.id)


def test_c4_04_the_next_level_is_allowed(saved: Session) -> None:
    who = policy.learner(saved)
    enrol(who, policy.plan_class(saved).id)
    later = policy.plan_class(saved, level=2, starts=datetime(2027, 1, 20, 2, 0, tzinfo=UTC))
    assert enrol(who, later.id).status == "accepted"


def test_c4_05_a_person_of_63_without_a_monthly_pension_is_accepted(saved: Session) -> None:
    who = policy.learner(saved, born=date(1963, 5, 1))
    assert enrol(who, policy.plan_class(saved).id).status == "accepted"


def test_c4_06_a_person_of_52_who_draws_a_pension_is_refused_and_nothing_is_written(
    saved: Session,
) -> None:
    who = policy.learner(saved, draws="employee", born=date(1974, 5, 1))
    training_class = policy.plan_class(saved)
    with pytest.raises(NotEligible) as refused:
        enrol(who, training_class.id)
    assert "养老金" in sentence_for(refused.value)
    assert reservations(saved, who) == []
    saved.refresh(training_class)
    assert training_class.seats_taken == 0


def test_c4_07_an_unknown_pension_needs_review_with_seat_and_subsidy_held(saved: Session) -> None:
    who = policy.learner(saved, draws=None)
    training_class = policy.plan_class(saved)
    view = enrol(who, training_class.id)
    assert view.status == "needs_review"
    # Tuesday 1 December; three working days later.
    assert view.review_due_on == date(2026, 12, 4)
    assert "养老金" in view.why
    assert [held.state for held in reservations(saved, who)] == ["held"]
    saved.refresh(training_class)
    assert training_class.seats_taken == 1


def test_whoever_is_too_young_for_any_pension_is_not_asked(saved: Session) -> None:
    who = policy.learner(saved, draws=None, born=date(1998, 5, 1))
    assert enrol(who, policy.plan_class(saved).id).status == "accepted"


def test_a_soft_rule_can_be_brought_before_an_officer_without_a_subsidy_held(
    saved: Session,
) -> None:
    who = policy.learner(saved)
    enrol(who, policy.plan_class(saved).id)
    second = policy.plan_class(saved, occupation_code=COOK)
    assert enrol(who, second.id, ask_review=True).status == "needs_review"
    assert len(reservations(saved, who)) == 1


def test_a_hard_rule_cannot_be_brought_before_an_officer(saved: Session) -> None:
    who = policy.learner(saved, draws="employee")
    with pytest.raises(NotEligible):
        enrol(who, policy.plan_class(saved).id, ask_review=True)


def test_the_same_key_answers_the_review_again(saved: Session) -> None:
    who = policy.learner(saved, draws=None)
    training_class = policy.plan_class(saved)
    first = enrol(who, training_class.id, key="k")
    again = enrol(who, training_class.id, key="k")
    assert (again.repeated, again.status, again.review_due_on) == (
        True,
        "needs_review",
        first.review_due_on,
    )


def test_leaving_gives_the_subsidy_back(saved: Session) -> None:
    who = policy.learner(saved)
    view = enrol(who, policy.plan_class(saved).id)
    as_actor(enrolment.cancel, policy.actor_of(saved, who), enrolment_id=view.id, now=NOW)
    saved.expire_all()
    assert [held.state for held in reservations(saved, who)] == ["released"]
    assert enrol(who, policy.plan_class(saved, occupation_code=COOK).id).status == "accepted"


def test_a_region_without_a_pack_refuses_nobody(saved: Session) -> None:
    who = policy.learner(saved, draws="employee")
    elsewhere = listed_class(saved, region_code="370202")
    assert enrol(who, elsewhere.id).status == "accepted"


def test_a_full_class_puts_on_the_list_in_the_order_of_arrival(saved: Session) -> None:
    training_class = policy.plan_class(saved, capacity=1)
    views = [enrol(policy.learner(saved), training_class.id, wait=True) for _ in range(4)]
    assert [view.status for view in views] == ["accepted", *["waitlisted"] * 3]
    assert [view.waitlist_position for view in views] == [None, 1, 2, 3]
    saved.refresh(training_class)
    assert (training_class.seats_taken, training_class.waiting) == (1, 3)


def test_whoever_waits_holds_no_subsidy_and_may_learn_elsewhere(saved: Session) -> None:
    full = policy.plan_class(saved, capacity=1)
    enrol(policy.learner(saved), full.id)
    who = policy.learner(saved)
    assert enrol(who, full.id, wait=True).status == "waitlisted"
    assert reservations(saved, who) == []
    assert enrol(who, policy.plan_class(saved).id).status == "accepted"


def test_a_free_seat_is_not_had_while_others_wait_for_it(saved: Session) -> None:
    training_class = policy.plan_class(saved, capacity=1)
    first = policy.learner(saved)
    view = enrol(first, training_class.id)
    enrol(policy.learner(saved), training_class.id, wait=True)
    as_actor(enrolment.cancel, policy.actor_of(saved, first), enrolment_id=view.id, now=NOW)
    late = enrol(policy.learner(saved), training_class.id, wait=True)
    assert (late.status, late.waitlist_position) == ("waitlisted", 2)


def test_nobody_waits_for_more_than_five_classes_at_once(saved: Session) -> None:
    full = [policy.plan_class(saved, capacity=1) for _ in range(6)]
    for klass in full:
        enrol(policy.learner(saved), klass.id)
    who = policy.learner(saved)
    places = [enrol(who, klass.id, wait=True) for klass in full[:5]]
    assert {place.status for place in places} == {"waitlisted"}
    with pytest.raises(TooManyPlaces) as refused:
        enrol(who, full[5].id, wait=True)
    assert "5" in sentence_for(refused.value)
    as_actor(
        waiting_list.leave,
        policy.actor_of(saved, who),
        enrolment_id=places[0].id,
        now=NOW,
    )
    assert enrol(who, full[5].id, wait=True).status == "waitlisted"


def test_whoever_will_not_wait_is_told_that_it_is_full(saved: Session) -> None:
    training_class = policy.plan_class(saved, capacity=1)
    enrol(policy.learner(saved), training_class.id)
    with pytest.raises(SeatsGone):
        enrol(policy.learner(saved), training_class.id, wait=False)


def test_the_list_closes_before_the_class_begins(saved: Session) -> None:
    training_class = policy.plan_class(saved, capacity=1, starts=NOW + timedelta(hours=11))
    enrol(policy.learner(saved), training_class.id)
    with pytest.raises(SeatsGone):
        enrol(policy.learner(saved), training_class.id, wait=True)


def test_verified_aided_families_come_first_and_declared_ones_do_not(saved: Session) -> None:
    policy.publish_packs(saved, "rural-*.toml")
    training_class = policy.plan_class(saved, capacity=1)
    enrol(policy.learner(saved), training_class.id)
    plain, aided, declared = (policy.learner(saved) for _ in range(3))
    policy.set_group(saved, policy.person_behind(saved, aided).id, "AIDED_FAMILY")
    policy.set_group(
        saved, policy.person_behind(saved, declared).id, "AIDED_FAMILY", verified=False
    )
    assert enrol(plain, training_class.id, wait=True).waitlist_position == 1
    assert enrol(declared, training_class.id, wait=True).waitlist_position == 2
    assert enrol(aided, training_class.id, wait=True).waitlist_position == 1


def test_whoever_is_not_eligible_is_not_put_on_the_list(saved: Session) -> None:
    training_class = policy.plan_class(saved, capacity=1)
    enrol(policy.learner(saved), training_class.id)
    with pytest.raises(NotEligible):
        enrol(policy.learner(saved, draws="employee"), training_class.id, wait=True)


def test_c4_14_two_institutions_at_the_same_instant_get_exactly_one_reservation(
    saved: Session,
) -> None:
    for _ in range(5):
        who = policy.learner(saved)
        classes = [policy.plan_class(saved, occupation_code=code) for code in (ELECTRICIAN, COOK)]
        answers = together([partial(enrol, who, c.id) for c in classes])
        assert sorted(type(answer).__name__ for answer in answers) == [
            "EnrolmentView",
            "NotEligible",
        ]
        assert len(reservations(saved, who)) == 1


def test_a_crowd_is_seated_or_listed_in_one_strict_order_and_nobody_is_lost(
    saved: Session,
) -> None:
    training_class = policy.plan_class(saved, capacity=5)
    people = [policy.learner(saved) for _ in range(40)]
    answers = together([partial(enrol, w, training_class.id, wait=True) for w in people])
    assert not [answer for answer in answers if isinstance(answer, PortalError)]
    positions = [answer.waitlist_position for answer in answers if answer.status == "waitlisted"]
    assert sorted(positions) == list(range(1, 36))
    numbers = saved.scalars(
        select(Enrolment.waiting_no)
        .where(Enrolment.class_id == training_class.id, Enrolment.status == "waitlisted")
        .order_by(Enrolment.waiting_no)
    )
    assert list(numbers) == list(range(1, 36))
    saved.refresh(training_class)
    assert (training_class.seats_taken, training_class.waiting) == (5, 35)


def test_ending_an_enrolment_twice_does_not_free_two_seats(saved: Session) -> None:
    training_class = policy.plan_class(saved, capacity=2)
    enrol(policy.learner(saved), training_class.id)
    view = enrol(policy.learner(saved), training_class.id)
    row = saved.get_one(Enrolment, view.id)
    seats.end(saved, row, status="withdrawn", now=NOW)
    seats.end(saved, row, status="withdrawn", now=NOW)
    saved.commit()
    saved.refresh(training_class)
    assert training_class.seats_taken == 1


def asked_at_once(session: Session, who: bytes, classes: int) -> list[object]:
    """Ask to have the annual cap set aside for so many classes in the same instant."""
    others = [policy.plan_class(session, occupation_code=COOK).id for _ in range(classes)]
    return list(together([partial(enrol, who, other, ask_review=True) for other in others]))


def test_nobody_parks_more_seats_before_officers_than_a_few(saved: Session) -> None:
    who = policy.learner(saved)
    enrol(who, policy.plan_class(saved).id)
    answers = asked_at_once(saved, who, 9)
    seated = [one for one in answers if isinstance(one, EnrolmentView)]
    refused = [one for one in answers if isinstance(one, NotEligible)]
    assert (len(seated), len(refused)) == (review_asks.MOST, 9 - review_asks.MOST)
    assert "等有了结果" in sentence_for(refused[0])
    actor = policy.actor_of(saved, who)
    as_actor(enrolment.cancel, actor, enrolment_id=seated[0].id, now=NOW)
    assert isinstance(asked_at_once(saved, who, 1)[0], EnrolmentView)
