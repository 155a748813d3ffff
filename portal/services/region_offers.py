"""What the policy documents of a region promise to which people, as they say it."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.policies import models
from portal.services.rule_book import BookPack


@dataclass(frozen=True, slots=True)
class Offer:
    """What a policy promises to groups of people. ``mine``: the person is in one of them."""

    summary: str
    clause: str
    document: str
    pack_id: str
    is_free: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class PackLink:
    """A policy document to read."""

    pack_id: str
    region_name: str
    title: str


def offers_of(packs: Iterable[BookPack], own: set[str]) -> list[Offer]:
    """What the packs promise, each free benefit before those with a subsidy of its pack."""
    return [
        _offer(one.pack, benefit, own, is_free=is_free)
        for one in packs
        for is_free, benefits in (
            (True, one.pack.free_training),
            (False, one.pack.subsidised_training),
        )
        for benefit in benefits
    ]


def _offer(
    pack: models.PolicyPack, benefit: models.Benefit, own: set[str], *, is_free: bool
) -> Offer:
    return Offer(
        summary=benefit.summary_plain,
        clause=benefit.clause,
        document=pack.document.doc_no or pack.document.short_title,
        pack_id=pack.document.id,
        is_free=is_free,
        mine=bool(own & set(benefit.group_codes)),
    )


def link_of(one: BookPack) -> PackLink:
    """The document of a pack, to read."""
    document = one.pack.document
    return PackLink(document.id, document.region_name, document.short_title)
