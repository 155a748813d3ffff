"""The state of ``/classes``: what its address asks for, and the sheet that is open."""

from typing import Any

import reflex as rx

from portal.domain.permissions import Permission
from portal.services import catalogue
from portal.services.class_badges import find_rows
from portal.services.class_rows import ClassRow, found_text
from portal.state.base import PageState, handler
from portal.state.class_filters import (
    PATH,
    Chip,
    Params,
    address,
    chips,
    clean,
    is_filtered,
    need_address,
    page_address,
    to_query,
)
from portal.state.class_sheets import NO_SHEET, Sheet, sheet_of
from portal.state.pager import Pager, pager
from portal.state.search_box import SearchBox


class ClassesState(PageState, SearchBox, rx.State):
    """One page of the list."""

    chips: list[Chip] = chips({})
    clear_href: str = ""
    need_href: str = "/needs/new"
    found: str = ""
    rows: list[ClassRow] = []
    pager: Pager = Pager()
    sheet: Sheet = NO_SHEET
    _showing: str = ""

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show what the address asks for."""
        params = self._params()
        echo = self._is_echo(address(params))
        if echo and (self._pending or self._showing == address(params)):
            return
        self.sheet = NO_SHEET
        self._fill(params.get("q", ""))
        await self._show(params)

    @rx.event
    @handler(Permission.PUBLIC)
    async def search(self, text: str) -> Any:
        """Find what is being typed; the address follows."""
        return await self._find(text)

    @rx.event
    @handler(Permission.PUBLIC)
    async def submit(self, form: dict[str, Any]) -> Any:
        """Find at once what stands in the box: the search key of a phone's keyboard."""
        return await self._find(form.get("q") if isinstance(form, dict) else "")

    @rx.event
    @handler(Permission.PUBLIC)
    async def open_sheet(self, kind: str, inside: str) -> None:
        """Show the options of a filter; of a region those within ``inside``."""
        found = await self._run(catalogue.facets, now=self._now())
        self.sheet = sheet_of(str(kind), str(inside), self._params(), found)

    @rx.event
    @handler(Permission.PUBLIC)
    async def close_sheet(self) -> None:
        """Put the options away."""
        self.sheet = NO_SHEET

    async def _find(self, raw: object) -> Any:
        """Show the matches now, and lead the address after them without a second search."""
        typed = clean({"q": raw}).get("q", "")
        wanted = clean(self._params() | {"q": typed, "page": ""})
        elsewhere = self.router.url.path.rstrip("/") != PATH
        if elsewhere or address(wanted) == self._showing:
            return None
        await self._show(wanted)
        return self._follow(typed, address(wanted))

    async def _show(self, params: Params) -> None:
        # A refused filter must leave no rows of another question behind.
        self.rows, self.found, self.pager = [], "", Pager()
        self.chips = chips(params)
        self.clear_href = PATH if is_filtered(params) else ""
        self.need_href = need_address(params)
        self._showing = address(params)
        page, self.rows = await self._run(find_rows, query=to_query(params), now=self._now())
        self.found = found_text(page)
        self.pager = pager(
            lambda number: page_address(params, number),
            page=page.page,
            size=page.size,
            total=page.total,
            has_more=page.has_more,
            capped=page.total_is_capped,
        )

    def _params(self) -> Params:
        return clean(self.router.url.query_parameters)
