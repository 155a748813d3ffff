"""The states of ``/catalogues`` and of one kind of catalogue."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import catalogues
from portal.services.catalogues import CatalogueCard, EntryView, VersionView
from portal.state.base import PageState, handler
from portal.state.inputs import path_part, query_value
from portal.state.pager import Pager, page_number, pager

PATH = "/catalogues"
_SIZE = 30


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of catalogue in the list."""

    href: str
    name: str
    about: str
    count: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry, which leads to its classes."""

    href: str
    title: str
    facts: str


class CataloguesState(PageState, rx.State):
    """The kinds of catalogues."""

    rows: list[KindRow] = []

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Load the list."""
        found = await self._run(catalogues.list_catalogues, now=self._now())
        self.rows = [_kind(card) for card in found]


class CatalogueState(PageState, rx.State):
    """One kind: its versions in force and a page of its entries."""

    name: str = ""
    about: str = ""
    is_institutions: bool = False
    versions: list[VersionView] = []
    rows: list[EntryRow] = []
    pager: Pager = Pager()

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the kind that the address names."""
        # Whatever stood here before, this one has not loaded yet.
        self.status = "loading"
        kind = path_part(self.router.url.path, 1)
        number = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(catalogues.catalogue_card, kind=kind, now=self._now())
        page = await self._run(
            catalogues.entries, kind=kind, page=number, size=_SIZE, now=self._now()
        )
        row = _kind(found)
        self.name, self.about = row.name, row.about
        self.is_institutions = kind == "institution"
        self.versions = list(found.versions)
        self.rows = [_entry(entry) for entry in page.items]
        self.pager = pager(
            lambda other: f"{PATH}/{kind}" + (f"?page={other}" if other > 1 else ""),
            page=page.page,
            size=page.size,
            total=page.total,
        )


def _kind(card: CatalogueCard) -> KindRow:
    return KindRow(
        href=f"{PATH}/{card.kind}",
        name=t(f"public.catalogues.{card.kind}"),
        about=t(f"public.catalogues.{card.kind}_about"),
        count=t("public.catalogues.rows", count=card.row_count),
    )


def _entry(entry: EntryView) -> EntryRow:
    href = f"/classes?occupation={entry.code}" if entry.code else "/classes"
    return EntryRow(href, entry.title, " · ".join(entry.facts))
