"""Codes for checking in: what the screen shows, and what a scan is worth."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import AttendanceEvent, Enrolment
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import CODE_PERIOD, TICKET_LIFE, Phase
from portal.domain.errors import CodeInvalid, OutsideWindow
from portal.domain.permissions import Actor, Permission
from portal.services.checkin import CheckinResult, Method, check_in_async, check_in_now
from portal.services.checkin_typed import check_in_by_numeric, looks_typed
from portal.services.hot import run_statement
from portal.services.teaching import ON_ROSTER, own_session
from portal.services.unit import in_thread
from portal.services.windows import next_opening, phase_now
from portal.settings import get_settings

_SCANNED = text(
    """
SELECT s.id, s.seq_no, s.topic, s.room, s.starts_at, s.ends_at, s.hours, s.sign_in_from,
       s.late_after, s.sign_in_until, s.sign_out_from, s.sign_out_until,
       c.title, i.name AS institution_name
  FROM training_session s
  JOIN training_class c ON c.id = s.class_id
  JOIN institution i ON i.id = c.institution_id
 WHERE s.id = :session_id AND c.status NOT IN ('draft', 'cancelled')
"""
)


@dataclass(frozen=True, slots=True)
class ScreenCode:
    """What the room's screen shows; ``phase``, ``token``, ``numeric``, ``url``, ``expires_at`` and
    ``closes_at`` are None while no window is open.

    ``opens_at`` is when the next window opens, None after the last. ``present_count`` have signed
    in, ``left_count`` have signed out, of ``roster_count``.
    """

    session_id: UUID
    class_id: UUID
    class_title: str
    seq_no: int
    topic: str
    room: str
    starts_at: datetime
    ends_at: datetime
    phase: str | None
    token: str | None
    numeric: str | None
    url: str | None
    expires_at: datetime | None
    period_s: int
    opens_at: datetime | None
    closes_at: datetime | None
    present_count: int
    left_count: int
    roster_count: int
    shown_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether there is a code to show; the API answers OutsideWindow when not."""
        return self.phase is not None


@dataclass(frozen=True, slots=True)
class ScanView:
    """What a scanned code opened, before any log-in. Spend ``ticket`` by ``expires_at``."""

    session_id: UUID
    class_title: str
    institution_name: str
    seq_no: int
    topic: str
    room: str
    starts_at: datetime
    ends_at: datetime
    phase: str
    scanned_at: datetime
    ticket: str
    expires_at: datetime


def show_code(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> ScreenCode:
    """The code to show now, and how many are present. Staff of the institution only."""
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    row, phase = own.session, phase_now(own.session, now)
    code = None
    if phase is not None:
        key = checkin_code.session_key(_master(), session_id)
        code = checkin_code.code_at(key, session_id=session_id, phase=phase, at=now)
    counts = _counts(session, session_id)
    return ScreenCode(
        session_id=session_id,
        class_id=own.training_class.id,
        class_title=own.training_class.title,
        seq_no=row.seq_no,
        topic=row.topic,
        room=row.room,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        phase=phase.value if phase else None,
        token=code.token if code else None,
        numeric=code.numeric if code else None,
        url=scan_url(code.token) if code else None,
        expires_at=code.expires_at if code else None,
        period_s=int(CODE_PERIOD.total_seconds()),
        opens_at=next_opening(row, now),
        closes_at=_closes_at(row.sign_in_until, row.sign_out_until, phase),
        present_count=counts.get(Phase.IN, 0),
        left_count=counts.get(Phase.OUT, 0),
        roster_count=_roster_count(session, own.training_class.id),
        shown_at=now,
    )


def scan_url(token: str) -> str:
    """The address that the QR code on the screen holds."""
    return f"{get_settings().public_url}/c/{token}"


def open_scan(token: str, *, now: datetime) -> ScanView:
    """Check a scanned code at once and exchange it for a ticket, before any log-in.

    Raises CodeInvalid, CodeExpired, OutsideWindow.
    """
    session_id, phase = checkin_code.read_token(_master(), token, at=now)
    row = run_statement(_SCANNED, {"session_id": session_id})
    if row is None:
        raise CodeInvalid
    if phase_now(row, now) is not phase:
        # Only in the seconds after a window has closed: the screen shows no code before.
        raise OutsideWindow(phase=phase.value, opens_at=next_opening(row, now))
    ticket = checkin_code.issue_ticket(_master(), session_id=session_id, phase=phase, at=now)
    return _scan_view(row, phase, ticket, scanned_at=now)


def reopen_scan(ticket: str, *, now: datetime) -> ScanView:
    """The scan behind a ticket once more, for the page that asks for the log-in again.

    Raises CodeInvalid, CodeExpired.
    """
    scan = checkin_code.read_ticket(_master(), ticket, at=now)
    row = run_statement(_SCANNED, {"session_id": scan.session_id})
    if row is None:
        raise CodeInvalid
    return _scan_view(row, scan.phase, ticket, scanned_at=scan.scanned_at)


def _scan_view(row: Row[Any], phase: Phase, ticket: str, *, scanned_at: datetime) -> ScanView:
    return ScanView(
        session_id=row.id,
        class_title=row.title,
        institution_name=row.institution_name,
        seq_no=row.seq_no,
        topic=row.topic,
        room=row.room,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        phase=phase.value,
        scanned_at=scanned_at,
        ticket=ticket,
        expires_at=scanned_at + TICKET_LIFE,
    )


def check_in_with_ticket(token_hash: bytes, ticket: str, *, now: datetime) -> CheckinResult:
    """Spend a ticket; the scan counts. Raises as check_in_now, CodeInvalid, CodeExpired."""
    scan = checkin_code.read_ticket(_master(), ticket, at=now)
    return check_in_now(
        token_hash,
        session_id=scan.session_id,
        phase=scan.phase,
        occurred_at=scan.scanned_at,
        method="qr",
        now=now,
    )


def check_in_with_code(
    token_hash: bytes, code: str, *, method: Method = "qr", now: datetime
) -> CheckinResult:
    """Check in with whatever the person has: the scanned address, its code, or the six digits."""
    if looks_typed(code):
        return check_in_by_numeric(token_hash, numeric=code, now=now)
    session_id, phase = _read(code, now)
    return check_in_now(
        token_hash, session_id=session_id, phase=phase, occurred_at=now, method=method, now=now
    )


async def check_in_with_code_async(
    token_hash: bytes, code: str, *, method: Method = "qr", now: datetime
) -> CheckinResult:
    """``check_in_with_code`` on the event loop; the throttled typed digits go through a thread."""
    if looks_typed(code):
        return await in_thread(lambda: check_in_by_numeric(token_hash, numeric=code, now=now))
    session_id, phase = _read(code, now)
    return await check_in_async(
        token_hash, session_id=session_id, phase=phase, occurred_at=now, method=method, now=now
    )


def _read(code: str, now: datetime) -> tuple[UUID, Phase]:
    """Session and phase of a scanned address or its code."""
    return checkin_code.read_token(_master(), code.strip().rsplit("/c/", 1)[-1], at=now)


def _master() -> bytes:
    return get_vault().subkey("checkin")


def _closes_at(
    sign_in_until: datetime, sign_out_until: datetime, phase: Phase | None
) -> datetime | None:
    return {Phase.IN: sign_in_until, Phase.OUT: sign_out_until}.get(phase) if phase else None


def _counts(session: Session, session_id: UUID) -> dict[str, int]:
    query = (
        select(AttendanceEvent.phase, func.count())
        .where(AttendanceEvent.session_id == session_id)
        .group_by(AttendanceEvent.phase)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _roster_count(session: Session, class_id: UUID) -> int:
    query = select(func.count()).where(
        Enrolment.class_id == class_id, Enrolment.status.in_(ON_ROSTER)
    )
    return session.scalar(query) or 0
