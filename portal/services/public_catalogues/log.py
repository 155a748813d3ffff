"""What every version of a catalogue added, removed and changed, for everybody."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueChange, CatalogVersion
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.policies import reference
from portal.services.public_catalogues import kinds
from portal.services.publication.browsing import PUBLIC
from portal.services.publication.changes import ChangeLog, changes
from portal.services.publication.views import VersionView, version_view


@dataclass(frozen=True, slots=True)
class LogLine:
    """A version in the log, with how much it changed."""

    version: VersionView
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class CatalogueLog:
    """The versions of a catalogue, the newest first, and the changes of one of them."""

    kind: str
    region_code: str
    region_name: str
    lines: tuple[LogLine, ...]
    open: ChangeLog


@dataclass(frozen=True, slots=True)
class EntryChange:
    """A version in which an entry changed: ``fields`` are (label, old, new)."""

    what: str
    number: int
    doc_no: str
    on: date
    fields: tuple[tuple[str, str, str], ...]


def catalogue_log(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    region: str,
    number: int = 0,
    page: int = 1,
    now: datetime,
) -> CatalogueLog:
    """The log of a region's catalogue; ``number`` is the version to open, else the newest.

    Raises NotFound where nothing was published.
    """
    kinds.form_of(kinds.check(kind))
    rows = _versions(session, kind, region)
    wanted = [row for row in rows if row.version_no == number] or rows
    if not wanted:
        raise NotFound
    counts = _counts(session, kind, region)
    lines = tuple(
        LogLine(version_view(row), *(counts.get((row.id, what), 0) for what in _WHATS))
        for row in rows
    )
    opened = changes(session, actor, version_id=wanted[0].id, page=page, now=now)
    return CatalogueLog(kind, region, reference.region_name(region), lines, opened)


def entry_log(session: Session, version: CatalogVersion, code: str) -> tuple[EntryChange, ...]:
    """When an entry was added and changed, the newest first."""
    rows = session.execute(
        select(CatalogueChange, CatalogVersion)
        .join(CatalogVersion, CatalogVersion.id == CatalogueChange.version_id)
        .where(
            CatalogueChange.code == code,
            CatalogVersion.kind == version.kind,
            CatalogVersion.region_code == version.region_code,
            CatalogVersion.status.in_(PUBLIC),
        )
        .order_by(CatalogVersion.version_no.desc())
    ).tuples()
    return tuple(
        EntryChange(
            what=change.what,
            number=of.version_no or 0,
            doc_no=of.doc_no,
            on=of.effective_from,
            fields=tuple((one["column"], one["old"], one["new"]) for one in change.fields),
        )
        for change, of in rows
    )


def since(session: Session, version: CatalogVersion, log: tuple[EntryChange, ...]) -> date:
    """From which day on an entry stands there without a break."""
    added = next((one.on for one in log if one.what == "added"), None)
    if added is not None:
        return added
    first = session.scalar(
        select(func.min(CatalogVersion.effective_from)).where(
            CatalogVersion.kind == version.kind,
            CatalogVersion.region_code == version.region_code,
            CatalogVersion.status.in_(("published", "superseded")),
        )
    )
    return first or version.effective_from


_WHATS = ("added", "removed", "changed")


def _versions(session: Session, kind: str, region: str) -> list[CatalogVersion]:
    return list(
        session.scalars(
            select(CatalogVersion)
            .where(
                CatalogVersion.kind == kind,
                CatalogVersion.region_code == region,
                CatalogVersion.status.in_(PUBLIC),
            )
            .order_by(CatalogVersion.version_no.desc())
        )
    )


def _counts(session: Session, kind: str, region: str) -> dict[tuple[object, str], int]:
    rows = session.execute(
        select(CatalogueChange.version_id, CatalogueChange.what, func.count())
        .join(CatalogVersion, CatalogVersion.id == CatalogueChange.version_id)
        .where(CatalogVersion.kind == kind, CatalogVersion.region_code == region)
        .group_by(CatalogueChange.version_id, CatalogueChange.what)
    ).tuples()
    return {(version_id, what): number for version_id, what, number in rows}
