"""``/teach/claims``: the institution's claims, and those of its classes that it must check."""

from typing import Any

import reflex as rx

from portal.components.claim_pages import claim_list, claim_page
from portal.components.desk import desk_page
from portal.locale import t
from portal.pages.table import Page
from portal.state.claims import ClaimsState, ClaimState

# Off the class come Vars, whatever its annotations say.
many: Any = ClaimsState
one: Any = ClaimState
_BASE = "/teach/claims"


def index() -> rx.Component:
    """The list."""
    return desk_page(
        many,
        claim_list(many),
        area="teach",
        title=t("claims.own.title"),
        back=(t("teach.back"), "/teach"),
        path=_BASE,
        hint=t("claims.own.not_yours"),
        wide=True,
    )


def claim() -> rx.Component:
    """One claim."""
    return desk_page(
        one,
        claim_page(one, back=_BASE),
        area="teach",
        title=t("claims.page.title"),
        back=(t("claims.page.back"), _BASE),
    )


PAGES = [
    Page(_BASE, t("claims.own.title"), index, (many.load,)),
    Page(f"{_BASE}/[claim_id]", t("claims.page.title"), claim, (one.load,)),
]
