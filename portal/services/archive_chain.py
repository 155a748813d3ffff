"""The chain of an archive: lines that are only added, each holding the hash before it.

A line is never changed. What turns out wrong is superseded by a later line, and both stay. How
the chain is kept from being computed anew stands in ``archive_seals``, how it is examined as a
whole in ``archive_doctor``.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Text, cast, select, text
from sqlalchemy.orm import Session, make_transient_to_detached

from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, ArchiveHead
from portal.documents.signature import canonical
from portal.services import archive_seals as seals

CLASS = "class"
CERTIFICATE = "certificate"
REVOCATION = "revocation"
CORRECTION = "correction"
AWARD = "award"
COMPETITION = "competition"
MILITARY = "military"
SUBSIDY = "subsidy"
EMPLOYMENT = "employment"
EXTERNAL = "external"
CARRIED = "carried"
MERGE = "merge"
IDENTITY = "identity"
# What a line can be about; revocations and corrections are about what they supersede.
SUBJECTS = (
    *(CLASS, CERTIFICATE, EXTERNAL, AWARD, COMPETITION, MILITARY),
    *(SUBSIDY, EMPLOYMENT, CARRIED, MERGE, IDENTITY),
)
PORTAL = "portal"
# What the first line of every archive takes for the hash before it.
GENESIS = "0" * 64
# Exactly these columns are hashed, so that an exported archive can be checked without us.
HASHED = (
    *("id", "person_id", "seq", "kind", "ref_id", "occurred_on", "title", "institution_name"),
    *("hours", "detail", "source_system", "recorded_at", "supersedes", "prev_hash"),
)
# Whoever appends holds this lock together with others; a checkpoint holds it alone.
LOCK_SHARED = "pg_advisory_xact_lock_shared(7470, 1)"
LOCK_ALONE = "pg_advisory_xact_lock(7470, 1)"


class Entry(NamedTuple):
    """A line as the database holds it; reading 300 of them this way costs little."""

    id: UUID
    person_id: UUID
    seq: int
    kind: str
    ref_id: UUID
    occurred_on: date
    title: str
    institution_name: str
    hours: int | None
    detail: dict[str, Any]
    source_system: str
    recorded_at: datetime
    supersedes: UUID | None
    prev_hash: str
    hash: str
    seal: bytes | None
    no: int

    @property
    def subject(self) -> str:
        """What the line is about, one of ``SUBJECTS``."""
        return str(self.detail.get("subject", self.kind))


COLUMNS = tuple(getattr(ArchiveEntry, name) for name in Entry._fields)


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
    source_system: str = PORTAL,
) -> ArchiveEntry:
    """Add a line at the end of a person's archive, in the caller's transaction.

    ``ref_id`` is what the line is about, once a kind: an enrolment for a class, a certificate,
    the superseded line for a correction. ``detail`` holds ``subject`` (one of ``SUBJECTS``),
    ``status`` (see ``archive_lines.Line``), and what else is known: ``starts_on`` and ``ends_on``
    (ISO dates; ``occurred_on`` stands for those left out), ``hours_planned``,
    ``certificate_number``; only strings, integers and None, which read back from the database as
    they went in. ``source_system`` says who recorded it first: ``portal``, or the address of
    another portal. Raises ValueError when ``supersedes`` is no line of this person or has been
    superseded already. Costs the same however long the archive is.
    """
    session.flush()
    # The person's row puts concurrent lines of one person in a row; foreign keys go on.
    session.execute(_LOCK, {"person_id": person_id}).one()
    end = session.execute(_END, {"person_id": person_id}).one()
    if supersedes is not None:
        _in_force_or_raise(session, person_id, supersedes)
    seq, before, whole = _next_place(person_id, end)
    entry = ArchiveEntry(
        id=new_id(),
        no=end.no,
        person_id=person_id,
        seq=seq,
        kind=kind,
        ref_id=ref_id,
        occurred_on=occurred_on,
        title=title,
        institution_name=institution_name,
        hours=hours,
        detail=detail,
        source_system=source_system,
        recorded_at=now,
        supersedes=supersedes,
        prev_hash=before,
    )
    entry.hash = entry_hash(plain_entry(entry))
    entry.seal = seals.seal(entry.no, entry.hash)
    _write(session, entry, whole=whole)
    return entry


_LOCK = text(
    f"SELECT {LOCK_SHARED}, id FROM person WHERE id = :person_id FOR NO KEY UPDATE"  # noqa: S608
)
# The number is drawn before the line is written: the seal covers it, and lines are never updated.
_END = text(
    """
    SELECT nextval(pg_get_serial_sequence('archive_entry', 'no')) AS no,
           head.seq AS head_seq, head.hash AS head_hash, head.mac AS head_mac,
           last.seq AS last_seq, last.hash AS last_hash
      FROM (SELECT 1) one
      LEFT JOIN archive_head head ON head.person_id = :person_id
      LEFT JOIN LATERAL (SELECT seq, hash FROM archive_entry WHERE person_id = :person_id
                          ORDER BY seq DESC LIMIT 1) last ON true
    """
)
_ALL = ("no", *HASHED, "hash", "seal")
_INSERT = text(
    f"INSERT INTO archive_entry ({', '.join(_ALL)}) OVERRIDING SYSTEM VALUE"  # noqa: S608
    f" VALUES ({', '.join(f':{name}' for name in _ALL)})".replace(
        ":detail", "CAST(:detail AS jsonb)"
    )
)
_HEAD = text(
    "INSERT INTO archive_head (person_id, seq, hash, mac) VALUES (:person_id, :seq, :hash, :mac)"
    " ON CONFLICT (person_id) DO UPDATE SET seq = :seq, hash = :hash, mac = :mac"
)


def _next_place(person_id: UUID, end: Row[Any]) -> tuple[int, str, bool]:
    """Number and hash before of the next line, and whether head and last line agree.

    A sealed head is believed before the lines: where lines were cut off, the next one leaves
    their gap open, so that it is found for ever.
    """
    if end.head_seq is None:
        if end.last_seq is None:
            return 1, GENESIS, True
        return end.last_seq + 1, end.last_hash, False
    sealed = seals.head_mac(person_id, end.head_seq, end.head_hash)
    if not seals.same(end.head_mac, sealed):
        return max(end.head_seq, end.last_seq or 0) + 1, end.last_hash or GENESIS, False
    return max(end.head_seq, end.last_seq or 0) + 1, end.head_hash, True


def _in_force_or_raise(session: Session, person_id: UUID, entry_id: UUID) -> None:
    of_person = select(ArchiveEntry.id, ArchiveEntry.supersedes).where(
        ArchiveEntry.person_id == person_id
    )
    rows = session.execute(of_person).all()
    if entry_id not in {row.id for row in rows} or entry_id in {row.supersedes for row in rows}:
        raise ValueError("only a line in force of the same person can be superseded")


def _write(session: Session, entry: ArchiveEntry, *, whole: bool) -> None:
    """Write a line and the new head; a head that was found wrong stays marked as wrong."""
    values = {name: getattr(entry, name) for name in _ALL}
    values["detail"] = json.dumps(entry.detail, ensure_ascii=False)
    session.execute(_INSERT, values)
    sealed = seals.head_mac(entry.person_id, entry.seq, entry.hash)
    head = {"person_id": entry.person_id, "seq": entry.seq, "hash": entry.hash}
    session.execute(_HEAD, head | {"mac": sealed if whole else seals.TAINTED})
    # Known to the session as written, without reading it back.
    make_transient_to_detached(entry)
    session.add(entry)


def plain_entry(entry: ArchiveEntry | Entry) -> dict[str, Any]:
    """The hashed columns of a line as plain JSON values."""
    return {name: plain_value(getattr(entry, name)) for name in HASHED}


def entry_hash(plain: dict[str, Any]) -> str:
    """SHA-256 (hex) of a line's columns as canonical JSON; a line holds the hash before it."""
    return hashlib.sha256(canonical(plain)).hexdigest()


def hash_of(entry: Entry) -> str:
    """``entry_hash(plain_entry(entry))``, three times as fast: the canonical JSON of the columns
    that every line has is put together by hand, in the order of their names."""
    hours = "null" if entry.hours is None else int(entry.hours)
    supersedes = "null" if entry.supersedes is None else f'"{entry.supersedes}"'
    canonical_line = (
        f'{{"detail":{_canonical_detail(entry.detail)},"hours":{hours},"id":"{entry.id}",'
        f'"institution_name":{_quoted(entry.institution_name)},"kind":{_quoted(entry.kind)},'
        f'"occurred_on":"{entry.occurred_on.isoformat()}","person_id":"{entry.person_id}",'
        f'"prev_hash":{_quoted(entry.prev_hash)},'
        f'"recorded_at":"{entry.recorded_at.astimezone(UTC).isoformat()}",'
        f'"ref_id":"{entry.ref_id}","seq":{entry.seq},'
        f'"source_system":{_quoted(entry.source_system)},"supersedes":{supersedes},'
        f'"title":{_quoted(entry.title)}}}'
    )
    return hashlib.sha256(canonical_line.encode()).hexdigest()


# As ``signature.canonical`` writes it; kept, because making an encoder costs as much as using it.
_canonical_detail = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode
_quoted = json.encoder.encode_basestring


def verify_chain(session: Session, person_id: UUID) -> int | None:
    """The number of the first line that was changed, forged or taken out; None when all is
    intact. Of a line that is missing at the end, the head knows."""
    entries = entries_of(session, person_id)
    broken = first_broken(entries)
    if broken is not None:
        return broken
    return None if ends_well(session, person_id, entries) else len(entries) + 1


def entries_of(session: Session, person_id: UUID) -> list[Entry]:
    """All lines of a person's chain, oldest first, as the database holds them now."""
    return entries_of_all(session, [person_id])


def entries_of_all(session: Session, person_ids: Sequence[UUID]) -> list[Entry]:
    """The lines of several chains in one question, each chain oldest first."""
    query = select(*_WITH_TEXT).where(ArchiveEntry.person_id.in_(person_ids))
    rows = session.execute(query.order_by(ArchiveEntry.person_id, ArchiveEntry.seq)).all()
    # The details of all lines in one piece: 300 small texts take five times as long to read.
    details = json.loads(f"[{','.join(row[_DETAIL] for row in rows)}]")
    return [
        Entry._make((*row[:_DETAIL], detail, *row[_DETAIL + 1 :]))
        for row, detail in zip(rows, details, strict=True)
    ]


_DETAIL = Entry._fields.index("detail")
_WITH_TEXT = tuple(cast(column, Text) if column.key == "detail" else column for column in COLUMNS)


def in_force(entries: Sequence[Entry]) -> list[Entry]:
    """The lines that no later line supersedes."""
    superseded = {entry.supersedes for entry in entries}
    return [entry for entry in entries if entry.id not in superseded]


def first_broken(entries: Sequence[Entry]) -> int | None:
    """The number of the first line that does not fit, among all lines of one chain."""
    before = GENESIS
    for expected, entry in enumerate(entries, 1):
        if (
            entry.seq != expected
            or entry.prev_hash != before
            or entry.hash != hash_of(entry)
            or not seals.same(entry.seal, seals.seal(entry.no, entry.hash))
        ):
            return expected
        before = entry.hash
    return None


def is_whole(person_id: UUID, head: Any, entries: Sequence[Entry]) -> bool:
    """Whether the chain of a person is what we wrote, from its hashes and its sealed head alone.

    The head covers the last hash, that the line before, and so on: for showing an archive the
    seals of the lines add nothing.
    """
    before = GENESIS
    for expected, entry in enumerate(entries, 1):
        fits = entry.seq == expected and entry.prev_hash == before
        if not fits or entry.hash != hash_of(entry):
            return False
        before = entry.hash
    return head_fits(person_id, head, entries)


def ends_well(session: Session, person_id: UUID, entries: Sequence[Entry]) -> bool:
    """Whether the head is ours and says that the chain ends where it does."""
    head = heads_of(session, [person_id]).get(person_id)
    return head_fits(person_id, head, entries)


def heads_of(session: Session, person_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Where the chains of several records end, as their heads say it."""
    rows = session.execute(
        select(ArchiveHead.person_id, ArchiveHead.seq, ArchiveHead.hash, ArchiveHead.mac).where(
            ArchiveHead.person_id.in_(person_ids)
        )
    )
    found: dict[UUID, Any] = {row.person_id: row for row in rows}
    return found


def head_fits(person_id: UUID, head: Any, entries: Sequence[Entry]) -> bool:
    """What ``ends_well`` answers, for a head already loaded."""
    if head is None:
        return not entries
    last = (entries[-1].seq, entries[-1].hash) if entries else (0, GENESIS)
    sealed = seals.head_mac(person_id, head.seq, head.hash)
    return (head.seq, head.hash) == last and seals.same(head.mac, sealed)


def plain_value(value: object) -> Any:
    """A column as JSON holds it: ids and dates as text, moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
