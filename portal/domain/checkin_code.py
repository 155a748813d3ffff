"""Rotating check-in codes and the tickets they are exchanged for (reference.md B11.3).

Stateless: a code is a MAC over session, phase, time step and number under a screen key, which
is derived from the master key and good for one phase and five minutes. So the screen needs no
row per code, every server process agrees on it, and a screen without a link computes codes
itself from the few keys that it was handed (``assets/checkin-codes.js``; keep the two alike).
The token and the typed digits use different MAC labels: neither tells anything about the other.

The number (``seq``) is 0 where the code changes by time only. Where a class wants a new code
after every scan, it counts the scans so far, from 1; a screen without a link falls back to 0.

A token is 31 bytes, 42 URL-safe characters: with ``/c/`` and a base URL of up to 39 characters
it fits a version-5 QR code at error correction M, which a phone reads from the back of a room.
"""

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeExpired, CodeInvalid
from portal.domain.keyed_text import decode, encode, mac

# A photographed code must be worthless by the time it reaches a group chat, and a person at
# the back of the room must have time to lift the phone.
CODE_PERIOD = timedelta(seconds=15)
# One step back for whoever scans at the moment of change over a slow link; one step forward
# for two servers whose clocks differ. So a code lives 15 to 30 s; 61 s later it is refused.
TOLERANCE_STEPS = 1
# Long enough to log in on the same page, short enough to end within a sign-in window.
TICKET_LIFE = timedelta(minutes=10)
# A screen key is good for so many periods: five minutes.
BLOCK = 20
# Digits can be guessed: each step of tolerance is one more chance. A clock that is ahead does not
# matter to whoever types what they see on the screen.
NUMERIC_STEPS_BACK = 1


class Phase(StrEnum):
    """What a scan records: coming, being there at a roll-call (抽查点名), or leaving."""

    IN = "in"
    MID = "mid"
    OUT = "out"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CODE_MAC_BYTES = 10  # 80 bits: a forger has some seconds, online only, for each code
_TICKET_MAC_BYTES = 16
# The two top bits of the four bytes are the phase; good until the year 2480.
_STEP_MASK = 0x3FFF_FFFF
_PHASES = (Phase.IN, Phase.OUT, Phase.MID)
_SEQ_MODULUS = 256
_NUMERIC_DIGITS = 6
# How a ticket was come by, in the low bits of one byte; the top bit asks for the colour.
_METHODS = (Method.QR, Method.NUMERIC)
_ASKS_COLOUR = 0x80


@dataclass(frozen=True, slots=True)
class CheckInCode:
    """What the screen shows from ``valid_from`` until ``expires_at``, when it changes."""

    token: str
    numeric: str
    step: int
    valid_from: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReadCode:
    """What a genuine code says. ``seq`` is modulo 256, 0 for a code that changes by time only."""

    session_id: UUID
    phase: Phase
    step: int
    seq: int = 0

    @property
    def shown_from(self) -> datetime:
        """When the screen began to show codes of its step."""
        return _EPOCH + self.step * CODE_PERIOD

    def age(self, at: datetime) -> float:
        """How many seconds ago that was."""
        return (at - self.shown_from).total_seconds()


@dataclass(frozen=True, slots=True)
class ScanTicket:
    """A code that was read in time; to be spent after the login, within TICKET_LIFE.

    ``device`` is what the phone was known by when it scanned: 8 bytes, zeros for none.
    ``asks_colour``: it is spent by naming the colour on the room's screen (domain.relay_trap).
    """

    code: ReadCode
    scanned_at: datetime
    method: Method = Method.QR
    device: bytes = bytes(8)
    asks_colour: bool = False


def session_key(master: bytes, session_id: UUID) -> bytes:
    """The 32-byte key of one session's codes. Hand screens their own keys, never this."""
    return mac(master, b"portal checkin session v2", session_id.bytes)


def screen_key(key: bytes, phase: Phase, block: int) -> bytes:
    """The 32-byte key of a session's codes of one phase, for the five minutes of ``block``."""
    return mac(key, b"portal checkin screen v2", phase.encode() + block.to_bytes(4, "big"))


def block_of(step: int) -> int:
    """The block that a time step lies in."""
    return step // BLOCK


def step_of(at: datetime) -> int:
    """The time step of a moment (aware)."""
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return (at - _EPOCH) // CODE_PERIOD


def code_at(
    key: bytes, *, session_id: UUID, phase: Phase, at: datetime, seq: int = 0
) -> CheckInCode:
    """The code to show at the moment ``at`` (aware, server time) under the session's key."""
    step = step_of(at)
    valid_from = _EPOCH + step * CODE_PERIOD
    return CheckInCode(
        token=_token(key, ReadCode(session_id, phase, step, seq % _SEQ_MODULUS)),
        numeric=_numeric(key, session_id, phase, step),
        step=step,
        valid_from=valid_from,
        expires_at=valid_from + CODE_PERIOD,
    )


def read_token(master: bytes, token: str, *, at: datetime) -> ReadCode:
    """What a genuine, fresh token says.

    Raises CodeInvalid for everything that we did not issue (or that is not valid yet), and
    CodeExpired for a genuine token that is too old; no other exception for any string.
    """
    # The MAC is judged before the time, so that only a genuine code is told its age.
    code = read_any_token(master, token)
    age = step_of(at) - code.step
    if age < -TOLERANCE_STEPS:
        raise CodeInvalid
    if age > TOLERANCE_STEPS:
        raise CodeExpired
    return code


def read_any_token(master: bytes, token: str) -> ReadCode:
    """What a genuine token says, however old: for scans that a phone kept without a link.

    Raises CodeInvalid.
    """
    raw = decode(token, 21 + _CODE_MAC_BYTES)
    session_id, packed = UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big")
    if packed > _STEP_MASK and packed >> 30 >= len(_PHASES):
        raise CodeInvalid
    code = ReadCode(session_id, _PHASES[packed >> 30], packed & _STEP_MASK, raw[20])
    if not hmac.compare_digest(token, _token(session_key(master, session_id), code)):
        raise CodeInvalid
    return code


def numeric_matches(
    key: bytes, numeric: str, *, session_id: UUID, phase: Phase, at: datetime
) -> bool:
    """Whether the typed digits are the code of this session now, or the one just before.

    Full-width digits and spaces are forgiven. Six digits can be guessed: the caller must
    throttle attempts per person and session, and ask for the roster first.
    """
    typed = _typed_digits(numeric)
    now = step_of(at)
    matches = [
        hmac.compare_digest(typed, _numeric(key, session_id, phase, step).encode())
        for step in range(now - NUMERIC_STEPS_BACK, now + 1)
    ]
    # A list, not a generator: how long it takes must not tell which step matched.
    return any(matches)


def issue_ticket(master: bytes, scan: ScanTicket) -> str:
    """A signed note that a code was read; URL- and cookie-safe, 72 characters."""
    moment = (scan.scanned_at - _EPOCH) // _MICROSECOND
    body = (
        _code_body(scan.code)
        + moment.to_bytes(8, "big")
        + bytes([_METHODS.index(scan.method) | (_ASKS_COLOUR if scan.asks_colour else 0)])
        + scan.device[:8]
    )
    return encode(body + _ticket_mac(master, body))


def read_ticket(master: bytes, ticket: str, *, at: datetime) -> ScanTicket:
    """The scan that a ticket witnesses. Raises CodeInvalid or CodeExpired, nothing else.

    The ticket names no person, because it is handed out before the login; whoever holds it
    within its ten minutes may spend it once for themselves, on the device that scanned.
    """
    raw = decode(ticket, 38 + _TICKET_MAC_BYTES)
    body, signed = raw[:38], raw[38:]
    if not hmac.compare_digest(signed, _ticket_mac(master, body)):
        raise CodeInvalid
    scanned_at = _EPOCH + int.from_bytes(body[21:29], "big") * _MICROSECOND
    if scanned_at > at + CODE_PERIOD * TOLERANCE_STEPS:
        raise CodeInvalid
    if at - scanned_at > TICKET_LIFE:
        raise CodeExpired
    packed = int.from_bytes(body[16:20], "big")
    code = ReadCode(UUID(bytes=body[:16]), _PHASES[packed >> 30], packed & _STEP_MASK, body[20])
    return ScanTicket(
        code,
        scanned_at,
        _METHODS[body[29] & ~_ASKS_COLOUR],
        device=body[30:38],
        asks_colour=bool(body[29] & _ASKS_COLOUR),
    )


def _packed(phase: Phase, step: int) -> bytes:
    return (step | _PHASES.index(phase) << 30).to_bytes(4, "big")


def _code_body(code: ReadCode) -> bytes:
    return code.session_id.bytes + _packed(code.phase, code.step) + bytes([code.seq])


def _token(key: bytes, code: ReadCode) -> str:
    body = _code_body(code)
    of_screen = screen_key(key, code.phase, block_of(code.step))
    return encode(body + mac(of_screen, b"portal checkin token v2", body)[:_CODE_MAC_BYTES])


def _numeric(key: bytes, session_id: UUID, phase: Phase, step: int) -> str:
    body = session_id.bytes + _packed(phase, step)
    of_screen = screen_key(key, phase, block_of(step))
    number = int.from_bytes(mac(of_screen, b"portal checkin numeric v2", body)[:8], "big")
    return f"{number % 10**_NUMERIC_DIGITS:0{_NUMERIC_DIGITS}d}"


def _ticket_mac(master: bytes, body: bytes) -> bytes:
    return mac(master, b"portal checkin ticket v2", body)[:_TICKET_MAC_BYTES]


def _typed_digits(numeric: str) -> bytes:
    if len(numeric) > 32:
        return b""
    text = "".join(unicodedata.normalize("NFKC", numeric).split())
    return text.encode() if re.fullmatch(r"[0-9]{6}", text) else b""
