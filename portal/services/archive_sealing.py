"""Sealing what was written before there were seals: once, at the first start with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from portal.db.models import ArchiveCheckpoint, ArchiveEntry, ArchiveHead
from portal.domain.permissions import Actor
from portal.services import archive_chain as chain
from portal.services import archive_checkpoints as checkpoints
from portal.services import archive_seals as seals
from portal.services.archive_chain import Entry

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """How many lines were sealed, and whose archives were not, because their chain is broken."""

    lines: int = 0
    left: tuple[UUID, ...] = ()


def seal_old(session: Session, actor: Actor, *, anchor: Path, now: datetime) -> Sealed:
    """Seal every intact archive, set its head, make the first checkpoint; in one transaction.

    Does nothing once anything was sealed here: from then on a line without a seal is one that
    somebody else wrote. What is not intact stays unsealed, so that ``portal doctor`` names it.
    """
    begun = exists().where(ArchiveCheckpoint.no >= 1)
    has_heads = exists().select_from(ArchiveHead)
    if session.scalar(select(begun)) or seals.read_anchor(anchor) is not None:
        return Sealed()
    # Lines and heads without checkpoint or anchor: written by a portal that nobody had begun.
    found = Sealed() if session.scalar(select(has_heads)) else _seal_all(session)
    upto = checkpoints.boundary(session, actor)
    while checkpoints.close(session, actor, upto=upto, now=now):
        pass
    return found


def _seal_all(session: Session) -> Sealed:
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # Only here, and only until the end of this transaction, whatever becomes of it.
    session.execute(text("ALTER TABLE archive_entry DISABLE TRIGGER append_only"))
    query = select(*chain.COLUMNS).order_by(ArchiveEntry.person_id, ArchiveEntry.seq)
    rows = (Entry._make(row) for row in session.execute(query.execution_options(yield_per=2_000)))
    lines, left, waiting = 0, [], _Batch(session)
    for person_id, group in groupby(rows, key=lambda row: row.person_id):
        entries = list(group)
        if not _is_intact(entries):
            left.append(person_id)
            continue
        waiting.add(entries)
        lines += len(entries)
    waiting.write()
    session.execute(text("ALTER TABLE archive_entry ENABLE TRIGGER append_only"))
    return Sealed(lines, tuple(left))


def _is_intact(entries: list[Entry]) -> bool:
    before = chain.GENESIS
    for expected, entry in enumerate(entries, 1):
        fits = entry.hash == chain.hash_of(entry)
        if entry.seq != expected or entry.prev_hash != before or not fits:
            return False
        before = entry.hash
    return True


class _Batch:
    """Seals that wait to be written, many at once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.lines: list[dict[str, Any]] = []
        self.heads: list[dict[str, Any]] = []

    def add(self, entries: Iterable[Entry]) -> None:
        last = None
        for last in entries:
            self.lines.append({"id": last.id, "seal": seals.seal(last.no, last.hash)})
        if last is not None:
            mac = seals.head_mac(last.person_id, last.seq, last.hash)
            head = {"person_id": last.person_id, "seq": last.seq, "hash": last.hash, "mac": mac}
            self.heads.append(head)
        if len(self.lines) >= _AT_ONCE:
            self.write()

    def write(self) -> None:
        if self.lines:
            self.session.execute(_SEAL, self.lines)
            self.session.execute(_HEAD, self.heads)
        self.lines, self.heads = [], []


_SEAL = text("UPDATE archive_entry SET seal = :seal WHERE id = :id")
_HEAD = text(
    "INSERT INTO archive_head (person_id, seq, hash, mac) VALUES (:person_id, :seq, :hash, :mac)"
)
