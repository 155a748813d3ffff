"""Cases: graded by people, fraud by two, the institution heard before what is hard."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CaseEvent,
    CaseFinding,
    CaseSanction,
    Inspection,
    Notice,
    ViolationCase,
)
from portal.domain.case_errors import (
    CaseOver,
    InstitutionElsewhere,
    NotDoneYet,
    NotHeard,
    NothingFound,
    SaidBefore,
    SecondOfficer,
    TermOver,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError
from portal.domain.permissions import Role
from portal.services.casework import (
    case_views,
    closing,
    findings,
    hearings,
    opening,
    own_cases,
    sanction_appeals,
    sanctions,
)
from portal.services.listing import listing_of
from tests.support import factories as make
from tests.support.casework import NOW, TODAY, WHY, Bureau, later


@pytest.fixture
def bureau(session: Session) -> Bureau:
    return Bureau(session)


def standing(bureau: Bureau) -> str:
    return listing_of(bureau.session, bureau.school.id, today=TODAY).standing


@pytest.mark.parametrize(
    "role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.REVIEWER, Role.SYSTEM_ADMIN]
)
def test_only_officers_open_cases(bureau: Bureau, role: Role) -> None:
    kwargs = {"institution": bureau.school} if role is Role.MANAGER else {}
    actor = make.make_actor(bureau.session, role, **kwargs)
    with pytest.raises(Forbidden):
        opening.open_case(
            bureau.session, actor, title="签到不符", summary="教室没有人",
            institution_id=bureau.school.id, now=NOW,
        )  # fmt: skip
    with pytest.raises(Forbidden):
        case_views.listed(bureau.session, actor, now=NOW)


def test_an_officer_elsewhere_neither_opens_nor_sees_it(bureau: Bureau) -> None:
    case_id = bureau.case()
    with pytest.raises(NotFound):
        opening.open_case(
            bureau.session, bureau.elsewhere, title="签到不符", summary="教室没有人",
            institution_id=bureau.school.id, now=NOW,
        )  # fmt: skip
    with pytest.raises(NotFound):
        case_views.case_file(bureau.session, bureau.elsewhere, case_id=case_id, now=NOW)
    with pytest.raises(NotFound):
        findings.grade(
            bureau.session, bureau.elsewhere, case_id=case_id, what="三节课没有上", grade="error",
            reason=WHY, now=NOW,
        )  # fmt: skip
    assert case_views.listed(bureau.session, bureau.elsewhere, now=NOW).total == 0
    assert case_views.listed(bureau.session, bureau.two, now=NOW).total == 1


def test_an_inspection_leads_to_one_case_of_its_session(bureau: Bureau) -> None:
    made = make.make_class(bureau.session, institution=bureau.school, first_start=NOW)
    meeting = make.sessions_of(bureau.session, made)[0]
    seen = Inspection(
        session_id=meeting.id, officer_account_id=bureau.one.account_id, opened_at=NOW,
        counted_at=NOW, head_count=1, sheet_count=9, roster_count=9, card="red",
    )  # fmt: skip
    bureau.session.add(seen)
    bureau.session.flush()
    first = bureau.case(source="inspection", source_id=seen.id, institution_id=None)
    again = bureau.case(source="inspection", source_id=seen.id, institution_id=None)
    assert first == again
    row = bureau.session.get_one(ViolationCase, first)
    assert (row.session_id, row.class_id, row.institution_id) == (
        meeting.id, made.id, bureau.school.id,
    )  # fmt: skip


@pytest.mark.parametrize("grade", ["error", "negligence", "suspected_fraud"])
def test_one_officer_is_enough_for_all_but_confirmed_fraud(bureau: Bureau, grade: str) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, grade)
    assert [one.grade for one in findings.standing(bureau.session, case_id)] == [grade]


def test_confirmed_fraud_stands_only_after_another_officer_said_so(bureau: Bureau) -> None:
    case_id = bureau.case()
    finding = bureau.grade(case_id, "confirmed_fraud")
    assert findings.standing(bureau.session, case_id) == ()
    with pytest.raises(SecondOfficer):
        bureau.second(finding, bureau.one)
    with pytest.raises(NotFound):
        bureau.second(finding, bureau.elsewhere)
    bureau.second(finding)
    bureau.second(finding)
    (row,) = findings.standing(bureau.session, case_id)
    assert (row.grade, row.second_by) == ("confirmed_fraud", bureau.two.account_id)


def test_the_same_person_under_a_merged_record_is_no_second_officer(bureau: Bureau) -> None:
    twin = replace(bureau.two, merged=(bureau.one.the_person(),))
    finding = bureau.grade(bureau.case(), "confirmed_fraud")
    with pytest.raises(SecondOfficer):
        bureau.second(finding, twin)


def test_the_database_refuses_fraud_by_one(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.session.add(
        CaseFinding(
            case_id=case_id, what="骗补", grade="confirmed_fraud", reason=WHY, evidence=[],
            state="standing", graded_by=bureau.one.account_id, graded_at=NOW,
        )
    )  # fmt: skip
    with pytest.raises(DBAPIError, match="ck_case_finding_two"):
        bureau.session.flush()


def test_fraud_needs_evidence(bureau: Bureau) -> None:
    with pytest.raises(BadInput):
        bureau.grade(bureau.case(), "confirmed_fraud", evidence=())


def test_a_new_grade_replaces_the_old_once_it_stands(bureau: Bureau) -> None:
    case_id = bureau.case()
    old = bureau.grade(case_id, "suspected_fraud")
    new = bureau.grade(case_id, "confirmed_fraud", replaces_id=old)
    assert [one.id for one in findings.standing(bureau.session, case_id)] == [old]
    bureau.second(new)
    assert [one.id for one in findings.standing(bureau.session, case_id)] == [new]
    with pytest.raises(SaidBefore):
        bureau.grade(case_id, "error", replaces_id=old)


def test_a_refused_fraud_leaves_the_old_grade(bureau: Bureau) -> None:
    case_id = bureau.case()
    old = bureau.grade(case_id, "negligence")
    new = bureau.grade(case_id, "confirmed_fraud", replaces_id=old)
    bureau.second(new, agree=False)
    assert [one.id for one in findings.standing(bureau.session, case_id)] == [old]
    with pytest.raises(SaidBefore):
        bureau.second(new)


def test_a_sanction_needs_a_finding_and_a_hard_one_more_than_an_error(bureau: Bureau) -> None:
    case_id = bureau.case()
    with pytest.raises(NothingFound):
        bureau.sanction(case_id, "warning")
    bureau.grade(case_id, "error")
    bureau.heard(case_id)
    with pytest.raises(NothingFound):
        bureau.sanction(case_id, "suspend")
    bureau.sanction(case_id, "warning")
    assert standing(bureau) == "warning"


@pytest.mark.parametrize(("kind", "after"), [("suspend", "suspended"), ("remove", "removed")])
def test_what_is_hard_waits_for_the_institutions_word(
    bureau: Bureau, kind: str, after: str
) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, "negligence")
    with pytest.raises(NotHeard):
        bureau.sanction(case_id, kind)
    bureau.hear(case_id)
    with pytest.raises(NotHeard):
        bureau.sanction(case_id, kind)
    moment, day = later(20)
    bureau.sanction(case_id, kind, effective_on=day, now=moment)
    assert listing_of(bureau.session, bureau.school.id, today=day).standing == after


def test_a_sanction_waits_for_the_second_officer(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, "negligence")
    bureau.grade(case_id, "confirmed_fraud")
    with pytest.raises(NotDoneYet):
        bureau.sanction(case_id, "warning")


def test_removal_carries_its_ban_to_the_listing(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.second(bureau.grade(case_id, "confirmed_fraud"))
    bureau.heard(case_id)
    bureau.sanction(case_id, "remove", ban_until=TODAY + timedelta(days=730))
    assert standing(bureau) == "removed"
    kinds = bureau.session.scalars(
        select(Notice.kind).where(Notice.person_id == bureau.manager.person_id)
    )
    assert {"case_hearing", "case_remove"} <= set(kinds)


def test_an_order_to_rectify_leaves_the_listing_and_is_fulfilled(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, "error")
    order = bureau.sanction(case_id, "rectify")
    assert standing(bureau) == "listed"
    with pytest.raises(NotDoneYet):
        close(bureau, case_id, "corrected")
    sanctions.fulfil(bureau.session, bureau.two, sanction_id=order, note="已经整改", now=NOW)
    close(bureau, case_id, "corrected")
    with pytest.raises(CaseOver):
        bureau.grade(case_id, "error")


def close(bureau: Bureau, case_id: Any, outcome: str) -> None:
    closing.close(
        bureau.session, bureau.one, case_id=case_id, outcome=outcome, note="办理完毕", now=NOW
    )


def test_nothing_is_closed_as_sanctioned_without_a_sanction(bureau: Bureau) -> None:
    case_id = bureau.case()
    with pytest.raises(NothingFound):
        close(bureau, case_id, "sanctioned")
    bureau.grade(case_id, "error")
    bureau.sanction(case_id, "warning")
    with pytest.raises(BadInput):
        close(bureau, case_id, "unfounded")
    close(bureau, case_id, "sanctioned")


def test_the_institution_answers_in_time_and_once(bureau: Bureau) -> None:
    case_id = bureau.case()
    hearing = bureau.hear(case_id)
    other = make.make_actor(
        bureau.session, Role.MANAGER, institution=make.make_institution(bureau.session)
    )
    teacher = make.make_actor(bureau.session, Role.INSTRUCTOR, institution=bureau.school)

    def state(actor: Any, text: str = "教师请假，没有报", now: Any = NOW) -> None:
        hearings.state(bureau.session, actor, hearing_id=hearing, statement=text, now=now)

    with pytest.raises(NotFound):
        state(other)
    with pytest.raises(Forbidden):
        state(teacher)
    with pytest.raises(TermOver):
        state(bureau.manager, now=later(20)[0])
    state(bureau.manager)
    state(bureau.manager)
    with pytest.raises(SaidBefore):
        state(bureau.manager, "换一种说法")


def test_the_institution_never_reads_where_a_case_came_from(bureau: Bureau) -> None:
    case_id = bureau.case(summary="学员王某投诉没有上课")
    with pytest.raises(NotFound):
        own_cases.own_case(bureau.session, bureau.manager, case_id=case_id, now=NOW)
    assert own_cases.own_cases(bureau.session, bureau.manager, now=NOW) == ()
    bureau.hear(case_id)
    shown = own_cases.own_case(bureau.session, bureau.manager, case_id=case_id, now=NOW)
    assert "王某" not in repr(shown)
    assert "抽查" not in repr(shown)
    assert shown.acts


def test_an_appeal_is_answered_by_another_officer_and_lifts_the_sanction(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, "negligence")
    bureau.heard(case_id)
    sanction = bureau.sanction(case_id, "suspend")
    close(bureau, case_id, "sanctioned")
    sanction_appeals.appeal(
        bureau.session, bureau.manager, sanction_id=sanction, why="当天补了课", now=NOW
    )

    def answer(actor: Any) -> None:
        sanction_appeals.answer(
            bureau.session, actor, sanction_id=sanction, upheld=True, answer="补课属实",
            document_no="吐人社复〔2026〕1号", now=NOW,
        )  # fmt: skip

    with pytest.raises(SecondOfficer):
        answer(bureau.one)
    answer(bureau.two)
    assert bureau.session.get_one(CaseSanction, sanction).state == "lifted"
    assert standing(bureau) == "listed"


def test_after_the_term_nobody_appeals(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, "error")
    sanction = bureau.sanction(case_id, "warning")
    with pytest.raises(TermOver):
        sanction_appeals.appeal(
            bureau.session, bureau.manager, sanction_id=sanction, why="我们不服", now=later(61)[0]
        )


def test_every_act_leaves_a_line_in_history_and_trail(bureau: Bureau) -> None:
    case_id = bureau.case()
    bureau.grade(case_id, "error")
    bureau.sanction(case_id, "warning")
    acts = bureau.session.scalars(
        select(CaseEvent.act).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)
    ).all()
    assert acts == ["open", "grade", "sanction_warning"]
    lines = bureau.session.scalar(
        select(func.count()).where(
            AuditEvent.object_type == "violation_case", AuditEvent.object_id == str(case_id)
        )
    )
    assert lines == 3


def test_what_was_found_is_not_written_over(bureau: Bureau) -> None:
    finding = bureau.session.get_one(CaseFinding, bureau.grade(bureau.case(), "error"))
    finding.grade = "negligence"
    with pytest.raises(DBAPIError, match="append-only"):
        bureau.session.flush()


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "x"), ("summary", ""), ("source", "score"), ("title", "长" * 200)],
)
def test_bad_words_are_named(bureau: Bureau, field: str, value: str) -> None:
    with pytest.raises(PortalError):
        bureau.case(**{field: value})


def test_an_office_says_who_decides_about_an_institution_from_elsewhere(bureau: Bureau) -> None:
    """It taught a class here, and is registered in another county."""
    case_id = bureau.case()
    bureau.grade(case_id, "error")
    bureau.school.region_code = "430102"
    bureau.session.flush()
    with pytest.raises(InstitutionElsewhere) as refused:
        bureau.sanction(case_id, "warning")
    assert refused.value.params == {"region": "长沙市芙蓉区"}
    bureau.sanction(case_id, "rectify")
