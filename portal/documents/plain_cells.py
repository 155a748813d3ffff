"""Text that goes out in a sheet stays text: office programs calculate what looks like a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# What Excel and WPS take as the start of a formula, full-width forms too, and what they skip
# before one (OWASP, "CSV Injection").
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SKIPPED = " \u3000\u00a0\ufeff"


def plain(text: str) -> str:
    """The text for a cell; what would begin a formula gets an apostrophe before it."""
    return f"'{text}" if text.lstrip(_SKIPPED).startswith(_STARTS) else text


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV, every cell plain, marked as UTF-8 for Excel."""
    stream = io.StringIO()
    csv.writer(stream).writerows([plain(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")
