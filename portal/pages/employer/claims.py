"""``/employer/claims``: what an employer asks for its people's training."""

from typing import Any

import reflex as rx

from portal.components.claim_pages import claim_list, claim_page
from portal.components.desk import desk_page
from portal.locale import t
from portal.pages.employer.frame import frame
from portal.pages.table import Page
from portal.state.claims import ClaimsState, ClaimState

# Off the class come Vars, whatever its annotations say.
many: Any = ClaimsState
one: Any = ClaimState
_BASE = "/employer/claims"


def index() -> rx.Component:
    """The list."""
    return frame("claims", many.status, many.problem, claim_list(many))


def claim() -> rx.Component:
    """One claim."""
    return desk_page(
        one,
        claim_page(one, back=_BASE),
        area="employer",
        title=t("claims.page.title"),
        back=(t("claims.page.back"), _BASE),
    )


PAGES = [
    Page(_BASE, t("claims.own.title"), index, (many.load,)),
    Page(f"{_BASE}/[claim_id]", t("claims.page.title"), claim, (one.load,)),
]
