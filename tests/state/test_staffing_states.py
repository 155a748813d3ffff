"""Institutions, staff and accounts through the handlers, as a browser would call them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import reflex as rx
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AccountHold, ListingDecision, StaffInvitation
from portal.domain.permissions import Role
from portal.services.staff import moves
from portal.state.admins import AccountsState, SecurityState
from portal.state.admissions import AdmissionsState
from portal.state.listing_desk import ListingDeskState
from portal.state.own_listing import OwnListingState
from portal.state.staff import StaffState
from tests.support import factories as make
from tests.support.factories import NOW

STATES = (
    *(AccountsState, AdmissionsState, ListingDeskState),
    *(OwnListingState, SecurityState, StaffState),
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in STATES:
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made


def opened(kind: Any, token: str, path: str = "/") -> Any:
    root = rx.State(_reflex_internal_init=True)
    headers = {"cookie": f"portal_login={token}"}
    root._update_router_vars(
        {"headers": headers, "pathname": path, "asPath": path, "query": {}}, {}
    )
    return root.get_substate(kind.get_full_name().split("."))


def run(act: Any, *args: Any) -> None:
    asyncio.run(act(*args))


def token_of(session: Session, role: Role, **more: Any) -> str:
    token = make.log_in(session, make.make_account(session, role, **more))
    session.commit()
    return token


def test_a_decision_is_spelled_out_before_it_is_made(saved: Session) -> None:
    of = make.make_institution(saved)
    make.list_institution(saved, of)
    token = token_of(saved, Role.OFFICER)
    desk = opened(ListingDeskState, token, f"/admin/institutions/{of.id}")
    run(desk.load)
    assert desk.status == "ready"
    assert [one.key for one in desk.choices] == ["warning", "suspended", "removed", "withdrawn"]
    form = {"to": "removed", "reason": "抽查不符", "document_no": "示例1号"}
    run(desk.ask, form | {"effective_on": "2026-12-01", "ban_until": "2027-12-01"})
    assert desk.consequences
    assert saved.scalars(select(ListingDecision)).all() == []
    run(desk.decide)
    assert (desk.problem, desk.consequences) == ("", [])
    assert len(desk.history) == 1
    saved.rollback()
    assert [one.state for one in saved.scalars(select(ListingDecision))] == ["removed"]


def test_another_officer_lifts_it_after_reading_what_that_does(saved: Session) -> None:
    of = make.make_institution(saved)
    make.list_institution(saved, of)
    path = f"/admin/institutions/{of.id}"
    one = opened(ListingDeskState, token_of(saved, Role.OFFICER), path)
    run(one.load)
    form = {"to": "removed", "reason": "抽查不符", "document_no": "示例1号"}
    run(one.ask, form | {"effective_on": "2026-12-01", "ban_until": "2027-12-01"})
    run(one.decide)
    assert (one.history[0].can_lift, "2027年12月1日" in one.banned) == (False, True)
    other = opened(ListingDeskState, token_of(saved, Role.OFFICER), path)
    run(other.load)
    typed = {"key": other.history[0].key, "reason": "复议撤销", "document_no": "示例2号"}
    run(other.ask_lift, typed)
    assert len(other.lift_effects) >= 2
    run(other.forget_lift)
    assert other.lift_effects == []
    run(other.ask_lift, typed)
    run(other.lift)
    assert (other.problem, other.banned, other.lift_effects) == ("", "", [])
    assert other.history[0].heading == "撤销 示例1号"
    assert "listed" not in [choice.key for choice in other.choices]


def test_an_auditor_opens_what_the_lists_link_to_and_changes_nothing(saved: Session) -> None:
    of = make.make_institution(saved)
    make.list_institution(saved, of)
    token = token_of(saved, Role.AUDITOR)
    desk = opened(ListingDeskState, token, f"/admin/institutions/{of.id}")
    run(desk.load)
    assert (desk.status, desk.may_decide, desk.choices) == ("ready", False, [])
    run(desk.ask, {"to": "removed"})
    assert (desk.consequences, bool(desk.problem)) == ([], True)
    page = opened(AdmissionsState, token, "/admin/admissions")
    run(page.load)
    assert (page.status, page.may_keep) == ("ready", False)


def test_what_is_typed_wrong_loses_nothing(saved: Session) -> None:
    of = make.make_institution(saved)
    make.list_institution(saved, of)
    token = token_of(saved, Role.OFFICER)
    desk = opened(ListingDeskState, token, f"/admin/institutions/{of.id}")
    run(desk.load)
    run(desk.ask, {"to": "removed", "reason": "抽查不符", "document_no": "示例1号"})
    assert desk.problem
    assert (desk.status, desk.reason, desk.consequences) == ("ready", "抽查不符", [])


def test_a_manager_invites_and_is_told(saved: Session) -> None:
    token = token_of(saved, Role.MANAGER, institution=make.make_institution(saved))
    page = opened(StaffState, token)
    run(page.load)
    run(page.invite, {"role": "instructor", "name": "艾山·买买提", "phone": "13955550001"})
    assert page.problem == ""
    assert [one.name for one in page.invited] == ["艾山·买买提"]
    run(page.revoke, page.invited[0].key)
    assert page.invited == []


def test_a_refusal_takes_back_what_was_said_to_be_done(saved: Session) -> None:
    token = token_of(saved, Role.MANAGER, institution=make.make_institution(saved))
    page = opened(StaffState, token)
    run(page.load)
    run(page.invite, {"role": "instructor", "name": "艾山·买买提", "phone": "13955550003"})
    assert (bool(page.done), page.problem) == (True, "")
    run(page.invite, {"role": "instructor", "name": "艾山·买买提", "phone": "1"})
    assert (page.done, bool(page.problem)) == ("", True)


# The places of these tests are their own: what waits is listed for a whole region.
@pytest.mark.parametrize(("role", "region"), [("auditor", "650402"), ("officer", "650421")])
def test_one_administrator_proposes_and_the_other_agrees(
    saved: Session, role: str, region: str
) -> None:
    page = opened(AccountsState, token_of(saved, Role.SYSTEM_ADMIN, region_code=region))
    run(page.load)
    form = {
        "role": role, "name": "艾力", "phone": f"13955{region}", "region_code": region,
        "reason": "窗口需要人手",
    }  # fmt: skip
    run(page.invite, form)
    assert (page.problem, [one.can_agree for one in page.invited]) == ("", [False])
    other = opened(SecurityState, token_of(saved, Role.SECURITY_ADMIN, region_code=region))
    run(other.load)
    assert ("1" in other.waiting, "窗口需要人手" in other.proposed[0].why) == (True, True)
    run(other.agree, other.proposed[0].key)
    assert (other.problem, other.proposed, other.waiting) == ("", [], "")
    assert [one.state for one in other.answered] == ["等待接受"]
    saved.rollback()
    made = saved.scalars(select(StaffInvitation).filter_by(role=role, region_code=region)).one()
    assert made.state == "open"


def test_what_is_refused_stands_on_both_pages_with_its_reason(saved: Session) -> None:
    region, city = "370202", "370200"
    page = opened(AccountsState, token_of(saved, Role.SYSTEM_ADMIN, region_code=region))
    account = make.make_account(saved, Role.OFFICER, region_code=region)
    above = make.make_actor(saved, Role.SYSTEM_ADMIN, region_code=city)
    moves.propose(saved, above, account_id=account.id, region_code=city, reason="市里缺人", now=NOW)
    saved.commit()
    form = {"role": "officer", "name": "艾力", "phone": "13955550004", "region_code": region}
    run(page.invite, form | {"reason": "窗口需要人手"})
    assert page.problem == ""
    other = opened(SecurityState, token_of(saved, Role.SECURITY_ADMIN, region_code=city))
    run(other.load)
    run(other.decline, {"key": other.proposed[0].key, "reason": "编制已满"})
    run(other.decline_move, {"key": other.moves[0].key, "reason": "区县也缺人"})
    assert (other.problem, other.proposed, other.moves) == ("", [], [])
    run(page.load)
    for rows in (page.refused, other.answered):
        assert [one.answer for one in rows] == [
            "没有同意，理由：编制已满", "没有同意，理由：区县也缺人",
        ]  # fmt: skip
    assert page.invited + page.moves == []


def test_security_locks_and_the_reason_stands(saved: Session) -> None:
    account = make.make_account(saved, Role.OFFICER, person=make.make_person(saved, name="赛买提"))
    page = opened(SecurityState, token_of(saved, Role.SECURITY_ADMIN))
    run(page.load)
    form = {"act": "lock", "key": str(account.id), "reason": "手机丢失，先锁定"}
    run(page.act, form)
    assert page.problem == ""
    saved.rollback()
    held = saved.scalars(select(AccountHold).filter_by(account_id=account.id)).one()
    assert (held.kind, held.reason) == ("locked", "手机丢失，先锁定")


@pytest.mark.parametrize("kind", STATES)
def test_a_trainee_sees_none_of_it(saved: Session, kind: Any) -> None:
    page = opened(kind, token_of(saved, Role.TRAINEE))
    run(page.load)
    assert page.status == "refused"


def test_a_manager_reads_the_standing_and_applies_anew(saved: Session) -> None:
    of = make.make_institution(saved)
    make.list_institution(saved, of)
    page = opened(OwnListingState, token_of(saved, Role.MANAGER, institution=of))
    run(page.load)
    assert (page.status, page.may_apply, page.standing) == ("ready", False, "正常在册")
    desk = opened(ListingDeskState, token_of(saved, Role.OFFICER), f"/admin/institutions/{of.id}")
    run(desk.load)
    run(
        desk.ask,
        {
            "to": "withdrawn",
            "reason": "机构申请",
            "document_no": "示例1号",
            "effective_on": "2026-12-01",
        },
    )
    run(desk.decide)
    run(page.load)
    assert (page.may_apply, len(page.decisions)) == (True, 1)
    run(page.apply, {"paper_license": "人社民0001号"})
    assert (page.problem, page.may_apply, len(page.applications)) == ("", False, 1)
