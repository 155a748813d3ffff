"""The overview, the way down and the targets as pages show them, and what a forged call gets."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AnnualTarget, SessionScore, TrainingClass
from portal.domain.permissions import Role
from portal.state.oversight import OversightState, address, ratio
from portal.state.oversight_drilldown import DrilldownState
from portal.state.oversight_targets import TargetsState
from portal.state.oversight_waiting import WaitingWorkState
from tests.state.test_institution_states import authority, opened, run
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.policy import publish_packs
from tests.support.tallies import claim, money, settle

TURPAN = "650400"
PLAN = "/admin/targets?pack=turpan-2019&line=plan:6&year=0"


@pytest.fixture(scope="module")
def taught(engine: Engine) -> Iterator[TrainingClass]:
    """A class of last week with two people, paid for, and the packs."""
    with Session(engine, expire_on_commit=False) as session:
        publish_packs(session, "turpan-*.toml")
        made = make.make_class(session, first_start=NOW - timedelta(days=7))
        for _ in range(2):
            make.enrol(session, make.make_person(session), made)
        money(session, claim(session, made, state="approved"), 90_000, kind="balance")
        settle(session)
        session.commit()
        yield made


@pytest.fixture
def saved(engine: Engine, taught: TrainingClass) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


def at(monkeypatch: pytest.MonkeyPatch, state: Any, path: str, token: str | None) -> Any:
    monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))
    page = opened(state, path, token)
    run(page.load)
    return page


def test_the_overview_is_the_actors_region_in_words(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at(monkeypatch, OversightState, "/admin", authority(saved, Role.AUDITOR))
    assert (page.status, page.region, page.period) == ("ready", "吐鲁番市", "2026年")
    assert [one.value for one in page.figures[:3]] == ["2", "2", "30"]
    (part,) = page.parts
    assert (part.name, part.share, part.said) == ("高昌区", 100, "高昌区：2 人次，2 人")
    assert part.path == "/admin?area=650402&period=2026"
    assert "900" in page.funds[0].paid
    assert "截至" in page.updated


def test_elsewhere_there_is_nothing_and_a_quarter_can_be_asked_for(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotan = authority(saved, Role.OFFICER, "653200")
    page = at(monkeypatch, OversightState, "/admin", hotan)
    assert (page.parts, page.plans, page.funds) == ([], [], [])
    page = at(monkeypatch, OversightState, "/admin?area=650402", hotan)
    assert page.status == "refused"
    token = authority(saved, Role.OFFICER)
    page = at(monkeypatch, OversightState, "/admin?period=20263", token)
    assert (page.period, [one.value for one in page.parts]) == ("2026年第3季度", ["0"])
    assert [one.label for one in page.periods if one.chosen] == ["2026年第3季度"]


@pytest.mark.parametrize("query", ["period=abc", "plan=abc", "area=65", "plan[]=1&area=%00"])
def test_a_made_up_address_gets_a_sentence(
    saved: Session, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    token = authority(saved, Role.OFFICER)
    for state, path in ((OversightState, "/admin"), (DrilldownState, "/admin/drilldown")):
        page = at(monkeypatch, state, f"{path}?{query}", token)
        assert page.status in ("refused", "ready")
        assert page.problem or page.status == "ready"


def test_the_way_down_is_three_links(
    saved: Session, taught: TrainingClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = authority(saved, Role.OFFICER)
    page = at(monkeypatch, DrilldownState, "/admin/drilldown?period=2026", token)
    (school,) = page.lines
    page = at(monkeypatch, DrilldownState, school.path, token)
    assert page.level == "institution"
    (klass,) = page.lines
    page = at(monkeypatch, DrilldownState, klass.path, token)
    assert (page.level, page.heading) == ("class", taught.title)
    assert [one.alert for one in page.meetings] == [True, True]
    elsewhere = authority(saved, Role.OFFICER, "653200")
    assert at(monkeypatch, DrilldownState, klass.path, elsewhere).status == "refused"


def test_an_officer_lands_on_what_waits(
    saved: Session, taught: TrainingClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = authority(saved, Role.OFFICER)
    page = at(monkeypatch, WaitingWorkState, "/admin", token)
    # Sheets that nobody confirmed in time, of last week's class.
    assert page.shown
    assert page.total == f"{sum(int(one.count) for one in page.kinds)} 件"
    (sheets,) = [one for one in page.kinds if one.href == "/admin/work?kind=sheet"]
    assert (sheets.count, "月" in sheets.due) == ("2", True)
    # What is late comes first.
    late = [one.late != "" for one in page.kinds]
    assert late == sorted(late, reverse=True)
    # On the way down, and for whoever decides nothing, figures stand alone.
    for path, role in (("/admin?area=650402", Role.OFFICER), ("/admin", Role.AUDITOR)):
        found = at(monkeypatch, WaitingWorkState, path, authority(saved, role))
        assert (found.shown, found.kinds) == (False, [])
    hotan = authority(saved, Role.OFFICER, "653200")
    page = at(monkeypatch, WaitingWorkState, "/admin", hotan)
    assert (page.shown, page.kinds, page.late) == (True, [], "")


def test_a_session_of_the_way_down_leads_on(
    saved: Session, taught: TrainingClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = make.sessions_of(saved, taught)
    saved.add(SessionScore(session_id=first.id, stage="day", points=3, reasons=[], computed_at=NOW))
    saved.commit()
    path = f"/admin/drilldown?class={taught.id}"
    page = at(monkeypatch, DrilldownState, path, authority(saved, Role.AUDITOR))
    assert [one.path for one in page.meetings] == [f"/admin/risk/{first.id}", ""]
    assert [one.inspection for one in page.meetings] == ["", ""]


@pytest.mark.parametrize("state", [OversightState, DrilldownState, TargetsState])
def test_these_pages_belong_to_the_authority(
    saved: Session, monkeypatch: pytest.MonkeyPatch, state: Any
) -> None:
    token = make.log_in(saved, make.make_account(saved), now=NOW)
    saved.commit()
    assert at(monkeypatch, state, "/admin", token).status == "refused"
    assert at(monkeypatch, state, "/admin", None).status == "sign_in"


def test_an_officer_splits_a_plan_on_the_page_and_keeps_what_was_typed_when_refused(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at(monkeypatch, TargetsState, PLAN, authority(saved, Role.OFFICER))
    assert page.node.amount == "目标 10,000 人次"
    form = {"part": "region:650402", "amount": "12,000", "reason": "年初会议分解"}
    run(page.put, form)
    assert "多出 2000" in page.refusal.replace(",", "")
    assert (page.asks_excess, page.typed_amount, page.done) == (True, "12,000", "")
    run(page.put, form | {"exceed": "1"})
    assert (page.refusal, page.asks_excess) == ("", False)
    assert "已保存" in page.done
    assert page.over
    assert page.changes[0].exceeds
    run(page.put, form | {"amount": "6000", "reason": "年中调整任务"})
    assert page.placed == "已分解 6,000 人次，还剩 4,000 人次"


@pytest.mark.parametrize(
    "form",
    [
        {"part": "region:650402", "amount": "-1", "reason": "年初会议分解"},
        {"part": "region:650402", "amount": "１２", "reason": "年初会议分解"},
        {"part": "region:653201", "amount": "1", "reason": "年初会议分解"},
        {"part": "year:x", "amount": "1", "reason": "年初会议分解"},
        {"part": "", "amount": "1", "reason": "年初会议分解"},
        {"part": "region:650421", "amount": "1", "reason": "改"},
        {"part": {"a": 1}, "amount": 5, "reason": None},
        {},
    ],
)
def test_a_form_that_makes_no_sense_gets_a_sentence_and_sets_nothing(
    saved: Session, monkeypatch: pytest.MonkeyPatch, form: dict[str, Any]
) -> None:
    before = len(saved.scalars(select(AnnualTarget.id)).all())
    page = at(monkeypatch, TargetsState, PLAN, authority(saved, Role.OFFICER))
    run(page.put, form)
    assert page.refusal
    saved.rollback()
    assert len(saved.scalars(select(AnnualTarget.id)).all()) == before


def test_an_auditor_reads_targets_and_sets_none(
    saved: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at(monkeypatch, TargetsState, PLAN, authority(saved, Role.AUDITOR))
    assert (page.status, page.may_set) == ("ready", False)
    run(page.put, {"part": "region:650421", "amount": "1", "reason": "年初会议分解"})
    assert "权限" in page.problem


def test_numbers_in_words() -> None:
    assert (ratio(None), ratio(0.875)) == ("—", "87.5%")
    assert address("/admin", area="650400", plan="", period=2026) == (
        "/admin?area=650400&period=2026"
    )
