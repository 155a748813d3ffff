"""Finding policy documents: by words or pinyin in what they say, and by region."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PolicyPack
from portal.domain.permissions import Actor
from portal.domain.search_text import query_terms, search_terms
from portal.policies import models, reference
from portal.policies.reach import reach_of
from portal.services.catalogue.query import parse_region
from portal.services.pack_store import packs_of
from portal.services.policies import PackCard, group_phrases, list_packs
from portal.services.scope import region_prefix

# Enough to see why a document was found; the rest stands in it.
_MOST_HITS = 3


@dataclass(frozen=True)
class PlanHit:
    """A plan of a document that says what was looked for."""

    href: str
    name: str
    clause: str


@dataclass(frozen=True)
class FoundPack:
    """A document, and the plans for which it was found."""

    card: PackCard
    hits: tuple[PlanHit, ...]


@dataclass(frozen=True)
class FoundPacks:
    """``regions`` are (code, name) of all that have documents, whatever was looked for."""

    items: tuple[FoundPack, ...]
    regions: tuple[tuple[str, str], ...]


def find_packs(
    session: Session, actor: Actor, *, q: str = "", region: str = "", now: datetime
) -> FoundPacks:
    """The documents that hold every word, and that apply in a region or in a part of it.

    In the order of ``list_packs``. Raises BadInput for an unknown region.
    """
    code, wanted = parse_region(region), frozenset(query_terms(q))
    cards = list_packs(session, actor, now=now)
    packs = _packs(session)
    found = [
        FoundPack(card, _hits(packs.get(card.id), wanted) if wanted else ())
        for card in cards
        if (not code or _concerns(card.region_code, code))
        and (not wanted or wanted <= _terms(card, packs.get(card.id)))
    ]
    regions = {card.region_code: card.region_name for card in cards}
    return FoundPacks(tuple(found), tuple(sorted(regions.items())))


def _concerns(of: str, region: str) -> bool:
    return of in reach_of(region) or of.startswith(region_prefix(region))


def _packs(session: Session) -> dict[str, models.PolicyPack]:
    rows = session.execute(select(PolicyPack.id, PolicyPack.content_hash)).tuples().all()
    return {key: pack for (key, _), pack in packs_of(session, list(rows)).items()}


def _hits(pack: models.PolicyPack | None, wanted: frozenset[str]) -> tuple[PlanHit, ...]:
    if pack is None:
        return ()
    document = pack.document.id
    return tuple(
        PlanHit(f"/policies/{document}#plan-{plan.plan_no}", plan.name, plan.clause)
        for plan in pack.plans
        if wanted <= _terms_of(tuple(_plan_words(plan)))
    )[:_MOST_HITS]


def _terms(card: PackCard, pack: models.PolicyPack | None) -> frozenset[str]:
    """Everything that a document says in plain words, with its names and its region."""
    region = reference.region_path(card.region_code)
    words = [card.title, card.short_title, card.doc_no, card.issuer, card.region_name, *region]
    return _terms_of((*words, *(_pack_words(pack) if pack else ())))


def _pack_words(pack: models.PolicyPack) -> Iterable[str]:
    for plan in pack.plans:
        yield from _plan_words(plan)
    for benefit in (*pack.free_training, *pack.subsidised_training):
        yield benefit.summary_plain
        yield from group_phrases(benefit.group_codes)
    for rule in pack.rules:
        yield rule.message_plain
    for target in pack.targets:
        yield target.name


def _plan_words(plan: models.Plan) -> Iterable[str]:
    yield plan.name
    yield plan.summary_plain
    yield plan.lead_department or ""
    yield from group_phrases(plan.group_codes)
    for trade in plan.trades:
        yield trade.name


# Documents are few and change a few times a year.
@lru_cache(maxsize=1_000)
def _terms_of(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(search_terms([word for word in words if word]))
