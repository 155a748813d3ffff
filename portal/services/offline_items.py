"""What a device sends after it was without a link, read strictly: a device may say anything."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method

# The instructor's own coming and leaving, among the trainees'.
OWN = "own"
BY_STAFF = frozenset({Method.PASS, Method.PASS_CODE, Method.SHEET, Method.MANUAL})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 4_102_444_800_000  # the year 2100: a clock that says more is broken
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One sign-in that staff recorded. ``enrolment_id`` is None for their own (method ``own``).

    ``clock_jump``: by how many seconds the device's clock has moved since against the browser's
    stopwatch: it was set, or the device slept, which looks the same there.
    """

    id: UUID
    session_id: UUID
    enrolment_id: UUID | None
    phase: Phase
    method: str
    occurred_at: datetime
    evidence: str = field(repr=False)
    clock_jump: float


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan that a phone kept: the code, the phone's own time, and the pass that signed it."""

    id: UUID
    code: str = field(repr=False)
    scanned_at: datetime
    pass_id: UUID | None
    signature: str = field(repr=False)
    signed_text: str = field(repr=False)


def item_id(raw: object) -> UUID | None:
    """The id that a device drew; None where there is none to remember."""
    return _uuid(raw.get("id")) if isinstance(raw, Mapping) else None


def read_item(raw: object) -> Item | None:
    """An item, or None for anything that is none."""
    found, session_id = item_id(raw), None
    if not isinstance(raw, Mapping) or found is None:
        return None
    session_id, enrolment_id = _uuid(raw.get("session")), _uuid(raw.get("enrolment"))
    method, at = raw.get("method"), moment(raw.get("at"))
    phase = raw.get("phase")
    if session_id is None or at is None or phase not in tuple(Phase) or not _is_known(method):
        return None
    if (enrolment_id is None) != (method == OWN):
        return None
    return Item(
        id=found,
        session_id=session_id,
        enrolment_id=enrolment_id,
        phase=Phase(phase),
        method=str(method),
        occurred_at=at,
        evidence=_text(raw.get("evidence")),
        clock_jump=_seconds(raw.get("jump")),
    )


def read_scan(raw: object) -> KeptScan | None:
    """A kept scan, or None for anything that is none. What is signed: id, code, milliseconds."""
    found = item_id(raw)
    if not isinstance(raw, Mapping) or found is None:
        return None
    at, code = moment(raw.get("at")), _text(raw.get("code"))
    if at is None or not code:
        return None
    return KeptScan(
        id=found,
        code=code,
        scanned_at=at,
        pass_id=_pass_id(raw.get("pass")),
        signature=_text(raw.get("signature")),
        signed_text=f"{found}.{code}.{raw.get('at')}",
    )


def moment(raw: object) -> datetime | None:
    """A moment from whole milliseconds since 1970, or None."""
    if type(raw) is not int or not 0 <= raw <= _LAST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=raw)


def milliseconds(at: datetime) -> int:
    """What a device calls a moment."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _is_known(method: Any) -> bool:
    return isinstance(method, str) and (method == OWN or method in BY_STAFF)


def _uuid(raw: object) -> UUID | None:
    # One spelling only: two of one id would be two rows on the device.
    if not isinstance(raw, str) or len(raw) != 36:
        return None
    try:
        found = UUID(raw)
    except ValueError:
        return None
    return found if str(found) == raw else None


def _pass_id(raw: object) -> UUID | None:
    """32 hex digits, as the phone knows it."""
    return UUID(raw) if isinstance(raw, str) and re.fullmatch("[0-9a-f]{32}", raw) else None


def _text(raw: object) -> str:
    if not isinstance(raw, str) or len(raw) > _LONGEST_TEXT or not raw.isascii():
        return ""
    return raw


def _seconds(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return 0.0
    return max(-1e9, min(1e9, float(raw)))
