"""The trainee's own rotating code, which staff scan (reverse mode of reference.md B11.3).

The phone keeps the pass key and needs no link afterwards; staff's devices get no key, for they
could make passes with it, and know a pass by its id until the server judges it. All keys come from
the master key, so that nothing secret is stored. A printed sheet holds a fixed code instead.

Texts: a pass is ``P`` + 40 characters, a sheet ``S`` + 39, both URL-safe; no name, no number.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.domain.errors import CodeInvalid
from portal.domain.keyed_text import decode, encode, mac

PASS_PERIOD = timedelta(seconds=30)
# One period before and after: a phone's clock may be wrong by half a minute.
TOLERANCE_STEPS = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = ZoneInfo("Asia/Shanghai")
_MAC_BYTES = 10
_SHEET_MAC_BYTES = 12


@dataclass(frozen=True, slots=True)
class PassCode:
    """What the phone shows from the start of a period until ``expires_at``."""

    token: str
    numeric: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReadPass:
    """What a pass says, before anybody has judged whether it is genuine."""

    pass_id: UUID
    step: int
    token: str

    @property
    def shown_at(self) -> datetime:
        """The start of its period by the phone's clock."""
        return _EPOCH + self.step * PASS_PERIOD


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """What a printed sheet says, before its signature was checked."""

    enrolment_id: UUID
    generation: int
    token: str


def pass_key(master: bytes, pass_id: UUID, generation: int) -> bytes:
    """The 32 bytes that the person's phone keeps."""
    return mac(master, b"portal pass v1", pass_id.bytes + generation.to_bytes(4, "big"))


def day_key(key: bytes, day: date) -> bytes:
    """The pass key of one Shanghai day, which makes and judges the passes of that day."""
    return mac(key, b"portal pass day v1", day.isoformat().encode())


def day_of(at: datetime) -> date:
    """The Shanghai day of a moment."""
    return at.astimezone(_ZONE).date()


def pass_at(key: bytes, pass_id: UUID, at: datetime) -> PassCode:
    """The pass to show at ``at``, under the phone's pass key."""
    step = (at - _EPOCH) // PASS_PERIOD
    shown = _EPOCH + step * PASS_PERIOD
    of_day = day_key(key, day_of(shown))
    return PassCode(_pass_token(of_day, pass_id, step), _numeric(of_day, step), shown + PASS_PERIOD)


def read_pass(text: str) -> ReadPass:
    """The parts of a pass; raises CodeInvalid for anything else."""
    raw = _read(text, "P", 20 + _MAC_BYTES)
    return ReadPass(UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big"), text)


def pass_is_genuine(of_day: bytes, read: ReadPass) -> bool:
    """Whether it was made under the key of its day, whenever it was shown."""
    return hmac.compare_digest(read.token, _pass_token(of_day, read.pass_id, read.step))


def pass_is_fresh(read: ReadPass, at: datetime) -> bool:
    """Whether it is of the present period, or of the one before or after."""
    return abs((at - _EPOCH) // PASS_PERIOD - read.step) <= TOLERANCE_STEPS


def numeric_is_fresh(of_day: bytes, typed: str, at: datetime) -> bool:
    """Whether six typed digits are those of the pass now, with the same tolerance."""
    now = (at - _EPOCH) // PASS_PERIOD
    steps = range(now - TOLERANCE_STEPS, now + TOLERANCE_STEPS + 1)
    # A list, not a generator: how long it takes must not tell which step matched.
    matches = [hmac.compare_digest(typed.encode(), _numeric(of_day, n).encode()) for n in steps]
    return any(matches)


def sign_scan(key: bytes, body: str) -> str:
    """The phone's signature under a scan that it keeps until the link is back: 32 hex digits."""
    return mac(key, b"portal kept scan v1", body.encode())[:16].hex()


def sheet_token(master: bytes, enrolment_id: UUID, generation: int) -> str:
    """The code on a printed sheet."""
    body = enrolment_id.bytes + bytes([generation % 256])
    return "S" + encode(body + mac(master, b"portal sheet v1", body)[:_SHEET_MAC_BYTES])


def read_sheet(master: bytes, text: str) -> ReadSheet:
    """The enrolment of a genuine sheet; raises CodeInvalid. Generations are modulo 256."""
    raw = _read(text, "S", 17 + _SHEET_MAC_BYTES)
    enrolment_id, generation = UUID(bytes=raw[:16]), raw[16]
    if not hmac.compare_digest(text, sheet_token(master, enrolment_id, generation)):
        raise CodeInvalid
    return ReadSheet(enrolment_id, generation, text)


def _pass_token(of_day: bytes, pass_id: UUID, step: int) -> str:
    body = pass_id.bytes + step.to_bytes(4, "big")
    return "P" + encode(body + mac(of_day, b"portal pass token v1", body)[:_MAC_BYTES])


def _numeric(of_day: bytes, step: int) -> str:
    signed = mac(of_day, b"portal pass numeric v1", step.to_bytes(4, "big"))
    return f"{int.from_bytes(signed[:8], 'big') % 10**6:06d}"


def _read(text: str, kind: str, size: int) -> bytes:
    if text[:1] != kind:
        raise CodeInvalid
    return decode(text[1:], size)
