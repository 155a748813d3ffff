"""The empty roster that people fill in: columns as text, so that no number loses its digits."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from portal.documents.plain_cells import csv_bytes, plain

_TEXT = "@"
_WIDTH, _NOTES_WIDTH = 22, 70
# Rows that are marked as text; a column's own format is ignored by some programs.
_ROWS = 500


def roster_xlsx(
    *, sheet: str, header: Sequence[str], notes_sheet: str, notes: Sequence[Sequence[str]]
) -> bytes:
    """A workbook with an empty roster and a sheet of notes, a row of texts each."""
    book = Workbook()
    roster = book.worksheets[0]
    roster.title = sheet
    roster.append([plain(text) for text in header])
    for number in range(1, len(header) + 1):
        roster.cell(1, number).font = Font(bold=True)
        roster.column_dimensions[get_column_letter(number)].width = _WIDTH
        for row in range(2, _ROWS + 2):
            roster.cell(row, number).number_format = _TEXT
    roster.freeze_panes = "A2"
    told = book.create_sheet(notes_sheet)
    for line in notes:
        told.append([plain(text) for text in line])
    told.column_dimensions["A"].width = _WIDTH
    told.column_dimensions["B"].width = _NOTES_WIDTH
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def roster_csv(header: Sequence[str]) -> bytes:
    """A line of headings, marked as UTF-8 for Excel."""
    return csv_bytes([header])
