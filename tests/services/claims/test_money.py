"""Review, notice, approval, and every fen that moves. Rows 8, 9 and 13 of reference.md C4."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.models import Certificate, Disbursement, Notice, TrainingClass
from portal.domain.claim_errors import (
    AdvancePaid,
    AdvanceTooHigh,
    FiledIt,
    NoAdvance,
    NothingToClaim,
    NoticeRuns,
    NotOverYet,
    RecoveredTooMuch,
    ReviewedIt,
    RuleRefuses,
    WrongStep,
)
from portal.domain.errors import BadInput, Forbidden, NotReady
from portal.services import archive_chain
from portal.services.claims import filing, opening, payments, review, views
from tests.support import claims
from tests.support import factories as make
from tests.support.claims import (
    NOW,
    School,
    Taught,
    add_learner,
    claim_of,
    line_of,
    lines_of,
    taught,
)

AMOUNT = 120_000


def ledger(session: Session, claim_id: UUID) -> list[tuple[str, int]]:
    """What moved, in order."""
    query = select(Disbursement).where(Disbursement.claim_id == claim_id)
    return [(one.kind, one.amount_fen) for one in session.scalars(query.order_by(Disbursement.id))]


def agreed(session: Session, school: School, **fields: Any) -> tuple[Taught, UUID]:
    """A filed claim to which everybody agreed."""
    of = taught(session, school, **fields)
    claim_id = claims.filed(session, of)
    claims.all_agree(session, of, claim_id)
    return of, claim_id


def end(session: Session, made: TrainingClass) -> None:
    made.status = "closed"
    session.commit()


# The straight way


def test_the_whole_way_of_a_claim(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.reviewed(saved, of, claim_id)
    review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    row = claim_of(saved, claim_id)
    assert (row.public_from, row.public_until) == (date(2026, 12, 1), date(2026, 12, 8))
    with pytest.raises(NoticeRuns):
        review.approve(saved, school.second, claim_id=claim_id, now=NOW + timedelta(days=7))
    then = NOW + timedelta(days=8)
    review.approve(saved, school.second, claim_id=claim_id, now=then)
    payments.pay(saved, school.officer, claim_id=claim_id, reference="拨付1号", now=then)
    assert ledger(saved, claim_id) == [("balance", 2 * AMOUNT)]
    assert claim_of(saved, claim_id).state == "paid"
    review.close(saved, school.officer, claim_id=claim_id, now=then)
    assert claim_of(saved, claim_id).state == "closed"
    told = saved.scalars(select(Notice).where(Notice.person_id == of.people[0].id)).all()
    (paid,) = [one for one in told if one.kind == "claim_paid"]
    assert paid.params["payee"] == school.institution.name
    steps = views.claim(saved, school.manager, claim_id=claim_id, now=then).steps
    assert [one.act for one in steps] == [
        "open", "submit", "check", "take_up", "publish", "approve", "pay", "close",
    ]  # fmt: skip


def test_whoever_filed_does_not_check_and_whoever_reviewed_does_not_approve(
    saved: Session, school: School
) -> None:
    _, claim_id = agreed(saved, school)
    with pytest.raises(FiledIt):
        review.check(saved, school.manager, claim_id=claim_id, now=NOW)
    review.check(saved, school.colleague, claim_id=claim_id, now=NOW)
    review.take_up(saved, school.officer, claim_id=claim_id, now=NOW)
    review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    then = NOW + timedelta(days=8)
    with pytest.raises(ReviewedIt):
        review.approve(saved, school.officer, claim_id=claim_id, now=then)
    review.approve(saved, school.second, claim_id=claim_id, now=then)


def test_pressing_the_same_button_twice_changes_nothing(saved: Session, school: School) -> None:
    _, claim_id = agreed(saved, school)
    for _ in range(2):
        review.check(saved, school.instructor, claim_id=claim_id, now=NOW)
    review.take_up(saved, school.officer, claim_id=claim_id, now=NOW)
    for _ in range(2):
        review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    for _ in range(2):
        review.approve(saved, school.second, claim_id=claim_id, now=NOW + timedelta(days=8))
    with pytest.raises(WrongStep):
        review.check(saved, school.colleague, claim_id=claim_id, now=NOW)


def test_a_certificate_revoked_meanwhile_keeps_the_claim_from_the_notice(
    saved: Session, school: School
) -> None:
    of, claim_id = agreed(saved, school)
    claims.reviewed(saved, of, claim_id)
    revoked = saved.scalars(
        select(Certificate).where(Certificate.enrolment_id == of.enrolments[0].id)
    ).one()
    revoked.status, revoked.revoked_at, revoked.revoke_reason = "revoked", NOW, "考试作弊"
    saved.commit()
    with pytest.raises(RuleRefuses) as refusal:
        review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    assert "证书" in str(refusal.value.params["why"])


def test_a_rejected_claim_frees_its_people(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.reviewed(saved, of, claim_id)
    review.reject(saved, school.officer, claim_id=claim_id, reason="材料不实", now=NOW)
    row = claim_of(saved, claim_id)
    assert (row.state, row.state_note, row.amount_fen) == ("rejected", "材料不实", 0)
    assert opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW) != claim_id


def test_claimers_move_no_money(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.reviewed(saved, of, claim_id)
    for staff in (school.manager, school.instructor, of.actors[0]):
        with pytest.raises(Forbidden):
            payments.pay(saved, staff, claim_id=claim_id, reference="1", now=NOW)
        with pytest.raises(Forbidden):
            payments.pay_advance(
                saved, staff, claim_id=claim_id, amount_fen=1, reference="1", now=NOW
            )


# Funds (R42), and what a payment is written down with


def test_money_comes_from_a_fund_that_the_policy_names(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.reviewed(saved, of, claim_id)
    then = claims.approved(saved, of, claim_id)
    with pytest.raises(RuleRefuses) as refusal:
        payments.pay(
            saved, school.officer, claim_id=claim_id, reference="1号", fund="办公经费", now=then
        )
    assert "办公经费" in str(refusal.value.params["why"])
    for reference in ("", "  ", "x" * 61, "a\u202eb"):
        with pytest.raises(BadInput):
            payments.pay(saved, school.officer, claim_id=claim_id, reference=reference, now=then)
    payments.pay(
        saved, school.officer, claim_id=claim_id, reference="1号", fund="援疆资金", now=then
    )
    (paid,) = saved.scalars(select(Disbursement).where(Disbursement.claim_id == claim_id))
    assert (paid.fund, paid.reference) == ("援疆资金", "1号")
    assert paid.by_account_id == school.officer.account_id


def test_what_was_paid_cannot_be_written_over(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.paid(saved, of, claim_id)
    saved.commit()
    for statement in ("UPDATE disbursement SET amount_fen = 1", "DELETE FROM disbursement"):
        with pytest.raises(DBAPIError):
            saved.execute(text(statement))
        saved.rollback()


# Row 13, and what becomes of an advance


def project(session: Session, school: School, *, people: int = 4) -> tuple[Taught, UUID]:
    """A 项目制 class that runs: 100,000.00 元 claimed, under review."""
    claims.standard(session, 10_000_000 // people, training_type="PROJECT")
    of = taught(session, school, people=people, status="running", training_type="PROJECT")
    claim_id = claims.filed(session, of)
    claims.reviewed(session, of, claim_id)
    return of, claim_id


def advance(session: Session, school: School, claim_id: UUID, fen: int) -> None:
    payments.pay_advance(
        session, school.officer, claim_id=claim_id, amount_fen=fen, reference="预拨1号", now=NOW
    )


def test_c4_13_a_project_claim_of_100_000_may_have_40_000_before_acceptance(
    saved: Session, school: School
) -> None:
    of, claim_id = project(saved, school)
    assert claim_of(saved, claim_id).amount_fen == 10_000_000
    # Nobody is asked about a training that has not ended.
    assert {line.state for line in lines_of(saved, claim_id)} == {"draft"}
    with pytest.raises(AdvanceTooHigh):
        advance(saved, school, claim_id, 4_000_001)
    advance(saved, school, claim_id, 4_000_000)
    assert ledger(saved, claim_id) == [("advance", 4_000_000)]
    # The balance only after acceptance.
    with pytest.raises(NotOverYet):
        review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    with pytest.raises(WrongStep):
        payments.pay(saved, school.officer, claim_id=claim_id, reference="1号", now=NOW)
    finish(saved, of)
    filing.settle(saved, school.manager, claim_id=claim_id, now=NOW)
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    claims.all_agree(saved, of, claim_id)
    claims.paid(saved, of, claim_id)
    assert ledger(saved, claim_id) == [("advance", 4_000_000), ("balance", 6_000_000)]


def finish(session: Session, of: Taught, *, dropped: int = 0) -> None:
    """The class is over; the last ``dropped`` left, all others have their certificates."""
    for index, enrolment in enumerate(of.enrolments):
        if index >= len(of.enrolments) - dropped:
            enrolment.status, enrolment.ended_at = "withdrawn", NOW
        else:
            claims.finish(session, of, of.people[index], enrolment)
    end(session, of.made)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_advance_is_more_than_nothing(saved: Session, school: School, amount: int) -> None:
    _, claim_id = project(saved, school)
    with pytest.raises(BadInput):
        advance(saved, school, claim_id, amount)


def test_an_advance_is_paid_once(saved: Session, school: School) -> None:
    _, claim_id = project(saved, school)
    advance(saved, school, claim_id, 1_000_000)
    with pytest.raises(AdvancePaid):
        advance(saved, school, claim_id, 1_000_000)


def test_no_advance_without_a_rule_that_allows_one(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.reviewed(saved, of, claim_id)
    with pytest.raises(NoAdvance):
        advance(saved, school, claim_id, 1)


def test_no_advance_once_the_results_are_known(saved: Session, school: School) -> None:
    of, claim_id = project(saved, school)
    finish(saved, of)
    with pytest.raises(NoAdvance):
        advance(saved, school, claim_id, 1_000_000)


def test_no_advance_before_the_class_begins(saved: Session, school: School) -> None:
    of, claim_id = project(saved, school)
    of.made.status = "enrolling"
    saved.commit()
    with pytest.raises(NotReady):
        advance(saved, school, claim_id, 1_000_000)


def test_whoever_dropped_out_is_netted_at_the_balance(saved: Session, school: School) -> None:
    of, claim_id = project(saved, school)
    advance(saved, school, claim_id, 4_000_000)
    finish(saved, of, dropped=1)
    filing.settle(saved, school.manager, claim_id=claim_id, now=NOW)
    assert claim_of(saved, claim_id).amount_fen == 7_500_000
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    claims.all_agree(saved, of, claim_id)
    claims.paid(saved, of, claim_id)
    assert ledger(saved, claim_id) == [("advance", 4_000_000), ("balance", 3_500_000)]


def test_more_advanced_than_due_is_clawed_back(saved: Session, school: School) -> None:
    of, claim_id = project(saved, school)
    advance(saved, school, claim_id, 4_000_000)
    finish(saved, of, dropped=3)
    filing.settle(saved, school.manager, claim_id=claim_id, now=NOW)
    # What was advanced stays on the books, though only one person is left.
    assert claim_of(saved, claim_id).amount_fen == 4_000_000
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    claims.all_agree(saved, of, claim_id)
    then = claims.paid(saved, of, claim_id)
    assert claim_of(saved, claim_id).state == "recovering"
    seen = views.claim(saved, school.officer, claim_id=claim_id, now=then)
    assert seen.money.to_recover == 1_500_000
    with pytest.raises(RecoveredTooMuch):
        recover(saved, school, claim_id, 1_500_001)
    recover(saved, school, claim_id, 500_000)
    assert claim_of(saved, claim_id).state == "recovering"
    recover(saved, school, claim_id, 1_000_000)
    assert claim_of(saved, claim_id).state == "closed"
    assert ledger(saved, claim_id) == [
        ("advance", 4_000_000),
        ("recovery", 500_000),
        ("recovery", 1_000_000),
    ]


def recover(session: Session, school: School, claim_id: UUID, fen: int) -> None:
    payments.record_recovery(
        session, school.officer, claim_id=claim_id, amount_fen=fen, reference="退款", now=NOW
    )


def test_an_advance_on_a_claim_that_is_rejected_comes_back_whole(
    saved: Session, school: School
) -> None:
    _, claim_id = project(saved, school)
    advance(saved, school, claim_id, 4_000_000)
    review.reject(saved, school.officer, claim_id=claim_id, reason="虚报人数", now=NOW)
    assert claim_of(saved, claim_id).state == "recovering"
    recover(saved, school, claim_id, 4_000_000)
    assert claim_of(saved, claim_id).state == "closed"


def test_a_class_in_which_nobody_finished_gives_the_advance_back(
    saved: Session, school: School
) -> None:
    of, claim_id = project(saved, school)
    advance(saved, school, claim_id, 4_000_000)
    finish(saved, of, dropped=4)
    filing.settle(saved, school.manager, claim_id=claim_id, now=NOW)
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    claims.paid(saved, of, claim_id)
    seen = views.claim(saved, school.officer, claim_id=claim_id, now=NOW)
    assert (seen.state, seen.money.to_recover) == ("recovering", 4_000_000)


def test_a_proven_fraud_is_clawed_back_after_payment(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.paid(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    payments.claw_back(saved, school.officer, line_ids=(line.id,), reason="证书系伪造", now=NOW)
    seen = views.claim(saved, school.officer, claim_id=claim_id, now=NOW)
    assert (seen.state, seen.money.to_recover) == ("recovering", AMOUNT)
    recover(saved, school, claim_id, AMOUNT)
    assert claim_of(saved, claim_id).state == "closed"


# Rows 8 and 9: work as training (R08)


def working(
    session: Session, school: School, group: str, **employer: Any
) -> tuple[Taught, Any, Any]:
    """Seven months of 以工代训 of one person of a group, sent by an employer."""
    payer, boss, account = claims.employer(session, **employer)
    of = taught(
        session, school, people=0, training_type="WORK_AS_TRAINING",
        starts=claims.STARTED.replace(month=3, day=1), ends_on=date(2026, 9, 30),
    )  # fmt: skip
    add_learner(session, of, employer=account, group=group, reserved=False, passed=False)
    return of, payer, boss


def test_c4_08_seven_months_of_work_as_training_are_paid_as_six(
    saved: Session, school: School
) -> None:
    of, _, boss = working(saved, school, "POOR_LABOUR")
    claim_id = opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)
    (line,) = lines_of(saved, claim_id)
    assert (line.months, line.amount_fen) == (6, 180_000)
    assert claim_of(saved, claim_id).payee_type == "employer"


def test_c4_09_an_uninsured_cooperative_is_paid_for_a_poor_labourer_only(
    saved: Session, school: School
) -> None:
    cooperative = {"kind": "cooperative", "insured": False}
    of, _, boss = working(saved, school, "HARD_EMPLOY", **cooperative)
    with pytest.raises(NothingToClaim):
        opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)
    of, _, boss = working(saved, school, "POOR_LABOUR", **cooperative)
    assert opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)


def test_months_paid_before_count(saved: Session, school: School) -> None:
    of, _, boss = working(saved, school, "POOR_LABOUR")
    opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)
    again = taught(
        saved, school, people=0, training_type="WORK_AS_TRAINING",
        starts=claims.STARTED.replace(month=10, day=1), ends_on=date(2026, 11, 30),
    )  # fmt: skip
    enrolment = make.enrol(saved, of.people[0], again.made)
    enrolment.status, enrolment.acting_account_id = "completed", boss.account_id
    saved.commit()
    with pytest.raises(NothingToClaim):
        opening.open_claim(saved, boss, class_id=again.made.id, now=NOW)


def test_an_employer_claims_for_nobody_elses_people(saved: Session, school: School) -> None:
    of, _, boss = working(saved, school, "POOR_LABOUR")
    _, stranger, other = claims.employer(saved)
    add_learner(saved, of, employer=other, group="POOR_LABOUR", reserved=False)
    claim_id = opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)
    assert [line.person_id for line in lines_of(saved, claim_id)] == [of.people[0].id]
    seen = views.claim(saved, boss, claim_id=claim_id, now=NOW)
    assert seen.refused == ()
    assert opening.open_claim(saved, stranger, class_id=of.made.id, now=NOW) != claim_id


def test_an_apprentice_is_worth_what_the_policy_says_a_year(saved: Session, school: School) -> None:
    """R09: 4,000 元 a year in Turpan, by the month where it is not a whole one."""
    _, boss, account = claims.employer(saved)
    of = taught(
        saved, school, people=0, training_type="APPRENTICE",
        starts=claims.STARTED.replace(month=2, day=1), ends_on=date(2026, 10, 31),
    )  # fmt: skip
    add_learner(saved, of, employer=account, reserved=False)
    claim_id = opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)
    (line,) = lines_of(saved, claim_id)
    assert (line.months, line.amount_fen) == (9, 300_000)
    assert claim_of(saved, claim_id).kind == "apprenticeship"


# The allowance (R06)


def test_the_living_allowance_is_paid_by_the_days_attended(saved: Session, school: School) -> None:
    claims.standard(saved, 3_000, kind="living_allowance", unit="day")
    of = taught(saved, school, people=0)
    add_learner(saved, of, group="POOR_LABOUR", passed=False)
    me = of.actors[0]
    claim_id = opening.open_claim(saved, me, class_id=of.made.id, kind="living_allowance", now=NOW)
    (line,) = lines_of(saved, claim_id)
    assert (line.days, line.amount_fen) == (1, 3_000)


def test_the_living_allowance_is_for_those_whom_the_policy_names(
    saved: Session, school: School
) -> None:
    claims.standard(saved, 3_000, kind="living_allowance", unit="day")
    of = taught(saved, school, people=1)
    with pytest.raises(NothingToClaim):
        opening.open_claim(
            saved, of.actors[0], class_id=of.made.id, kind="living_allowance", now=NOW
        )


# What people keep of it


def about(session: Session, person_id: UUID) -> list[archive_chain.Entry]:
    """The lines about money in somebody's archive."""
    entries = archive_chain.entries_of(session, person_id)
    return [entry for entry in entries if entry.subject == archive_chain.SUBSIDY]


def test_money_that_was_paid_is_one_line_of_each_archive(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    then = claims.paid(saved, of, claim_id)
    for person in of.people:
        [line] = about(saved, person.id)
        assert (line.kind, line.title) == ("subsidy", f"职业培训补贴：{of.made.title}")
        assert line.ref_id == line_of(saved, claim_id, person).id
        assert (line.institution_name, line.recorded_at) == (school.institution.name, then)
        assert line.detail["amount_fen"] == AMOUNT
        assert line.detail["fund"] == claim_of(saved, claim_id).fund
        assert line.detail["payee_type"] == "institution"
        assert archive_chain.verify_chain(saved, person.id) is None


def test_nobody_whose_line_does_not_stand_gets_a_line_in_the_archive(
    saved: Session, school: School
) -> None:
    of, claim_id = agreed(saved, school)
    line = line_of(saved, claim_id, of.people[0])
    line.state = "dropped"
    saved.flush()
    claims.paid(saved, of, claim_id)
    assert about(saved, of.people[0].id) == []
    assert len(about(saved, of.people[1].id)) == 1


def test_money_taken_back_is_said_in_place_of_the_line(saved: Session, school: School) -> None:
    of, claim_id = agreed(saved, school)
    claims.paid(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    payments.claw_back(saved, school.officer, line_ids=(line.id,), reason="证书系伪造", now=NOW)
    paid, back = about(saved, of.people[0].id)
    assert (back.kind, back.supersedes, back.detail["status"]) == (
        "correction", paid.id, "taken_back",
    )  # fmt: skip
    assert back.detail["reason"] == "证书系伪造"
    assert [one.detail["status"] for one in about(saved, of.people[1].id)] == ["paid"]
