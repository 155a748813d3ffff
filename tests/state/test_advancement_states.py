"""The pages of 竞赛及荣誉晋升: what is suggested on the spot, the desk, and the owner's archive."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Person
from portal.domain.permissions import Role
from portal.locale import t
from portal.services import competitions
from portal.state.advancement import HOME, AdvancementsState
from portal.state.archive import ArchiveState
from portal.state.archive_lookup import ArchiveLookupState
from portal.state.base import PageState
from tests.support import factories as make
from tests.support import papers, policy
from tests.support.factories import NOW
from tests.support.published import published
from tests.support.tab import Tab

WON = {
    "kind": "competition", "competition": "电工技能大赛 TLF-JS-01", "issuer": "", "place": "2",
    "occurred_on": "2026-06-01",
}  # fmt: skip
LEVEL = "电工 三级/高级工（职业资格证书）"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        policy.publish_packs(made)
        if not competitions.of_year(made, region="650400", year=2026):
            published(made, "competition", {"number": "TLF-JS-01", "name": "电工技能大赛"})
        made.commit()
        yield made


def login(saved: Session, role: Role, person: Person | None = None) -> str:
    token = make.log_in(saved, make.make_account(saved, role, person=person))
    saved.commit()
    return token


def recorded(tab: Tab, officer: str, person: Person) -> ArchiveLookupState:
    """The officer's page after the placing was put in."""
    tab.go("/admin/archives", officer)
    tab.call(ArchiveLookupState, "load")
    form = {"by": "id", "number": papers.number_of(person), "reason": "本人来窗口登记"}
    tab.call(ArchiveLookupState, "look_up", form)
    return tab.call(ArchiveLookupState, "add", WON)


def test_a_placing_is_suggested_recommended_and_read_by_its_owner(saved: Session) -> None:
    person = papers.resident(saved)
    officer, owner, tab = login(saved, Role.OFFICER), login(saved, Role.TRAINEE, person), Tab()
    page = recorded(tab, officer, person)
    [row] = page.suggested
    assert (page.problem, page.lines[0].note) == ("", "第2名")
    assert (row.level, row.waits, row.source) == (LEVEL, True, "吐政办〔2019〕53号 四(四)")
    assert "本系统的默认值" in row.caveat

    tab.go("/me/archive", owner)
    [told] = tab.call(ArchiveState, "load").suggestions
    assert told.said == t("advancement.own.open", level=LEVEL, title="电工技能大赛 第2名")
    assert (told.state, told.ask) == ("等待核对", "")

    tab.go(HOME, officer)
    desk = tab.call(AdvancementsState, "load")
    [row] = desk.rows
    assert (row.owner, row.dates) == ("王*强 · 吐鲁番市高昌区", "请在 2026年12月15日 前答复")
    desk = tab.call(AdvancementsState, "recommend", {"key": row.key, "place": ""})
    assert (bool(desk.problem), desk.done) == (True, "")
    desk = tab.call(AdvancementsState, "recommend", {"key": row.key, "place": "市职业技能鉴定中心"})
    assert (desk.done, desk.rows) == (t("advancement.desk.recommended"), [])
    tab.go(f"{HOME}?show=all", officer)
    [row] = tab.call(AdvancementsState, "load").rows
    assert (row.state, row.answer) == ("已推荐", "去哪里办：市职业技能鉴定中心")

    tab.go("/me/archive", owner)
    [told] = tab.call(ArchiveState, "load").suggestions
    assert "市职业技能鉴定中心" in told.said
    assert "不等于发证" in told.said


def test_what_is_declined_says_why_and_where_to_ask(saved: Session) -> None:
    person = papers.resident(saved)
    officer, owner, tab = login(saved, Role.OFFICER), login(saved, Role.TRAINEE, person), Tab()
    [row] = recorded(tab, officer, person).suggested
    tab.go(HOME, officer)
    tab.call(AdvancementsState, "load")
    desk = tab.call(AdvancementsState, "decline", {"key": row.key, "reason": "证书上名次不符"})
    assert desk.done == t("advancement.desk.declined")
    tab.go("/me/archive", owner)
    [told] = tab.call(ArchiveState, "load").suggestions
    assert "证书上名次不符" in told.said
    assert told.ask


@pytest.mark.parametrize("typed", ["第二", "-1", "1.5", "0"])
def test_a_place_is_a_number(saved: Session, typed: str) -> None:
    person, tab = papers.resident(saved), Tab()
    recorded(tab, login(saved, Role.OFFICER), person)
    form = WON | {"place": typed, "occurred_on": "2026-07-01"}
    assert tab.call(ArchiveLookupState, "add", form).problem == t("archive.refused.place")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.MANAGER])
def test_the_desk_is_the_officers(saved: Session, role: Role) -> None:
    tab = Tab()
    kwargs = {"institution": make.make_institution(saved)} if role == Role.MANAGER else {}
    token = make.log_in(saved, make.make_account(saved, role, **kwargs))
    saved.commit()
    tab.go(HOME, token)
    desk = tab.call(AdvancementsState, "load")
    assert (desk.status, desk.rows) == ("refused", [])
