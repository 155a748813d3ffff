"""Rotating check-in codes and the tickets they are exchanged for (reference.md B11.3).

Stateless: a code is a MAC over session, phase and time step under a key derived from the
master key, so the screen needs no row per code and every server process agrees on it. The
token and the typed digits use different MAC labels: neither tells anything about the other.

A token is 30 bytes, 40 URL-safe characters: with ``/c/`` and a base URL of up to 40 characters
it fits a version-5 QR code at error correction M, which a phone reads from the back of a room.
"""

import binascii
import hmac
import re
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from portal.domain.errors import CodeExpired, CodeInvalid

# A photographed code must be worthless by the time it reaches a group chat, and a person at
# the back of the room must have time to lift the phone.
CODE_PERIOD = timedelta(seconds=15)
# One step back for whoever scans at the moment of change over a slow link; one step forward
# for two servers whose clocks differ. So a code lives 15 to 30 s; 61 s later it is refused.
TOLERANCE_STEPS = 1
# Long enough to log in on the same page, short enough to end within a sign-in window.
TICKET_LIFE = timedelta(minutes=10)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CODE_MAC_BYTES = 10  # 80 bits: a forger has some seconds, online only, for each code
_TICKET_MAC_BYTES = 16
_STEP_MASK = 0x7FFF_FFFF  # the top bit of the four bytes is the phase; good until the year 2990
_NUMERIC_DIGITS = 6


class Phase(StrEnum):
    """What a scan records: coming or leaving."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class CheckInCode:
    """What the screen shows from ``valid_from`` until ``expires_at``, when it changes."""

    token: str
    numeric: str
    step: int
    valid_from: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ScanTicket:
    """A code that was scanned in time; to be spent after the login, within TICKET_LIFE."""

    session_id: UUID
    phase: Phase
    scanned_at: datetime


def session_key(master: bytes, session_id: UUID) -> bytes:
    """The 32-byte key of one session's codes. Hand it to the screen, never the master key."""
    return _mac(master, b"portal checkin session v1", session_id.bytes)


def code_at(key: bytes, *, session_id: UUID, phase: Phase, at: datetime) -> CheckInCode:
    """The code to show at the moment ``at`` (aware, server time) under the session's key."""
    step = _step(at)
    valid_from = _EPOCH + step * CODE_PERIOD
    return CheckInCode(
        token=_token(key, session_id, phase, step),
        numeric=_numeric(key, session_id, phase, step),
        step=step,
        valid_from=valid_from,
        expires_at=valid_from + CODE_PERIOD,
    )


def read_token(master: bytes, token: str, *, at: datetime) -> tuple[UUID, Phase]:
    """The session and phase of a genuine, fresh token.

    Raises CodeInvalid for everything that we did not issue (or that is not valid yet), and
    CodeExpired for a genuine token that is too old; no other exception for any string.
    """
    raw = _decode(token, 20 + _CODE_MAC_BYTES)
    session_id, packed = UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big")
    phase = Phase.OUT if packed > _STEP_MASK else Phase.IN
    step = packed & _STEP_MASK
    # The MAC is judged before the time, so that only a genuine code is told its age.
    genuine = _token(session_key(master, session_id), session_id, phase, step)
    if not hmac.compare_digest(token, genuine):
        raise CodeInvalid
    age = _step(at) - step
    if age < -TOLERANCE_STEPS:
        raise CodeInvalid
    if age > TOLERANCE_STEPS:
        raise CodeExpired
    return session_id, phase


def numeric_matches(
    key: bytes, numeric: str, *, session_id: UUID, phase: Phase, at: datetime
) -> bool:
    """Whether the typed digits are a code of this session now, with the token's tolerance.

    Full-width digits and spaces are forgiven. Six digits can be guessed: the caller must
    throttle attempts per person and session, and ask for the roster first.
    """
    typed = _typed_digits(numeric)
    now = _step(at)
    matches = [
        hmac.compare_digest(typed, _numeric(key, session_id, phase, step).encode())
        for step in range(now - TOLERANCE_STEPS, now + TOLERANCE_STEPS + 1)
    ]
    # A list, not a generator: how long it takes must not tell which step matched.
    return any(matches)


def issue_ticket(master: bytes, *, session_id: UUID, phase: Phase, at: datetime) -> str:
    """A signed note that this code was scanned at ``at``; URL- and cookie-safe, 55 characters."""
    moment = (_aware(at) - _EPOCH) // _MICROSECOND
    body = session_id.bytes + (b"\1" if phase is Phase.OUT else b"\0") + moment.to_bytes(8, "big")
    return _encode(body + _ticket_mac(master, body))


def read_ticket(master: bytes, ticket: str, *, at: datetime) -> ScanTicket:
    """The scan that a ticket witnesses. Raises CodeInvalid or CodeExpired, nothing else.

    The ticket names no person, because it is handed out before the login; whoever holds it
    within its ten minutes may spend it once for themselves.
    """
    raw = _decode(ticket, 25 + _TICKET_MAC_BYTES)
    body, mac = raw[:25], raw[25:]
    if not hmac.compare_digest(mac, _ticket_mac(master, body)):
        raise CodeInvalid
    scanned_at = _EPOCH + int.from_bytes(body[17:], "big") * _MICROSECOND
    if scanned_at > _aware(at) + CODE_PERIOD * TOLERANCE_STEPS:
        raise CodeInvalid
    if at - scanned_at > TICKET_LIFE:
        raise CodeExpired
    phase = Phase.OUT if body[16] else Phase.IN
    return ScanTicket(UUID(bytes=body[:16]), phase, scanned_at)


def _mac(key: bytes, label: bytes, message: bytes) -> bytes:
    """HMAC-SHA256; labels are of different purposes and end in a NUL, so none is a prefix."""
    return hmac.digest(key, label + b"\0" + message, "sha256")


def _packed(phase: Phase, step: int) -> bytes:
    return (step | (_STEP_MASK + 1 if phase is Phase.OUT else 0)).to_bytes(4, "big")


def _token(key: bytes, session_id: UUID, phase: Phase, step: int) -> str:
    body = session_id.bytes + _packed(phase, step)
    return _encode(body + _mac(key, b"portal checkin token v1", body)[:_CODE_MAC_BYTES])


def _numeric(key: bytes, session_id: UUID, phase: Phase, step: int) -> str:
    body = session_id.bytes + _packed(phase, step)
    number = int.from_bytes(_mac(key, b"portal checkin numeric v1", body)[:8], "big")
    return f"{number % 10**_NUMERIC_DIGITS:0{_NUMERIC_DIGITS}d}"


def _ticket_mac(master: bytes, body: bytes) -> bytes:
    return _mac(master, b"portal checkin ticket v1", body)[:_TICKET_MAC_BYTES]


def _typed_digits(numeric: str) -> bytes:
    if len(numeric) > 32:
        return b""
    text = "".join(unicodedata.normalize("NFKC", numeric).split())
    return text.encode() if re.fullmatch(r"[0-9]{6}", text) else b""


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str, size: int) -> bytes:
    """Exactly ``size`` bytes in their one spelling, or CodeInvalid."""
    if len(text) != -(-size * 8 // 6) or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise CodeInvalid
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise CodeInvalid from None
    # The last character has bits to spare; a second spelling of one ticket is a forgery.
    if len(raw) != size or _encode(raw) != text:
        raise CodeInvalid
    return raw


def _step(at: datetime) -> int:
    return (_aware(at) - _EPOCH) // CODE_PERIOD


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return at
