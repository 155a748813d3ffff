"""Finding entries: by words or pinyin, by region, by plan; pages of a kind."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion, Institution
from portal.domain.permissions import Actor
from portal.domain.search_text import query_terms
from portal.locale import t
from portal.policies import reference
from portal.services.catalogue.cards import level_name, subject_name
from portal.services.catalogue.query import parse_region
from portal.services.paging import Page, bounds
from portal.services.public_catalogues import kinds
from portal.services.public_catalogues.occupations import find_occupations
from portal.services.standards import amount_text
from portal.services.times import day_of

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
# Enough of an entry to choose by; the rest stands on its page.
_FACTS = 4


@dataclass(frozen=True, slots=True)
class EntryCard:
    """An entry in a list. ``added`` is whether a region's supplement brought it."""

    href: str
    title: str
    facts: tuple[str, ...]
    region_name: str
    added: bool


def browse(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    q: str = "",
    region: str = "",
    plan: str = "",
    page: int = 1,
    size: int = 30,
    now: datetime,
) -> Page[EntryCard]:
    """A page of the entries of a kind that are in force.

    Neutral (R50, R51): organisations stand in an order that changes every day, all other entries
    by region and code; no field says who is preferred. ``plan`` is ``pack:number`` of a policy
    document. Raises NotFound for an unknown kind, BadInput for an unknown region.
    """
    kinds.check(kind)
    code = parse_region(region)
    limit, offset = bounds(page, size)
    if kind == kinds.OCCUPATION:
        every = find_occupations(q)
        cards = tuple(EntryCard(one.href, one.title, one.facts, "", False) for one in every)
        return Page(cards[offset : offset + limit], max(page, 1), limit, len(cards))
    query = kinds.in_force(*kinds.versions_of(kind))
    if terms := query_terms(q):
        query = query.where(CatalogueEntry.search_terms.contains(terms))
    if code:
        query = query.where(kinds.concerns(code))
    if plan:
        query = query.where(_of_plan(plan))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(_ordered(query, kind, now).limit(limit).offset(offset)).tuples().all()
    return Page(tuple(cards_of(session, rows)), max(page, 1), limit, total)


def cards_of(
    session: Session, rows: Sequence[tuple[CatalogueEntry, CatalogVersion]]
) -> list[EntryCard]:
    """Entries as lists show them; an institution leads to its own page."""
    uscc = [entry.code for entry, version in rows if version.kind == kinds.INSTITUTION]
    found = select(Institution.uscc, Institution.id).where(Institution.uscc.in_(uscc))
    own = {row.uscc: row.id for row in session.execute(found)} if uscc else {}
    return [
        EntryCard(
            href=f"/institutions/{own[entry.code]}"
            if entry.code in own
            else href(version.kind, entry.code, version.region_code),
            title=title_of(version.kind, entry),
            facts=facts_of(version.kind, entry.columns),
            region_name=reference.region_name(version.region_code),
            added=version.kind == kinds.SUPPLEMENT,
        )
        for entry, version in rows
    ]


def slug(code: str) -> str:
    """The name of an entry in an address: its code, or a print of a code that has odd signs."""
    if _PLAIN.fullmatch(code):
        return code
    return "~" + hashlib.sha256(code.encode()).hexdigest()[: kinds.SLUG]


def href(kind: str, code: str, region_code: str) -> str:
    """The page of an entry; the region tells apart what two regions call alike."""
    return f"/catalogues/{kind}/{slug(code)}?region={region_code}"


def title_of(kind: str, entry: CatalogueEntry) -> str:
    """What people call an entry: of an amount its subject, or all subjects of its type."""
    if kind != kinds.STANDARD:
        return entry.title
    of_type = reference.training_type(entry.columns.get("training_type") or "")
    name = of_type.name if of_type else t("standards.every_type")
    return subject_name(entry.subject_code or "") or t("standards.every_subject", kind=name)


def facts_of(kind: str, columns: dict[str, Any]) -> tuple[str, ...]:
    """The few facts by which people choose."""
    form = kinds.form_of(kind)
    shown = dict(zip((one.name for one in form.fields), form.shown(columns), strict=True))
    words = [_fact(name, *shown[name], columns) for name in _CHOSEN[kind] if name in shown]
    return tuple(dict.fromkeys(filter(None, words)))[:_FACTS]


def _fact(name: str, label: str, text: str, columns: dict[str, Any]) -> str:
    if not text:
        return ""
    if name == "planned_hours" or name == "hours":
        return t("public.classes.hours", hours=text)
    if name == "occupation_code":
        return subject_name(columns[name]) or text
    if name == "level":
        return level_name(columns[name])
    if name == "amount_fen":
        return amount_text(columns[name], columns["unit"])
    return text


_CHOSEN = {
    kinds.PROGRAMME: ("occupation_code", "topic_code", "level", "planned_hours", "training_type"),
    kinds.SUPPLEMENT: ("occupation_code", "topic_code", "level", "planned_hours", "training_type"),
    kinds.STANDARD: ("kind", "amount_fen", "level", "training_type"),
    kinds.INSTITUTION: ("kind", "scope"),
    "assessment_body": ("evaluation", "trade", "levels", "valid_until"),
    "qualification": ("category", "department"),
    "shortage_occupation": ("grade", "industry", "wanted"),
    "special_skill": ("purpose", "hours"),
    "competition": ("grade", "year", "host", "held_on"),
    "policy_article": ("document", "clause", "issued_on"),
}


def _of_plan(plan: str) -> Any:
    pack, _, number = plan[:100].partition(":")
    columns = CatalogueEntry.columns
    return (columns["pack"].astext == pack) & (columns["plan"].astext == number)


def _ordered(
    query: Select[CatalogueEntry, CatalogVersion], kind: str, now: datetime
) -> Select[CatalogueEntry, CatalogVersion]:
    if kind in kinds.ORGANISATIONS:
        day = day_of(now).isoformat()
        return query.order_by(func.md5(CatalogueEntry.code + day), CatalogueEntry.id)
    return query.order_by(CatalogVersion.region_code, CatalogueEntry.code, CatalogueEntry.id)
