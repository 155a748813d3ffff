"""Blocks: rows of the trail that are closed together, chained and sealed, exactly once.

No act waits for a block. Whoever writes draws a number first and holds a lock on the table until
the end of the transaction, as PostgreSQL has it anyway. Whoever closes reads the last number that
was drawn, then who is still writing, then the rows: a number that is missing although nobody is
writing any more was drawn in vain; else it is awaited, and its row comes into a later block.
"""

import hashlib
import hmac
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Select, column, func, insert, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.db.models import AuditBlock, AuditEvent, AuditPlace
from portal.db.vault import get_vault
from portal.documents import audit_proof
from portal.documents.audit_proof import GENESIS
from portal.domain.permissions import Actor, Permission
from portal.services.archive_seals import Anchor, read_anchor, write_anchor
from portal.services.audit_trail.regions import region_now
from portal.services.audit_trail.rows import EVENT, Row, leaf
from portal.settings import get_settings

logger = logging.getLogger("portal.audit")

# Rows a block: few enough to examine while somebody waits.
MOST = 2_000
# Below every number that can be drawn.
BEGINNING = -(2**63)
_ANCHOR = "audit-anchor.json"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7472, 1)")
_HANDED_OUT = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_event_no_seq")
_WRITERS = text(
    """
    SELECT DISTINCT virtualtransaction FROM pg_locks
     WHERE locktype = 'relation' AND relation = 'audit_event'::regclass
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
    """
)

Ranges = Sequence[Sequence[int]]


def close(session: Session, actor: Actor, *, now: datetime, most: int = MOST) -> Anchor | None:
    """Close up to ``most`` rows that are in no block yet; None when there are none."""
    actor.require(Permission.RUN_TASKS)
    session.flush()
    session.execute(_ONE_AT_A_TIME)
    last = newest(session)
    # In this order; see above.
    handed = handed_out(session)
    writers = set(session.scalars(_WRITERS))
    since = last.upto_no if last else 0
    found = _unclosed(session, since, handed, last.awaited if last else (), most)
    if not found:
        return None
    full = sum(row.no > since for row in found) >= most
    upto = found[-1].no if full else max(since, handed)
    missing = _still_awaited(last, writers, found)
    if writers:
        missing += gaps((row.no for row in found if row.no > since), since, upto)
    leaves, places = [leaf(row) for row in found], [_place(row, now) for row in found]
    made = AuditBlock(
        no=last.no + 1 if last else 1,
        upto_no=upto,
        count=len(found),
        first_at=min(place["at"] for place in places),
        last_at=max(place["at"] for place in places),
        root=audit_proof.root(leaves),
        members=audit_proof.members(leaves),
        awaited=missing,
        writers=sorted(writers) if missing else [],
        prev_hash=last.hash if last else GENESIS,
        at=now,
    )
    made.hash = audit_proof.header_hash(header(made))
    made.mac = mac(made.hash)
    session.add(made)
    session.execute(insert(AuditPlace), places)
    session.flush()
    return Anchor(made.no, made.hash)


def newest(session: Session) -> AuditBlock | None:
    """The last block."""
    return session.scalar(select(AuditBlock).order_by(AuditBlock.no.desc()).limit(1))


def handed_out(session: Session) -> int:
    """The last number that was drawn for a row, whatever became of it."""
    return int(session.scalar(_HANDED_OUT) or 0)


def numbered(since: int, upto: int, awaited: Ranges) -> Any:
    """Rows with numbers above ``since`` up to ``upto``, or among those awaited."""
    span = (AuditEvent.no > since) & (AuditEvent.no <= upto)
    return or_(span, among(awaited)) if awaited else span


def among(ranges: Ranges) -> Any:
    """Rows with numbers in one of some ranges, as few look-ups as there are ranges."""
    firsts = literal([one[0] for one in ranges], ARRAY(BigInteger))
    lasts = literal([one[1] for one in ranges], ARRAY(BigInteger))
    gap = func.unnest(firsts, lasts).table_valued(
        column("first", BigInteger), column("last", BigInteger), name="gap"
    )
    gap = gap.render_derived()
    inside = select(AuditEvent.no).where(AuditEvent.no.between(gap.c.first, gap.c.last))
    return AuditEvent.no.in_(inside.correlate(None))


def gaps(present: Iterable[int], since: int, upto: int) -> list[list[int]]:
    """The numbers above ``since`` up to ``upto`` that are not there, as ranges."""
    found, expected = [], since + 1
    for no in (*present, upto + 1):
        if no > expected:
            found.append([expected, no - 1])
        expected = no + 1
    return found


def header(block: AuditBlock) -> dict[str, Any]:
    """What the hash of a block covers, as plain JSON values."""
    return {
        "no": block.no,
        "upto_no": block.upto_no,
        "count": block.count,
        "first_at": iso(block.first_at),
        "last_at": iso(block.last_at),
        "root": block.root,
        "members": hashlib.sha256(block.members).hexdigest(),
        "awaited": block.awaited,
        "writers": block.writers,
        "prev_hash": block.prev_hash,
        "at": iso(block.at),
    }


def iso(moment: datetime) -> str:
    """A moment as rows and blocks spell it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def mac(block_hash: str) -> bytes:
    """The seal of a block: whoever holds the database alone cannot make it."""
    return hmac.digest(get_vault().subkey("audit/block"), block_hash.encode(), "sha256")


def is_ours(block: AuditBlock) -> bool:
    """Whether a block is as the portal sealed it."""
    made = audit_proof.header_hash(header(block))
    return made == block.hash and hmac.compare_digest(block.mac, mac(made))


def keep_anchor(session: Session, actor: Actor, *, path: Path) -> bool:
    """Let the anchor, outside the database, follow the newest block, along a chain that holds the
    one it remembers; else it stays as it is, and ``portal doctor`` finds it."""
    actor.require(Permission.RUN_TASKS)
    last, known = newest(session), read_anchor(path)
    if known is not None:
        held = session.scalar(select(AuditBlock.hash).where(AuditBlock.no == known.no))
        if held != known.hash:
            logger.error("the blocks of the audit trail do not hold the anchor: 'portal doctor'")
            return False
    if last is not None and (known is None or known.no < last.no):
        write_anchor(path, Anchor(last.no, last.hash))
    return last is not None


def anchor_file() -> Path:
    """Where the anchor lies."""
    return get_settings().data_dir / _ANCHOR


def _unclosed(session: Session, since: int, handed: int, awaited: Ranges, most: int) -> list[Row]:
    columns = (*EVENT, region_now().label("region_code"))
    new: Select[Any] = select(*columns).where(numbered(since, handed, ()))
    found = list(session.execute(new.order_by(AuditEvent.no).limit(most)))
    if awaited:
        late = session.execute(select(*columns).where(among(awaited)).order_by(AuditEvent.no))
        found = [*late, *found]
    return [Row._make(row) for row in found]


def _still_awaited(
    last: AuditBlock | None, writers: set[str], found: Sequence[Row]
) -> list[list[int]]:
    """What the last block awaited and nobody has brought, while one of its writers is at work."""
    if last is None or not writers & set(last.writers):
        return []
    here = [row.no for row in found]
    return [
        gap
        for first, until in last.awaited
        for gap in gaps((no for no in here if first <= no <= until), first - 1, until)
    ]


def _place(row: Row, now: datetime) -> dict[str, Any]:
    try:
        at = datetime.fromisoformat(row.moment)
    except (ValueError, TypeError):
        # Nobody wrote this moment through the portal: closing goes on, and the row is found.
        at = now
    return {"no": row.no, "region_code": row.region_code, "action": row.action, "at": at}
