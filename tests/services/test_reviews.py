"""An officer decides what the rules leave open; seat and subsidy follow the decision."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AuditEvent,
    EligibilityDecision,
    Enrolment,
    SubsidyReservation,
    TrainingClass,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, PortalError
from portal.domain.permissions import Actor, Role
from portal.services import enrolment, notices, reviews
from portal.services.enrolment import EnrolmentView
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, together
from tests.support.tasks import run_pending, tick

NOW = make.NOW
COOK = "4-03-02-01"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        policy.publish_packs(session)
        yield session


@pytest.fixture
def officer(saved: Session) -> Actor:
    made = make.make_actor(saved, Role.OFFICER, region_code="650400")
    saved.commit()
    return made


def under_review(session: Session, **fields: Any) -> EnrolmentView:
    return enrol(policy.learner(session, draws=None), policy.plan_class(session, **fields).id)


def over_the_cap(session: Session) -> EnrolmentView:
    """A second vocational class of the year, brought before an officer."""
    who = policy.learner(session, draws=None)
    policy.set_fact(session, policy.person_behind(session, who).id, "pension", draws="none")
    enrol(who, policy.plan_class(session).id)
    second = policy.plan_class(session, occupation_code=COOK)
    return enrol(who, second.id, ask_review=True)


def decide(act: Any, officer: Actor, view: EnrolmentView, **kwargs: Any) -> None:
    values = {"enrolment_id": view.id, "reason": "已电话核实", "now": NOW} | kwargs
    as_actor(act, officer, **values)


def status(session: Session, view: EnrolmentView) -> str:
    session.expire_all()
    return session.get_one(Enrolment, view.id).status


def subsidies(session: Session, view: EnrolmentView) -> list[tuple[str, bool]]:
    query = select(SubsidyReservation).where(SubsidyReservation.enrolment_id == view.id)
    return [(row.state, row.overridden) for row in session.scalars(query)]


def acts(session: Session, view: EnrolmentView) -> list[str]:
    query = select(EligibilityDecision.act).where(EligibilityDecision.enrolment_id == view.id)
    return list(session.scalars(query.order_by(EligibilityDecision.id)))


def test_the_queue_shows_masked_people_of_the_region_the_most_urgent_first(
    saved: Session, officer: Actor
) -> None:
    view = under_review(saved)
    listed = reviews.queue(saved, officer, now=NOW, size=50)
    mine = next(row for row in listed.items if row.enrolment_id == view.id)
    assert (mine.person, mine.due_on, mine.late) == ("王*强", date(2026, 12, 4), False)
    assert [row.due_on for row in listed.items] == sorted(row.due_on for row in listed.items)
    elsewhere = make.make_actor(saved, Role.OFFICER, region_code="430000")
    assert reviews.queue(saved, elsewhere, now=NOW).items == ()
    with pytest.raises(NotFound):
        reviews.review(saved, elsewhere, enrolment_id=view.id, now=NOW)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.HELPER])
def test_nobody_else_sees_or_decides_reviews(saved: Session, role: Role) -> None:
    actor = Actor(role, account_id=new_id())
    with pytest.raises(Forbidden):
        reviews.queue(saved, actor, now=NOW)
    with pytest.raises(Forbidden):
        reviews.approve(saved, actor, enrolment_id=new_id(), reason="好的", now=NOW)


def test_the_detail_asks_the_rules_anew_and_its_reading_is_logged(
    saved: Session, officer: Actor
) -> None:
    view = under_review(saved)
    detail = reviews.review(saved, officer, enrolment_id=view.id, now=NOW)
    # What is held for this very enrolment does not stand against it.
    assert [answer.rule_id for answer in detail.preflight.answers if answer.outcome != "pass"] == [
        "R04"
    ]
    assert (detail.needs_override, detail.blocked, detail.history) == (False, False, ())
    read = saved.scalar(
        select(AuditEvent).where(
            AuditEvent.object_id == str(view.id), AuditEvent.action == "review.read"
        )
    )
    assert read is not None


def test_the_detail_tells_what_was_used_from_what_is_set_aside(
    saved: Session, officer: Actor
) -> None:
    view = over_the_cap(saved)
    person = saved.get_one(Enrolment, view.id).person_id
    policy.had_subsidy(saved, person, year=2025, title="去年的班")
    detail = reviews.review(saved, officer, enrolment_id=view.id, now=NOW)
    # Its own is not among them; the other class of this year is.
    assert [(past.year, past.state) for past in detail.history] == [
        (2026, "held"),
        (2025, "consumed"),
    ]


def test_approval_seats_the_person_and_is_kept_and_told(saved: Session, officer: Actor) -> None:
    view = under_review(saved)
    decide(reviews.approve, officer, view)
    assert status(saved, view) == "accepted"
    assert subsidies(saved, view) == [("held", False)]
    assert acts(saved, view) == ["auto", "approve"]
    row = saved.get_one(Enrolment, view.id)
    kinds = saved.scalars(
        select(notices.Notice.kind).where(notices.Notice.person_id == row.person_id)
    )
    assert list(kinds) == ["review_approved"]


def test_refusal_frees_seat_and_subsidy(saved: Session, officer: Actor) -> None:
    view = under_review(saved)
    decide(reviews.refuse, officer, view, reason="本人领取职工养老金")
    assert status(saved, view) == "rejected"
    assert saved.get_one(Enrolment, view.id).end_reason == "本人领取职工养老金"
    assert subsidies(saved, view) == [("released", False)]
    assert saved.get_one(TrainingClass, view.class_id).seats_taken == 0
    assert acts(saved, view) == ["auto", "refuse"]


def test_a_refused_seat_is_offered_to_whoever_waits(saved: Session, officer: Actor) -> None:
    view = under_review(saved, capacity=1)
    waiting = enrol(policy.learner(saved, draws=None), view.class_id, wait=True)
    decide(reviews.refuse, officer, view)
    run_pending(now=NOW)
    assert status(saved, waiting) == "offered"


def test_a_soft_rule_needs_an_override_with_a_document(saved: Session, officer: Actor) -> None:
    view = over_the_cap(saved)
    detail = reviews.review(saved, officer, enrolment_id=view.id, now=NOW)
    assert (detail.needs_override, detail.blocked) == (True, False)
    with pytest.raises(NotReady):
        decide(reviews.approve, officer, view)
    with pytest.raises(BadInput):
        decide(reviews.override, officer, view, document_ref=" ")
    decide(reviews.override, officer, view, document_ref="吐人社函〔2026〕8号")
    assert status(saved, view) == "accepted"
    assert subsidies(saved, view) == [("held", True)]
    kept = saved.scalars(
        select(EligibilityDecision).where(
            EligibilityDecision.enrolment_id == view.id, EligibilityDecision.act == "override"
        )
    ).one()
    assert (kept.document_ref, kept.verdict) == ("吐人社函〔2026〕8号", "not_eligible")
    assert kept.decided_by == officer.account_id


@pytest.mark.parametrize("over", ["finished", "closed", "cancelled"])
def test_nobody_is_let_into_a_class_that_is_over(saved: Session, officer: Actor, over: str) -> None:
    view, second = under_review(saved), over_the_cap(saved)
    for one in (view, second):
        saved.get_one(TrainingClass, one.class_id).status = over
    saved.commit()
    with pytest.raises(NotReady):
        decide(reviews.approve, officer, view)
    with pytest.raises(NotReady):
        decide(reviews.override, officer, second, document_ref="吐人社〔2019〕1号")
    assert {status(saved, view), status(saved, second)} == {"needs_review"}
    decide(reviews.refuse, officer, view)
    assert status(saved, view) == "rejected"


def test_a_hard_rule_cannot_be_overridden(saved: Session, officer: Actor) -> None:
    view = under_review(saved)
    row = saved.get_one(Enrolment, view.id)
    policy.set_fact(saved, row.person_id, "pension", draws="employee")
    assert reviews.review(saved, officer, enrolment_id=view.id, now=NOW).blocked
    with pytest.raises(NotReady):
        decide(reviews.override, officer, view, document_ref="吐人社函〔2026〕8号")
    assert status(saved, view) == "needs_review"


@pytest.mark.parametrize("reason", ["", " ", "好"])
def test_a_decision_has_a_reason(saved: Session, officer: Actor, reason: str) -> None:
    view = under_review(saved)
    with pytest.raises(BadInput):
        decide(reviews.approve, officer, view, reason=reason)
    assert status(saved, view) == "needs_review"


def test_what_was_decided_cannot_be_decided_again(saved: Session, officer: Actor) -> None:
    view = under_review(saved)
    decide(reviews.refuse, officer, view)
    with pytest.raises(NotFound):
        decide(reviews.approve, officer, view)


def test_two_officers_at_once_decide_once(saved: Session, officer: Actor) -> None:
    for _ in range(3):
        view = under_review(saved)
        answers = together(
            [
                partial(decide, reviews.approve, officer, view),
                partial(decide, reviews.refuse, officer, view),
            ]
        )
        assert sum(isinstance(answer, PortalError) for answer in answers) == 1
        assert len(acts(saved, view)) == 2
        seats = saved.get_one(TrainingClass, view.class_id).seats_taken
        assert seats == (1 if status(saved, view) == "accepted" else 0)


def test_a_review_that_nobody_decides_ends_when_the_class_begins(saved: Session) -> None:
    view = under_review(saved)
    begins = view.first_meeting
    assert begins is not None
    tick(now=begins - timedelta(minutes=1))
    assert status(saved, view) == "needs_review"
    tick(now=begins)
    assert status(saved, view) == "rejected"
    assert subsidies(saved, view) == [("released", False)]


def test_leaving_ends_a_review(saved: Session, officer: Actor) -> None:
    who = policy.learner(saved, draws=None)
    view = enrol(who, policy.plan_class(saved).id)
    as_actor(enrolment.cancel, policy.actor_of(saved, who), enrolment_id=view.id, now=NOW)
    assert status(saved, view) == "withdrawn"
    with pytest.raises(NotFound):
        decide(reviews.approve, officer, view)
