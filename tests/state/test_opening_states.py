"""The wizard and the officers' pages of class openings: what they show, save and refuse."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account
from portal.domain.permissions import Actor, Role
from portal.services.opening.content import STEPS, read
from portal.state.base import PageState
from portal.state.opening_desk import OpeningDecisionState, OpeningQueueState
from portal.state.opening_steps import OpeningStepState
from portal.state.openings import OpeningsState, OpeningState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.openings import School, filled, officer, row, school, sent
from tests.support.tab import Tab

HOME, DESK = "/teach/openings", "/admin/openings"
WHY = "请写明三十个人怎么分组"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


class Browser(Tab):
    """A browser in which somebody is logged in, wherever they go."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.own = make.log_in(session, session.get_one(Account, actor.account_id))
        session.commit()
        super().__init__(self.own)

    def go(self, path: str, token: str | None = None) -> None:
        super().go(path, token or self.own)

    def answer(self, kind: Any, handler: str, *args: Any) -> str:
        """Run a handler that leads somewhere; answers what it answered, as text."""
        return str(asyncio.run(kind.event_handlers[handler].fn(self.state(kind), *args)))


def step(tab: Browser, key: UUID, name: str) -> Any:
    tab.go(f"{HOME}/{key}/{name}")
    return tab.call(OpeningStepState, "load")


WEEK = {
    "first_day": "2026-12-14",
    **{f"day{day}": "1" for day in range(5)},
    "starts0": "09:30",
    "ends0": "13:30",
    "starts1": "16:30",
    "ends1": "20:00",
    "starts2": "",
    "ends2": "",
    "hours_per_day": "8",
}
WHERE = {
    "site": "实训楼",
    "room": "2号实训室",
    "address": "高昌区示范路1号",
    "capacity": "30",
    "textbook": "1",
    "resource_note": "教材 30 本",
    "safety_note": "先讲安全规程",
}
EXAM = {"exam_on": "2026-12-18", "form": "both", "exam_place": "2号", "certificate": "TRAINING"}
PEOPLE = {"mode": "open", "enrol_from": "2026-12-02", "enrol_until": "2026-12-12"}


def test_six_steps_on_a_phone_make_an_application_that_is_sent(saved: Session) -> None:
    at = school(saved)
    saved.commit()
    tab = Browser(saved, at.manager)
    tab.go(HOME)
    assert tab.call(OpeningsState, "load").rows == []
    led = tab.answer(OpeningsState, "start")
    (row_,) = tab.call(OpeningsState, "load").rows
    assert f"{row_.href}/what" in led
    assert row_.word == "草稿"
    key = UUID(row_.href.rsplit("/", 1)[1])
    for name, form in (
        ("what", {"programme": str(at.programme.id), "title": ""}),
        ("when", WEEK),
        ("who", {"teacher": str(at.teacher)}),
        ("where", WHERE),
        ("exam", EXAM),
        ("people", PEOPLE),
    ):
        page = step(tab, key, name)
        assert (page.status, page.step, len(page.steps)) == ("ready", name, 6)
        act = "save_week" if name == "when" else f"save_{name}"
        answer = tab.answer(OpeningStepState, act, form)
        assert page.problem == ""
        following = [*STEPS, ""][STEPS.index(name) + 1]  # type: ignore[arg-type]
        assert name == "when" or f"{HOME}/{key}/{following}".rstrip("/") in answer
    tab.go(f"{HOME}/{key}")
    one = tab.call(OpeningState, "load")
    assert not one.has_fails
    assert one.stage == "draft"
    assert one.meetings_label == "共 10 次课"
    done = tab.call(OpeningState, "submit")
    assert (done.stage, done.problem) == ("submitted", "")
    assert done.done
    assert not done.is_editable


def test_a_session_is_changed_in_place_and_what_was_typed_wrong_is_said(saved: Session) -> None:
    at = school(saved)
    key = filled(saved, at)
    saved.commit()
    tab = Browser(saved, at.manager)
    assert len(step(tab, key, "when").meetings) == 10
    page = tab.call(OpeningStepState, "open_meeting", "w1")
    assert (page.edit.day, page.edit.starts, page.edit.hours) == ("2026-12-14", "09:30", "5")
    form = {"key": "w1", "day": "2026-12-14", "starts": "9点", "ends": "13:30", "hours": "5"}
    page = tab.call(OpeningStepState, "save_meeting", form | {"kind": "theory"})
    assert page.problem == "请填几点几分，例如 10:00。"
    assert page.edit.key == "w1"
    page = tab.call(OpeningStepState, "save_meeting", form | {"starts": "09:00", "kind": "theory"})
    assert page.problem == ""
    assert page.edit.key == ""
    assert "09:00" in page.meetings[0].when
    assert len(tab.call(OpeningStepState, "remove_meeting", "w10").meetings) == 9
    page = tab.call(OpeningStepState, "open_meeting", "new")
    assert page.edit.key == "new"


def test_days_left_out_are_named(saved: Session) -> None:
    at = school(saved)
    key = filled(saved, at)
    saved.commit()
    tab = Browser(saved, at.manager)
    step(tab, key, "when")
    page = tab.call(OpeningStepState, "save_week", WEEK | {"first_day": "2026-12-31"})
    assert page.skipped == ["1月1日 周五：元旦，不上课"]


@pytest.mark.parametrize(
    ("handler", "name", "form"),
    [
        ("save_week", "when", WEEK | {"first_day": "某天"}),
        ("save_week", "when", WEEK | {"hours_per_day": "9"}),
        ("save_week", "when", {"first_day": "2026-12-14"}),
        ("save_what", "what", {"programme": "x"}),
        ("save_who", "who", {"teacher": "x"}),
        ("save_exam", "exam", EXAM | {"exam_on": "明天"}),
        ("save_exam", "exam", EXAM | {"form": "x"}),
        ("save_people", "people", {"mode": "x"}),
        ("save_where", "where", WHERE | {"site": "长" * 90}),
        ("save_week", "when", "no form at all"),
    ],
)
def test_nonsense_is_answered_with_a_sentence_and_changes_nothing(
    saved: Session, handler: str, name: str, form: Any
) -> None:
    at = school(saved)
    key = filled(saved, at)
    saved.commit()
    before = row(saved, key).content
    tab = Browser(saved, at.manager)
    step(tab, key, name)
    page = tab.call(OpeningStepState, handler, form)
    assert page.status == "ready"
    assert page.problem
    saved.rollback()
    assert row(saved, key).content == before


def test_a_place_of_before_brings_its_county_along(saved: Session) -> None:
    at = school(saved)
    key = filled(saved, at)
    there = {"region_code": "650422", "site": "示范村文化室", "address": "托克逊县示范村"}
    made = make.make_class(saved, institution=at.institution, sessions=1, **there)
    make.sessions_of(saved, made)[0].room = "大教室"
    saved.commit()
    tab = Browser(saved, at.manager)
    page = step(tab, key, "where")
    assert [one.key for one in page.regions] == ["650402", "650421", "650422"]
    assert page.region == "650402"
    page = tab.call(OpeningStepState, "use_place", page.places[0].value)
    assert (page.region, page.site) == ("650422", "示范村文化室")
    tab.answer(OpeningStepState, "save_where", WHERE | there)
    saved.rollback()
    assert row(saved, key).region_code == "650422"
    assert step(tab, key, "where").region == "650422"


def test_a_room_of_letters_is_no_capacity(saved: Session) -> None:
    at = school(saved)
    key = filled(saved, at)
    saved.commit()
    tab = Browser(saved, at.manager)
    step(tab, key, "where")
    tab.call(OpeningStepState, "save_where", WHERE | {"capacity": "三十"})
    saved.rollback()
    assert read(row(saved, key).content).where.capacity == -1
    tab.go(f"{HOME}/{key}")
    assert tab.call(OpeningState, "load").has_fails


def decision(saved: Session) -> tuple[School, UUID, Browser]:
    at = school(saved)
    key = sent(saved, at)
    tab = Browser(saved, officer(saved, "650402"))
    return at, key, tab


def test_an_officer_opens_the_class_from_the_queue(saved: Session) -> None:
    _, key, tab = decision(saved)
    tab.go(DESK)
    queue = tab.call(OpeningQueueState, "load")
    assert f"{DESK}/{key}" in {one.href for one in queue.cards}
    tab.go(f"{DESK}/{key}")
    page = tab.call(OpeningDecisionState, "load")
    assert (page.stage, page.has_fails) == ("submitted", False)
    assert len(page.meetings) == 10
    assert page.facts
    page = tab.call(OpeningDecisionState, "approve", {})
    assert page.done
    assert page.problem == ""
    saved.rollback()
    assert row(saved, key).state == "approved"


def test_a_return_says_what_to_mend_and_keeps_the_page_after_a_bare_no(saved: Session) -> None:
    at, key, tab = decision(saved)
    tab.go(f"{DESK}/{key}")
    tab.call(OpeningDecisionState, "load")
    page = tab.call(OpeningDecisionState, "send_back", {"reason": WHY})
    assert page.problem == "请至少勾选一处要改的地方。"
    assert not page.done
    page = tab.call(OpeningDecisionState, "send_back", {"reason": WHY, "where": "1"})
    assert page.done
    manager = Browser(saved, at.manager)
    manager.go(f"{HOME}/{key}")
    back = manager.call(OpeningState, "load")
    assert back.is_editable
    assert (back.answers[0].reason, back.answers[0].steps) == (WHY, "要改的地方：场地和资源")


def test_a_rejection_leaves_the_way_to_apply_anew(saved: Session) -> None:
    at, key, tab = decision(saved)
    tab.go(f"{DESK}/{key}")
    tab.call(OpeningDecisionState, "load")
    assert tab.call(OpeningDecisionState, "reject", {"reason": WHY}).done
    manager = Browser(saved, at.manager)
    manager.go(f"{HOME}/{key}")
    assert manager.call(OpeningState, "load").stage == "rejected"
    assert f"{HOME}/" in manager.answer(OpeningState, "copy_it")


def test_pages_are_for_those_whose_they_are(saved: Session) -> None:
    at, key, _ = decision(saved)
    teacher = Browser(saved, make.make_actor(saved, Role.INSTRUCTOR, institution=at.institution))
    stranger = Browser(saved, school(saved).manager)
    elsewhere = Browser(saved, officer(saved, "430000"))
    for tab, path, kind in (
        (teacher, HOME, OpeningsState),
        (teacher, f"{HOME}/{key}", OpeningState),
        (stranger, f"{HOME}/{key}", OpeningState),
        (stranger, f"{HOME}/{key}/what", OpeningStepState),
        (stranger, DESK, OpeningQueueState),
        (elsewhere, f"{DESK}/{key}", OpeningDecisionState),
        (stranger, f"{HOME}/nonsense", OpeningState),
    ):
        tab.go(path)
        assert tab.call(kind, "load").status == "refused"
    nobody = Tab()
    nobody.go(HOME)
    assert nobody.call(OpeningsState, "load").status == "sign_in"
