"""Every handler of every page and every route, as strangers, an auditor and a reviewer with the ids
of a region: nothing of it is shown, nothing but the own login and messages is changed."""

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import reflex as rx
from starlette.testclient import TestClient

from portal.domain.permissions import Actor, Permission
from portal.http.context import LOGIN_COOKIE
from portal.pages.table import all_pages
from portal.state.base import PageState
from tests.http.test_access import BODIES, FORMS
from tests.http.test_access import TABLE as ROUTES
from tests.state.test_handlers import ALL, public_methods
from tests.support import factories as make
from tests.support.tab import Tab
from tests.walls.calls import noting, words_of
from tests.walls.wall import Wall

# What a stranger's page may write: who read what, and the own login and messages.
OWN_TABLES = {"audit_event", "login_attempt", "login_session", "notice", "issuer", "issuer_key"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: make.NOW))


class Form(dict[str, Any]):
    """Whatever field is asked for is filled in: with the id of a row where it is one's name."""

    def __init__(self, values: Mapping[str, Any], key: str) -> None:
        super().__init__()
        self.values_of, self.key = values, key

    def get(self, name: str, default: Any = None) -> Any:
        known = self.values_of.get(name, self.values_of.get(f"{name}_id"))
        if known is None:
            known = self.key if name == "key" else "按规定核对了材料"
        return known if isinstance(known, str) else str(known)

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return self.get(name)


def paths(wall: Wall) -> dict[str, list[str]]:
    """Where a state lives: the addresses of its pages, with ids of the region in them."""
    found: dict[str, list[str]] = {}
    for page in all_pages():
        path = re.sub(r"\[(\w+)\]", lambda one: str(wall.values.get(one[1], "0")), page.route)
        for handler in page.on_load:
            found.setdefault(handler.fn.__qualname__.split(".")[0], []).append(path)
    return found


def run(wall: Wall, actor: Actor, only: str = "") -> Iterator[tuple[str, set[str], set[str]]]:
    """Every handler, called once on each page of its state: its name, the marks that the state
    shows then, the tables that were written to."""
    homes, tab, token = paths(wall), Tab(), wall.log_in(actor)
    for kind in ALL:
        for path in homes.get(kind.__name__, ["/"]):
            key = path.rpartition("/")[2]
            for name, method in public_methods(kind).items():
                if only not in ("", name):
                    continue
                tab.go(path, token)
                state = tab.state(kind)
                state.reset()
                with noting(wall.engine) as wrote:
                    asyncio.run(_call(method, state, wall, key))
                shown = set(wall.marks.findall(" ".join(_shown(state)))) - {key}
                yield f"{kind.__name__}.{name}", shown, wrote


async def _call(method: Any, state: Any, wall: Wall, key: str) -> None:
    takes = list(inspect.signature(inspect.unwrap(method)).parameters.values())[1:]
    typed = Form(wall.values, key)
    given = [
        typed if one.name in ("form", "typed") else typed.get(one.name)
        for one in takes
        if one.default is one.empty
    ]
    made = method(state, *given)
    if inspect.isasyncgen(made):
        async for _ in made:
            pass
    else:
        await made


def _shown(state: rx.State) -> Iterator[str]:
    for name in type(state).base_vars:
        yield from words_of(getattr(state, name))


# Open to everybody; and what repeats to whoever typed it what was typed.
OPEN = {
    *("ClassState.load", "ClassesState.load", "InstitutionState.load", "InstitutionsState.load"),
    *("SheetState.edit", "TrailState.search"),
}
# Portals are of the country, reviewers of no region.
OFFICERS = {"PortalsState.load", "ThirdPartiesState.load"}
AUDITORS = {
    *("AdmissionsState.load", "ListingDeskState.load"),
    *("DrilldownState.load", "InspectionState.load", "InspectionsState.load", "ReportState.load"),
    *("InstitutionsOverseenState.load", "OversightState.load", "ReportsState.load"),
    *("RiskDetailState.load", "RiskState.load", "RiskState.narrow", "TargetsState.load"),
    *("TrailState.load", "TrailState.search_older", "TrailState.check", "TrailState.check_on"),
}
REVIEWERS = {
    *("OwnReviewState.load", "OwnReviewState.write_report", "ReviewsOfMineState.load"),
    *("SampleItemState.find", "SampleItemState.load"),
}


def visitors(wall: Wall) -> dict[str, tuple[Actor, set[str]]]:
    """Who calls, and the handlers that may show them something of the region."""
    return {
        "officer elsewhere": (wall.outside[0], OFFICERS),
        "auditor": (wall.others["auditor"], AUDITORS),
        "its reviewer": (wall.others["its reviewer"], REVIEWERS),
    }


@pytest.mark.parametrize("who", ["officer elsewhere", "auditor", "its reviewer"])
def test_no_handler_shows_or_changes_what_is_not_the_callers(wall: Wall, who: str) -> None:
    actor, may_show = visitors(wall)[who]
    allowed = OWN_TABLES | ({"review_finding"} if who == "its reviewer" else set())
    wrong = [
        (name, shown, wrote - allowed)
        for name, shown, wrote in run(wall, actor)
        if (shown and name not in OPEN | may_show) or wrote - allowed
    ]
    assert wrong == []


def test_an_officer_of_the_region_is_shown_what_the_others_are_not(wall: Wall) -> None:
    """Else the handlers would be called with what opens nothing for anybody."""
    loaded = {name for name, shown, _ in run(wall, wall.inside[0], only="load") if shown}
    assert len(loaded - OPEN - OFFICERS) > 30


@pytest.mark.parametrize("who", ["officer elsewhere", "auditor", "its reviewer"])
def test_no_route_shows_or_changes_what_is_not_the_callers(
    wall: Wall, who: str, browser: Callable[..., TestClient]
) -> None:
    token = wall.log_in(visitors(wall)[who][0])
    client, wrong = browser(), []
    for method, path in sorted(ROUTES):
        if ROUTES[method, path] is Permission.PUBLIC:
            continue
        url = re.sub(r"{(\w+)}", lambda one: _part(wall, one[1]), path)
        client.cookies.clear()
        client.cookies.set(LOGIN_COOKIE, token or "")
        with noting(wall.engine) as wrote:
            answer = client.request(
                method,
                url,
                json=BODIES.get(path),
                data=FORMS.get(path) if method == "POST" else None,
            )
        shown = {mark for mark in wall.marks.findall(answer.text) if mark not in url}
        if answer.status_code == 500 or wrote - OWN_TABLES or (shown and not _open(who, path)):
            wrong.append((method, path, answer.status_code, shown, wrote - OWN_TABLES))
    assert wrong == []


def _part(wall: Wall, name: str) -> str:
    """A part of an address: the id of a row of the region, or something of the kind."""
    usual = {"extension": "pdf", "form": "xlsx", "number": "1", "suffix": "csv"}
    return str(wall.values.get(name, usual.get(name, "X")) if name.endswith("_id") else usual[name])


def _open(who: str, path: str) -> bool:
    """Whether a route may show something of the region: what is public, what the auditor reads,
    and what is of the caller."""
    if path.startswith(("/files/data.", "/api/v1/classes")):
        return True
    return who == "auditor" and path in ("/files/reports/{report_id}.{form}", "/admin/audit/export")
