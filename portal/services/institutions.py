"""Training institutions as everybody may find them, private as public (R50, R51)."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import Institution
from portal.domain.errors import BadInput, NotFound
from portal.domain.parsing import parse_id
from portal.domain.permissions import Actor
from portal.domain.pinyin import fold, readings
from portal.domain.search_text import query_terms
from portal.locale import has, t
from portal.services import times
from portal.services.catalogue.finding import find_classes
from portal.services.catalogue.query import MAX_SIZE, ClassQuery, parse_region
from portal.services.catalogue.views import ClassCard
from portal.services.listing import (
    LISTED_CTE,
    InstitutionCard,
    ListingView,
    institution_card,
    listing_of,
    listings_of,
)
from portal.services.listings.reach import file_href
from portal.services.paging import Page


@dataclass(frozen=True)
class InstitutionDetail:
    """An institution, how it stands, and the classes one can choose now.

    ``classes`` holds at most 50; ``class_count`` counts them all.
    """

    card: InstitutionCard
    uscc: str
    license_no: str
    description: str
    since_text: str
    decision_doc: str
    class_count: int
    classes: tuple[ClassCard, ...]
    # For officers and auditors of its region: its file at the office.
    desk_href: str = ""


_FOUND = text(
    f"""WITH {LISTED_CTE}
SELECT i.id, i.name FROM institution i JOIN listed ON listed.institution_id = i.id
 WHERE i.search_terms @> CAST(:terms AS text[])"""  # noqa: S608 - constants only
)


def find_institutions(
    session: Session,
    actor: Actor,
    *,
    q: str = "",
    region: str = "",
    kind: str = "",
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> Page[InstitutionCard]:
    """Listed institutions by the pinyin of their names, then id: no other order is neutral.

    Raises BadInput for an unknown region or kind; page and size are brought into range.
    """
    code = parse_region(region)
    terms = query_terms(q)
    if code:
        terms.append(f"r:{code}")
    if kind:
        terms.append(f"k:{_kind(kind)}")
    today = times.day_of(now)
    found = session.execute(_FOUND, {"terms": terms, "today": today}).tuples().all()
    ordered = sorted(found, key=lambda pair: (_sound(pair[1]), pair[0]))
    size = min(max(size, 1), MAX_SIZE)
    page = max(page, 1)
    ids = [key for key, _ in ordered[(page - 1) * size : page * size]]
    return Page(_cards(session, ids, today), page, size, len(ordered))


def institution_detail(
    session: Session, actor: Actor, *, institution_id: UUID | str, now: datetime
) -> InstitutionDetail:
    """One institution, also one that is no longer listed: its page says so. Raises NotFound."""
    institution = session.get(Institution, parse_id(institution_id))
    if institution is None:
        raise NotFound
    listing = listing_of(session, institution.id, today=times.day_of(now))
    query = ClassQuery(institution_id=institution.id, size=MAX_SIZE)
    classes = find_classes(session, actor, query=query, now=now)
    return InstitutionDetail(
        card=institution_card(institution, listing),
        uscc=institution.uscc,
        license_no=institution.license_no,
        description=institution.description,
        since_text=_since(listing),
        decision_doc=listing.decision_doc,
        class_count=classes.total,
        classes=classes.items,
        desk_href=file_href(session, actor, institution.id),
    )


def _cards(session: Session, ids: list[UUID], today: date) -> tuple[InstitutionCard, ...]:
    rows = session.scalars(select(Institution).where(Institution.id.in_(ids)))
    by_id = {row.id: row for row in rows}
    listings = listings_of(session, ids, today=today)
    return tuple(institution_card(by_id[key], listings[key]) for key in ids)


def _since(listing: ListingView) -> str:
    return t("institutions.since", since=times.date_text(listing.since)) if listing.since else ""


def _kind(raw: str) -> str:
    if not has(f"institutions.kind.{raw}"):
        raise BadInput("kind", "institutions.bad_kind")
    return raw


@lru_cache(maxsize=10_000)
def _sound(name: str) -> tuple[str, ...]:
    """The pinyin of a name, by which people look it up; other letters as they are."""
    folded = fold(name)
    spoken = readings(folded)
    return tuple(found[0] if found else char for char, found in zip(folded, spoken, strict=True))
