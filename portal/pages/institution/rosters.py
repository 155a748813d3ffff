"""``/teach/rosters``: sheets of people for the institution's own classes."""

from typing import Any

import reflex as rx

from portal.components.desk import staff_page
from portal.components.roster import roster_list, roster_page
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.rosters import RostersState, RosterState

# Off the class come Vars, whatever its annotations say.
many: Any = RostersState
one: Any = RosterState
_BASE = "/teach/rosters"


def index() -> rx.Component:
    """The list."""
    return shell(
        staff_page(
            many.status,
            many.problem,
            roster_list(many),
            next_path=_BASE,
            back=(t("teach.back"), "/teach"),
            hint=t("roster.page.not_sender"),
        ),
        active="teach",
        title=t("roster.page.title"),
        back="/teach",
        wide=True,
    )


def roster() -> rx.Component:
    """One roster."""
    return shell(
        staff_page(
            one.status,
            one.problem,
            roster_page(one),
            next_path=_BASE,
            back=(t("roster.page.back"), _BASE),
        ),
        active="teach",
        title=t("roster.page.title"),
        back=_BASE,
    )


PAGES = [
    Page(_BASE, t("roster.page.title"), index, (many.load,)),
    Page(f"{_BASE}/[roster_id]", t("roster.page.title"), roster, (one.load,)),
]
