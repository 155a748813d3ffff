"""What I may learn free, as far as the policies of my region say it."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.subsidies import Offer, OwnGroup, PackLink, my_subsidies
from portal.state.base import PageState, handler
from portal.state.fresh import forget


@dataclass(frozen=True)
class GroupRow:
    """A group that I belong to."""

    name: str
    plain: str
    status: str
    tone: str


@dataclass(frozen=True)
class OfferRow:
    """A promise of a policy, with its source."""

    kind: str
    tone: str
    summary: str
    source: str
    href: str
    mine: bool


@dataclass(frozen=True)
class PackRow:
    """A policy document to read."""

    title: str
    region: str
    href: str


def group_row(group: OwnGroup) -> GroupRow:
    """A group and whether an authority has checked it."""
    state = "verified" if group.verified else "declared"
    return GroupRow(
        name=group.name,
        plain=group.plain,
        status=t(f"trainee.subsidies.{state}"),
        tone="good" if group.verified else "info",
    )


def offer_row(offer: Offer) -> OfferRow:
    """An offer with clause and link to the document."""
    return OfferRow(
        kind=t("trainee.subsidies.free" if offer.is_free else "trainee.subsidies.subsidised"),
        tone="good" if offer.is_free else "info",
        summary=offer.summary,
        source=t("trainee.subsidies.source", document=offer.document, clause=offer.clause),
        href=f"/policies/{offer.pack_id}",
        mine=offer.mine,
    )


def pack_row(pack: PackLink) -> PackRow:
    """A document and where it applies."""
    return PackRow(title=pack.title, region=pack.region_name, href=f"/policies/{pack.pack_id}")


class SubsidiesState(PageState, rx.State):
    """My groups and the offers of my region."""

    region: str = ""
    groups: list[GroupRow] = []
    offers: list[OfferRow] = []
    packs: list[PackRow] = []

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load groups and offers."""
        forget(self)
        view = await self._run(my_subsidies, now=self._now())
        self.region = view.region_name
        self.groups = [group_row(group) for group in view.groups]
        self.offers = [offer_row(offer) for offer in view.offers]
        self.packs = [pack_row(pack) for pack in view.packs]
