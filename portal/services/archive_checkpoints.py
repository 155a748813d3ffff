"""Checkpoints: all lines that were added since the one before, closed, chained and sealed.

What the chains of persons cannot show, that a whole archive was taken out with its head, these
show. What they cannot show themselves, that the newest of them were taken out, the anchor shows:
a small file outside the database.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveCheckpoint, ArchiveEntry
from portal.domain.permissions import Actor, Permission
from portal.services import archive_seals as seals
from portal.services.archive_chain import GENESIS, LOCK_ALONE, plain_value
from portal.services.archive_seals import Anchor

logger = logging.getLogger("portal.archive")

# A line in a checkpoint: its id, and the first bytes of its hash.
ID_BYTES, HASH_BYTES = 16, 8
MEMBER_BYTES = ID_BYTES + HASH_BYTES
# Half a megabyte a row.
_MOST = 20_000
# Whoever appends waits behind a checkpoint that waits for others: never long.
_PATIENCE = text("SET LOCAL lock_timeout = '5s'")
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7470, 2)")


def boundary(session: Session, actor: Actor) -> int:
    """The number up to which every line that will ever be there is there.

    Numbers are drawn by whoever appends, before committing; while nobody does, none is open.
    """
    actor.require(Permission.RUN_TASKS)
    session.execute(_PATIENCE)
    session.execute(text(f"SELECT {LOCK_ALONE}"))
    return session.scalar(select(func.max(ArchiveEntry.no))) or 0


def close(session: Session, actor: Actor, *, upto: int, now: datetime) -> Anchor | None:
    """Close the lines up to ``upto`` that none has closed, at most 20,000; None when there are
    none. The first checkpoint is made even without lines: it says that sealing has begun."""
    actor.require(Permission.RUN_TASKS)
    session.execute(_ONE_AT_A_TIME)
    last = newest(session)
    since = last.upto_no if last else 0
    rows = session.execute(
        select(ArchiveEntry.no, ArchiveEntry.id, ArchiveEntry.hash)
        .where(ArchiveEntry.no > since, ArchiveEntry.no <= upto)
        .order_by(ArchiveEntry.no)
        .limit(_MOST)
    ).all()
    if not rows and last is not None:
        return None
    made = ArchiveCheckpoint(
        id=new_id(),
        no=last.no + 1 if last else 1,
        upto_no=rows[-1].no if rows else 0,
        count=len(rows),
        members=b"".join(member(row.id, row.hash) for row in rows),
        prev_hash=last.hash if last else GENESIS,
        at=now,
    )
    made.hash = seals.checkpoint_hash(plain(made))
    made.mac = seals.checkpoint_mac(made.hash)
    session.add(made)
    session.flush()
    return Anchor(made.no, made.hash)


def newest(session: Session) -> ArchiveCheckpoint | None:
    """The last checkpoint."""
    return session.scalar(select(ArchiveCheckpoint).order_by(ArchiveCheckpoint.no.desc()).limit(1))


def member(entry_id: UUID, entry_hash: str) -> bytes:
    """A line as a checkpoint holds it. A hash that is none counts as zeros: the line is found
    by its own chain."""
    try:
        start = bytes.fromhex(entry_hash[: 2 * HASH_BYTES])
    except ValueError:
        start = b""
    return entry_id.bytes + start.ljust(HASH_BYTES, b"\0")


def members_of(checkpoint: ArchiveCheckpoint) -> Sequence[bytes]:
    """Its lines, in order of their numbers."""
    found = checkpoint.members
    return [found[at : at + MEMBER_BYTES] for at in range(0, len(found), MEMBER_BYTES)]


def plain(checkpoint: ArchiveCheckpoint) -> dict[str, Any]:
    """What the hash of a checkpoint covers: every column but hash and mac."""
    names = ("id", "no", "upto_no", "count", "prev_hash", "at")
    values = {name: plain_value(getattr(checkpoint, name)) for name in names}
    return values | {"members": checkpoint.members.hex()}


def fault(checkpoint: ArchiveCheckpoint, before: ArchiveCheckpoint | None) -> str:
    """What is wrong with a checkpoint after the one before; empty when nothing is."""
    if checkpoint.no != (before.no + 1 if before else 1):
        return "removed"
    if checkpoint.hash != seals.checkpoint_hash(plain(checkpoint)):
        return "changed"
    if not seals.same(checkpoint.mac, seals.checkpoint_mac(checkpoint.hash)):
        return "forged"
    if checkpoint.prev_hash != (before.hash if before else GENESIS):
        return "changed"
    return ""


def keep_anchor(session: Session, actor: Actor, *, path: Path) -> bool:
    """Let the anchor follow the newest checkpoint, but only along a chain that holds the one it
    remembers: an anchor that does not fit stays as it is, and ``portal doctor`` finds it."""
    actor.require(Permission.RUN_TASKS)
    last = newest(session)
    if last is None:
        return False
    known = seals.read_anchor(path)
    if known is not None and not _holds(session, known):
        logger.error("the archive's checkpoints do not hold the anchor: run 'portal doctor'")
        return False
    if known is None or known.no < last.no:
        seals.write_anchor(path, Anchor(last.no, last.hash))
    return True


def _holds(session: Session, anchor: Anchor) -> bool:
    query = select(ArchiveCheckpoint.hash).where(ArchiveCheckpoint.no == anchor.no)
    return session.scalar(query) == anchor.hash
