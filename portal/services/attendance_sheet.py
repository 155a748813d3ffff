"""The sheet of a session as its institution sees it: who was there, what it counts, what is odd.

Until it is confirmed a sheet is worked out from the events; then the records say what counts.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AuditEvent,
    Person,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.attendance import Assessment, AttendanceState
from portal.domain.checkin_code import Phase
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, times
from portal.services.attendance_lines import MANUAL, Line, differs, lines_of, worth
from portal.services.teaching import OwnSession, own_session
from portal.services.windows import phase_now

_NO_CREDIT_NOTES = ("attendance.no_sign_out", "attendance.no_sign_in", "attendance.out_before_in")
_ODD_STATES = (AttendanceState.LATE, AttendanceState.EARLY_LEAVE, AttendanceState.ABSENT)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One trainee. Names are full within the institution, the ID number masked (B8.3).

    ``state``: expected (may still come), present, late, early_leave, absent, excused, makeup.
    ``odd`` holds sentences, empty when nothing is odd; ``odd_codes`` the same as words: late,
    early_leave, absent, no_sign_out, no_sign_in, out_before_in, manual, changed. ``changed``:
    scans came after the confirmation, and confirming again would count them.
    """

    enrolment_id: UUID
    name: str
    id_no_masked: str
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    in_text: str
    out_text: str
    state: str
    state_text: str
    credited_hours: int
    odd: tuple[str, ...]
    odd_codes: tuple[str, ...]
    corrected: bool
    correction_reason: str
    can_mark: str | None


@dataclass(frozen=True, slots=True)
class SessionSheet:
    """A session's sheet, odd rows first. ``status``: upcoming, running, to_confirm, confirmed.

    ``can_confirm`` when it has ended and is not confirmed, or later scans would change it.
    ``waiting_out`` have signed in, not out, and still can until ``sign_out_until``.
    ``phase``: which window is open now. ``counts`` has every state.
    """

    session_id: UUID
    class_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    when: str
    hours: int
    phase: str | None
    status: str
    rows: tuple[SheetRow, ...]
    counts: dict[str, int]
    roster_count: int
    odd_count: int
    waiting_out: int
    sign_out_until: datetime
    can_confirm: bool
    confirmed_at: datetime | None
    confirmed_by: str


def session_sheet(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> SessionSheet:
    """The sheet, for staff of the institution. Raises NotFound, Forbidden, Unauthenticated.

    Reading is written down once an account, session and day: a sheet that stands on the desk is
    one reading, however often the page asks.
    """
    own = own_session(session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    return sheet_of(session, own, now)


def note_reading(
    session: Session, actor: Actor, object_type: str, object_id: UUID, now: datetime
) -> None:
    """Audit the reading of a list of names, once an account, object and day."""
    day_start, _ = times.day_bounds(now)
    seen = exists().where(
        AuditEvent.object_type == object_type,
        AuditEvent.object_id == str(object_id),
        AuditEvent.action == "attendance.read",
        AuditEvent.actor_account_id == actor.the_account(),
        AuditEvent.at >= day_start,
    )
    if session.scalar(select(seen)):
        return
    audit.record(
        session,
        actor,
        "attendance.read",
        now=now,
        object_type=object_type,
        object_id=object_id,
        fields_read=["name", "id_no_last4", "attendance"],
    )


def sheet_of(session: Session, own: OwnSession, now: datetime) -> SessionSheet:
    """The sheet of a session already authorized."""
    meeting, of = own
    rows = [_row(meeting, line, now) for line in lines_of(session, meeting)]
    rows.sort(key=lambda row: not row.odd)
    phase, confirmed = phase_now(meeting, now), meeting.confirmed_at is not None
    counts = Counter(row.state for row in rows)
    changed = any("changed" in row.odd_codes for row in rows)
    over = now >= meeting.ends_at
    return SessionSheet(
        session_id=meeting.id,
        class_id=of.id,
        class_title=of.title,
        seq_no=meeting.seq_no,
        topic=meeting.topic,
        room=meeting.room,
        kind=meeting.kind,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        when=times.span_text(meeting.starts_at, meeting.ends_at),
        hours=meeting.hours,
        phase=phase.value if phase else None,
        status=sheet_status(meeting, now),
        rows=tuple(rows),
        counts={state: counts[state] for state in ("expected", *AttendanceState)},
        roster_count=len(rows),
        odd_count=sum(bool(row.odd) for row in rows),
        waiting_out=sum(_may_sign_out(meeting, row, now) for row in rows),
        sign_out_until=meeting.sign_out_until,
        can_confirm=over and of.status != "closed" and (not confirmed or changed),
        confirmed_at=meeting.confirmed_at,
        confirmed_by=_name_of(session, meeting.confirmed_by),
    )


def sheet_status(meeting: TrainingSession, now: datetime) -> str:
    """upcoming, running (scans or lesson), to_confirm, confirmed."""
    if meeting.confirmed_at is not None:
        return "confirmed"
    if now >= meeting.ends_at:
        return "to_confirm"
    return "upcoming" if now < meeting.sign_in_from else "running"


def _row(meeting: TrainingSession, line: Line, now: datetime) -> SheetRow:
    found, record = worth(meeting, line), line.record
    state = record.state if record else found.state.value
    if record is None and line.came is None and now < meeting.sign_in_until:
        state = "expected"
    codes = _odd_codes(meeting, line, found, state, now)
    number = get_vault().open("id_no", line.person.id_no_enc)
    return SheetRow(
        enrolment_id=line.enrolment.id,
        name=line.person.name,
        id_no_masked=mask_id_no(number),
        signed_in_at=line.came.occurred_at if line.came else None,
        signed_out_at=line.left.occurred_at if line.left else None,
        in_text=times.clock_text(line.came.occurred_at) if line.came else "",
        out_text=times.clock_text(line.left.occurred_at) if line.left else "",
        state=state,
        state_text=t(f"sheet.state_{state}"),
        credited_hours=record.credited_hours if record else found.credited_hours,
        odd=tuple(t(f"sheet.odd_{code}") for code in codes),
        odd_codes=codes,
        corrected=bool(record and record.corrected),
        correction_reason=(record.note or "") if record else "",
        can_mark=_markable(meeting, line, now),
    )


def _odd_codes(
    meeting: TrainingSession, line: Line, found: Assessment, state: str, now: datetime
) -> tuple[str, ...]:
    record = line.record
    if record is not None and record.corrected:
        return ()
    codes = [state] if state in _ODD_STATES else []
    if found.note_key in _NO_CREDIT_NOTES and now >= meeting.ends_at:
        codes.append(found.note_key.rpartition(".")[2])
    if any(event and event.method == MANUAL for event in (line.came, line.left)):
        codes.append(MANUAL)
    if meeting.confirmed_at is not None and differs(record, found):
        codes.append("changed")
    return tuple(codes)


def _markable(meeting: TrainingSession, line: Line, now: datetime) -> str | None:
    """Which phase an instructor's tap would record now for this person."""
    phase = phase_now(meeting, now)
    there = {Phase.IN: line.came, Phase.OUT: line.left}
    return phase.value if phase is not None and there[phase] is None else None


def _may_sign_out(meeting: TrainingSession, row: SheetRow, now: datetime) -> bool:
    waits = row.signed_in_at is not None and row.signed_out_at is None
    return waits and not row.corrected and now <= meeting.sign_out_until


def _name_of(session: Session, account_id: UUID | None) -> str:
    if account_id is None:
        return ""
    query = select(Person.name).join(Account, Account.person_id == Person.id)
    return session.scalar(query.where(Account.id == account_id)) or ""
