"""What stands in one cell, as plain text, and what people mean by it."""

import math
import re
import unicodedata
from datetime import date, datetime, time, timedelta

from openpyxl.utils.datetime import from_excel

FORMULA_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}
)

# Only letters and digits: compatibility normalisation of everything would also change
# characters in people's names (CJK compatibility ideographs).
_HALF_WIDTH = {
    wide: wide - 0xFEE0
    for start, end in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for wide in range(ord(start), ord(end) + 1)
}
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"

# Excel's serial numbers of 1954-10-03 and 2119-01-21: outside, a bare number is no date.
_FIRST_SERIAL, _LAST_SERIAL = 20000, 80000

_DATE = re.compile(
    r"^(?P<year>\d{4})\s*(?:[-/.年])\s*(?P<month>\d{1,2})\s*(?:[-/.月])\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$"
)
_COMPACT = re.compile(r"^(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})$")


class CellError(ValueError):
    """A cell that does not hold what its column needs; ``reason`` is a locale key."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason)
        self.reason = f"publish.sheet.{reason}"
        self.params: dict[str, object] = params


def normalise(text: str) -> str:
    """Half-width letters and digits, no outer blanks, no invisible characters."""
    plain = text.translate(_HALF_WIDTH).translate({ord(mark): None for mark in _INVISIBLE})
    return plain.strip()


def cell_text(value: object) -> str:
    """A value as a person reads it: ``30`` not ``30.0``, ``2026-12-01`` not a timestamp."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if math.isfinite(value):
            return format(value, ".15g") if not value.is_integer() else str(int(value))
        case datetime() if value.time() == time(0):
            return value.date().isoformat()
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case time():
            return value.strftime("%H:%M")
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case _:
            return normalise(str(value))


def parse_date(text: str) -> date:
    """The day that a cell means; raises CellError.

    Takes ``2026-12-01``, ``2026/12/1``, ``2026.12.1``, ``2026年12月1日``, ``20261201`` and a
    serial number of Excel, in half or full width.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DATE.match(plain) or _COMPACT.match(plain)
    try:
        if found:
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        if re.fullmatch(r"[0-9]{5}", plain) and _FIRST_SERIAL <= int(plain) <= _LAST_SERIAL:
            return _from_serial(int(plain))
    except ValueError:
        pass
    raise CellError("not_a_date", value=_short(text))


def _from_serial(serial: int) -> date:
    moment = from_excel(serial)
    if not isinstance(moment, datetime):
        raise ValueError(serial)
    return moment.date()


def parse_int(text: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """The whole number that a cell means; thousands separators are fine. Raises CellError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"[+-]?(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.0+)?", plain, re.ASCII):
        raise CellError("not_a_number", value=_short(text))
    number = int(plain.partition(".")[0].replace(",", ""))
    if minimum is not None and number < minimum:
        raise CellError("too_small", value=_short(text), minimum=minimum)
    if maximum is not None and number > maximum:
        raise CellError("too_large", value=_short(text), maximum=maximum)
    return number


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
