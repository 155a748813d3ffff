"""The pages of claims: what each side sees and may press."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.claims import answers
from portal.state.base import PageState
from portal.state.claims import ClaimsState, ClaimState
from portal.state.my_claims import MyClaimsState
from portal.state.office_claims import OfficeClaimsState, OfficeClaimState
from tests.support import claims
from tests.support import factories as make
from tests.support.claims import NOW, School, Taught, claim_of, line_of, lines_of
from tests.support.policy import publish_packs
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture(scope="module")
def published(engine: Engine) -> None:
    with Session(engine) as session:
        publish_packs(session)
        claims.standard(session, 120_000)
        claims.standard(session, 120_000, training_type="PROJECT")


@pytest.fixture
def saved(engine: Engine, published: None) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def school(saved: Session) -> School:
    return claims.school(saved)


@pytest.fixture
def of(saved: Session, school: School) -> Taught:
    return claims.taught(saved, school, people=2)


def tab_of(session: Session, actor: Actor, path: str) -> Tab:
    """The actor's own browser, at a path."""
    token = make.log_in(session, session.get_one(Account, actor.account_id))
    session.commit()
    tab = Tab()
    tab.go(path, token)
    return tab


def filed(session: Session, of: Taught) -> UUID:
    claim_id = claims.filed(session, of)
    session.commit()
    return claim_id


def test_a_manager_draws_a_claim_up_looks_at_it_and_files_it(
    saved: Session, school: School, of: Taught
) -> None:
    tab = tab_of(saved, school.manager, "/teach/claims")
    listed = tab.call(ClaimsState, "load")
    assert (listed.status, listed.can_file) == ("ready", True)
    (offer,) = listed.offers
    assert (offer.title, offer.people) == (of.made.title, "2 人")
    opened = asyncio.run(
        ClaimsState.event_handlers["open_claim"].fn(tab.state(ClaimsState), offer.key)
    )
    path = str(opened.args[0][1]).strip('"')
    assert path.startswith("/teach/claims/")
    page = tab_of(saved, school.manager, path)
    shown = page.call(ClaimState, "load")
    assert shown.item.acts == ["refresh", "submit", "withdraw"]
    assert [row.amount for row in shown.item.lines] == ["1,200 元"] * 2
    shown = page.call(ClaimState, "submit")
    assert shown.done == t("claims.done.submitted")
    assert shown.item.state == t("claims.state.submitted")
    assert {row.answer for row in shown.item.lines} == {"已问本人，最晚 12月8日 周二 回答"}
    again = tab.call(ClaimsState, "load")
    assert again.offers == []
    assert [card.href for card in again.cards] == [path]
    assert again.cards[0].alert == "2 人还没有回答"


def test_an_instructor_files_nothing_and_checks(saved: Session, school: School, of: Taught) -> None:
    claim_id = filed(saved, of)
    tab = tab_of(saved, school.instructor, f"/teach/claims/{claim_id}")
    assert not tab.call(ClaimsState, "load").can_file
    assert tab.call(ClaimState, "load").item.acts == ["check", "send_back"]
    shown = tab.call(ClaimState, "check")
    assert (shown.done, shown.item.acts) == (t("claims.done.checked"), [])


def test_a_refusal_stays_on_the_page_with_its_sentence(
    saved: Session, school: School, of: Taught
) -> None:
    claim_id = filed(saved, of)
    tab = tab_of(saved, school.manager, f"/teach/claims/{claim_id}")
    tab.call(ClaimState, "load")
    shown = tab.call(ClaimState, "check")
    assert (shown.status, shown.problem) == ("ready", t("claims.refused.filed_it"))
    shown = tab.call(ClaimState, "withdraw", {"reason": ""})
    assert shown.problem == t("reason.too_short", shortest=4)
    assert claim_of(saved, claim_id).state == "submitted"


def test_the_office_sees_the_queue_and_decides(saved: Session, school: School, of: Taught) -> None:
    claim_id = filed(saved, of)
    claims.all_agree(saved, of, claim_id)
    saved.commit()
    tab_of(saved, school.instructor, f"/teach/claims/{claim_id}").call(ClaimState, "check")
    queue = tab_of(saved, school.officer, "/admin/claims").call(OfficeClaimsState, "load")
    assert f"/admin/claims/{claim_id}" in {card.href for card in queue.cards}
    assert queue.tabs[0].is_here
    tab = tab_of(saved, school.officer, f"/admin/claims/{claim_id}")
    tab.call(OfficeClaimState, "load")
    for handler, word, state in (
        ("take_up", "taken_up", "county_review"),
        ("publish", "published", "public_notice"),
    ):
        shown = tab.call(OfficeClaimState, handler)
        assert shown.done == t(f"claims.done.{word}")
        saved.rollback()
        assert claim_of(saved, claim_id).state == state
    shown = tab.call(OfficeClaimState, "approve")
    assert shown.problem == t("claims.refused.reviewed_it")
    assert "2026年12月8日" in shown.item.notice


def test_an_objection_stands_above_the_queue_and_is_answered(
    saved: Session, school: School, of: Taught
) -> None:
    claim_id = filed(saved, of)
    line = line_of(saved, claim_id, of.people[0])
    answers.answer(
        saved, of.actors[0], line_id=line.id, agrees=False, wrong="hours", note="只上三天", now=NOW
    )
    saved.commit()
    queue = tab_of(saved, school.officer, "/admin/claims").call(OfficeClaimsState, "load")
    row = next(one for one in queue.objections if one.href == f"/admin/claims/{claim_id}")
    assert row.what == "课时或天数不对：只上三天"
    assert row.due == "12月4日 周五前办好，还有\u00a03\u00a0个工作日"
    tab = tab_of(saved, school.officer, f"/admin/claims/{claim_id}")
    (case,) = tab.call(OfficeClaimState, "load").item.cases
    form = {"case": case.key, "verdict": "upheld", "reason": "考勤与实际不符"}
    shown = tab.call(OfficeClaimState, "decide", form)
    assert shown.done == t("claims.done.decided")
    assert [(one.is_open, one.answer) for one in shown.item.cases] == [(False, "考勤与实际不符")]
    assert len(shown.item.lines) == 1


def test_money_is_typed_in_yuan(saved: Session, school: School) -> None:
    of = claims.taught(saved, school, people=2, status="running", training_type="PROJECT")
    claim_id = filed(saved, of)
    claims.reviewed(saved, of, claim_id)
    saved.commit()
    tab = tab_of(saved, school.officer, f"/admin/claims/{claim_id}")
    assert tab.call(OfficeClaimState, "load").item.advance_note == "最多可以预拨 960 元。"
    for typed, problem in (
        ("961", t("claims.refused.advance_too_high", most="960.00")),
        ("很多", t("claims.pay.amount")),
    ):
        shown = tab.call(OfficeClaimState, "advance", {"amount": typed, "reference": "1号"})
        assert shown.problem == problem
    shown = tab.call(OfficeClaimState, "advance", {"amount": "960.00", "reference": "1号"})
    assert shown.done == t("claims.done.advanced")
    saved.rollback()
    assert claim_of(saved, claim_id).advance_fen == 96_000


def test_a_trainee_sees_the_question_and_what_became_of_it(saved: Session, of: Taught) -> None:
    claim_id = filed(saved, of)
    line = line_of(saved, claim_id, of.people[0])
    tab = tab_of(saved, of.actors[0], "/me/claims")
    (asked,) = tab.call(MyClaimsState, "load").asked
    assert asked.href == f"/me/claims/{line.id}"
    assert asked.question.endswith("学习 40 课时、到课 1 天，申领 1,200 元，对吗？")
    answers.answer(saved, of.actors[0], line_id=line.id, agrees=True, now=NOW)
    saved.commit()
    shown = tab.call(MyClaimsState, "load")
    assert shown.asked == []
    assert [row.answer for row in shown.answered] == [t("claims.mine.confirmed")]


def test_who_said_no_reads_that_it_stopped_then_the_answer_and_no_amount_to_come(
    saved: Session, school: School, of: Taught
) -> None:
    claim_id = filed(saved, of)
    line = line_of(saved, claim_id, of.people[0])
    answers.answer(saved, of.actors[0], line_id=line.id, agrees=False, wrong="hours", now=NOW)
    saved.commit()
    tab = tab_of(saved, of.actors[0], "/me/claims")
    (row,) = tab.call(MyClaimsState, "load").answered
    assert (row.progress, row.reply, row.is_void) == (t("trainee.claim.stopped"), "", False)
    office = tab_of(saved, school.officer, f"/admin/claims/{claim_id}")
    (case,) = office.call(OfficeClaimState, "load").item.cases
    form = {"case": case.key, "verdict": "upheld", "reason": "查过考勤，您说得对"}
    office.call(OfficeClaimState, "decide", form)
    (row,) = tab.call(MyClaimsState, "load").answered
    assert (row.progress, row.is_void) == (t("trainee.claim.void"), True)
    assert row.reply.endswith("查过考勤，您说得对")


def test_a_trainee_asks_for_the_own_money_with_one_tap(saved: Session, school: School) -> None:
    of = claims.taught(saved, school, people=1, fee_fen=30_000)
    tab = tab_of(saved, of.actors[0], "/me/claims")
    (right,) = tab.call(MyClaimsState, "load").rights
    assert (right.kind, right.amount) == ("职业培训补贴", "1,200 元")
    shown = tab.call(MyClaimsState, "claim", {"class": right.key, "kind": right.code})
    assert shown.done == t("claims.mine.filed")
    assert (shown.rights, len(shown.own)) == ([], 1)


GARBAGE: list[Any] = [None, 7, "x", {}, {"line": 1}, {"line": "x", "reason": "y" * 5000}, []]


@pytest.mark.parametrize("form", GARBAGE, ids=repr)
def test_garbage_from_a_client_changes_nothing(
    saved: Session, school: School, of: Taught, form: Any
) -> None:
    claim_id = filed(saved, of)
    before = [(line.id, line.state) for line in lines_of(saved, claim_id)]
    own = tab_of(saved, school.manager, f"/teach/claims/{claim_id}")
    office = tab_of(saved, school.officer, f"/admin/claims/{claim_id}")
    mine = tab_of(saved, of.actors[0], "/me/claims")
    for handler in ("withdraw", "leave_out", "send_back"):
        assert own.call(ClaimState, handler, form).problem
    for handler in ("send_back", "reject", "excuse", "decide", "advance", "pay", "recover"):
        assert office.call(OfficeClaimState, handler, form).problem
    assert office.call(OfficeClaimState, "claw_back", form).problem
    assert mine.call(MyClaimsState, "claim", form).problem
    saved.rollback()
    assert [(line.id, line.state) for line in lines_of(saved, claim_id)] == before
    assert claim_of(saved, claim_id).state == "submitted"


@pytest.mark.parametrize("path", ["x", "%00", "01890000-0000-7000-8000-000000000000"])
def test_an_address_of_no_claim_is_refused_in_words(
    saved: Session, school: School, path: str
) -> None:
    for actor, kind in ((school.manager, ClaimState), (school.officer, OfficeClaimState)):
        shown = tab_of(saved, actor, f"/x/claims/{path}").call(kind, "load")
        assert (shown.status, bool(shown.problem)) == ("refused", True)


def test_whoever_has_no_business_there_is_refused(
    saved: Session, school: School, of: Taught
) -> None:
    claim_id = filed(saved, of)
    stranger = claims.school(saved)
    for actor in (stranger.manager, of.actors[0], stranger.instructor):
        shown = tab_of(saved, actor, f"/teach/claims/{claim_id}").call(ClaimState, "load")
        assert (shown.status, shown.item.lines) == ("refused", [])
    queue = tab_of(saved, school.manager, "/admin/claims").call(OfficeClaimsState, "load")
    assert (queue.status, queue.cards) == ("refused", [])
    assert Tab().call(MyClaimsState, "load").status == "sign_in"
