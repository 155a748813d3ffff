"""The list of classes, neutral: by first day, then id; never public before private (R51)."""

from datetime import datetime

from sqlalchemy.orm import Session

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


def _has_more(wanted: Search, shown: int, total: int) -> bool:
    end = wanted.offset + wanted.size
    if end + wanted.size > DEEPEST:
        return False
    # Past the count nobody knows; a full page promises another.
    return total > end or (total > search.TOTAL_CAP and shown == wanted.size)
