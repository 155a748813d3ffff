"""The archive page: folded by year, narrowed by kind, corrections in words."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.services.archive_records import add_record
from portal.state.archive import ArchiveState
from portal.state.base import PageState
from tests.support import factories as make
from tests.support.archives import add
from tests.support.factories import NOW
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


@pytest.fixture
def tab(session: Session) -> Tab:
    """The owner of 300 lines in 12 years, one of them put right, one an award."""
    account = make.make_account(
        session, person=make.make_person(session, residence_region="650402")
    )
    person_id = account.person_id
    for number in range(298):
        day = date(2026 - number % 12, 1 + number % 9, 3)
        ends = {"starts_on": day.isoformat(), "ends_on": day.isoformat()}
        made = add(session, person_id, NOW, occurred_on=day, detail=ends)
    add(
        session,
        person_id,
        NOW + timedelta(days=1),
        kind="correction",
        ref_id=made.id,
        hours=40,
        supersedes=made.id,
        detail={"reason": "漏记一次课", "starts_on": day.isoformat(), "ends_on": day.isoformat()},
    )
    officer = make.make_actor(session, Role.OFFICER)
    add_record(
        session,
        officer,
        person_id=person_id,
        kind="competition",
        title="职业技能大赛三等奖",
        issuer="吐鲁番市总工会",
        occurred_on=date(2026, 5, 1),
        now=NOW,
    )
    token = make.log_in(session, account)
    session.commit()
    return Tab(token)


def rows_in(state: ArchiveState) -> list[int]:
    return [len(group.rows) for group in state.years]


def test_years_are_folded_and_the_newest_stands_open(tab: Tab) -> None:
    state = tab.call(ArchiveState, "load")
    assert [group.year for group in state.years][:3] == ["2026", "2025", "2024"]
    assert rows_in(state) == [26, *[0] * 11]
    assert state.years[0].summary == "26 条"
    assert state.trainings == 298


def test_a_year_opens_and_folds(tab: Tab) -> None:
    tab.call(ArchiveState, "load")
    state = tab.call(ArchiveState, "toggle", "2020")
    assert rows_in(state)[0] == 26
    assert [group.is_open for group in state.years if group.year == "2020"] == [True]
    state = tab.call(ArchiveState, "toggle", "2020")
    assert sum(rows_in(state)) == 26


@pytest.mark.parametrize("wrong", ["1999", "", None, 2020, ["2020"], {"a": 1}])
def test_what_is_no_year_or_kind_changes_nothing(tab: Tab, wrong: object) -> None:
    before = rows_in(tab.call(ArchiveState, "load"))
    assert rows_in(tab.call(ArchiveState, "toggle", wrong)) == before
    assert rows_in(tab.call(ArchiveState, "choose", wrong)) == before


def test_the_timeline_is_narrowed_to_a_kind(tab: Tab) -> None:
    state = tab.call(ArchiveState, "load")
    assert [choice.label for choice in state.choices] == ["全部", "培训", "技能竞赛"]
    state = tab.call(ArchiveState, "choose", "competition")
    [group] = state.years
    [row] = group.rows
    assert (row.kind, row.title, row.status) == ("技能竞赛", "职业技能大赛三等奖", "已记录")
    assert row.source == "本平台记录 · 2026年12月1日记入"
    assert sum(rows_in(tab.call(ArchiveState, "choose", "all"))) == 26


def test_a_correction_says_what_changed_and_why(tab: Tab) -> None:
    state = tab.call(ArchiveState, "load")
    for group in state.years[1:]:
        state = tab.call(ArchiveState, "toggle", group.year)
    [row] = [row for group in state.years for row in group.rows if row.fixes]
    assert row.fixes == ["更正：2026年12月2日，原因：漏记一次课", "课时由“36”改为“40”"]
    assert row.hours == "40 / 40 课时"


def test_totals_are_told_by_type_occupation_and_year(tab: Tab) -> None:
    state = tab.call(ArchiveState, "load")
    assert [group.heading for group in state.sums] == ["按类别", "按职业", "按年度"]
    assert state.sums[2].sums[0].label == "2026年"
    assert state.sums[2].sums[0].value == "25 次 · 900 课时"


def test_nobody_else_sees_anything(tab: Tab, session: Session) -> None:
    tab.call(ArchiveState, "load")
    stranger = make.log_in(session, make.make_account(session))
    session.commit()
    tab.go("/me/archive", stranger)
    state = tab.call(ArchiveState, "load")
    assert (state.is_empty, state.years, state.trainings) == (True, [], 0)
    tab.go("/me/archive", None)
    state = tab.call(ArchiveState, "toggle", "2026")
    assert (state.status, state.years) == ("sign_in", [])
