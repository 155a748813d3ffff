"""Whose catalogues an officer keeps: those of the own region and of the regions in it."""

from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import CatalogueImport, CatalogVersion
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.policies.reference import NATIONAL, ancestors, child_regions
from portal.services.publication import versions
from portal.services.publication.forms import FORMS


def require(actor: Actor) -> str:
    """The region of an officer who may publish; raises Unauthenticated, Forbidden."""
    actor.require(Permission.PUBLISH_CATALOGUES)
    if actor.region_code is None:
        raise Forbidden
    return actor.region_code


def holds(area: str, region_code: str) -> bool:
    """Whether a region lies in an area."""
    return area in (NATIONAL, region_code, *ancestors(region_code))


def own_version(session: Session, actor: Actor, version_id: UUID) -> CatalogVersion:
    """A version of the actor's region, held until the end; raises NotFound for any other.

    Also for a supplement's: its entries are accepted and ended one by one.
    """
    area = require(actor)
    version = versions.locked(session, version_id)
    if version is None or version.kind not in FORMS or not holds(area, version.region_code):
        raise NotFound
    return version


def own_import(session: Session, actor: Actor, import_id: UUID) -> CatalogueImport:
    """An import for the actor's region, held until the end; raises NotFound for any other."""
    area = require(actor)
    found = session.get(CatalogueImport, import_id, with_for_update=True, populate_existing=True)
    if found is None or not holds(area, found.region_code):
        raise NotFound
    return found


def choosable(area: str) -> tuple[reference.Region, ...]:
    """The regions for which an officer may publish, the own one first."""
    own = reference.region(area)
    return (*((own,) if own else ()), *child_regions(area))


def chosen(actor: Actor, region_code: str) -> str:
    """A region that an officer chose; raises BadInput unless it lies in the own one."""
    area = require(actor)
    found = reference.region(region_code)
    known = region_code == NATIONAL or (found is not None and found.current)
    if not known or not holds(area, region_code):
        raise BadInput("region", "publication.bad_region")
    return region_code
