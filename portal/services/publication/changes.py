"""What changed since the last version: to the officer before publishing, to everybody after."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueChange, CatalogVersion
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor
from portal.services.paging import bounds
from portal.services.publication import comparing, scope, versions
from portal.services.publication.comparing import Change, FieldChange
from portal.services.publication.views import VersionView, version_view

WHATS = ("added", "removed", "changed")


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """A page of the changes of a version. ``is_first``: there was none before it.

    ``former`` is the version it is compared with; counts are of all changes, ``total`` of those
    that were asked for.
    """

    version: VersionView
    former: VersionView | None
    added: int
    removed: int
    changed: int
    items: tuple[Change, ...]
    page: int
    size: int
    total: int

    @property
    def is_first(self) -> bool:
        """Whether the version replaced nothing."""
        return self.former is None


def changes(
    session: Session,
    actor: Actor,
    *,
    version_id: UUID,
    now: datetime,
    what: str = "",
    page: int = 1,
    size: int = 50,
) -> ChangeLog:
    """The changes of a version against the one it replaces, for everybody.

    A draft is shown to officers of its region only, compared with the version in force. ``what``
    is one of ``WHATS``, or empty for all. Raises NotFound, BadInput (what).
    """
    if what and what not in WHATS:
        raise BadInput("what", "error.bad_request")
    version = session.get(CatalogVersion, version_id)
    if version is None:
        raise NotFound
    if version.status == "draft":
        return _of_draft(session, actor, version, what, page, size)
    former = session.get(CatalogVersion, version.former_id) if version.former_id else None
    row = CatalogueChange
    counts = dict(
        session.execute(
            select(row.what, func.count()).where(row.version_id == version.id).group_by(row.what)
        )
        .tuples()
        .all()
    )
    limit, offset = bounds(page, size)
    query = select(row).where(row.version_id == version.id)
    if what:
        query = query.where(row.what == what)
    found = session.scalars(query.order_by(row.position, row.id).limit(limit).offset(offset))
    return ChangeLog(
        version_view(version),
        version_view(former) if former else None,
        added=counts.get("added", 0),
        removed=counts.get("removed", 0),
        changed=counts.get("changed", 0),
        items=tuple(_change(one) for one in found),
        page=max(page, 1),
        size=limit,
        total=counts.get(what, 0) if what else sum(counts.values()),
    )


def _of_draft(
    session: Session, actor: Actor, version: CatalogVersion, what: str, page: int, size: int
) -> ChangeLog:
    if not scope.holds(scope.require(actor), version.region_code):
        raise NotFound
    former = versions.in_force(session, version.kind, version.region_code)
    every = comparing.against(session, version, former)
    counts = Counter(one.what for one in every)
    wanted = [one for one in every if not what or one.what == what]
    limit, offset = bounds(page, size)
    return ChangeLog(
        version_view(version),
        version_view(former) if former else None,
        added=counts["added"],
        removed=counts["removed"],
        changed=counts["changed"],
        items=tuple(wanted[offset : offset + limit]),
        page=max(page, 1),
        size=limit,
        total=len(wanted),
    )


def _change(row: CatalogueChange) -> Change:
    fields = tuple(FieldChange(one["column"], one["old"], one["new"]) for one in row.fields)
    return Change(row.what, row.code, row.title, fields)  # type: ignore[arg-type]
