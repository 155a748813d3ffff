"""What the people in a claim say, and what a "no" does."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, CaseFile, Mandate, Notice
from portal.domain.claim_errors import (
    AnsweredInIt,
    AnsweredNo,
    AnswersOpen,
    CaseClosed,
    ClaimStopped,
    LineClosed,
    LinesChanged,
    NothingToClaim,
    WrongStep,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.locale import t
from portal.services.claims import answers, cases, filing, opening, own, questions, review, views
from tests.support import claims
from tests.support import factories as make
from tests.support.claims import NOW, School, Taught, claim_of, line_of, lines_of, taught


@pytest.fixture
def of(saved: Session, school: School) -> Taught:
    return taught(saved, school, people=2)


@pytest.fixture
def claim_id(saved: Session, of: Taught) -> UUID:
    return claims.filed(saved, of)


def say_no(session: Session, of: Taught, claim_id: UUID, index: int = 0, **more: str) -> UUID:
    """The first of the class says no; answers the case."""
    line = line_of(session, claim_id, of.people[index])
    words = {"wrong": "hours", "note": "只上了三天"} | more
    answers.answer(session, of.actors[index], line_id=line.id, agrees=False, now=NOW, **words)
    case = session.scalar(select(CaseFile).where(CaseFile.claim_line_id == line.id))
    assert case is not None
    return case.id


def test_the_question_names_who_asks_how_much_and_for_what(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    line = line_of(saved, claim_id, of.people[0])
    asked = answers.question(saved, of.actors[0], line_id=line.id, now=NOW)
    assert asked.payee == of.school.institution.name
    assert (asked.hours, asked.amount_fen) == (40, 120_000)
    assert (asked.title, asked.can_answer, asked.state) == (of.made.title, True, "asked")


def test_a_yes_counts_and_again_changes_nothing(saved: Session, of: Taught, claim_id: UUID) -> None:
    line = line_of(saved, claim_id, of.people[0])
    for hour in (0, 1):
        then = NOW + timedelta(hours=hour)
        said = answers.answer(saved, of.actors[0], line_id=line.id, agrees=True, now=then)
        assert (said.state, said.answered_at, said.answered_via) == ("confirmed", NOW, "page")
    events = select(AuditEvent).where(
        AuditEvent.object_id == str(claim_id), AuditEvent.action == "claims.confirm"
    )
    (event,) = saved.scalars(events).all()
    assert event.on_behalf_of == of.people[0].id


def test_a_no_stops_the_claim_and_opens_a_case(saved: Session, of: Taught, claim_id: UUID) -> None:
    case = saved.get_one(CaseFile, say_no(saved, of, claim_id))
    assert claim_of(saved, claim_id).state == "returned"
    assert (case.state, case.summary) == ("open", "课时或天数不对：只上了三天")
    # Three working days: 2, 3 and 4 December 2026.
    assert case.due_on == date(2026, 12, 4)
    assert case.person_id == of.people[0].id
    with pytest.raises(ClaimStopped):
        filing.submit(saved, of.school.manager, claim_id=claim_id, now=NOW)
    told = saved.scalars(select(Notice.kind).where(Notice.person_id == of.people[0].id)).all()
    assert "claim_stopped" in told


@pytest.mark.parametrize("step", ["submitted", "institution_checked", "county_review", "approved"])
def test_a_no_stops_the_claim_wherever_it_stands(
    saved: Session, of: Taught, claim_id: UUID, step: str
) -> None:
    claims.all_agree(saved, of, claim_id)
    if step != "submitted":
        review.check(saved, of.school.instructor, claim_id=claim_id, now=NOW)
    if step in ("county_review", "approved"):
        review.take_up(saved, of.school.officer, claim_id=claim_id, now=NOW)
    if step == "approved":
        claims.approved(saved, of, claim_id)
    assert claim_of(saved, claim_id).state == step
    say_no(saved, of, claim_id)
    assert claim_of(saved, claim_id).state == "returned"


def test_money_that_was_paid_is_not_stopped_by_an_answer(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    claims.all_agree(saved, of, claim_id)
    claims.paid(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    with pytest.raises(LineClosed):
        answers.answer(saved, of.actors[0], line_id=line.id, agrees=False, wrong="hours", now=NOW)


def test_the_others_can_still_answer_while_the_claim_is_stopped(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    say_no(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[1])
    said = answers.answer(saved, of.actors[1], line_id=line.id, agrees=True, now=NOW)
    assert said.state == "confirmed"
    say_no(saved, of, claim_id, 1, wrong="absent")
    open_cases = saved.scalars(
        select(CaseFile).where(CaseFile.claim_id == claim_id, CaseFile.state == "open")
    )
    assert len(open_cases.all()) == 2


def test_a_no_must_say_what_is_wrong(saved: Session, of: Taught, claim_id: UUID) -> None:
    line = line_of(saved, claim_id, of.people[0])
    for wrong, note in (("", ""), ("nonsense", ""), ("other", " ")):
        with pytest.raises(BadInput):
            answers.answer(
                saved, of.actors[0], line_id=line.id, agrees=False, wrong=wrong, note=note, now=NOW
            )
    assert claim_of(saved, claim_id).state == "submitted"


def test_a_no_is_not_taken_back_by_a_yes(saved: Session, of: Taught, claim_id: UUID) -> None:
    say_no(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    with pytest.raises(AnsweredNo):
        answers.answer(saved, of.actors[0], line_id=line.id, agrees=True, now=NOW)


def test_a_case_upheld_takes_the_line_out_and_answers_the_person(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    case_id = say_no(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    cases.close_case(
        saved, of.school.officer, case_id=case_id, upheld=True, answer="考勤表与实际不符", now=NOW
    )
    asked = answers.question(saved, of.actors[0], line_id=line.id, now=NOW)
    assert (asked.state, asked.can_answer) == ("dropped", False)
    assert asked.case is not None
    assert (asked.case.state, asked.case.answer) == ("upheld", "考勤表与实际不符")
    told = saved.scalars(select(Notice.kind).where(Notice.person_id == of.people[0].id)).all()
    assert "claim_case_upheld" in told
    filing.submit(saved, of.school.manager, claim_id=claim_id, now=NOW)
    assert claim_of(saved, claim_id).amount_fen == 120_000


def test_figures_that_a_case_proved_wrong_are_not_claimed_again(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    case_id = say_no(saved, of, claim_id)
    cases.close_case(
        saved, of.school.officer, case_id=case_id, upheld=True, answer="考勤表与实际不符", now=NOW
    )
    filing.refresh(saved, of.school.manager, claim_id=claim_id, now=NOW)
    live = [line for line in lines_of(saved, claim_id) if line.state != "dropped"]
    assert [line.person_id for line in live] == [of.people[1].id]
    correct_hours(saved, of, 36)
    filing.refresh(saved, of.school.manager, claim_id=claim_id, now=NOW)
    line = line_of(saved, claim_id, of.people[0])
    assert (line.hours, line.state) == (36, "draft")


def correct_hours(session: Session, of: Taught, hours: int) -> None:
    from portal.db.models import AttendanceRecord

    record = session.scalars(
        select(AttendanceRecord).where(AttendanceRecord.enrolment_id == of.enrolments[0].id)
    ).one()
    record.credited_hours = hours
    session.commit()


def test_a_case_dismissed_lets_the_line_stand_without_a_yes(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    case_id = say_no(saved, of, claim_id)
    cases.close_case(
        saved, of.school.officer, case_id=case_id, upheld=False, answer="考勤签名是本人", now=NOW
    )
    filing.submit(saved, of.school.manager, claim_id=claim_id, now=NOW)
    claims.all_agree(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    assert line.state == "denied"
    seen = views.claim(saved, of.school.officer, claim_id=claim_id, now=NOW)
    assert [one.stands for one in seen.lines] == [True, True]
    claims.reviewed(saved, of, claim_id)
    review.publish(saved, of.school.officer, claim_id=claim_id, now=NOW)
    assert claim_of(saved, claim_id).amount_fen == 240_000


def test_a_case_is_decided_once(saved: Session, of: Taught, claim_id: UUID) -> None:
    case_id = say_no(saved, of, claim_id)
    for _ in range(2):
        cases.close_case(
            saved, of.school.officer, case_id=case_id, upheld=True, answer="核实属实", now=NOW
        )
    with pytest.raises(CaseClosed):
        cases.close_case(
            saved, of.school.second, case_id=case_id, upheld=False, answer="另有说法", now=NOW
        )


def test_only_the_office_of_the_region_decides_a_case(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    case_id = say_no(saved, of, claim_id)
    far = make.make_actor(saved, Role.OFFICER, region_code="430000")
    with pytest.raises(NotFound):
        cases.close_case(saved, far, case_id=case_id, upheld=True, answer="核实属实", now=NOW)
    with pytest.raises(Forbidden):
        cases.close_case(
            saved, of.school.manager, case_id=case_id, upheld=False, answer="没有的事", now=NOW
        )
    assert cases.open_cases(saved, far, now=NOW).total == 0
    mine = cases.open_cases(saved, of.school.officer, size=100, now=NOW)
    assert case_id in {row.case_id for row in mine.items}


def test_the_claimer_is_not_told_what_somebody_objected_to(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    say_no(saved, of, claim_id)
    theirs = views.claim(saved, of.school.manager, claim_id=claim_id, now=NOW)
    assert theirs.open_cases == 1
    assert theirs.cases == ()
    assert "只上了三天" not in repr(theirs)
    office = views.claim(saved, of.school.officer, claim_id=claim_id, now=NOW)
    assert "只上了三天" in repr(office)


def test_silence_until_the_day_waits_for_an_officer(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    line = line_of(saved, claim_id, of.people[0])
    assert line.answer_by is not None
    questions.note_silence(saved, SYSTEM, now=line.answer_by - timedelta(seconds=1))
    assert line_of(saved, claim_id, of.people[0]).state == "asked"
    with pytest.raises(NotReady):
        review.excuse(saved, of.school.officer, line_id=line.id, reason="联系不上", now=NOW)
    then = line.answer_by
    assert questions.note_silence(saved, SYSTEM, now=then) >= 2
    assert {one.state for one in lines_of(saved, claim_id)} == {"no_answer"}
    claims.reviewed(saved, of, claim_id, now=then)
    with pytest.raises(AnswersOpen):
        review.publish(saved, of.school.officer, claim_id=claim_id, now=then)
    for one in lines_of(saved, claim_id):
        with pytest.raises(BadInput):
            review.excuse(saved, of.school.officer, line_id=one.id, reason=" ", now=then)
        review.excuse(saved, of.school.officer, line_id=one.id, reason="电话核实过", now=then)
    with pytest.raises(AnsweredInIt):
        review.publish(saved, of.school.officer, claim_id=claim_id, now=then)
    review.publish(saved, of.school.second, claim_id=claim_id, now=then)
    assert claim_of(saved, claim_id).state == "public_notice"


def test_a_late_no_still_stops_the_claim(saved: Session, of: Taught, claim_id: UUID) -> None:
    then = NOW + timedelta(days=9)
    questions.note_silence(saved, SYSTEM, now=then)
    say_no(saved, of, claim_id)
    assert claim_of(saved, claim_id).state == "returned"


def test_nobody_answers_for_another(saved: Session, of: Taught, claim_id: UUID) -> None:
    line = line_of(saved, claim_id, of.people[0])
    for stranger in (of.actors[1], make.make_actor(saved)):
        with pytest.raises(NotFound):
            answers.answer(saved, stranger, line_id=line.id, agrees=True, now=NOW)
        with pytest.raises(NotFound):
            answers.question(saved, stranger, line_id=line.id, now=NOW)
    for staff in (of.school.manager, of.school.instructor, *of.actors):
        with pytest.raises(Forbidden):
            answers.answer_for(saved, staff, line_id=line.id, agrees=True, now=NOW)
    far = make.make_actor(saved, Role.OFFICER, region_code="430000")
    with pytest.raises(NotFound):
        answers.answer_for(saved, far, line_id=line.id, agrees=True, now=NOW)


def test_the_desk_passes_on_what_somebody_said(saved: Session, of: Taught, claim_id: UUID) -> None:
    line = line_of(saved, claim_id, of.people[0])
    said = answers.answer_for(saved, of.school.officer, line_id=line.id, agrees=True, now=NOW)
    assert (said.state, said.answered_via) == ("confirmed", "desk")


def test_whoever_answered_at_the_desk_neither_publishes_nor_approves(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    line = line_of(saved, claim_id, of.people[0])
    answers.answer_for(saved, of.school.officer, line_id=line.id, agrees=True, now=NOW)
    claims.all_agree(saved, of, claim_id)
    claims.reviewed(saved, of, claim_id)
    shown = views.claim(saved, of.school.officer, claim_id=claim_id, now=NOW)
    assert "publish" not in shown.acts
    assert shown.blocked == t("claims.refused.answered_in_it")
    with pytest.raises(AnsweredInIt):
        review.publish(saved, of.school.officer, claim_id=claim_id, now=NOW)
    review.publish(saved, of.school.second, claim_id=claim_id, now=NOW)
    then = NOW + timedelta(days=8)
    with pytest.raises(AnsweredInIt):
        review.approve(saved, of.school.officer, claim_id=claim_id, now=then)
    third = make.make_actor(saved, Role.OFFICER, region_code="650402")
    review.approve(saved, third, claim_id=claim_id, now=then)


def test_an_excuse_that_the_persons_own_yes_replaced_binds_nobody(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    then = NOW + timedelta(days=9)
    questions.note_silence(saved, SYSTEM, now=then)
    for one in lines_of(saved, claim_id):
        review.excuse(saved, of.school.officer, line_id=one.id, reason="电话核实过", now=then)
    for person, actor in zip(of.people, of.actors, strict=True):
        line = line_of(saved, claim_id, person)
        answers.answer(saved, actor, line_id=line.id, agrees=True, now=then)
    claims.reviewed(saved, of, claim_id, now=then)
    review.publish(saved, of.school.officer, claim_id=claim_id, now=then)
    assert claim_of(saved, claim_id).state == "public_notice"


def helper_for(session: Session, of: Taught, **fields: date) -> Actor:
    helper = make.make_actor(session, Role.HELPER)
    session.add(
        Mandate(
            person_id=of.people[0].id,
            helper_account_id=helper.account_id,
            text_version="1",
            text_hash="0",
            evidence="signature",
            granted_on=date(2026, 1, 1),
            expires_on=fields.get("until", date(2027, 1, 1)),
            confirmed_at=NOW,
            created_at=NOW,
        )
    )
    session.commit()
    return helper


def test_a_helper_with_a_mandate_answers_for_somebody(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    helper = helper_for(saved, of)
    line = line_of(saved, claim_id, of.people[0])
    said = answers.answer_for(saved, helper, line_id=line.id, agrees=False, wrong="absent", now=NOW)
    assert (said.state, said.answered_via) == ("denied", "helper")
    event = saved.scalars(
        select(AuditEvent).where(
            AuditEvent.object_id == str(claim_id), AuditEvent.action == "claims.deny"
        )
    ).one()
    assert (event.actor_account_id, event.on_behalf_of) == (helper.account_id, of.people[0].id)


def test_a_helper_without_one_answers_for_nobody(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    ended = helper_for(saved, of, until=date(2026, 11, 30))
    for helper, person in ((ended, 0), (helper_for(saved, of), 1)):
        line = line_of(saved, claim_id, of.people[person])
        with pytest.raises(NotFound):
            answers.answer_for(saved, helper, line_id=line.id, agrees=True, now=NOW)


def test_a_person_sees_all_that_is_claimed_in_the_own_name(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    mine = own.my_claims(saved, of.actors[0], now=NOW)
    assert [one.claim_no for one in mine.asked] == [claim_of(saved, claim_id).claim_no]
    assert (mine.answered, mine.own, mine.rights) == ((), (), ())
    answers.answer(saved, of.actors[0], line_id=mine.asked[0].line_id, agrees=True, now=NOW)
    mine = own.my_claims(saved, of.actors[0], now=NOW)
    assert mine.asked == ()
    assert [one.state for one in mine.answered] == ["confirmed"]


def test_a_draft_is_nobodys_business_yet(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = opening.open_claim(saved, school.manager, class_id=of.made.id, now=NOW)
    line = line_of(saved, claim_id, of.people[0])
    with pytest.raises(NotFound):
        answers.question(saved, of.actors[0], line_id=line.id, now=NOW)
    with pytest.raises(LineClosed):
        answers.answer(saved, of.actors[0], line_id=line.id, agrees=True, now=NOW)


def test_a_claim_in_which_everybody_was_right_to_say_no_is_given_up(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    for index in (0, 1):
        case_id = say_no(saved, of, claim_id, index)
        cases.close_case(
            saved, of.school.officer, case_id=case_id, upheld=True, answer="核实属实", now=NOW
        )
    with pytest.raises(NothingToClaim):
        filing.submit(saved, of.school.manager, claim_id=claim_id, now=NOW)
    filing.withdraw(saved, of.school.manager, claim_id=claim_id, reason="没有人可领", now=NOW)
    assert claim_of(saved, claim_id).state == "closed"


def test_hours_corrected_after_a_yes_are_asked_again(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    claims.all_agree(saved, of, claim_id)
    review.send_back(saved, of.school.instructor, claim_id=claim_id, reason="课时有更正", now=NOW)
    correct_hours(saved, of, 38)
    with pytest.raises(LinesChanged):
        filing.submit(saved, of.school.manager, claim_id=claim_id, now=NOW)
    filing.refresh(saved, of.school.manager, claim_id=claim_id, now=NOW)
    filing.submit(saved, of.school.manager, claim_id=claim_id, now=NOW)
    states = {line.person_id: line.state for line in lines_of(saved, claim_id)}
    assert states == {of.people[0].id: "asked", of.people[1].id: "confirmed"}


def test_an_institution_may_not_send_back_what_the_office_has(
    saved: Session, of: Taught, claim_id: UUID
) -> None:
    claims.reviewed(saved, of, claim_id)
    with pytest.raises(WrongStep):
        review.send_back(
            saved, of.school.instructor, claim_id=claim_id, reason="我们弄错了", now=NOW
        )
