"""The demo's bulk writes: thousands of rows a statement, each with its trace.

They say what the services say one row at a time; the database's own promises hold for them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.services.checkin import receipt_of
from portal.services.commitment import CommitmentView

_ENROL = text(
    """
WITH seat AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:classes AS uuid[]), CAST(:people AS uuid[]),
                         CAST(:ats AS timestamptz[])) AS s(id, class_id, person_id, at)
), taken AS (
    UPDATE training_class c SET seats_taken = seats_taken + s.count
      FROM (SELECT class_id, count(*) AS count FROM seat GROUP BY class_id) s
     WHERE c.id = s.class_id
)
INSERT INTO enrolment (id, person_id, person_no, class_id, busy, status, channel,
       commitment_version, commitment_text_hash, signed_at, created_at)
SELECT s.id, p.id, p.no, c.id, c.meets, 'accepted', 'web', :version, :text_hash, s.at, s.at
  FROM seat s JOIN person p ON p.id = s.person_id JOIN training_class c ON c.id = s.class_id
"""
)
_TRACE = text(
    """
INSERT INTO audit_event (id, at, actor_account_id, actor_role, on_behalf_of, action, object_type,
       object_id)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:actors AS uuid[]),
       CAST(:roles AS text[]), CAST(:people AS uuid[]), CAST(:actions AS text[]),
       CAST(:types AS text[]), CAST(:objects AS text[]))
"""
)
_EVENTS = text(
    """
INSERT INTO attendance_event (id, session_id, enrolment_id, person_id, phase, method, occurred_at,
       server_at, actor_account_id, receipt)
SELECT e.id, e.session_id, e.enrolment_id, e.person_id, e.phase, 'qr', e.at, e.at, NULL, e.receipt
  FROM unnest(CAST(:ids AS uuid[]), CAST(:sessions AS uuid[]), CAST(:enrolments AS uuid[]),
              CAST(:people AS uuid[]), CAST(:phases AS text[]), CAST(:ats AS timestamptz[]),
              CAST(:receipts AS text[]))
       AS e(id, session_id, enrolment_id, person_id, phase, at, receipt)
    ON CONFLICT (session_id, enrolment_id, phase) DO NOTHING
"""
)
_RECORDS = text(
    """
INSERT INTO attendance_record (id, session_id, enrolment_id, person_id, state, credited_minutes,
       credited_hours, corrected, note, updated_at, updated_by)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:sessions AS uuid[]), CAST(:enrolments AS uuid[]),
       CAST(:people AS uuid[]), CAST(:states AS text[]), CAST(:minutes AS integer[]),
       CAST(:hours AS integer[]), CAST(:corrected AS boolean[]), CAST(:notes AS text[]),
       CAST(:ats AS timestamptz[]), CAST(:actors AS uuid[]))
    ON CONFLICT (session_id, enrolment_id) DO NOTHING
"""
)
_CORRECTIONS = text(
    """
INSERT INTO attendance_correction (id, session_id, enrolment_id, old_state, old_hours, new_state,
       new_hours, reason, actor_account_id, at)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:sessions AS uuid[]), CAST(:enrolments AS uuid[]),
       CAST(:old_states AS text[]), CAST(:old_hours AS integer[]), CAST(:states AS text[]),
       CAST(:hours AS integer[]), CAST(:notes AS text[]), CAST(:actors AS uuid[]),
       CAST(:ats AS timestamptz[]))
"""
)
_CONFIRM = text(
    """
UPDATE training_session t SET confirmed_at = s.at, confirmed_by = s.actor
  FROM unnest(CAST(:sessions AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:actors AS uuid[]))
       AS s(id, at, actor)
 WHERE t.id = s.id
"""
)
_RESULTS = text(
    """
INSERT INTO exam_result (id, enrolment_id, passed, examiner_account_id, recorded_at)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:enrolments AS uuid[]), CAST(:passed AS boolean[]),
       CAST(:actors AS uuid[]), CAST(:ats AS timestamptz[]))
    ON CONFLICT (enrolment_id) DO NOTHING
"""
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's enrolment in a class."""

    class_id: UUID
    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Scan:
    """A sign-in or sign-out."""

    session_id: UUID
    enrolment_id: UUID
    person_id: UUID
    phase: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A confirmed line of a sheet. With ``old`` (state, hours) it was corrected for ``note``."""

    session_id: UUID
    enrolment_id: UUID
    person_id: UUID
    state: str
    minutes: int
    hours: int
    at: datetime
    actor: UUID
    old: tuple[str, int] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """A line of the audit trail."""

    at: datetime
    actor: UUID | None
    role: str
    person_id: UUID | None
    action: str
    object_type: str
    object_id: UUID


def enrol(session: Session, signed: CommitmentView, seats: Sequence[Seat]) -> None:
    """Enrol many people; the seats of their classes are taken with them."""
    if not seats:
        return
    ids = [new_id() for _ in seats]
    session.execute(
        _ENROL,
        {
            "ids": ids,
            "classes": [seat.class_id for seat in seats],
            "people": [seat.person_id for seat in seats],
            "ats": [seat.at for seat in seats],
            "version": signed.version,
            "text_hash": signed.text_hash,
        },
    )
    pairs = zip(ids, seats, strict=True)
    trace(
        session,
        [
            Trace(seat.at, None, "trainee", seat.person_id, "enrolment.enrol", "enrolment", made)
            for made, seat in pairs
        ],
    )


def scan(session: Session, scans: Sequence[Scan]) -> None:
    """Record many sign-ins and sign-outs; those that stand already stay."""
    if not scans:
        return
    ids = [new_id() for _ in scans]
    session.execute(
        _EVENTS,
        {
            "ids": ids,
            "sessions": [one.session_id for one in scans],
            "enrolments": [one.enrolment_id for one in scans],
            "people": [one.person_id for one in scans],
            "phases": [one.phase for one in scans],
            "ats": [one.at for one in scans],
            "receipts": [receipt_of(made) for made in ids],
        },
    )


def mark(session: Session, marks: Sequence[Mark]) -> None:
    """Write many lines of confirmed sheets, with their corrections and the confirmation."""
    if not marks:
        return
    session.execute(_RECORDS, _columns(marks))
    corrected = [one for one in marks if one.old is not None]
    if corrected:
        session.execute(_CORRECTIONS, _columns(corrected))
    sheets = {one.session_id: one for one in marks}
    session.execute(
        _CONFIRM,
        {
            "sessions": list(sheets),
            "ats": [one.at for one in sheets.values()],
            "actors": [one.actor for one in sheets.values()],
        },
    )
    rows = [
        Trace(
            m.at, m.actor, "instructor", m.person_id, "attendance.correct", _SESSION, m.session_id
        )
        for m in corrected
    ]
    rows += [
        Trace(m.at, m.actor, "instructor", None, "attendance.confirm", _SESSION, m.session_id)
        for m in sheets.values()
    ]
    trace(session, rows)


_SESSION = "training_session"


def _columns(marks: Sequence[Mark]) -> dict[str, Any]:
    return {
        "ids": [new_id() for _ in marks],
        "sessions": [one.session_id for one in marks],
        "enrolments": [one.enrolment_id for one in marks],
        "people": [one.person_id for one in marks],
        "states": [one.state for one in marks],
        "minutes": [one.minutes for one in marks],
        "hours": [one.hours for one in marks],
        "corrected": [one.old is not None for one in marks],
        "notes": [one.note for one in marks],
        "ats": [one.at for one in marks],
        "actors": [one.actor for one in marks],
        "old_states": [one.old[0] if one.old else "" for one in marks],
        "old_hours": [one.old[1] if one.old else 0 for one in marks],
    }


def results(session: Session, passed: dict[UUID, bool], *, examiner: UUID, at: datetime) -> None:
    """Record the results of a class by enrolment."""
    session.execute(
        _RESULTS,
        {
            "ids": [new_id() for _ in passed],
            "enrolments": list(passed),
            "passed": list(passed.values()),
            "actors": [examiner] * len(passed),
            "ats": [at] * len(passed),
        },
    )
    rows = [Trace(at, examiner, "manager", None, "results.record", "enrolment", e) for e in passed]
    trace(session, rows)


def trace(session: Session, rows: Sequence[Trace]) -> None:
    """Write many lines of the audit trail."""
    if not rows:
        return
    session.execute(
        _TRACE,
        {
            "ids": [new_id() for _ in rows],
            "ats": [row.at for row in rows],
            "actors": [row.actor for row in rows],
            "roles": [row.role for row in rows],
            "people": [row.person_id for row in rows],
            "actions": [row.action for row in rows],
            "types": [row.object_type for row in rows],
            "objects": [str(row.object_id) for row in rows],
        },
    )
