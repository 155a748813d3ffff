"""Which institution an officer may decide about."""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Institution
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services.scope import region_prefix, the_area


def institution_of(
    session: Session, actor: Actor, institution_id: UUID, *, lock: bool = False
) -> Institution:
    """The institution, if it lies in the officer's region. Raises NotFound, Forbidden.

    Locked where a decision is written: decisions and catalogues come one after the other.
    """
    actor.require(Permission.KEEP_LISTINGS)
    return institution_seen(session, actor, institution_id, lock=lock)


def institution_seen(
    session: Session, actor: Actor, institution_id: UUID, *, lock: bool = False
) -> Institution:
    """The institution, if it lies in the region of an officer or auditor, who only reads.

    Raises NotFound, Forbidden.
    """
    area = the_area(actor)
    found = session.get(
        Institution, institution_id, with_for_update=lock or None, populate_existing=lock
    )
    if found is None or not found.region_code.startswith(region_prefix(area)):
        raise NotFound
    return found


def file_href(session: Session, actor: Actor, institution_id: UUID | None) -> str:
    """Where officers and auditors of its region read an institution's file; "" for all others."""
    if institution_id is None or actor.region_code is None:
        return ""
    try:
        found = institution_seen(session, actor, institution_id)
    except (Forbidden, NotFound):
        return ""
    return f"/admin/institutions/{found.id}"
