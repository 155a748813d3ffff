"""The officers' pages of scores and inspections: what they show, and to whom."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account, TrainingSession
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services import risk_scores
from portal.state.base import PageState
from portal.state.inspections import InspectionsState, InspectionState
from portal.state.risk import RiskDetailState, RiskState
from tests.support import factories as make
from tests.support.sign_ins import sign
from tests.support.tab import Tab

START = make.NOW
HOUR = timedelta(hours=1)
REGION, ELSEWHERE = "650402", "653200"


def clock(monkeypatch: pytest.MonkeyPatch, at: Any) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: at))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def meeting(saved: Session) -> TrainingSession:
    made = make.make_class(saved, first_start=START, sessions=1, status="running")
    (meeting,) = make.sessions_of(saved, made)
    for number in range(12):
        place = make.enrol(saved, make.make_person(saved, name=f"学员{number}"), made)
        sign(saved, meeting, place, START - number * timedelta(seconds=71), device=b"one")
    saved.commit()
    return meeting


def scored(session: Session, meeting: TrainingSession) -> None:
    risk_scores.score(session, SYSTEM, class_id=meeting.class_id, now=START + 6 * HOUR)
    session.commit()


class Browser(Tab):
    """A browser in which somebody is logged in, wherever they go."""

    def __init__(self, own: str) -> None:
        self.own = own
        super().__init__(own)

    def go(self, path: str, token: str | None = None) -> None:
        super().go(path, token or self.own)


def tab_of(session: Session, actor: Actor, path: str) -> Tab:
    """The actor's own browser, at a path."""
    token = make.log_in(session, session.get_one(Account, actor.account_id))
    session.commit()
    tab = Browser(token)
    tab.go(path)
    return tab


def officer(session: Session, region: str = REGION) -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region)


def test_the_list_says_how_often_it_is_wrong_and_leads_to_the_reasons(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(saved, meeting)
    clock(monkeypatch, START + 8 * HOUR)
    tab = tab_of(saved, officer(saved), "/admin/risk")
    listed = tab.call(RiskState, "load")
    assert listed.status == "ready"
    card = next(one for one in listed.cards if one.href.endswith(str(meeting.id)))
    assert (card.above, card.finding) == (True, "还没有核对")
    assert "每 100 节正常的课有 1 到 2 节也会到线" in listed.error_rate
    tab.go(card.href)
    one = tab.call(RiskDetailState, "load")
    assert one.line_word == "到核对线"
    shared = next(row for row in one.reasons if row.code == "shared_phone")
    assert (shared.points, shared.count) == (
        "50 分，这一项最多 50 分",
        "涉及 12 人，点开逐人核对",
    )
    assert shared.people[0].signed.endswith("扫码")
    assert one.can_note
    assert one.case_href == f"/admin/cases?source=odd_session&id={meeting.id}"


def test_a_finding_is_kept_and_shown_in_the_list(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(saved, meeting)
    clock(monkeypatch, START + 8 * HOUR)
    tab = tab_of(saved, officer(saved), f"/admin/risk/{meeting.id}")
    tab.call(RiskDetailState, "load")
    wrong = tab.call(RiskDetailState, "note", {"finding": ["odd"], "reason": "看了名单"})
    assert (wrong.problem, wrong.done) == ("请选核对结果。", "")
    kept = tab.call(RiskDetailState, "note", {"finding": "explained", "reason": "机构借的手机"})
    assert kept.done == "已记下核对结果。"
    assert "机构借的手机" in kept.findings[0]
    tab.go("/admin/risk")
    listed = tab.call(RiskState, "load")
    card = next(one for one in listed.cards if one.href.endswith(str(meeting.id)))
    assert (card.tone, card.finding) == ("good", "已说明，正常")


def test_the_classes_of_a_period_lead_to_a_class_and_its_sessions(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(saved, meeting)
    clock(monkeypatch, START + 8 * HOUR)
    tab = tab_of(saved, officer(saved), "/admin/risk?what=classes&days=7")
    listed = tab.call(RiskState, "load")
    card = next(one for one in listed.cards if one.href.endswith(str(meeting.class_id)))
    assert card.href == f"/admin/risk/classes/{meeting.class_id}"
    tab.go(card.href)
    one = tab.call(RiskDetailState, "load")
    assert [row.href for row in one.meetings] == [f"/admin/risk/{meeting.id}"]


def test_the_form_leads_to_an_address_that_holds_what_was_asked(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, START)
    tab = tab_of(saved, officer(saved), "/admin/risk?days=12345&page=x&region=65040299")
    assert tab.call(RiskState, "load").days == "30"
    form = {"region": "650402", "q": "学院", "days": "7"}
    gone = asyncio.run(RiskState.event_handlers["narrow"].fn(tab.state(RiskState), form))
    assert "region=650402&q=%E5%AD%A6%E9%99%A2&days=7" in str(gone)


def test_an_auditor_reads_without_names_and_an_officer_elsewhere_not_at_all(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(saved, meeting)
    clock(monkeypatch, START + 8 * HOUR)
    auditor = make.make_actor(saved, Role.AUDITOR, region_code=REGION)
    path = f"/admin/risk/{meeting.id}"
    seen = tab_of(saved, auditor, path).call(RiskDetailState, "load")
    assert (seen.status, seen.can_note) == ("ready", False)
    assert not any("学员" in one.name for row in seen.reasons for one in row.people)
    other = tab_of(saved, officer(saved, ELSEWHERE), path)
    assert other.call(RiskDetailState, "load").status == "refused"
    trainee = tab_of(saved, make.make_actor(saved), "/admin/risk")
    assert trainee.call(RiskState, "load").status == "refused"
    assert Tab().call(RiskState, "load").status == "sign_in"


def begun(saved: Session, actor: Actor, meeting: TrainingSession) -> Tab:
    tab = tab_of(saved, actor, "/admin/inspections")
    listed = tab.call(InspectionsState, "load")
    lesson = next(one for one in listed.lessons if one.key == str(meeting.id))
    gone = asyncio.run(
        InspectionsState.event_handlers["begin"].fn(tab.state(InspectionsState), lesson.key)
    )
    found = str(gone).split("/admin/inspections/")[1][:36]
    tab.go(f"/admin/inspections/{found}")
    return tab


def test_an_officer_counts_at_the_door_and_only_then_reads_the_sheet(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, START + HOUR)
    tab = begun(saved, officer(saved), meeting)
    asked = tab.call(InspectionState, "load")
    assert (asked.step, asked.result, asked.roster) == ("count", "", "")
    wrong = tab.call(InspectionState, "count", {"heads": "十二"})
    assert (wrong.step, wrong.problem) == ("count", "请填 0 到 500 的整数。")
    counted = tab.call(InspectionState, "count", {"heads": "10"})
    assert counted.result == "数到 10 人，签到表上应有 12 人"
    assert (counted.percent, counted.card, counted.tone) == ("到场 83%", "黄牌", "warn")
    assert counted.card_why.startswith("到场不到应到的 90% 出黄牌，不到 80% 出红牌")
    assert not counted.weighs
    noted = tab.call(InspectionState, "write_note", {"note": "有两人刚走"})
    assert (noted.note, noted.saved) == ("有两人刚走", "已保存。")
    tab.go("/admin/inspections")
    listed = tab.call(InspectionsState, "load")
    assert listed.cards[0].result == "数到 10 人，签到表上应有 12 人"
    tab.go(counted.institution_href)
    history = tab.call(InspectionsState, "load")
    assert history.one_institution
    assert len(history.cards) == 1


def test_another_officer_waits_and_the_lesson_s_end_ends_the_count(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, START + HOUR)
    tab = begun(saved, officer(saved), meeting)
    path = f"/admin/inspections/{_last(tab)}"
    other = tab_of(saved, officer(saved), path)
    seen = other.call(InspectionState, "load")
    assert (seen.step, seen.result) == ("waits", "")
    elsewhere = tab_of(saved, officer(saved, ELSEWHERE), path)
    assert elsewhere.call(InspectionState, "load").status == "refused"
    clock(monkeypatch, START + 3 * HOUR)
    assert tab.call(InspectionState, "load").step == "missed"


def _last(tab: Tab) -> str:
    return tab.state(InspectionState).router.url.path.rstrip("/").split("/")[-1]


def test_an_auditor_sees_what_was_inspected_and_no_lesson_to_go_to(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, START + HOUR)
    begun(saved, officer(saved), meeting).call(InspectionState, "count", {"heads": "12"})
    auditor = make.make_actor(saved, Role.AUDITOR, region_code=REGION)
    seen = tab_of(saved, auditor, "/admin/inspections").call(InspectionsState, "load")
    assert (seen.status, seen.can_inspect, seen.lessons) == ("ready", False, [])
    assert seen.cards
    trainee = tab_of(saved, make.make_actor(saved), "/admin/inspections")
    assert trainee.call(InspectionsState, "load").status == "refused"


def test_running_lessons_are_searched_by_the_address(
    saved: Session, meeting: TrainingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, START + HOUR)
    tab = tab_of(saved, officer(saved), "/admin/inspections?q=no-such-class")
    assert tab.call(InspectionsState, "load").lessons == []
    find = InspectionsState.event_handlers["find"].fn
    assert "q=C0" in str(asyncio.run(find(tab.state(InspectionsState), {"q": "C0"})))
    assert "?q=" not in str(asyncio.run(find(tab.state(InspectionsState), {"q": " "})))
