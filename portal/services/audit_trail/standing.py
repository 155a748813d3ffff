"""Whether rows on a page are as they were closed, and the whole trail piece by piece."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AuditBlock, AuditEvent, AuditPlace
from portal.documents import audit_proof
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.audit_trail import blocks, examination
from portal.services.audit_trail.examination import Fault
from portal.services.audit_trail.rows import EVENT, IS_PLACED, Row, leaf
from portal.services.scope import the_area

Standing = Literal["sealed", "open", "bad"]
# Blocks examined in one go: some seconds.
_PIECE = 25


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an examination has come: ``after`` is where the next piece begins, 0 at the end.

    ``rows`` were read in this piece; ``unclosed`` is told at the end.
    """

    after: int
    blocks: int
    rows: int
    unclosed: int
    faults: tuple[Fault, ...]


def standings(session: Session, numbers: Iterable[int]) -> dict[int, Standing]:
    """How each row stands: in a block and as it was closed, in none yet, or not as it was."""
    wanted = list(numbers)
    query = (
        select(*EVENT, AuditPlace.region_code, func.coalesce(IS_PLACED, False))
        .outerjoin(AuditPlace, AuditPlace.no == AuditEvent.no)
        .where(AuditEvent.no.in_(wanted))
    )
    known: dict[int, tuple[AuditBlock, dict[int, bytes]]] = {}
    found: dict[int, Standing] = {}
    for row in session.execute(query):
        block = block_of(session, row.no, known)
        found[row.no] = _standing(block, Row._make(row[:-1]), bool(row[-1]))
    return found


def _standing(kept: tuple[AuditBlock, dict[int, bytes]] | None, row: Row, placed: bool) -> Standing:
    if kept is None:
        return "open"
    block, members = kept
    same = members.get(row.no) == leaf(row).hash[: audit_proof.HASH_BYTES]
    return "sealed" if same and placed and blocks.is_ours(block) else "bad"


def block_of(
    session: Session, no: int, known: dict[int, tuple[AuditBlock, dict[int, bytes]]]
) -> tuple[AuditBlock, dict[int, bytes]] | None:
    """The block that a number belongs to, with its members; None while there is none."""
    for block, members in known.values():
        if no in members:
            return block, members
    after = 0
    while True:
        # A block that still awaited the number leaves it to a later one.
        query = select(AuditBlock).where(AuditBlock.upto_no >= no, AuditBlock.no > after)
        found = session.scalar(query.order_by(AuditBlock.upto_no, AuditBlock.no).limit(1))
        if found is None:
            return None
        members = dict(audit_proof.members_of(found.members))
        known[found.no] = found, members
        if no in members or not examination.is_among(found.awaited, no):
            return found, members
        after = found.no


def examine_piece(session: Session, actor: Actor, *, after: int, now: datetime) -> Progress:
    """Examine the next blocks; the first piece also looks at all blocks, the last for rows that
    no block can have."""
    actor.require(Permission.READ_AUDIT)
    the_area(actor)
    faults: list[Fault] = []
    if after <= 0:
        audit.record(session, actor, "audit.verify", now=now, object_type="audit_block")
        faults = examination.chain_faults(session, blocks.anchor_file())
    newest = blocks.newest(session)
    last = newest.no if newest else 0
    until = min(max(after, 0) + _PIECE, last)
    known = {fault.block for fault in faults}
    rows = 0
    for no in range(max(after, 0) + 1, until + 1):
        found = examination.rows_fault(session, no)
        faults += [found] if found is not None and no not in known else []
        rows += session.scalar(select(AuditBlock.count).where(AuditBlock.no == no)) or 0
    if until < last:
        return Progress(until, last, rows, 0, tuple(faults))
    faults += examination.never_handed_out(session)
    return Progress(0, last, rows, examination.unclosed(session), tuple(faults))
