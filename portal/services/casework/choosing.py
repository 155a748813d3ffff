"""Institutions of the officer's region, to choose from in a form."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Institution
from portal.domain.permissions import Actor, Permission
from portal.services.scope import in_area, the_area

_MOST = 1_000


def institutions(session: Session, actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """Id and name, by name: private ones among public ones (R51)."""
    actor.require(Permission.HANDLE_CASES)
    query = (
        select(Institution.id, Institution.name)
        .where(in_area(the_area(actor), Institution.region_code))
        .order_by(Institution.name)
        .limit(_MOST)
    )
    return tuple(session.execute(query).tuples())
