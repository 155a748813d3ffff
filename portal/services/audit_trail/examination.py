"""Examining the trail: every block, and that each row is in the block it was closed in.

Names the first row that was changed, taken out or put in past the portal.
"""

import hmac
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import AuditBlock, AuditEvent, AuditPlace
from portal.documents import audit_proof
from portal.documents.audit_proof import GENESIS
from portal.services.archive_seals import read_anchor
from portal.services.audit_trail import blocks
from portal.services.audit_trail.blocks import BEGINNING
from portal.services.audit_trail.rows import EVENT, IS_PLACED, Row, leaf

CHANGED, REMOVED, INSERTED, FORGED = "changed", "removed", "inserted", "forged"
_NO_LIMIT = text("SET LOCAL statement_timeout = 0")


@dataclass(frozen=True, slots=True)
class Fault:
    """``what`` happened to row ``row`` of block ``block``; row 0 is the block itself, block 0 is
    none: a row that no block can have."""

    block: int
    row: int
    what: str

    def __str__(self) -> str:
        if not self.block:
            return f"row {self.row}: {self.what}"
        return f"block {self.block}" + (f" row {self.row}" if self.row else "") + f": {self.what}"


@dataclass(frozen=True, slots=True)
class Examination:
    """What was read: blocks, their rows, rows in no block yet, and faults, one a block."""

    blocks: int
    rows: int
    unclosed: int
    faults: tuple[Fault, ...]

    @property
    def sentence(self) -> str:
        """The first fault and how many there are; empty when there is none."""
        if not self.faults:
            return ""
        more = len(self.faults) - 1
        return str(self.faults[0]) + (f" (and {more} more)" if more else "")


def examine(session: Session, *, anchor: Path) -> Examination:
    """Read everything once, a block at a time. The transaction should be REPEATABLE READ."""
    session.execute(_NO_LIMIT)
    faults = chain_faults(session, anchor)
    known = {fault.block for fault in faults}
    seen, rows = 0, 0
    for block in all_blocks(session):
        seen, rows = seen + 1, rows + block.count
        found = rows_fault(session, block.no)
        faults += [found] if found is not None and found.block not in known else []
    faults += never_handed_out(session)
    return Examination(seen, rows, unclosed(session), tuple(faults))


def chain_faults(session: Session, anchor: Path) -> list[Fault]:
    """What is wrong with the blocks themselves: cheap, as no row is read."""
    faults: list[Fault] = []
    expected, before, hashes = 1, GENESIS, {}
    for block in all_blocks(session):
        what = ""
        if block.no != expected:
            faults.append(Fault(expected, 0, REMOVED))
        elif block.hash != audit_proof.header_hash(blocks.header(block)):
            what = CHANGED
        elif not hmac.compare_digest(block.mac, blocks.mac(block.hash)):
            what = FORGED
        elif block.prev_hash != before:
            what = CHANGED
        if what:
            faults.append(Fault(block.no, 0, what))
        hashes[block.no] = block.hash
        expected, before = block.no + 1, block.hash
    try:
        known = read_anchor(anchor)
    except ValueError:
        return [*faults, Fault(expected, 0, "the anchor is broken")]
    if known is not None and hashes.get(known.no) != known.hash:
        faults.append(Fault(known.no, 0, CHANGED if known.no in hashes else REMOVED))
    return faults


def rows_fault(session: Session, no: int) -> Fault | None:
    """The first row of a block that is not as it was closed; None when all are."""
    both = {one.no: one for one in session.scalars(pair(no))}
    block, before = both.get(no), both.get(no - 1)
    if block is None:
        return Fault(no, 0, REMOVED)
    if not blocks.is_ours(block):
        return Fault(no, 0, CHANGED)
    if before is not None and not blocks.is_ours(before):
        # Where this block's rows begin is not known; the one before is at fault.
        return None
    present = rows_between(session, block, before)
    fault = _first_difference(block, present)
    if fault is None and audit_proof.root(leaf(row) for row, _ in present) != block.root:
        return Fault(no, 0, CHANGED)
    return fault


def rows_between(
    session: Session, block: AuditBlock, before: AuditBlock | None
) -> list[tuple[Row, bool]]:
    """The rows that are there where a block's rows belong, and whether search finds each."""
    since, awaited = (before.upto_no, before.awaited) if before else (BEGINNING, ())
    query = (
        select(*EVENT, AuditPlace.region_code, func.coalesce(IS_PLACED, False))
        .outerjoin(AuditPlace, AuditPlace.no == AuditEvent.no)
        .where(blocks.numbered(since, block.upto_no, awaited))
        .order_by(AuditEvent.no)
    )
    rows = session.execute(query).all()
    return [
        (Row._make(row[:-1]), bool(row[-1])) for row in rows if not is_among(block.awaited, row.no)
    ]


def unclosed(session: Session) -> int:
    """How many rows are in no block yet, those awaited and written since included."""
    last = blocks.newest(session)
    if last is None:
        return session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    query = select(func.count()).where(is_unclosed(last))
    return session.scalar(query) or 0


def is_unclosed(last: AuditBlock | None) -> Any:
    """Whether an event is in no block, ``last`` being the newest one."""
    if last is None:
        return AuditEvent.no > BEGINNING
    after = AuditEvent.no > last.upto_no
    return after | blocks.among(last.awaited) if last.awaited else after


def _first_difference(block: AuditBlock, present: Sequence[tuple[Row, bool]]) -> Fault | None:
    kept = audit_proof.members_of(block.members)
    here = {row.no: (row, placed) for row, placed in present}
    known = dict(kept)
    for no in sorted({*here, *known}):
        if no not in here:
            return Fault(block.no, no, REMOVED)
        if no not in known:
            return Fault(block.no, no, INSERTED)
        row, placed = here[no]
        if not placed or leaf(row).hash[: audit_proof.HASH_BYTES] != known[no]:
            return Fault(block.no, no, CHANGED)
    return None


def never_handed_out(session: Session) -> list[Fault]:
    """A row whose number nobody drew was put in by hand."""
    no = session.scalar(
        select(func.min(AuditEvent.no)).where(AuditEvent.no > blocks.handed_out(session))
    )
    return [] if no is None else [Fault(0, no, INSERTED)]


def all_blocks(session: Session) -> Iterator[AuditBlock]:
    """All blocks in order, some at a time: fifteen hold half a megabyte."""
    after = 0
    while True:
        query = select(AuditBlock).where(AuditBlock.no > after).order_by(AuditBlock.no).limit(50)
        found = session.scalars(query.execution_options(populate_existing=True)).all()
        yield from found
        if not found:
            return
        after = found[-1].no
        for block in found:
            session.expunge(block)


def pair(no: int) -> Select[AuditBlock]:
    """A block and the one before it."""
    return select(AuditBlock).where(AuditBlock.no.in_((no - 1, no)))


def is_among(ranges: blocks.Ranges, no: int) -> bool:
    """Whether a number is in one of some ascending ranges."""
    at = bisect_right([one[0] for one in ranges], no) - 1
    return at >= 0 and no <= ranges[at][1]
