"""The pages of helpers, wishes and mandates through their handlers, as a browser calls them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account, Mandate, TrainingNeed
from portal.domain.permissions import Role
from portal.state.class_filters import need_address
from portal.state.helping import HelpedState, OverseenMandatesState, OwnHelpersState
from portal.state.needs import NeedsReportState, NeedsState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.helping import introduce, make_helper, registered
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (
        HelpedState,
        OwnHelpersState,
        OverseenMandatesState,
        NeedsState,
        NeedsReportState,
    ):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
        session.query(TrainingNeed).delete()
        session.commit()


def tab_of(session: Session, account: Account, path: str = "/") -> Tab:
    tab, token = Tab(), make.log_in(session, account)
    session.commit()
    tab.go(path, token)
    return tab


def staff(session: Session, role: Role, path: str, region: str = "650400") -> Tab:
    return tab_of(session, make.make_account(session, role, region_code=region), path)


def wish(session: Session, person_id: object, **fields: Any) -> TrainingNeed:
    values: dict[str, Any] = {
        "person_id": person_id,
        "skill_key": "6-31-01-03",
        "region_code": "650402",
        "from_month": date(2026, 12, 1),
        "state": "open",
        "channel": "web",
        "created_at": NOW,
    }
    made = TrainingNeed(**values | fields)
    session.add(made)
    session.commit()
    return made


def test_a_helper_sees_the_own_people_and_how_many_more(saved: Session) -> None:
    helper = make_helper(saved)
    mandate_id = introduce(helper, name="阿依古丽")
    tab = tab_of(saved, saved.get_one(Account, helper.account_id))
    state = tab.call(HelpedState, "load")
    assert state.status == "ready"
    (row,) = state.people
    assert (row.name, row.href, row.seats) == (
        "阿*丽",
        f"/help/people/{mandate_id}",
        "还没有报班",
    )
    assert (state.can_add, "29" in state.left) == (True, True)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.OFFICER, Role.EMPLOYER])
def test_nobody_else_opens_the_helpers_page(saved: Session, role: Role) -> None:
    region = "650400" if role is Role.OFFICER else None
    tab = tab_of(saved, make.make_account(saved, role, region_code=region))
    assert tab.call(HelpedState, "load").status == "refused"


def test_a_signed_out_helper_is_asked_to_sign_in() -> None:
    assert Tab().call(HelpedState, "load").status == "sign_in"


def test_a_person_confirms_and_takes_back(saved: Session) -> None:
    account, number = registered(saved)
    mandate_id = introduce(make_helper(saved), id_no=number, name="王小强")
    tab = tab_of(saved, account)
    (row,) = tab.call(OwnHelpersState, "load").helpers
    assert row.is_asked
    (row,) = tab.call(OwnHelpersState, "confirm", row.key).helpers
    assert (row.is_asked, row.state) == (False, "委托有效")
    state = tab.call(OwnHelpersState, "revoke", row.key)
    assert (state.helpers, state.problem) == ([], "")
    saved.expire_all()
    assert saved.get_one(Mandate, mandate_id).revoked_at == NOW
    assert any("请本人确认委托" in line for line in state.acts)


@pytest.mark.parametrize("key", ["", "x", "01a20200-0000-7000-8000-000000000000", {"a": 1}])
def test_a_forged_key_ends_nothing(saved: Session, key: Any) -> None:
    account, number = registered(saved)
    introduce(make_helper(saved), id_no=number, name="王小强")
    tab = tab_of(saved, account)
    tab.call(OwnHelpersState, "load")
    state = tab.call(OwnHelpersState, "revoke", key)
    assert state.problem != ""
    assert len(tab.call(OwnHelpersState, "load").helpers) == 1


def test_a_person_sees_and_withdraws_wishes(saved: Session) -> None:
    account, _ = registered(saved)
    wish(saved, account.person_id)
    tab = tab_of(saved, account)
    (row,) = tab.call(NeedsState, "load").rows
    assert (row.skill, row.is_open, row.href) == ("电工", True, "/classes?occupation=6-31-01-03")
    state = tab.call(NeedsState, "withdraw", row.key)
    assert (state.rows, state.done) == ([], "已经撤回。")


def test_the_sum_is_exact_for_officers_and_rounded_for_auditors(saved: Session) -> None:
    for _ in range(3):
        wish(saved, make.make_person(saved).id)
    exact = staff(saved, Role.OFFICER, "/admin/needs").call(NeedsReportState, "load")
    assert [cell.people for cell in exact.lines[0].cells] == ["3"]
    assert (exact.sheet, exact.is_rounded) == ("/files/needs.csv?region=", False)
    rounded = staff(saved, Role.AUDITOR, "/admin/needs").call(NeedsReportState, "load")
    assert [cell.people for cell in rounded.lines[0].cells] == ["少于 5"]
    assert (rounded.sheet, rounded.is_rounded) == ("", True)
    assert rounded.totals[0].value == "少于 10"


def test_a_province_opens_its_cities(saved: Session) -> None:
    wish(saved, make.make_person(saved).id)
    tab = staff(saved, Role.OFFICER, "/admin/needs", region="650000")
    state = tab.call(NeedsReportState, "load")
    assert [head.href for head in state.heads] == ["/admin/needs?region=650400"]
    inside = staff(saved, Role.OFFICER, "/admin/needs?region=650400", region="650000")
    state = inside.call(NeedsReportState, "load")
    assert (state.region, state.up_label) == ("吐鲁番市", "返回新疆维吾尔自治区")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.HELPER])
def test_others_see_no_sum(saved: Session, role: Role) -> None:
    region = "650402" if role is Role.HELPER else None
    tab = tab_of(saved, make.make_account(saved, role, region_code=region), "/admin/needs")
    assert tab.call(NeedsReportState, "load").status == "refused"


def test_an_officer_ends_a_mandate_with_a_reason(saved: Session) -> None:
    helper = make_helper(saved)
    mandate_id = introduce(helper)
    tab = staff(saved, Role.OFFICER, "/admin/mandates")
    assert str(mandate_id) in {row.key for row in tab.call(OverseenMandatesState, "load").rows}
    tab.call(OverseenMandatesState, "ask", str(mandate_id))
    form = {"key": str(mandate_id), "reason": "短"}
    state = tab.call(OverseenMandatesState, "revoke", form)
    assert (state.problem != "", state.asking) == (True, str(mandate_id))
    state = tab.call(OverseenMandatesState, "revoke", form | {"reason": "本人到窗口要求收回"})
    assert (state.asking, state.done != "") == ("", True)
    saved.expire_all()
    assert saved.get_one(Mandate, mandate_id).revoked_at == NOW


def test_a_search_fills_in_the_wish() -> None:
    assert need_address({"occupation": "6-31-01-03", "region": "650402", "q": "电工"}) == (
        "/needs/new?occupation=6-31-01-03&region=650402"
    )
    assert need_address({"q": "电工"}) == "/needs/new"
