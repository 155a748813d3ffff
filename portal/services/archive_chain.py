"""The chain of an archive: lines that are only added, each holding the hash before it.

A line is never changed. What turns out wrong is superseded by a later line, and both stay.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, Person
from portal.documents.signature import canonical

CLASS = "class"
CERTIFICATE = "certificate"
REVOCATION = "revocation"
CORRECTION = "correction"
_SOURCE = "portal"
# What the first line of every archive takes for the hash before it.
_GENESIS = "0" * 64
# Exactly these columns are hashed, so that an exported archive can be checked without us.
_HASHED = (
    *("id", "person_id", "seq", "kind", "ref_id", "occurred_on", "title", "institution_name"),
    *("hours", "detail", "source_system", "recorded_at", "supersedes", "prev_hash"),
)


def append(
    session: Session,
    *,
    person_id: UUID,
    kind: str,
    ref_id: UUID,
    occurred_on: date,
    title: str,
    institution_name: str,
    hours: int | None,
    detail: dict[str, Any],
    now: datetime,
    supersedes: UUID | None = None,
) -> ArchiveEntry:
    """Add a line at the end of a person's archive, in the caller's transaction.

    ``ref_id`` is what the line is about, once a kind: an enrolment for a class, a certificate,
    the superseded line for a correction. ``detail`` holds ``subject`` (class or certificate),
    ``status`` (see ``archive.ArchiveLine``), ``starts_on`` and ``ends_on`` (ISO dates),
    ``hours_planned``, ``certificate_number`` (or None), and what else is worth keeping; only
    strings, integers and None, which read back from the database as they went in. Raises
    ValueError when ``supersedes`` is no line of this person or has been superseded already.
    """
    # The lock puts concurrent lines of one person in a row; others and foreign keys go on.
    session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    ).one()
    entries = entries_of(session, person_id)
    last = entries[-1] if entries else None
    if supersedes is not None and supersedes not in {entry.id for entry in in_force(entries)}:
        raise ValueError("only a line in force of the same person can be superseded")
    entry = ArchiveEntry(
        id=new_id(),
        person_id=person_id,
        seq=last.seq + 1 if last else 1,
        kind=kind,
        ref_id=ref_id,
        occurred_on=occurred_on,
        title=title,
        institution_name=institution_name,
        hours=hours,
        detail=detail,
        source_system=_SOURCE,
        recorded_at=now,
        supersedes=supersedes,
        prev_hash=last.hash if last else _GENESIS,
    )
    entry.hash = entry_hash(plain_entry(entry))
    session.add(entry)
    session.flush()
    return entry


def plain_entry(entry: ArchiveEntry) -> dict[str, Any]:
    """The hashed columns of a line as plain JSON values."""
    return {name: plain_value(getattr(entry, name)) for name in _HASHED}


def entry_hash(plain: dict[str, Any]) -> str:
    """SHA-256 (hex) of a line's columns as canonical JSON; a line holds the hash before it."""
    return hashlib.sha256(canonical(plain)).hexdigest()


def verify_chain(session: Session, person_id: UUID) -> int | None:
    """The number of the first line that was changed or taken out; None when all is intact.

    Lines cut off or forged at the very end, with a fresh hash, leave no trace in the chain
    itself: the database refuses that, and an exported archive shows it.
    """
    return first_broken(entries_of(session, person_id))


def entries_of(session: Session, person_id: UUID) -> Sequence[ArchiveEntry]:
    """All lines of a person's archive, oldest first, as the database holds them now."""
    query = select(ArchiveEntry).where(ArchiveEntry.person_id == person_id)
    fresh = query.order_by(ArchiveEntry.seq).execution_options(populate_existing=True)
    return session.scalars(fresh).all()


def in_force(entries: Sequence[ArchiveEntry]) -> list[ArchiveEntry]:
    """The lines that no later line supersedes."""
    superseded = {entry.supersedes for entry in entries}
    return [entry for entry in entries if entry.id not in superseded]


def first_broken(entries: Sequence[ArchiveEntry]) -> int | None:
    """What ``verify_chain`` answers, for lines already loaded."""
    before = _GENESIS
    for expected, entry in enumerate(entries, 1):
        if entry.prev_hash != before or entry.hash != entry_hash(plain_entry(entry)):
            return expected
        before = entry.hash
    return None


def plain_value(value: object) -> Any:
    """A column as JSON holds it: ids and dates as text, moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
