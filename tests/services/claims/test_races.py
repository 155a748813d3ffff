"""Two at the same instant: the database lets one through."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, CaseFile, ClaimLine, Disbursement, SubsidyClaim
from portal.domain.claim_errors import AdvancePaid, AlreadyClaimed, WrongStep
from portal.domain.permissions import Actor
from portal.services.claims import answers, opening, payments, review
from portal.services.unit import as_actor
from tests.support import claims
from tests.support.acts import together
from tests.support.claims import NOW, School, claim_of, line_of, lines_of, taught


def act(service: Callable[..., Any], actor: Actor, **kwargs: Any) -> Callable[[], Any]:
    """One act in a transaction of its own."""
    return partial(as_actor, service, actor, now=NOW, **kwargs)


def count(session: Session, claim_id: UUID, action: str) -> int:
    session.rollback()
    query = select(func.count()).where(
        AuditEvent.object_id == str(claim_id), AuditEvent.action == f"claims.{action}"
    )
    return session.scalar(query) or 0


def test_a_claim_opened_by_many_at_once_is_one(saved: Session, school: School) -> None:
    of = taught(saved, school, people=3)
    opens = [
        act(opening.open_claim, who, class_id=of.made.id)
        for who in (school.manager, school.colleague) * 6
    ]
    found = together(opens)
    assert len(set(found)) == 1
    claims_of_class = select(func.count()).where(SubsidyClaim.class_id == of.made.id)
    assert saved.scalar(claims_of_class) == 1
    lines = select(func.count()).where(ClaimLine.claim_id == found[0])
    assert saved.scalar(lines) == 3


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_subsidies_that_exclude_each_other_one_is_claimed(
    saved: Session, school: School, attempt: int
) -> None:
    claims.standard(saved, 120_000, training_type="ON_JOB_UP")
    claims.standard(saved, 100_000, training_type="ON_JOB_UP", kind="insured_skill_up_subsidy")
    of = taught(saved, school, people=1, training_type="ON_JOB_UP", plan_no="9")
    both = together(
        [
            act(opening.open_claim, school.manager, class_id=of.made.id),
            act(
                opening.open_claim,
                of.actors[0],
                class_id=of.made.id,
                kind="insured_skill_up_subsidy",
            ),
        ]
    )
    assert sorted(type(one).__name__ for one in both) == ["AlreadyClaimed", "UUID"]
    assert any(isinstance(one, AlreadyClaimed) for one in both)
    live = select(func.count()).where(
        ClaimLine.enrolment_id == of.enrolments[0].id, ClaimLine.state != "dropped"
    )
    assert saved.scalar(live) == 1


def test_an_advance_asked_for_by_many_is_paid_once(saved: Session, school: School) -> None:
    claims.standard(saved, 2_500_000, training_type="PROJECT")
    of = taught(saved, school, people=4, status="running", training_type="PROJECT")
    claim_id = claims.filed(saved, of)
    claims.reviewed(saved, of, claim_id)
    saved.commit()
    pays = [
        act(payments.pay_advance, who, claim_id=claim_id, amount_fen=1_000_000, reference=str(n))
        for n, who in enumerate((school.officer, school.second) * 6)
    ]
    found = together(pays)
    assert sorted(type(one).__name__ for one in found) == ["AdvancePaid"] * 11 + ["NoneType"]
    assert any(isinstance(one, AdvancePaid) for one in found)
    moved = saved.scalars(select(Disbursement).where(Disbursement.claim_id == claim_id)).all()
    assert [one.amount_fen for one in moved] == [1_000_000]
    assert claim_of(saved, claim_id).advance_fen == 1_000_000


def test_two_officers_who_press_at_once_take_one_step(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    claims.all_agree(saved, of, claim_id)
    review.check(saved, school.instructor, claim_id=claim_id, now=NOW)
    saved.commit()
    found = together(
        [act(review.take_up, who, claim_id=claim_id) for who in (school.officer, school.second) * 4]
    )
    assert sum(isinstance(one, WrongStep) for one in found) == 7
    assert count(saved, claim_id, "take_up") == 1


def test_a_balance_asked_for_by_many_is_paid_once(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    claims.all_agree(saved, of, claim_id)
    claims.reviewed(saved, of, claim_id)
    claims.approved(saved, of, claim_id)
    saved.commit()
    together(
        [
            act(payments.pay, who, claim_id=claim_id, reference="1号")
            for who in (school.officer, school.second) * 4
        ]
    )
    moved = saved.scalars(select(Disbursement).where(Disbursement.claim_id == claim_id)).all()
    assert [(one.kind, one.amount_fen) for one in moved] == [("balance", 240_000)]


@pytest.mark.parametrize("attempt", range(5))
def test_a_no_and_the_notice_at_the_same_instant_leave_the_claim_stopped(
    saved: Session, school: School, attempt: int
) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    claims.all_agree(saved, of, claim_id)
    claims.reviewed(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    saved.commit()
    together(
        [
            act(review.publish, school.officer, claim_id=claim_id),
            act(answers.answer, of.actors[0], line_id=line.id, agrees=False, wrong="absent"),
        ]
    )
    assert claim_of(saved, claim_id).state == "returned"


def test_a_no_pressed_many_times_opens_one_case(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    line = line_of(saved, claim_id, of.people[0])
    saved.commit()
    together(
        [act(answers.answer, of.actors[0], line_id=line.id, agrees=False, wrong="absent")] * 10
    )
    cases = select(func.count()).where(CaseFile.claim_line_id == line.id)
    assert saved.scalar(cases) == 1
    assert {one.state for one in lines_of(saved, claim_id)} == {"denied", "asked"}
