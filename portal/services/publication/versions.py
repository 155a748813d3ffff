"""Versions of catalogues: drafts, the one in force, the one that waits for its day."""

import hashlib
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CatalogueEntry, CatalogVersion
from portal.documents.signature import canonical
from portal.services.publication import contents
from portal.services.publication.contents import Entry

# One publication at a time: version numbers and "in force" are decided under this lock.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('portal.publishing'))")


def lock(session: Session) -> None:
    """Wait until nobody else publishes, until the transaction ends."""
    session.execute(_LOCK)


def create_draft(
    session: Session,
    *,
    kind: str,
    region_code: str,
    entries: Sequence[Entry],
    doc_no: str,
    source_name: str,
    effective_from: date,
) -> CatalogVersion:
    """A draft with these entries; it has no number before it is published."""
    version = CatalogVersion(
        id=new_id(),
        kind=kind,
        region_code=region_code,
        version_no=None,
        status="draft",
        doc_no=doc_no,
        source_name=source_name,
        content_hash=hash_of(entries),
        row_count=len(entries),
        effective_from=effective_from,
    )
    session.add(version)
    session.flush()
    contents.write(session, version, entries)
    return version


def hash_of(entries: Sequence[Entry]) -> str:
    """What the entries say; their order says nothing."""
    keyed = sorted(canonical(dict(one.columns)).decode() for one in entries)
    return hashlib.sha256(canonical({"rows": keyed})).hexdigest()


def says_the_same(
    session: Session, former: CatalogVersion, *, content_hash: str, doc_no: str
) -> bool:
    """Whether a version says what these entries say, under the same document."""
    if former.doc_no != doc_no:
        return False
    if former.content_hash == content_hash:
        return True
    # Versions of earlier releases were hashed in another way.
    return hash_of(contents.read(session, former)) == content_hash


def discard(session: Session, version: CatalogVersion) -> None:
    """Throw a draft away with its entries."""
    session.execute(delete(CatalogueEntry).where(CatalogueEntry.version_id == version.id))
    session.delete(version)
    session.flush()


def in_force(session: Session, kind: str, region_code: str) -> CatalogVersion | None:
    """The published version of a kind in a region."""
    return _with_status(session, kind, region_code, "published")


def scheduled(session: Session, kind: str, region_code: str) -> CatalogVersion | None:
    """The version that waits for its day."""
    return _with_status(session, kind, region_code, "scheduled")


def _with_status(
    session: Session, kind: str, region_code: str, status: str
) -> CatalogVersion | None:
    return session.scalar(
        select(CatalogVersion).where(
            CatalogVersion.kind == kind,
            CatalogVersion.region_code == region_code,
            CatalogVersion.status == status,
        )
    )


def next_number(session: Session, kind: str, region_code: str) -> int:
    """The number that a version gets when it is published."""
    last = session.scalar(
        select(func.max(CatalogVersion.version_no)).where(
            CatalogVersion.kind == kind, CatalogVersion.region_code == region_code
        )
    )
    return (last or 0) + 1


def locked(session: Session, version_id: UUID) -> CatalogVersion | None:
    """A version, held until the transaction ends."""
    query = select(CatalogVersion).where(CatalogVersion.id == version_id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
