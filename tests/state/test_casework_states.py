"""The pages of casework: what they show, and that their acts reach the services."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Account, ReviewItem, ViolationCase
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
        ("grade", {"what": "三节课没有上", "grade": "negligence", "reason": "核对了照片"}),
        ("hear", {"allegation": "三节课没有上课"}),
        (
            "sanction",
            {
                "kind": "rectify", "reason": "补上三节课", "document_no": "〔2026〕1号",
                "effective_on": TODAY.isoformat(), "due_on": (TODAY + 9 * DAY).isoformat(),
            },
        ),
        (
            "recover",
            {
                "amount": "1,200.50", "fund": bureau.fund(), "reason": "没有上的课",
                "document_no": "〔2026〕2号",
            },
        ),
        ("write_note", {"text": "电话核实过"}),
    ):  # fmt: skip
        state = page.call(CaseState, handler, form)
        assert (handler, state.problem) == (handler, "")
    assert (len(state.findings), len(state.hearings), len(state.sanctions)) == (1, 1, 1)
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
