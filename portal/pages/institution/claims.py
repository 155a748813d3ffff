"""``/teach/claims``: the institution's claims, and those of its classes that it must check."""

from typing import Any

import reflex as rx

from portal.components.claim_pages import claim_list, claim_page
from portal.components.desk import staff_page
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.claims import ClaimsState, ClaimState

# Off the class come Vars, whatever its annotations say.
many: Any = ClaimsState
one: Any = ClaimState
_BASE = "/teach/claims"


def index() -> rx.Component:
    """The list."""
    return shell(
        staff_page(
            many.status,
            many.problem,
            claim_list(many),
            next_path=_BASE,
            back=(t("teach.back"), "/teach"),
            hint=t("claims.own.not_yours"),
        ),
        active="teach",
        title=t("claims.own.title"),
        back="/teach",
        wide=True,
    )


def claim() -> rx.Component:
    """One claim."""
    return shell(
        staff_page(
            one.status,
            one.problem,
            claim_page(one, back=_BASE),
            next_path=_BASE,
            back=(t("claims.page.back"), _BASE),
        ),
        active="teach",
        title=t("claims.page.title"),
        back=_BASE,
    )


PAGES = [
    Page(_BASE, t("claims.own.title"), index, (many.load,)),
    Page(f"{_BASE}/[claim_id]", t("claims.page.title"), claim, (one.load,)),
]
