"""``/employer/rosters``: sheets of an employer's people."""

from typing import Any

import reflex as rx

from portal.components.desk import desk_page
from portal.components.roster import roster_list, roster_page
from portal.locale import t
from portal.pages.employer.frame import frame
from portal.pages.table import Page
from portal.state.rosters import RostersState, RosterState

# Off the class come Vars, whatever its annotations say.
many: Any = RostersState
one: Any = RosterState
_BASE = "/employer/rosters"


def index() -> rx.Component:
    """The list."""
    return frame("rosters", many.status, many.problem, roster_list(many))


def roster() -> rx.Component:
    """One roster."""
    return desk_page(
        one,
        roster_page(one),
        area="employer",
        title=t("roster.page.title"),
        back=(t("roster.page.back"), _BASE),
    )


PAGES = [
    Page(_BASE, t("roster.page.title"), index, (many.load,)),
    Page(f"{_BASE}/[roster_id]", t("roster.page.title"), roster, (one.load,)),
]
