"""The pages of casework: what they show, and that their acts reach the services."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Account, ReviewAssignment, ReviewItem, ViolationCase
from portal.domain.permissions import Actor, Role
from portal.services.casework import complaints
from portal.services.third_party import assignments
from portal.services.third_party.assignments import Wanted
from portal.state.base import PageState
from portal.state.cases import CasesState, CaseState
from portal.state.complaints_desk import ComplaintsState
from portal.state.own_cases import OwnCasesState, OwnCaseState
from portal.state.recoveries import RecoveriesState, RecoveryState
from portal.state.review import OwnReviewState, ReviewsOfMineState, SampleItemState
from portal.state.third_parties import ThirdPartiesState, ThirdPartyState
from portal.state.work import WorkState
from tests.support import factories as make
from tests.support.casework import DAY, NOW, TODAY, Bureau
from tests.support.policy import publish_packs
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints.forget_tries()
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture(scope="module")
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        publish_packs(session, "*.toml")
        session.commit()
        yield session


@pytest.fixture(scope="module")
def bureau(saved: Session) -> Bureau:
    made = Bureau(saved)
    saved.commit()
    return made


def tab(saved: Session, actor: Actor) -> tuple[Tab, str]:
    token = make.log_in(saved, saved.get_one(Account, actor.account_id))
    saved.commit()
    return Tab(token), token


def test_an_officer_opens_grades_hears_and_takes_money_back(saved: Session, bureau: Bureau) -> None:
    page, token = tab(saved, bureau.one)
    page.go("/admin/cases", token)
    page.call(
        CasesState,
        "open_case",
        {"title": "三节课没有上", "summary": "教室没有人", "institution": str(bureau.school.id)},
    )
    case_id = saved.scalars(select(ViolationCase.id)).one()
    page.go(f"/admin/cases/{case_id}", token)
    page.call(CaseState, "load")
    for handler, form in (
        (
            "grade",
            {
                "what": "三节课没有上", "grade": "negligence", "reason": "核对了照片",
                "evidence_kind_1": "photo", "evidence_ref_1": "照片 1 号",
                "evidence_kind_2": "file", "evidence_ref_2": "",
                "evidence_kind_3": "session", "evidence_ref_3": "第 3 节",
                "evidence_note_3": "教室没有人",
            },
        ),
        ("hear", {"allegation": "三节课没有上课"}),
        (
            "ask_sanction",
            {
                "kind": "rectify", "reason": "补上三节课", "document_no": "〔2026〕1号",
                "effective_on": TODAY.isoformat(), "due_on": (TODAY + 9 * DAY).isoformat(),
            },
        ),
        ("sanction", None),
        (
            "recover",
            {
                "amount": "1,200.50", "fund": bureau.fund(), "reason": "没有上的课",
                "document_no": "〔2026〕2号",
            },
        ),
        ("write_note", {"text": "电话核实过"}),
    ):  # fmt: skip
        state = page.call(CaseState, handler, *([form] if form else []))
        assert (handler, state.problem) == (handler, "")
        if handler == "ask_sanction":
            assert (len(state.consequences), state.sanctions) == (2, [])
    assert (len(state.findings), len(state.hearings), len(state.sanctions)) == (1, 1, 1)
    assert sum("证据" in line for line in state.findings[0].lines) == 2
    assert state.findings[0].lines[-1].endswith("（教室没有人）")
    assert state.links[0].href == f"/admin/institutions/{bureau.school.id}"
    (owed,) = state.money
    assert "1,200.50" in owed.title
    page.go(owed.href, token)
    ledger = page.call(RecoveryState, "load")
    assert ledger.is_open
    ledger = page.call(RecoveryState, "pay", {"amount": "200.50", "reference": "回单 1"})
    assert (ledger.problem, "1,000.00" in ledger.card.title) == ("", True)
    page.go("/admin/recoveries", token)
    assert len(page.call(RecoveriesState, "load").funds) == 1
    page.go("/admin/work", token)
    shown = page.call(WorkState, "load")
    assert {"案件", "整改到期", "追回资金"} <= {chip.label for chip in shown.chips}
    of_case = next(one for one in shown.cards if one.kind == "案件")
    assert of_case.institution == f"/admin/institutions/{bureau.school.id}"
    page, token = tab(saved, bureau.manager)
    page.go("/teach/cases", token)
    (card,) = page.call(OwnCasesState, "load").cards
    page.go(card.href, token)
    own = page.call(OwnCaseState, "load")
    (hearing,) = own.hearings
    own = page.call(OwnCaseState, "state_it", {"key": hearing.key, "statement": "教师请假"})
    assert (own.problem, own.hearings[0].act) == ("", "")


def test_a_reviewer_looks_at_the_sample_and_reports(saved: Session, bureau: Bureau) -> None:
    made = make.make_class(
        saved, institution=bureau.school, first_start=NOW - 5 * DAY, sessions=3, status="running"
    )
    make.enrol(saved, make.make_person(saved, name="欧阳小强"), made)
    reviewer = make.make_actor(saved, Role.REVIEWER)
    given = assignments.assign(
        saved,
        bureau.one,
        wanted=Wanted(
            reviewer.the_account(), "抽查", "session", TODAY - 9 * DAY, TODAY, 1, TODAY,
            TODAY + 9 * DAY, class_ids=(made.id,),
        ),
        now=NOW,
    )  # fmt: skip
    item = saved.scalars(select(ReviewItem.id).where(ReviewItem.assignment_id == given)).one()
    page, token = tab(saved, reviewer)
    page.go("/review", token)
    assert len(page.call(ReviewsOfMineState, "load").cards) == 1
    page.go(f"/review/items/{item}", token)
    shown = page.call(SampleItemState, "load")
    assert [line.label for line in shown.lines] == ["欧*强"] or "欧阳小强" not in repr(shown.lines)
    page.call(SampleItemState, "find", {"verdict": "ok", "note": ""})
    page.go(f"/review/{given}", token)
    assert page.call(OwnReviewState, "load").may_report
    state = page.call(OwnReviewState, "write_report", {"report": "样本都看过，没有问题"})
    assert (state.problem, state.may_report) == ("", False)
    page, token = tab(saved, bureau.one)
    page.go(f"/admin/third-parties/{given}", token)
    page.call(ThirdPartyState, "load")
    assert page.call(ThirdPartyState, "prove").proof
    page.go("/admin/third-parties", token)
    assert len(page.call(ThirdPartiesState, "load").cards) == 1


def test_a_suspension_is_spelled_out_and_what_is_refused_is_refused_before(
    saved: Session, bureau: Bureau
) -> None:
    case_id = bureau.case(title="两节课没有上")
    bureau.grade(case_id, "negligence")
    saved.commit()
    page, token = tab(saved, bureau.one)
    page.go(f"/admin/cases/{case_id}", token)
    page.call(CaseState, "load")
    form = {
        "kind": "suspend", "reason": "两节课没有上", "document_no": "〔2026〕7号",
        "effective_on": TODAY.isoformat(),
    }  # fmt: skip
    state = page.call(CaseState, "ask_sanction", form)
    assert (state.consequences, "陈述" in state.problem) == ([], True)
    bureau.heard(case_id)
    saved.commit()
    state = page.call(CaseState, "ask_sanction", form)
    assert state.problem == ""
    assert len(state.consequences) >= 3
    assert any("证书" in line for line in state.consequences)
    state = page.call(CaseState, "step_back")
    assert (state.consequences, state.sanctions) == ([], [])
    page.call(CaseState, "ask_sanction", form)
    state = page.call(CaseState, "sanction")
    assert (state.problem, len(state.sanctions)) == ("", 1)


def test_one_more_line_of_evidence_up_to_the_most(saved: Session, bureau: Bureau) -> None:
    case_id = bureau.case(title="签到表对不上")
    saved.commit()
    page, token = tab(saved, bureau.one)
    page.go(f"/admin/cases/{case_id}", token)
    page.call(CaseState, "load")
    for _ in range(25):
        state = page.call(CaseState, "add_evidence")
    assert state.evidence == list(range(1, 21))


def test_a_sample_of_several_institutions(saved: Session, bureau: Bureau) -> None:
    schools = [bureau.school, make.make_institution(saved), make.make_institution(saved)]
    for one in schools:
        make.make_class(
            saved, institution=one, first_start=NOW - 4 * DAY, sessions=1, status="running"
        )
    reviewer = make.make_actor(saved, Role.REVIEWER)
    page, token = tab(saved, bureau.one)
    page.go("/admin/third-parties", token)
    assert len(page.call(ThirdPartiesState, "load").institutions) >= 3
    form = {
        "reviewer": str(reviewer.account_id), "title": "两家一起抽", "unit": "session",
        "period_from": (TODAY - 9 * DAY).isoformat(), "period_to": TODAY.isoformat(),
        "from_on": TODAY.isoformat(), "until_on": (TODAY + DAY).isoformat(), "size": "50",
        "names": "no", **{f"of_{one.id}": "1" for one in schools[1:]},
    }  # fmt: skip
    state = page.call(ThirdPartiesState, "assign", form)
    assert state.problem == ""
    made = saved.scalars(select(ReviewAssignment.id).filter_by(title="两家一起抽")).one()
    page.go(f"/admin/third-parties/{made}", token)
    shown = page.call(ThirdPartyState, "load")
    assert all(one.name in shown.reach for one in schools[1:])
    assert shown.reach.count("、") == 1
    assert len(shown.items) == 2
    page.go("/admin/third-parties", token)
    assert page.call(ThirdPartiesState, "assign", form | {"of_nonsense": "1"}).problem


OFFICE: tuple[tuple[Any, str], ...] = (
    (WorkState, "/admin/work"),
    (CasesState, "/admin/cases"),
    (CaseState, "/admin/cases/01a20548-d8f9-7076-adf8-ab2cb12dc293"),
    (ComplaintsState, "/admin/complaints"),
    (RecoveriesState, "/admin/recoveries"),
    (ThirdPartiesState, "/admin/third-parties"),
)


@pytest.mark.parametrize(("state", "path"), OFFICE, ids=lambda one: str(one)[-24:])
@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.REVIEWER, Role.SYSTEM_ADMIN])
def test_the_offices_pages_refuse_everybody_else(
    saved: Session, state: Any, path: str, role: Role
) -> None:
    page, token = tab(saved, make.make_actor(saved, role))
    page.go(path, token)
    assert page.call(state, "load").status == "refused"
