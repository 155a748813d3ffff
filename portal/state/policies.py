"""The states of ``/policies`` and of one policy document's page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import policies, policy_finding
from portal.services.policies import PackDetail
from portal.services.policy_finding import FoundPack, PlanHit
from portal.state.base import PageState, handler
from portal.state.inputs import clean, path_part, query_value
from portal.state.search_box import SearchBox

PATH = "/policies"
# As long as the search box lets anybody type.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class PackRow:
    """A document in the list, with the plans for which it was found."""

    href: str
    title: str
    issuer: str
    doc_no: str
    region_name: str
    standing: str
    standing_text: str
    hits: list[PlanHit]


@dataclass(frozen=True, slots=True)
class RegionChip:
    """A region to choose."""

    href: str
    label: str
    chosen: bool


class PoliciesState(PageState, SearchBox, rx.State):
    """The published documents, all of them or those that were looked for."""

    rows: list[PackRow] = []
    regions: list[RegionChip] = []
    found: str = ""
    clear_href: str = ""

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show what the address asks for; there are few."""
        asked = self._asked()
        if self._is_echo(_address(asked)) and self._pending:
            # More was typed since: a later address is on its way.
            return
        self._fill(asked["q"])
        found = await self._run(policy_finding.find_packs, **asked, now=self._now())
        self.rows = [_row(one) for one in found.items]
        self.clear_href = PATH if any(asked.values()) else ""
        self.found = t("public.policies.found", total=len(self.rows)) if self.clear_href else ""
        every = [("", t("public_catalogues.all_regions")), *found.regions]
        self.regions = [
            RegionChip(_address(asked | {"region": code}), name, code == asked["region"])
            for code, name in every
        ]

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
        typed, asked = clean(raw)[:_LONGEST], self._asked()
        elsewhere = self.router.url.path.rstrip("/") != PATH
        if elsewhere or (typed == asked["q"] and not self._pending):
            return None
        return self._follow(typed, _address(asked | {"q": typed}))

    def _asked(self) -> dict[str, str]:
        query = self.router.url.query
        return {name: query_value(query, name)[:_LONGEST] for name in ("q", "region")}


class PolicyState(PageState, rx.State):
    """One document."""

    item: PackDetail | None = None

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the document that the address names."""
        # Whatever stood here before, this one has not loaded yet.
        self.status = "loading"
        name = path_part(self.router.url.path, 1)
        self.item = await self._run(policies.pack_detail, pack_id=name, now=self._now())


def _row(one: FoundPack) -> PackRow:
    card = one.card
    return PackRow(
        href=f"{PATH}/{card.id}",
        title=card.title,
        issuer=card.issuer,
        doc_no=card.doc_no,
        region_name=card.region_name,
        standing=card.standing,
        standing_text=card.standing_text,
        hits=list(one.hits),
    )


def _address(asked: dict[str, str]) -> str:
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"{PATH}?{query}" if query else PATH
