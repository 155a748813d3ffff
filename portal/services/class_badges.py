"""The list of classes with what each means to whoever looks at it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.services import eligibility
from portal.services.catalogue import ClassPage, ClassQuery, find_classes
from portal.services.class_rows import ClassRow, row_of


def find_rows(
    session: Session, actor: Actor, *, query: ClassQuery, now: datetime
) -> tuple[ClassPage, list[ClassRow]]:
    """A page of classes and its rows, with verdicts for whoever could enrol: two queries more.

    Raises BadInput naming a filter that makes no sense.
    """
    page = find_classes(session, actor, query=query, now=now)
    ids = [UUID(card.id) for card in page.items]
    found = eligibility.badges(session, actor, class_ids=ids, now=now)
    return page, [row_of(card, found.get(UUID(card.id))) for card in page.items]
