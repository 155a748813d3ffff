"""The states of ``/institutions`` and of one institution's page."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import institutions
from portal.services.class_rows import ClassRow, row_of
from portal.services.institutions import InstitutionDetail
from portal.services.listing import InstitutionCard
from portal.services.public_catalogues import ways
from portal.services.public_catalogues.links import Link
from portal.state.base import PageState, handler
from portal.state.inputs import clean, path_part, query_value
from portal.state.pager import Pager, page_number, pager
from portal.state.search_box import SearchBox

PATH = "/institutions"
# As long as the search box lets anybody type.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """An institution in the list."""

    href: str
    name: str
    kind: str
    where: str
    teaches: str
    standing: str


class InstitutionsState(PageState, SearchBox, rx.State):
    """One page of the list of institutions."""

    found: str = ""
    rows: list[InstitutionRow] = []
    pager: Pager = Pager()

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show what the address asks for."""
        text, number = self._asked()
        echo = self._is_echo(_address(text, number))
        if echo and self._pending:
            # More was typed since: a later address is on its way.
            return
        self._fill(text)
        found = await self._run(
            institutions.find_institutions, q=text, page=number, now=self._now()
        )
        self.rows = [_row(card) for card in found.items]
        self.found = t("public.institutions.found", total=found.total)
        self.pager = pager(
            lambda other: _address(text, other),
            page=found.page,
            size=found.size,
            total=found.total,
        )

    @rx.event
    @handler(Permission.PUBLIC)
    async def search(self, text: str) -> Any:
        """Find what is being typed: the address follows and asks."""
        return self._find(text)

    @rx.event
    @handler(Permission.PUBLIC)
    async def submit(self, form: dict[str, Any]) -> Any:
        """Find at once what stands in the box."""
        return self._find(form.get("q") if isinstance(form, dict) else "")

    def _find(self, raw: object) -> Any:
        typed = clean(raw)[:_LONGEST]
        elsewhere = self.router.url.path.rstrip("/") != PATH
        if elsewhere or (typed == self._asked()[0] and not self._pending):
            return None
        return self._follow(typed, _address(typed, 1))

    def _asked(self) -> tuple[str, int]:
        query = self.router.url.query
        return query_value(query, "q")[:_LONGEST], page_number(query_value(query, "page"))


class InstitutionState(PageState, rx.State):
    """One institution and the classes one can choose there now."""

    item: InstitutionDetail | None = None
    classes: list[ClassRow] = []
    all_href: str = ""
    # Where it stands in the published catalogues, and what it teaches of them.
    ways: list[Link] = []

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the institution that the address names."""
        # Whatever stood here before, this one has not loaded yet.
        self.status = "loading"
        found = await self._run(
            institutions.institution_detail,
            institution_id=path_part(self.router.url.path, 1),
            now=self._now(),
        )
        self.classes = [row_of(card) for card in found.classes]
        more = found.class_count > len(found.classes)
        self.all_href = f"/classes?institution_id={found.card.id}" if more else ""
        self.ways = list(
            await self._run(ways.of_institution, institution_id=found.card.id, now=self._now())
        )
        self.item = replace(found, classes=())


def _row(card: InstitutionCard) -> InstitutionRow:
    return InstitutionRow(
        href=f"{PATH}/{card.id}",
        name=card.name,
        kind=" · ".join(filter(None, (card.kind_name, card.ownership_name))),
        where=" · ".join(filter(None, (card.region_name, card.address))),
        teaches=t("public.institutions.teaches", scope="、".join(card.scope)) if card.scope else "",
        standing=card.standing_text if card.standing != "listed" else "",
    )


def _address(text: str, number: int) -> str:
    asked = {"q": text, "page": str(number) if number > 1 else ""}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"{PATH}?{query}" if query else PATH
