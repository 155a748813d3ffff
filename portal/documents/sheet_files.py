"""Opening spreadsheet files from strangers: every sheet as rows of plain text.

A broken, locked, oversized or foreign file gives one problem in words; no library's exception
gets through, and nothing is unpacked beyond the limits.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from portal.documents.sheet_cells import cell_text
from portal.domain.errors import PortalError

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 100
# Over all sheets of a workbook: one cell far below costs a few bytes, the walk to it seconds.
MAX_BLANK_ROWS = 50_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"
)

_DOCUMENT_TYPES = tuple("<!DOCTYPE".encode(one) for one in ("ascii", "utf-16-le", "utf-16-be"))
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding=[\"']([^\"']*)[\"']")
_ENCODINGS = (b"utf-8", b"utf8", b"us-ascii", b"utf-16")
_PIECE = 1 << 20
_ROW = re.compile(rb"<(?:\w+:)?row\s[^<>]*>")
_NO = re.compile(rb"\sr=[\"'](\d{1,7})[\"']")
_HIDDEN = re.compile(rb"\shidden=[\"'](?:1|true)[\"']")
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s[^<>]*?\br=[\"']([A-Z]{1,3}\d{1,7})[\"'][^<>]*>"
    rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """One fault, placed as Excel shows it: ``row`` counts from 1, ``column`` is "D 课时".

    ``row`` 0 means the sheet or file as a whole; ``reason`` is a locale key for ``params``.
    """

    sheet: str
    row: int
    column: str
    reason: str
    params: dict[str, object] = field(default_factory=dict)


class SheetError(PortalError):
    """The file cannot be used; ``problems`` lists why."""

    key = "publish.sheet.refused"

    def __init__(self, problems: tuple[SheetProblem, ...]) -> None:
        super().__init__(count=len(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that holds something: its number in Excel and its texts by column letter or name."""

    row_no: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet: the rows that hold something, and its merged ranges (``A1:C1``).

    ``hidden`` are the numbers of rows that nobody sees, ``uncalculated`` the cells (``D5``) with
    a formula whose result was never stored.
    """

    name: str
    rows: tuple[SheetRow, ...]
    merged: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()
    uncalculated: frozenset[str] = frozenset()


def read_sheets(
    filename: str,
    data: bytes,
    *,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
    max_unpacked: int = MAX_UNPACKED,
) -> list[Sheet]:
    """Every visible sheet that holds something; raises SheetError.

    Takes .xlsx and .csv (UTF-8 with or without BOM, UTF-16 with BOM, GB18030; comma, semicolon
    or tab). ``max_rows`` counts the rows that hold something, over one sheet; ``MAX_BLANK_ROWS``
    the others, over all; ``max_unpacked`` are the bytes that the archive of an .xlsx may hold.
    """
    if len(data) > max_bytes:
        raise _error(filename, "too_big", limit_mb=max(1, max_bytes // (1024 * 1024)))
    if data.startswith(b"PK"):
        sheets = _read_xlsx(filename, data, max_rows, max_unpacked)
    elif data.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise _error(filename, "encrypted" if locked else "old_xls")
    elif filename.lower().endswith((".csv", ".txt")):
        sheets = [_read_csv(filename, data, max_rows)]
    elif filename.lower().endswith(".xlsx"):
        raise _error(filename, "corrupt" if data else "empty")
    else:
        raise _error(filename, "not_a_sheet")
    sheets = [sheet for sheet in sheets if sheet.rows]
    if not sheets:
        raise _error(filename, "empty")
    return sheets


def _error(sheet: str, reason: str, **params: object) -> SheetError:
    return SheetError((SheetProblem(sheet, 0, "", f"publish.sheet.{reason}", params),))


def _read_xlsx(filename: str, data: bytes, max_rows: int, max_unpacked: int) -> list[Sheet]:
    try:
        _inspect(filename, data, max_unpacked)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            blanks = _Blanks()
            return [
                _read_worksheet(sheet, max_rows, blanks)
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            ]
        finally:
            book.close()
    except SheetError:
        raise
    except Exception as error:
        # A damaged file makes the reader raise almost anything; to the person it is one thing.
        raise _error(filename, "corrupt") from error


def _inspect(filename: str, data: bytes, max_unpacked: int) -> None:
    """Refuse what must not be unpacked, judging by the archive's own list of contents.

    The list is binding: zipfile never returns more bytes of a member than it declares.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if any(member.flag_bits & 0x1 for member in members):
            raise _error(filename, "encrypted")
        if sum(member.file_size for member in members) > max_unpacked:
            raise _error(filename, "too_big_inside")
        if "xl/workbook.xml" not in {member.filename for member in members}:
            raise _error(filename, "not_a_sheet")
        for member in members:
            with archive.open(member) as part:
                if _has_document_type(part):
                    raise _error(filename, "corrupt")


def _has_document_type(part: IO[bytes]) -> bool:
    """Whether a part could hold entities, which swell when they are read or name other files.

    Office never writes a document type, and writes UTF-8. What stands behind a long comment or
    in another encoding is looked for as well: no reader's own caution is relied upon.
    """
    kept = part.read(_PIECE)
    encoding = _ENCODING.search(kept[:200])
    if encoding and encoding[1].lower() not in _ENCODINGS:
        return True
    tail = b""
    while kept:
        if any(word in tail + kept for word in _DOCUMENT_TYPES):
            return True
        tail, kept = kept[-40:], part.read(_PIECE)
    return False


@dataclass
class _Blanks:
    """The blank rows of a workbook so far."""

    seen: int = 0

    def add(self, name: str) -> None:
        """Count one; raises SheetError when it is one too many."""
        self.seen += 1
        if self.seen > MAX_BLANK_ROWS:
            raise _error(name, "too_many_blank_rows", limit=MAX_BLANK_ROWS)


def _read_worksheet(sheet, max_rows: int, blanks: _Blanks) -> Sheet:  # type: ignore[no-untyped-def]
    # The declared size is often wrong, and padding to it can cost a million empty rows.
    sheet.reset_dimensions()
    values = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
    rows = tuple(_rows(sheet.title, values, max_rows, blanks))
    with sheet._get_source() as source:
        raw = source.read()
    merged = tuple(found.decode() for found in _MERGE.findall(raw))
    hidden = frozenset(
        int(number[1])
        for tag in _ROW.findall(raw)
        if _HIDDEN.search(tag) and (number := _NO.search(tag))
    )
    uncalculated = frozenset(found.decode() for found in _UNCALCULATED.findall(raw))
    return Sheet(sheet.title, rows, merged, hidden, uncalculated)


def _rows(
    name: str, values: Iterable[Iterable[object]], max_rows: int, blanks: _Blanks
) -> Iterator[SheetRow]:
    kept = 0
    for row_no, row in enumerate(values, 1):
        cells = {
            get_column_letter(column): text
            for column, value in enumerate(row, 1)
            if (text := cell_text(value))
        }
        if not cells:
            blanks.add(name)
            continue
        kept += 1
        if kept > max_rows:
            raise _error(name, "too_many_rows", limit=max_rows)
        if len(cells) > MAX_COLUMNS or get_column_letter(MAX_COLUMNS + 1) in cells:
            raise _error(name, "too_many_columns", limit=MAX_COLUMNS)
        yield SheetRow(row_no, cells)


def _read_csv(filename: str, data: bytes, max_rows: int) -> Sheet:
    text = _decoded(filename, data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return Sheet(filename, tuple(_rows(filename, reader, max_rows, _Blanks())))
    except (csv.Error, ValueError) as error:
        # ValueError: more columns than a sheet has names for.
        raise _error(filename, "corrupt") from error


def _decoded(filename: str, data: bytes) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not utf16 and b"\x00" in data:
        raise _error(filename, "not_a_sheet")
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _error(filename, "bad_encoding")
