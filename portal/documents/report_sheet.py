"""A frozen report as a workbook: the same report gives the same bytes on every machine.

openpyxl writes the time of saving and zip entries with the clock of the machine; both are pinned
here. Entries are stored and not deflated, because two versions of zlib compress differently.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from portal.documents.plain_cells import plain
from portal.documents.report_tables import ShownTable, Value

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
# The earliest that a zip entry can say.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WIDE, _NARROW = 26, 13
_FORMATS = {"count": "#,##0", "money": "#,##0.00"}


def report_xlsx(
    *, title: str, about: str, head: Sequence[tuple[str, str]], notes: Sequence[str],
    tables: Sequence[ShownTable], frozen_at: datetime,
) -> bytes:  # fmt: skip
    """A sheet that says what the report is, and one a table."""
    book = Workbook()
    first = book.worksheets[0]
    first.title = about
    first.append([plain(title)])
    first.cell(1, 1).font = Font(bold=True, size=16)
    for name, value in head:
        first.append([plain(name), plain(value)])
    for note in notes:
        first.append(["", plain(note)])
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 18, 90
    for table in tables:
        _add(book, table)
    moment = frozen_at.replace(tzinfo=None, microsecond=0)
    book.properties.created = book.properties.modified = moment
    book.properties.creator, book.properties.title = "", title
    stream = io.BytesIO()
    book.save(stream)
    return _pinned(stream.getvalue(), moment)


def _add(book: Workbook, table: ShownTable) -> None:
    sheet = book.create_sheet(table.title)
    sheet.append([plain(table.title)])
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.append([plain(column.name) for column in table.columns])
    for number, column in enumerate(table.columns, 1):
        cell = sheet.cell(2, number)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="left" if column.kind == "text" else "right")
        width = _WIDE if column.kind == "text" else _NARROW
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row in table.rows:
        sheet.append([plain(one) if isinstance(one, str) else one for one in row])
        _shape(list(sheet[sheet.max_row]), table, row)
    if table.note:
        sheet.append([plain(table.note)])
    sheet.freeze_panes = "A3"


def _shape(cells: Sequence[Cell], table: ShownTable, row: Sequence[Value]) -> None:
    for cell, column, value in zip(cells, table.columns, row, strict=False):
        if isinstance(value, str):
            continue
        if column.kind == "money":
            # Fen to yuan only in the cell: exact to two digits as far as a sheet can count.
            cell.value = value / 100
        cell.number_format = _FORMATS[column.kind]


def _pinned(made: bytes, moment: datetime) -> bytes:
    """The same workbook without anything that the machine or the hour put in."""
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as given, zipfile.ZipFile(stream, "w") as pinned:
        for name in sorted(given.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            content = given.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_STORED, 0, 0
            pinned.writestr(entry, content)
    return stream.getvalue()
