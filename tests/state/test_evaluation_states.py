"""The pages of 企业自主评价备案: an enterprise files, the office assesses, others are refused."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.locale import t
from portal.services.self_evaluation.assessing import POINTS
from portal.state.evaluations import HOME, EvaluationsState, OwnEvaluationsState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.tab import Tab

OWN = "/employer/evaluations"
TYPED = {
    "occupation": "电工 6-31-01-03",
    "level_2": "1",
    "level_3": "1",
    "staff": "60",
    "plan": "依据国家职业技能标准，理论笔试、实操现场考",
}
ACCEPTED = {"doc_no": "吐人社函〔2026〕21号", "valid_until": "2029-11-30"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (EvaluationsState, OwnEvaluationsState):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made


def login(saved: Session, role: Role) -> str:
    token = make.log_in(saved, make.make_account(saved, role))
    saved.commit()
    return token


def test_an_enterprise_files_is_returned_files_anew_and_is_accepted(saved: Session) -> None:
    boss, officer, tab = login(saved, Role.EMPLOYER), login(saved, Role.OFFICER), Tab()
    tab.go(OWN, boss)
    own = tab.call(OwnEvaluationsState, "load")
    assert (own.rows, len(own.levels)) == ([], 8)
    own = tab.call(OwnEvaluationsState, "file", TYPED)
    (row,) = own.rows
    assert own.done == t("evaluation.own.sent")
    assert (row.state, row.waits, row.dates) == ("等待评估", True, "最迟 2026年12月4日 答复")

    tab.go(HOME, officer)
    desk = tab.call(EvaluationsState, "load")
    assert [one.key for one in desk.rows] == [row.key]
    desk = tab.call(EvaluationsState, "send_back", {"key": row.key, "reason": "请写明考评人员"})
    assert (desk.done, desk.rows) == (t("evaluation.desk.returned"), [])

    tab.go(OWN, boss)
    own = tab.call(OwnEvaluationsState, "load")
    assert (own.rows[0].state, own.rows[0].answer) == ("被退回", "请写明考评人员")
    own = tab.call(OwnEvaluationsState, "file", TYPED)
    again = own.rows[0].key

    tab.go(HOME, officer)
    ticked = {"key": again} | dict.fromkeys(POINTS[1:], "1") | ACCEPTED
    desk = tab.call(EvaluationsState, "accept", ticked)
    assert desk.problem == t("evaluation.all_points")
    desk = tab.call(EvaluationsState, "accept", ticked | {POINTS[0]: "1"})
    assert desk.done == t("evaluation.desk.accepted")
    tab.go(f"{HOME}?show=all", officer)
    desk = tab.call(EvaluationsState, "load")
    assert [one.state for one in desk.rows] == ["已备案", "被退回"]
    desk = tab.call(EvaluationsState, "end", {"key": again, "reason": "停产一年"})
    assert desk.rows[0].state == "已取消"


def test_what_was_filed_is_taken_back(saved: Session) -> None:
    tab = Tab()
    tab.go(OWN, login(saved, Role.EMPLOYER))
    tab.call(OwnEvaluationsState, "load")
    own = tab.call(OwnEvaluationsState, "file", TYPED)
    own = tab.call(OwnEvaluationsState, "withdraw", {"key": own.rows[0].key})
    assert [one.state for one in own.rows] == ["已撤回"]
    own = tab.call(OwnEvaluationsState, "file", TYPED | {"staff": "许多"})
    assert own.problem == t("evaluation.staff")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.EMPLOYER])
def test_the_desk_is_the_officers(saved: Session, role: Role) -> None:
    tab = Tab()
    tab.go(HOME, login(saved, role))
    desk = tab.call(EvaluationsState, "load")
    assert (desk.status, desk.rows) == ("refused", [])
