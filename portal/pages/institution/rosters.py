"""``/teach/rosters``: sheets of people for the institution's own classes."""

from typing import Any

import reflex as rx

from portal.components.desk import desk_page
from portal.components.roster import roster_list, roster_page
from portal.locale import t
from portal.pages.table import Page
from portal.state.rosters import RostersState, RosterState

# Off the class come Vars, whatever its annotations say.
many: Any = RostersState
one: Any = RosterState
_BASE = "/teach/rosters"


def index() -> rx.Component:
    """The list."""
    return desk_page(
        many,
        roster_list(many),
        area="teach",
        title=t("roster.page.title"),
        back=(t("teach.back"), "/teach"),
        path=_BASE,
        hint=t("roster.page.not_sender"),
        wide=True,
    )


def roster() -> rx.Component:
    """One roster."""
    return desk_page(
        one,
        roster_page(one),
        area="teach",
        title=t("roster.page.title"),
        back=(t("roster.page.back"), _BASE),
    )


PAGES = [
    Page(_BASE, t("roster.page.title"), index, (many.load,)),
    Page(f"{_BASE}/[roster_id]", t("roster.page.title"), roster, (one.load,)),
]
