"""Drawing up a claim from the records of a class, and filing it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Certificate, Notice, SmsMessage
from portal.db.vault import get_vault
from portal.domain.claim_errors import (
    AlreadyClaimed,
    ClaimLate,
    ConfirmedTheClass,
    LinesChanged,
    NoAmount,
    NothingToClaim,
    NotOverYet,
    NotThePayee,
    RuleRefuses,
    WrongStep,
)
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Role
from portal.services.claims import filing, opening, views
from tests.support import claims
from tests.support import factories as make
from tests.support.claims import NOW, School, add_learner, claim_of, lines_of, taught

AMOUNT = 120_000


def out(session: Session, school: School, claim_id: object) -> dict[str, str]:
    """Who is not in a claim, and why, as its institution reads it."""
    seen = views.claim(session, school.manager, claim_id=claim_id, now=NOW)  # type: ignore[arg-type]
    return {one.name: one.why for one in seen.refused}


def test_lines_are_drawn_from_results_hours_and_the_standard(
    saved: Session, school: School
) -> None:
    of = taught(saved, school, people=2)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    row, lines = claim_of(saved, claim_id), lines_of(saved, claim_id)
    assert (row.state, row.kind, row.payee_type) == ("draft", "vocational_subsidy", "institution")
    assert (row.amount_fen, row.fund) == (2 * AMOUNT, "就业补助资金")
    assert row.claim_no.startswith("BT20261201-")
    assert [(line.hours, line.days, line.amount_fen, line.state) for line in lines] == [
        (40, 1, AMOUNT, "draft")
    ] * 2
    assert isinstance(row.amount_fen, int)


def test_whoever_did_not_finish_is_left_out_and_named(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1)
    add_learner(saved, of, name="未结业", passed=False)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    assert len(lines_of(saved, claim_id)) == 1
    assert out(saved, school, claim_id) == {"未结业": "没有结业"}


def test_a_training_without_a_reserved_subsidy_is_not_paid(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1)
    add_learner(saved, of, name="没名额", reserved=False)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    assert out(saved, school, claim_id) == {"没名额": "报名时没有占用补贴名额"}


def test_a_revoked_certificate_is_refused_with_its_rule(saved: Session, school: School) -> None:
    of = taught(saved, school, people=2)
    revoke(saved, of.enrolments[0].id)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    assert len(lines_of(saved, claim_id)) == 1
    (why,) = out(saved, school, claim_id).values()
    assert "证书" in why
    assert "五(二)" in why


def revoke(session: Session, enrolment_id: object) -> None:
    certificate = session.scalars(
        select(Certificate).where(Certificate.enrolment_id == enrolment_id)
    ).one()
    certificate.status, certificate.revoked_at = "revoked", NOW
    certificate.revoke_reason = "考试作弊"
    session.commit()


def test_an_institution_is_not_told_of_a_persons_circumstances(
    saved: Session, school: School
) -> None:
    of = taught(saved, school, people=1)
    pensioner = add_learner(saved, of, name="退休了")
    claims.set_pension(saved, pensioner, "employee")
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    assert out(saved, school, claim_id) == {"退休了": "按规定这次不能申领，具体原因只告诉本人"}
    filing.refresh(saved, school.manager, claim_id=claim_id, now=NOW)
    office = views.claim(saved, school.officer, claim_id=claim_id, now=NOW)
    assert "养老金" in office.refused[0].why


def test_a_paid_training_is_the_persons_own_money(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1, fee_fen=30_000)
    with pytest.raises(NothingToClaim):
        opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    claim_id = opening.open_claim(saved, of.actors[0], class_id=of.made.id, now=NOW)
    assert claim_of(saved, claim_id).payee_person_id == of.people[0].id


def test_whoever_paid_nothing_cannot_claim_for_the_training(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1)
    with pytest.raises(NothingToClaim):
        opening.open_claim(saved, of.actors[0], class_id=of.made.id, now=NOW)


def test_whoever_files_for_himself_says_yes_by_it(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1, fee_fen=30_000)
    me = of.actors[0]
    claim_id = opening.open_claim(saved, me, class_id=of.made.id, now=NOW)
    filing.submit(saved, me, claim_id=claim_id, now=NOW)
    (line,) = lines_of(saved, claim_id)
    assert (line.state, line.answered_via) == ("confirmed", "page")
    assert saved.scalar(select(Notice).where(Notice.person_id == me.person_id)) is None


def test_an_institution_cannot_ask_for_a_persons_allowance(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1)
    with pytest.raises(NotThePayee):
        opening.open_claim(
            saved, school.manager, class_id=of.made.id, kind="living_allowance", now=NOW
        )


def test_without_an_amount_nothing_can_be_claimed(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1)
    with pytest.raises(NoAmount):
        opening.open_claim(
            saved, of.actors[0], class_id=of.made.id, kind="assessment_subsidy", now=NOW
        )


def test_opening_again_gives_the_claim_under_way(saved: Session, school: School) -> None:
    of = taught(saved, school)
    first = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    again = opening.open_claim(saved, school.colleague, class_id=of.made.id, now=NOW)
    assert first == again
    assert len(lines_of(saved, first)) == 2


def test_a_class_that_runs_cannot_be_claimed_for_where_no_advance_is_allowed(
    saved: Session, school: School
) -> None:
    of = taught(saved, school, status="running")
    with pytest.raises(NotOverYet):
        opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)


@pytest.mark.parametrize(("day", "late"), [(date(2027, 10, 30), False), (date(2027, 10, 31), True)])
def test_the_deadline_is_twelve_months_after_the_end(
    saved: Session, school: School, day: date, late: bool
) -> None:
    of = taught(saved, school)
    then = NOW.replace(year=day.year, month=day.month, day=day.day)
    if late:
        with pytest.raises(ClaimLate):
            opening.open_claim(saved, school.manager, class_id=of.made.id, now=then)
    else:
        assert opening.open_claim(saved, school.manager, class_id=of.made.id, now=then)


def test_whoever_confirmed_the_class_does_not_file_its_claim(
    saved: Session, school: School
) -> None:
    of = taught(saved, school)
    (meeting,) = make.sessions_of(saved, of.made)
    meeting.confirmed_by = school.manager.account_id
    saved.commit()
    with pytest.raises(ConfirmedTheClass):
        opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    claim_id = opening.open_claim(saved, school.colleague, class_id=of.made.id, now=NOW)
    with pytest.raises(ConfirmedTheClass):
        filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)


def test_prohibited_uses_are_refused(saved: Session, school: School) -> None:
    of = taught(saved, school)
    with pytest.raises(RuleRefuses) as refusal:
        opening.open_claim(
            saved, school.manager, class_id=of.made.id, expense_kinds=["office", "books"], now=NOW
        )
    assert "办公" in str(refusal.value.params["why"])
    assert opening.open_claim(
        saved, school.manager, class_id=of.made.id, expense_kinds=["books"], now=NOW
    )


def test_filing_asks_everybody_by_notice_and_message(saved: Session, school: School) -> None:
    of = taught(saved, school, people=2)
    claim_id = claims.filed(saved, of)
    row, lines = claim_of(saved, claim_id), lines_of(saved, claim_id)
    assert (row.state, row.filed_by) == ("submitted", school.manager.account_id)
    assert (row.pack_id, row.due_on) == ("turpan-2019", date(2026, 12, 4))
    assert {line.state for line in lines} == {"asked"}
    # The end of 8 December in Beijing: seven days after the first.
    assert {line.answer_by.isoformat() for line in lines if line.answer_by} == {
        "2026-12-08T16:00:00+00:00"
    }
    ids = [one.id for one in of.people]
    told = saved.scalars(select(Notice).where(Notice.person_id.in_(ids))).all()
    assert {one.kind for one in told} == {"claim_confirm_asked"}
    assert told[0].params["learned"] == "学习 40 课时、到课 1 天"
    assert told[0].params["amount"] == "1,200 元"
    assert {one.ref_id for one in told} == {line.id for line in lines}
    sms = saved.scalars(select(SmsMessage).where(SmsMessage.state == "queued")).all()
    body = get_vault().open("sms_body", sms[-1].body_enc)
    assert "学习 40 课时" in body
    assert "1,200 元" in body
    assert school.institution.name in body


def test_filing_again_changes_nothing(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    before = [(line.id, line.state, line.answer_by) for line in lines_of(saved, claim_id)]
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW + timedelta(days=1))
    after = [(line.id, line.state, line.answer_by) for line in lines_of(saved, claim_id)]
    assert before == after
    told = saved.scalars(select(Notice).where(Notice.person_id == of.people[0].id)).all()
    assert len(told) == 1


def test_records_that_changed_meanwhile_must_be_looked_through(
    saved: Session, school: School
) -> None:
    of = taught(saved, school)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    revoke(saved, of.enrolments[0].id)
    with pytest.raises(LinesChanged):
        filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    filing.refresh(saved, school.manager, claim_id=claim_id, now=NOW)
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    assert claim_of(saved, claim_id).amount_fen == AMOUNT


def test_the_claimer_may_leave_somebody_out(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    line = claims.line_of(saved, claim_id, of.people[0])
    filing.leave_out(saved, school.manager, line_id=line.id, reason="材料不全", now=NOW)
    assert claim_of(saved, claim_id).amount_fen == AMOUNT
    filing.submit(saved, school.manager, claim_id=claim_id, now=NOW)
    assert [one.state for one in lines_of(saved, claim_id)] == ["dropped", "asked"]


def test_a_claim_that_is_withdrawn_frees_its_people(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    filing.withdraw(saved, school.manager, claim_id=claim_id, reason="填错了班", now=NOW)
    assert claim_of(saved, claim_id).state == "closed"
    again = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    assert again != claim_id
    assert len(lines_of(saved, again)) == 2


def test_a_claim_under_review_can_no_longer_be_withdrawn(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    claims.reviewed(saved, of, claim_id)
    with pytest.raises(WrongStep):
        filing.withdraw(saved, school.manager, claim_id=claim_id, reason="填错了班", now=NOW)


def test_one_training_is_had_one_of_two_subsidies(saved: Session, school: School) -> None:
    """R07: whichever came first."""
    claims.standard(saved, AMOUNT, training_type="ON_JOB_UP")
    claims.standard(saved, 100_000, training_type="ON_JOB_UP", kind="insured_skill_up_subsidy")
    of = taught(saved, school, people=1, training_type="ON_JOB_UP", plan_no="9")
    claims.filed(saved, of)
    with pytest.raises(AlreadyClaimed):
        opening.open_claim(
            saved, of.actors[0], class_id=of.made.id, kind="insured_skill_up_subsidy", now=NOW
        )


def test_every_step_leaves_a_line_with_old_and_new_state(saved: Session, school: School) -> None:
    of = taught(saved, school, people=1)
    claim_id = claims.filed(saved, of)
    events = saved.scalars(
        select(AuditEvent).where(AuditEvent.object_id == str(claim_id)).order_by(AuditEvent.id)
    ).all()
    assert [event.action for event in events] == ["claims.open", "claims.submit"]
    assert events[1].detail is not None
    assert (events[1].detail["from"], events[1].detail["to"]) == ("draft", "submitted")


def test_nobody_else_reaches_a_claim(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    other = claims.school(saved)
    far = make.make_actor(saved, Role.OFFICER, region_code="430000")
    trainee, auditor = make.make_actor(saved), make.make_actor(saved, Role.AUDITOR)
    for stranger in (other.manager, other.instructor, far, trainee, of.actors[0], auditor):
        with pytest.raises((NotFound, Forbidden)):
            views.claim(saved, stranger, claim_id=claim_id, now=NOW)
    with pytest.raises(NotFound):
        filing.submit(saved, other.manager, claim_id=claim_id, now=NOW)
    with pytest.raises(NotFound):
        opening.open_claim(saved, other.manager, class_id=of.made.id, now=NOW)
    with pytest.raises(NotFound):
        opening.open_claim(saved, trainee, class_id=of.made.id, now=NOW)
    for staff in (school.instructor, school.officer):
        with pytest.raises(Forbidden):
            opening.open_claim(saved, staff, class_id=of.made.id, now=NOW)
