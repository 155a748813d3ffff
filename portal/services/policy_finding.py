"""Finding policy documents: by words or pinyin in what they say, and by region."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PolicyPack
from portal.domain.permissions import Actor
from portal.domain.pinyin import fold
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
    code, words = parse_region(region), tuple(fold(q).split())
    cards = list_packs(session, actor, now=now)
    packs = _packs(session)
    found = [
        FoundPack(card, _hits(packs.get(card.id), words) if words else ())
        for card in cards
        if (not code or _concerns(card.region_code, code)) and _has(card, packs.get(card.id), words)
    ]
    regions = {card.region_code: card.region_name for card in cards}
    return FoundPacks(tuple(found), tuple(sorted(regions.items())))


def _concerns(of: str, region: str) -> bool:
    return of in reach_of(region) or of.startswith(region_prefix(region))


def _packs(session: Session) -> dict[str, models.PolicyPack]:
    rows = session.execute(select(PolicyPack.id, PolicyPack.content_hash)).tuples().all()
    return {key: pack for (key, _), pack in packs_of(session, list(rows)).items()}


def _hits(pack: models.PolicyPack | None, words: tuple[str, ...]) -> tuple[PlanHit, ...]:
    if pack is None:
        return ()
    document = pack.document.id
    return tuple(
        PlanHit(f"/policies/{document}#plan-{plan.plan_no}", plan.name, plan.clause)
        for plan in pack.plans
        if _says(_text_of(*_plan_words(plan)), _plan_names(plan), words)
    )[:_MOST_HITS]


def _has(card: PackCard, pack: models.PolicyPack | None, words: tuple[str, ...]) -> bool:
    """Whether a document has every word, in its names, its place or what it says."""
    names = [card.title, card.short_title, *reference.region_path(card.region_code)]
    texts = [*names, card.doc_no, card.issuer, card.region_name]
    if pack is not None:
        texts += _pack_words(pack)
        names += [name for plan in pack.plans for name in _plan_names(plan)]
    return _says(_text_of(*texts), names, words)


def _says(text: str, names: Sequence[str], words: tuple[str, ...]) -> bool:
    """Whether a text has every word as it is typed, or a name has it as pinyin."""
    return all(
        word in text or any(set(query_terms(word)) <= _terms_of(name) for name in names)
        for word in words
    )


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
    yield from _plan_names(plan)
    yield plan.summary_plain
    yield plan.lead_department or ""
    yield from group_phrases(plan.group_codes)


def _plan_names(plan: models.Plan) -> tuple[str, ...]:
    return (plan.name, *(trade.name for trade in plan.trades))


def _text_of(*texts: str) -> str:
    # A word never spans two texts.
    return fold("\n".join(texts))


# Names are few and short; documents change a few times a year.
@lru_cache(maxsize=2_000)
def _terms_of(name: str) -> frozenset[str]:
    return frozenset(search_terms([name]))
