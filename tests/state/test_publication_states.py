"""The officer's pages of catalogues: importing, mapping, comparing, publishing, withdrawing."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.domain.permissions import Actor, Role
from portal.services.publication import contents, imports, versions
from portal.state.base import PageState
from portal.state.publication import HOME, CataloguesKeptState, CatalogueVersionState
from portal.state.publication_import import CatalogueImportState
from portal.tasks.catalogues import check_catalogue, look_into_catalogue
from tests.support import factories as make
from tests.support.catalogues import NOW, SHORTAGE, shortage
from tests.support.tab import Tab

ROW = {"occupation_code": "6-31-01-03", "name": "电工", "grade": "scarce", "wanted": 20}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


class Officer:
    """An officer of a county of their own, saved: tests of one module share a database."""

    def __init__(self, session: Session, region: str, role: Role = Role.OFFICER) -> None:
        account = make.make_account(session, role, region_code=region)
        self.token = make.log_in(session, account)
        self.actor = Actor(role, account_id=account.id, region_code=region)
        self.region = region
        session.commit()

    def tab(self, path: str) -> Tab:
        tab = Tab()
        tab.go(path, self.token)
        return tab


def draft(session: Session, region: str, **fields: Any) -> CatalogVersion:
    made = versions.create_draft(
        session,
        kind=SHORTAGE,
        region_code=region,
        entries=[contents.entry_of(SHORTAGE, ROW | fields)],
        doc_no="",
        source_name="目录.xlsx",
        effective_from=NOW.date(),
    )
    session.commit()
    return made


def call(tab: Tab, kind: Any, handler: str, *args: Any) -> Any:
    state = tab.state(kind)
    result = asyncio.run(kind.event_handlers[handler].fn(state, *args))
    return tab.state(kind), result


def opened(who: Officer, made: CatalogVersion) -> tuple[Tab, Any]:
    tab = who.tab(f"{HOME}/versions/{made.id}")
    state, _ = call(tab, CatalogueVersionState, "load")
    return tab, state


FORM = {"doc_no": "示例1号", "day": NOW.date().isoformat(), "understood": "1"}


def test_a_draft_is_compared_published_and_withdrawn(session: Session) -> None:
    who = Officer(session, "650402")
    tab, state = opened(who, draft(session, "650402"))
    assert (state.stage, state.is_first, state.files) == ("draft", True, [])
    state, _ = call(tab, CatalogueVersionState, "publish", FORM)
    assert (state.problem, state.stage) == ("", "published")
    assert "现在施行" in state.done
    second = draft(session, "650402", grade="very")
    tab, state = opened(who, second)
    assert [(one.title, one.lines) for one in state.items] == [
        ("电工", ["紧缺程度：紧缺 → 非常紧缺"])
    ]
    later = FORM | {"doc_no": "示例2号", "day": "2026-12-24"}
    state, _ = call(tab, CatalogueVersionState, "publish", later)
    assert (state.problem, state.stage) == ("", "scheduled")
    assert [one.href[-4:] for one in state.files] == [".csv", "xlsx", "json"]
    form = {"reason": "推迟施行", "understood": "1"}
    state, _ = call(tab, CatalogueVersionState, "withdraw", form)
    assert (state.problem, state.stage) == ("", "withdrawn")
    assert "推迟施行" in state.version.why


@pytest.mark.parametrize(
    "change", [{"understood": ""}, {"doc_no": ""}, {"day": "明天"}, {"day": ""}]
)
def test_publishing_is_confirmed_and_loses_nothing_that_was_typed(
    session: Session, change: dict[str, str]
) -> None:
    who = Officer(session, "650421")
    tab, _ = opened(who, draft(session, "650421"))
    state, _ = call(tab, CatalogueVersionState, "publish", FORM | change)
    assert state.problem
    assert (state.status, state.stage) == ("ready", "draft")
    assert state.doc_no == (FORM | change)["doc_no"]


def test_a_draft_is_thrown_away(session: Session) -> None:
    who, made = Officer(session, "650422"), draft(session, "650422")
    tab, _ = opened(who, made)
    call(tab, CatalogueVersionState, "discard")
    with Session(session.get_bind()) as fresh:
        assert fresh.get(CatalogVersion, made.id) is None


def test_the_list_holds_the_region_and_no_other(session: Session) -> None:
    draft(session, "430102")
    ours, theirs = Officer(session, "430100"), Officer(session, "370200")
    for who, count in ((ours, 1), (theirs, 0)):
        state, _ = call(who.tab(HOME), CataloguesKeptState, "load")
        assert (state.status, len(state.rows)) == ("ready", count)
    state, _ = call(ours.tab(f"{HOME}?kind=competition"), CataloguesKeptState, "load")
    assert state.rows == []
    assert [one.label for one in state.kinds if one.active] == ["职业技能竞赛目录"]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_nobody_else_sees_these_pages(session: Session, role: Role) -> None:
    who = Officer(session, "650400", role)
    made = draft(session, "650400")
    for kind, path in (
        (CataloguesKeptState, HOME),
        (CatalogueVersionState, f"{HOME}/versions/{made.id}"),
        (CatalogueImportState, f"{HOME}/imports/{made.id}"),
    ):
        state, _ = call(who.tab(path), kind, "load")
        assert state.status == "refused"
    state, _ = call(Tab(), CataloguesKeptState, "load")
    assert state.status == "sign_in"


def test_an_import_is_mapped_checked_and_becomes_a_draft(session: Session) -> None:
    who = Officer(session, "150100")
    import_id = imports.start(
        session,
        who.actor,
        kind=SHORTAGE,
        region_code="150100",
        file_name="目录.xlsx",
        content=shortage(["6-31-01-03", "电工", "特别缺"], ["6-18-02-04", "焊工", "紧缺"]),
        now=NOW,
    )
    session.commit()
    tab = who.tab(f"{HOME}/imports/{import_id}")
    state, follow = call(tab, CatalogueImportState, "load")
    assert state.working
    assert follow is not None
    look_into_catalogue(import_id=str(import_id), now=NOW)
    state, follow = call(tab, CatalogueImportState, "load")
    assert follow is None
    (sheet,) = state.sheets
    assert [(one.label, one.chosen) for one in sheet.picks[:3]] == [
        ("职业编码", "A"),
        ("职业(工种)名称", "B"),
        ("紧缺程度", "C"),
    ]
    wrong = {sheet.use_name: "1", sheet.picks[0].name: "A"}
    state, _ = call(tab, CatalogueImportState, "check", wrong)
    assert "紧缺程度" in state.problem
    form = {sheet.use_name: "1"} | {one.name: one.chosen for one in sheet.picks}
    state, follow = call(tab, CatalogueImportState, "check", form)
    assert state.working
    assert follow is not None
    check_catalogue(import_id=str(import_id), dry_run=False, now=NOW)
    state, _ = call(tab, CatalogueImportState, "load")
    assert state.stage == "faults"
    assert [(one.where, "特别缺" in one.why) for one in state.faults] == [
        ("目录 第2行 C 紧缺程度", True)
    ]
    state, _ = call(tab, CatalogueImportState, "drop")
    state, _ = call(tab, CatalogueImportState, "load")
    assert state.status == "refused"


@pytest.mark.parametrize("form", [None, [], "x", {}, {"use-0": 7}])
def test_what_is_no_form_is_refused(session: Session, form: object) -> None:
    who = Officer(session, "150200")
    import_id = imports.start(
        session,
        who.actor,
        kind=SHORTAGE,
        region_code="150200",
        file_name="目录.xlsx",
        content=shortage(),
        now=NOW,
    )
    session.commit()
    look_into_catalogue(import_id=str(import_id), now=NOW)
    tab = who.tab(f"{HOME}/imports/{import_id}")
    call(tab, CatalogueImportState, "load")
    state, _ = call(tab, CatalogueImportState, "check", form)
    assert (state.status, bool(state.problem), state.working) == ("ready", True, False)
