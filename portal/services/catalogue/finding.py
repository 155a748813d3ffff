"""The list of classes, neutral: by first day, then id; never public before private (R51)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import TrainingSession
from portal.domain.permissions import Actor
from portal.services.catalogue import search
from portal.services.catalogue.cards import cards_of, short_region
from portal.services.catalogue.query import DEEPEST, ClassQuery, Search, parse_query
from portal.services.catalogue.views import ClassPage


def find_classes(session: Session, actor: Actor, *, query: ClassQuery, now: datetime) -> ClassPage:
    """Classes of listed institutions whose enrolment is not over.

    Raises BadInput naming a filter that makes no sense. At most 50 a page, and 10,000 rows in
    all: beyond them a page is empty. Pages are stable: seats and time do not move a class.
    A transaction that searched keeps settings that suit searches.
    """
    wanted = parse_query(query, now=now)
    ids, total = search.matching_ids(session, wanted)
    if wanted.too_deep:
        ids = []
    capped = total > search.TOTAL_CAP
    return ClassPage(
        items=cards_of(session, ids, now=now),
        page=wanted.page,
        size=wanted.size,
        total=min(total, search.TOTAL_CAP),
        total_is_capped=capped,
        has_more=_has_more(wanted, len(ids), total),
        region_name=short_region(wanted.region_code) if wanted.region_code else "",
    )


@dataclass(frozen=True)
class Meeting:
    """A session in a list of classes."""

    id: str
    starts_at: datetime
    ends_at: datetime
    hours: int


@dataclass(frozen=True)
class ClassListing(ClassPage):
    """A page with the meetings of each class by class id, for systems that plan with them."""

    sessions: dict[str, list[Meeting]]


def list_classes(
    session: Session, actor: Actor, *, query: ClassQuery, now: datetime
) -> ClassListing:
    """``find_classes`` with every class's sessions in order; two queries, not one a class."""
    page = find_classes(session, actor, query=query, now=now)
    found: dict[str, list[Meeting]] = {card.id: [] for card in page.items}
    rows = session.scalars(
        select(TrainingSession)
        .where(TrainingSession.class_id.in_(UUID(key) for key in found))
        .order_by(TrainingSession.class_id, TrainingSession.seq_no)
    )
    for row in rows:
        meeting = Meeting(str(row.id), row.starts_at, row.ends_at, row.hours)
        found[str(row.class_id)].append(meeting)
    return ClassListing(**vars(page), sessions=found)


def _has_more(wanted: Search, shown: int, total: int) -> bool:
    end = wanted.offset + wanted.size
    if end + wanted.size > DEEPEST:
        return False
    # Past the count nobody knows; a full page promises another.
    return total > end or (total > search.TOTAL_CAP and shown == wanted.size)
