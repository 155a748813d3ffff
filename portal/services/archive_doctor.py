"""Examining every archive: each line, where each chain ends, each checkpoint, the anchor.

Reads the rows as a stream and keeps one archive at a time, so that three million lines need no
more memory than three hundred. Names the first bad entry; what it says is for operators.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, exists, select, text
from sqlalchemy.orm import Session, aliased

from portal.db.models import ArchiveCheckpoint, ArchiveEntry, ArchiveHead, Certificate
from portal.services import archive_chain as chain
from portal.services import archive_checkpoints as checkpoints
from portal.services import archive_doctor_links
from portal.services import archive_seals as seals
from portal.services.archive_chain import Entry

# Rows fetched at once.
_CHUNK = 2_000
# All lines are sorted by person once: with so much memory that takes one pass over the disk.
_NO_LIMIT = (
    text("SET LOCAL statement_timeout = 0"),
    text("SET LOCAL work_mem = '128MB'"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as we wrote it; ``where`` names it, ``what`` says what happened."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Examination:
    """How much was read, and every fault: one an archive and checkpoint at most, first ones
    first."""

    lines: int
    faults: tuple[Fault, ...]

    @property
    def sentence(self) -> str:
        """The first fault and how many there are; empty when there is none."""
        if not self.faults:
            return ""
        more = len(self.faults) - 1
        return str(self.faults[0]) + (f" (and {more} more)" if more else "")


def examine(session: Session, *, anchor: Path) -> Examination:
    """Read everything once. The transaction should be REPEATABLE READ: lines that are added
    meanwhile then belong to the next examination."""
    for setting in _NO_LIMIT:
        session.execute(setting)
    walk = _Walk()
    faults = [*walk.archives(session), *_checkpoints(session)]
    faults += _anchor(session, anchor)
    faults += _certificates(session)
    faults += [Fault(where, what) for where, what in archive_doctor_links.faults(session)]
    return Examination(walk.lines, tuple(faults))


class _Walk:
    """One way through all lines and heads, both by person."""

    def __init__(self) -> None:
        self.lines = 0

    def archives(self, session: Session) -> Iterator[Fault]:
        heads = _stream(
            session,
            select(
                ArchiveHead.person_id, ArchiveHead.seq, ArchiveHead.hash, ArchiveHead.mac
            ).order_by(ArchiveHead.person_id),
        )
        query = select(*_COLUMNS).order_by(ArchiveEntry.person_id, ArchiveEntry.seq)
        rows = (Entry._make(row) for row in _stream(session, query))
        head = next(heads, None)
        for person_id, lines in groupby(rows, key=lambda row: row.person_id):
            while head is not None and head.person_id < person_id:
                yield _gone(head)
                head = next(heads, None)
            own = head if head is not None and head.person_id == person_id else None
            found = self._archive(person_id, lines, own)
            if found is not None:
                yield found
            if own is not None:
                head = next(heads, None)
        while head is not None:
            yield _gone(head)
            head = next(heads, None)

    def _archive(self, person_id: UUID, lines: Iterator[Entry], head: Any) -> Fault | None:
        """The first fault of one archive; reads all its lines."""
        before, expected, found = chain.GENESIS, 1, None
        for line in lines:
            self.lines += 1
            if found is None:
                found = _line_fault(line, expected, before)
            before, expected = line.hash, line.seq + 1
        return found or _head_fault(person_id, head, expected - 1, before)


# What a database can hold and Python cannot (a day at infinity, a number of 5,000 digits) must not
# keep the examination from naming it: these come as texts, and are read line by line.
_AS_TEXT = ("occurred_on", "detail", "recorded_at")
_COLUMNS = tuple(
    cast(column, Text) if column.key in _AS_TEXT else column for column in chain.COLUMNS
)


def _hash_of(line: Entry) -> str:
    """The hash that fits the columns of a line; empty where they are nothing we wrote."""
    told: Any = line
    try:
        read = line._replace(
            occurred_on=date.fromisoformat(told.occurred_on),
            detail=json.loads(told.detail),
            recorded_at=datetime.fromisoformat(told.recorded_at),
        )
        return chain.hash_of(read)
    except (ValueError, TypeError, RecursionError):
        return ""


def _line_fault(line: Entry, expected: int, before: str) -> Fault | None:
    what = ""
    if line.hash != _hash_of(line):
        what = "was changed after it was written"
    elif line.seal is None:
        what = "bears no seal: it was added behind our back"
    elif not seals.same(line.seal, seals.seal(line.no, line.hash)):
        what = "was forged: its hash was computed anew, or it was added or moved"
    elif line.seq != expected:
        return Fault(f"person {line.person_id} line {expected}", "was removed")
    elif line.prev_hash != before:
        what = "does not follow the line before it"
    here = f"person {line.person_id} line {line.seq} (entry {line.id})" if what else ""
    return Fault(here, what) if what else None


def _gone(head: Any) -> Fault:
    return Fault(f"person {head.person_id} line 1", f"was removed with all {head.seq} lines")


def _head_fault(person_id: UUID, head: Any, last: int, last_hash: str) -> Fault | None:
    here = f"person {person_id} end of archive after line {last}"
    if head is None:
        return Fault(here, "has no head: it was removed, or the lines were added behind our back")
    if not seals.same(head.mac, seals.head_mac(person_id, head.seq, head.hash)):
        return Fault(here, "has a head that was changed")
    if head.seq > last:
        return Fault(f"person {person_id} line {last + 1}", "was removed")
    if (head.seq, head.hash) != (last, last_hash):
        return Fault(here, "has the head of an earlier day: it was put back")
    return None


def _checkpoints(session: Session) -> Iterator[Fault]:
    before = None
    query = select(ArchiveCheckpoint).order_by(ArchiveCheckpoint.no)
    for found in session.scalars(query.execution_options(yield_per=1)):
        wrong = checkpoints.fault(found, before)
        missing = before.no + 1 if before else 1
        if wrong == "removed":
            yield Fault(f"checkpoint {missing}", "was removed")
        elif wrong:
            yield Fault(f"checkpoint {found.no}", f"was {wrong}")
        else:
            lost = _members(session, found, before.upto_no if before else 0)
            if lost is not None:
                yield lost
        if before is not None:
            session.expunge(before)
        before = found
    if before is None:
        yield Fault("checkpoints", "there are none: they were removed, or 'portal init' never ran")


def _members(session: Session, found: ArchiveCheckpoint, since: int) -> Fault | None:
    """The first line in which a checkpoint and the lines that it closed differ."""
    rows = session.execute(
        select(ArchiveEntry.id, ArchiveEntry.hash)
        .where(ArchiveEntry.no > since, ArchiveEntry.no <= found.upto_no)
        .order_by(ArchiveEntry.no)
    ).all()
    there = [checkpoints.member(row.id, row.hash) for row in rows]
    if b"".join(there) == found.members:
        return None
    closed = checkpoints.members_of(found)
    size = checkpoints.ID_BYTES
    pairs = zip([*closed, b""], [*there, b""], strict=False)
    first, second = next(((a, b) for a, b in pairs if a != b), (b"", b""))
    at = f" (closed by checkpoint {found.no})"
    if first[:size] == second[:size]:
        return Fault(f"entry {UUID(bytes=first[:size])}", f"was changed{at}")
    if first and first[:size] not in {one[:size] for one in there}:
        return Fault(f"entry {UUID(bytes=first[:size])}", f"was removed{at}")
    if second and second[:size] not in {one[:size] for one in closed}:
        return Fault(f"entry {UUID(bytes=second[:size])}", f"was added behind our back{at}")
    return Fault(f"entry {UUID(bytes=(first or second)[:size])}", f"was moved{at}")


def _anchor(session: Session, path: Path) -> Iterator[Fault]:
    try:
        anchor = seals.read_anchor(path)
    except ValueError:
        yield Fault(str(path), "cannot be read")
        return
    if anchor is None:
        return
    query = select(ArchiveCheckpoint.hash).where(ArchiveCheckpoint.no == anchor.no)
    known = session.scalar(query)
    if known is None:
        yield Fault(
            f"checkpoint {anchor.no}",
            f"was removed, or the database is an older copy; if it is one that you put back"
            f" yourself, delete {path}",
        )
    elif known != anchor.hash:
        yield Fault(f"checkpoint {anchor.no}", "is another than the one that was made here")


def _certificates(session: Session) -> Iterator[Fault]:
    """Every certificate that was issued, and every revocation, has its line."""
    line = aliased(ArchiveEntry)
    for kind, statuses in (
        (chain.CERTIFICATE, ("issued", "replaced", "revoked")),
        (chain.REVOCATION, ("revoked",)),
    ):
        has_line = exists().where(line.kind == kind, line.ref_id == Certificate.id)
        lost = session.scalar(
            select(Certificate.id)
            .where(Certificate.status.in_(statuses), ~has_line)
            .order_by(Certificate.id)
            .limit(1)
        )
        if lost is not None:
            yield Fault(f"certificate {lost}", f"has no line about its {_SAID[kind]}")
    live = exists().where(Certificate.id == line.ref_id, Certificate.status != "revoked")
    query = select(line.ref_id).where(line.kind == chain.REVOCATION, live).limit(1)
    undone = session.scalar(query)
    if undone is not None:
        yield Fault(f"certificate {undone}", "was revoked, and its row no longer says so")


_SAID = {chain.CERTIFICATE: "issue", chain.REVOCATION: "revocation"}


def _stream(session: Session, query: Any) -> Iterator[Any]:
    return iter(session.execute(query.execution_options(yield_per=_CHUNK)))
