"""The states of ``/catalogues``, of one kind, of one entry and of a change log."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.public_catalogues import kinds, links, lists, shelf
from portal.services.public_catalogues.lists import EntryCard
from portal.services.publication.views import VersionView
from portal.state.base import PageState, handler
from portal.state.inputs import clean, path_part, query_value
from portal.state.pager import Pager, page_number, pager
from portal.state.search_box import SearchBox
from portal.state.texts import date_text

PATH = "/catalogues"
_SIZE = 30
# As long as the search box lets anybody type.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of catalogue in the list."""

    href: str
    name: str
    about: str
    count: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in force: whose, by which document, where its changes are told."""

    name: str
    about: str
    log: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry of a list, which leads to its page."""

    href: str
    title: str
    facts: str
    badge: str


@dataclass(frozen=True, slots=True)
class RegionLink:
    """A region that the list can be narrowed to."""

    href: str
    label: str
    chosen: bool


class CataloguesState(PageState, rx.State):
    """The kinds of catalogues."""

    rows: list[KindRow] = []

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Load the list."""
        found = await self._run(shelf.shelf, now=self._now())
        self.rows = [
            KindRow(
                href=f"{PATH}/{card.kind}",
                name=t(f"public_catalogues.kind.{card.kind}"),
                about=t(f"public_catalogues.about.{card.kind}"),
                count=t("public.catalogues.rows", count=card.row_count),
            )
            for card in found
        ]


class CatalogueState(PageState, SearchBox, rx.State):
    """One kind: its versions in force and a page of its entries."""

    kind: str = ""
    name: str = ""
    about: str = ""
    order: str = ""
    note: str = ""
    found: str = ""
    clear_href: str = ""
    regions: list[RegionLink] = []
    versions: list[VersionRow] = []
    rows: list[EntryRow] = []
    pager: Pager = Pager()

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show what the address asks for."""
        kind = path_part(self.router.url.path, 1)
        asked = self._asked()
        echo = self._is_echo(_address(kind, asked))
        if echo and self._pending:
            # More was typed since: a later address is on its way.
            return
        if kind != self.kind:
            # Whatever stood here before, this one has not loaded yet.
            self.status = "loading"
        self._fill(asked["q"])
        page = await self._run(
            lists.browse,
            kind=kind,
            q=asked["q"],
            region=asked["region"],
            plan=asked["plan"],
            page=page_number(asked["page"]),
            size=_SIZE,
            now=self._now(),
        )
        published = await self._run(shelf.versions_in_force, kind=kind, now=self._now())
        plan = await self._run(links.plan_name, key=asked["plan"]) if asked["plan"] else ""
        self._show(kind, asked, published, plan)
        self.rows = [entry_row(card) for card in page.items]
        key = "found" if page.total else "found_none"
        self.found = t(f"public_catalogues.{key}", total=page.total)
        self.pager = pager(
            lambda other: _address(kind, asked | {"page": str(other) if other > 1 else ""}),
            page=page.page,
            size=page.size,
            total=page.total,
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

    def _show(
        self, kind: str, asked: dict[str, str], published: tuple[VersionView, ...], plan: str
    ) -> None:
        self.kind = kind
        self.name = t(f"public_catalogues.kind.{kind}")
        self.about = t(f"public_catalogues.about.{kind}")
        self.order = _order(kind)
        self.note = t("public_catalogues.of_plan", plan=plan) if plan else ""
        self.clear_href = f"{PATH}/{kind}" if any(asked.values()) else ""
        self.versions = [version_row(one) for one in published]
        self.regions = _regions(kind, asked, published)

    def _find(self, raw: object) -> Any:
        kind = path_part(self.router.url.path, 1)
        typed, asked = clean(raw)[:_LONGEST], self._asked()
        if path_part(self.router.url.path, 0) != PATH.strip("/") or kind not in kinds.KINDS:
            return None
        if typed == asked["q"] and not self._pending:
            return None
        return self._follow(typed, _address(kind, asked | {"q": typed, "page": ""}))

    def _asked(self) -> dict[str, str]:
        query = self.router.url.query
        names = ("q", "region", "plan", "page")
        return {name: query_value(query, name)[:_LONGEST] for name in names}


def entry_row(card: EntryCard) -> EntryRow:
    """An entry as a list shows it."""
    facts = (*card.facts, "" if card.added else card.region_name)
    badge = t("public_catalogues.added_here", region=card.region_name) if card.added else ""
    return EntryRow(card.href, card.title, " · ".join(filter(None, facts)), badge)


def version_row(one: VersionView) -> VersionRow:
    """A version in force in a line."""
    since = date_text(one.effective_from)
    return VersionRow(
        name=t("public_catalogues.version", region=one.region_name, number=one.number),
        about=t("public_catalogues.version_doc", doc=one.doc_no or one.source_name, day=since),
        log=log_href(one.kind, one.region_code),
    )


def log_href(kind: str, region: str) -> str:
    """The page of a catalogue's changes."""
    return f"{PATH}/{kind}/log/{region}"


def slug_in(path: str) -> str:
    """The name of the entry in an address."""
    return clean(unquote(path_part(path, 2)))


def _order(kind: str) -> str:
    if kind in kinds.ORGANISATIONS:
        return t("public_catalogues.order_organisations")
    if kind == kinds.OCCUPATION:
        return t("public_catalogues.order_occupation")
    return t("public_catalogues.order")


def _regions(
    kind: str, asked: dict[str, str], published: tuple[VersionView, ...]
) -> list[RegionLink]:
    """All regions, and each that has published; none where there is nothing to choose."""
    codes = {one.region_code: one.region_name for one in published}
    if len(codes) < 2:
        return []
    rest = asked | {"page": ""}
    every = {"": t("public_catalogues.all_regions"), **codes}
    return [
        RegionLink(_address(kind, rest | {"region": code}), name, code == asked["region"])
        for code, name in every.items()
    ]


def _address(kind: str, asked: dict[str, str]) -> str:
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"{PATH}/{kind}?{query}" if query else f"{PATH}/{kind}"
