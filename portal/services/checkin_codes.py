"""Codes for checking in: what a scan is worth (``room_screen`` shows them)."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.calling_off import ClassCalledOff
from portal.domain.checkin_code import TICKET_LIFE, Phase, ReadCode, ScanTicket
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeExpired, CodeInvalid, OutsideWindow
from portal.services import code_claims
from portal.services.checkin import CheckinResult, check_in_async, check_in_now
from portal.services.checkin_typed import looks_typed, read_numeric
from portal.services.hot import run_statement
from portal.services.signals import NOTHING, Signals
from portal.services.unit import in_thread
from portal.services.windows import next_opening, phase_now

_SCANNED = text(
    """
SELECT s.id, s.class_id, s.seq_no, s.topic, s.room, s.starts_at, s.ends_at, s.hours, s.sign_in_from,
       s.late_after, s.sign_in_until, s.sign_out_from, s.sign_out_until,
       c.title, c.status, i.name AS institution_name, COALESCE(k.relay_trap, FALSE) AS relay_trap,
       COALESCE(k.asks_place, FALSE) AND k.venue_lat IS NOT NULL AS asks_place,
       EXISTS (SELECT FROM session_call m WHERE m.session_id = s.id
                  AND m.called_at <= :now AND :now < m.closes_at) AS is_called
  FROM training_session s
  JOIN training_class c ON c.id = s.class_id
  JOIN institution i ON i.id = c.institution_id
  LEFT JOIN class_checkin k ON k.class_id = c.id
 WHERE s.id = :session_id AND c.status <> 'draft'
"""
)


@dataclass(frozen=True, slots=True)
class ScanView:
    """What a scanned code opened, before any log-in. Spend ``ticket`` by ``expires_at``.

    ``asks_colour``: by naming the colour on the room's screen. ``asks_place``: the phone may say
    where it is, if the person likes.
    """

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
    asks_colour: bool
    asks_place: bool


def open_scan(token: str, *, device: bytes = b"", now: datetime) -> ScanView:
    """Check a scanned code at once and exchange it for a ticket, before any log-in.

    ``device`` is the hash that the phone is known by; only it may spend the ticket. Raises
    CodeInvalid, ClassCalledOff, CodeExpired, CodeUsed, OutsideWindow.
    """
    code = checkin_code.read_token(_master(), token, at=now)
    row = _session_of(code, now)
    if code.seq:
        code_claims.claim(code, now=now)
    return _scan_view(row, _ticket(row, code, Method.QR, device, now))


def _session_of(code: ReadCode, now: datetime) -> Row[Any]:
    row = _row(code, now)
    is_open = row.is_called if code.phase is Phase.MID else phase_now(row, now) is code.phase
    if not is_open:
        # Only in the seconds after a window has closed: the screen shows no code before.
        raise OutsideWindow(phase=code.phase.value, opens_at=next_opening(row, now))
    return row


def _row(code: ReadCode, now: datetime) -> Row[Any]:
    """The session of a code and its class; raises CodeInvalid, ClassCalledOff."""
    row = run_statement(_SCANNED, {"session_id": code.session_id, "now": now})
    if row is None:
        raise CodeInvalid
    if row.status == "cancelled":
        raise ClassCalledOff(title=row.title)
    return row


def _ticket(
    row: Row[Any], code: ReadCode, method: Method, device: bytes, now: datetime
) -> ScanTicket:
    return ScanTicket(
        code, now, method, device=device_mark(device), asks_colour=bool(row.relay_trap)
    )


def reopen_scan(ticket: str, *, device: bytes = b"", now: datetime) -> ScanView:
    """The scan behind a ticket once more, for the page that asks for the log-in again.

    Raises CodeInvalid, ClassCalledOff, CodeExpired.
    """
    scan = read_ticket(ticket, device=device, now=now)
    return _scan_view(_row(scan.code, now), scan)


def reopen_same(token: str, ticket: str, *, device: bytes = b"", now: datetime) -> ScanView | None:
    """The scan behind a ticket, when it is of this very code: a page that is loaded again after
    its code has changed. None otherwise."""
    try:
        code = checkin_code.read_any_token(_master(), token)
        scan = read_ticket(ticket, device=device, now=now)
        return reopen_scan(ticket, device=device, now=now) if scan.code == code else None
    except (ClassCalledOff, CodeInvalid, CodeExpired):
        return None


def read_ticket(ticket: str, *, device: bytes, now: datetime) -> ScanTicket:
    """The scan of a ticket that this device was given; raises CodeInvalid, CodeExpired."""
    scan = checkin_code.read_ticket(_master(), ticket, at=now)
    if not hmac.compare_digest(scan.device, device_mark(device)):
        raise CodeInvalid
    return scan


def device_mark(device: bytes) -> bytes:
    """The eight bytes by which a ticket knows its device."""
    return device[:8].ljust(8, b"\0")


def _scan_view(row: Row[Any], scan: ScanTicket) -> ScanView:
    return ScanView(
        session_id=row.id,
        class_title=row.title,
        institution_name=row.institution_name,
        seq_no=row.seq_no,
        topic=row.topic,
        room=row.room,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        phase=scan.code.phase.value,
        scanned_at=scan.scanned_at,
        ticket=checkin_code.issue_ticket(_master(), scan),
        expires_at=scan.scanned_at + TICKET_LIFE,
        asks_colour=scan.asks_colour,
        asks_place=row.asks_place,
    )


def open_typed(token_hash: bytes, numeric: str, *, device: bytes = b"", now: datetime) -> ScanView:
    """The same for the typed digits of whoever is logged in.

    Raises what ``read_numeric`` does.
    """
    code = read_numeric(token_hash, numeric=numeric, now=now)
    row = _session_of(code, now)
    return _scan_view(row, _ticket(row, code, Method.NUMERIC, device, now))


def check_in_with_ticket(
    token_hash: bytes, scan: ScanTicket, *, seen: Signals = NOTHING, now: datetime
) -> CheckinResult:
    """Spend a ticket (its colour has been named, if it asked); the scan counts.

    Raises as check_in_now.
    """
    return check_in_now(
        token_hash,
        session_id=scan.code.session_id,
        phase=scan.code.phase,
        occurred_at=scan.scanned_at,
        method=scan.method,
        now=now,
        seen=replace(seen, code_age=scan.code.age(scan.scanned_at)),
    )


async def check_in_by_program(
    token_hash: bytes, code: str, *, seen: Signals = NOTHING, now: datetime
) -> CheckinResult:
    """Check in with whatever a program has: the scanned address, its code, or the six digits.

    On the event loop; the throttled digits and the codes of one scan each go through a thread.
    No question for the colour can be asked here, which the event says.
    """
    if looks_typed(code):
        found = await in_thread(lambda: read_numeric(token_hash, numeric=code, now=now))
    else:
        text = code.strip().rsplit("/c/", 1)[-1]
        found = checkin_code.read_token(_master(), text, at=now)
        if found.seq:
            await in_thread(lambda: code_claims.claim(found, now=now))
    return await check_in_async(
        token_hash,
        session_id=found.session_id,
        phase=found.phase,
        occurred_at=now,
        method=Method.DEVICE,
        now=now,
        seen=replace(seen, code_age=found.age(now)),
    )


def _master() -> bytes:
    return get_vault().subkey("checkin")
