"""All kinds of catalogues at a glance: how many entries, whose versions are in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.domain.permissions import Actor
from portal.policies import reference
from portal.services.public_catalogues import kinds
from portal.services.publication.views import VersionView, version_view


@dataclass(frozen=True, slots=True)
class ShelfCard:
    """A kind. ``row_count`` counts the entries of its versions in force."""

    kind: str
    row_count: int
    version_count: int


def shelf(session: Session, actor: Actor, *, now: datetime) -> tuple[ShelfCard, ...]:
    """Every kind, also one of which nothing is published yet."""
    counted = {
        row.kind: (int(row.entries or 0), int(row.versions))
        for row in session.execute(
            select(
                CatalogVersion.kind,
                func.sum(CatalogVersion.row_count).label("entries"),
                func.count().label("versions"),
            )
            .where(CatalogVersion.status == "published")
            .group_by(CatalogVersion.kind)
        )
    }
    counted[kinds.OCCUPATION] = (len(reference.occupations()), 0)
    return tuple(ShelfCard(kind, *counted.get(kind, (0, 0))) for kind in kinds.KINDS)


def versions_in_force(
    session: Session, actor: Actor, *, kind: str, now: datetime
) -> tuple[VersionView, ...]:
    """Whose versions a list is made of, by region; raises NotFound for an unknown kind."""
    kinds.check(kind)
    rows = session.scalars(
        select(CatalogVersion)
        .where(
            CatalogVersion.kind.in_(kinds.versions_of(kind)), CatalogVersion.status == "published"
        )
        .order_by(CatalogVersion.region_code, CatalogVersion.kind)
    )
    return tuple(version_view(row) for row in rows)
