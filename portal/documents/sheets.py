"""Catalogue sheets as tables: the header row found, the columns named, every fault placed.

Files are opened by ``sheet_files``, single cells understood by ``sheet_cells``; callers need
only this module.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter, range_boundaries

from portal.documents.sheet_cells import FORMULA_ERRORS
from portal.documents.sheet_cells import CellError as CellError
from portal.documents.sheet_cells import parse_date as parse_date
from portal.documents.sheet_cells import parse_int as parse_int
from portal.documents.sheet_files import Sheet as Sheet
from portal.documents.sheet_files import SheetError as SheetError
from portal.documents.sheet_files import SheetProblem as SheetProblem
from portal.documents.sheet_files import SheetRow as SheetRow
from portal.documents.sheet_files import read_sheets as read_sheets

# A title, a unit and a note may stand above the header; nobody needs more than twenty rows.
HEADER_ROWS = 20
_DECORATION = re.compile(r"\((?:必填|选填|可选|非必填)\)|[\s*:]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column to find: by its name, or by one of the aliases people use."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose header was found. ``rows`` hold every found column by name, "" if blank."""

    sheet: str
    header_row_no: int
    letters: Mapping[str, str]
    rows: Sequence[SheetRow]

    def problem(self, row_no: int, column: str, reason: str, **params: object) -> SheetProblem:
        """A fault of a cell; ``reason`` is a full locale key."""
        place = f"{self.letters[column]} {column}" if column in self.letters else column
        return SheetProblem(self.sheet, row_no, place, reason, params)


def find_table(sheet: Sheet, columns: Sequence[Column]) -> Table | list[SheetProblem]:
    """The table under the row that looks most like the header, or all that is wrong with it.

    Rows that are blank in every wanted column but not elsewhere are kept: a required cell is
    missing there, and the caller says so.
    """
    names = {label_key(label): c.name for c in columns for label in (c.name, *c.aliases)}
    header = _header(sheet, names)
    if header is None:
        return [_no_header(sheet, columns)]
    letters, problems = _letters(sheet, header, names)
    problems += _missing(sheet, header, columns, letters)
    problems += _merged(sheet, header, letters)
    below = [row for row in sheet.rows if row.row_no > header.row_no]
    if not below and not problems:
        problems.append(_problem(sheet, header.row_no, "", "no_rows"))
    problems += _formula_errors(sheet, below, letters)
    if problems:
        return sorted(problems, key=lambda problem: (problem.row, problem.column))
    rows = tuple(
        SheetRow(row.row_no, {name: row.cells.get(at, "") for name, at in letters.items()})
        for row in below
    )
    return Table(sheet.name, header.row_no, letters, rows)


def label_key(label: str) -> str:
    """A header as compared: width, case, blanks, stars and "(必填)" do not matter."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", label)).casefold()


def _header(sheet: Sheet, names: Mapping[str, str]) -> SheetRow | None:
    def matches(row: SheetRow) -> int:
        return len(
            {names[label_key(text)] for text in row.cells.values() if label_key(text) in names}
        )

    best = max(sheet.rows[:HEADER_ROWS], key=matches, default=None)
    return best if best is not None and matches(best) else None


def _letters(
    sheet: Sheet, header: SheetRow, names: Mapping[str, str]
) -> tuple[dict[str, str], list[SheetProblem]]:
    letters: dict[str, str] = {}
    problems: list[SheetProblem] = []
    for letter, text in header.cells.items():
        name = names.get(label_key(text))
        if name is None:
            continue
        if name in letters:
            twice = {"name": name, "first": letters[name], "second": letter}
            place = f"{letter} {text}"
            problems.append(_problem(sheet, header.row_no, place, "duplicate_column", **twice))
        else:
            letters[name] = letter
    return letters, problems


def _missing(
    sheet: Sheet, header: SheetRow, columns: Sequence[Column], letters: Mapping[str, str]
) -> list[SheetProblem]:
    found = _listed(header)
    return [
        _problem(sheet, header.row_no, c.name, "missing_column", wanted=c.name, found=found)
        for c in columns
        if c.required and c.name not in letters
    ]


def _merged(sheet: Sheet, header: SheetRow, letters: Mapping[str, str]) -> list[SheetProblem]:
    """Merged ranges at or below the header: their cells but one are empty, so rows would lie."""
    names = {letter: name for name, letter in letters.items()}
    problems = []
    for reference in sheet.merged:
        first_column, first_row, _, last_row = range_boundaries(reference)
        if last_row < header.row_no:
            continue
        letter = get_column_letter(first_column)
        place = f"{letter} {names[letter]}" if letter in names else letter
        row_no = max(first_row, header.row_no)
        problems.append(_problem(sheet, row_no, place, "merged_cells", range=reference))
    return problems


def _formula_errors(
    sheet: Sheet, rows: Sequence[SheetRow], letters: Mapping[str, str]
) -> list[SheetProblem]:
    return [
        _problem(sheet, row.row_no, f"{at} {name}", "formula_error", value=row.cells[at])
        for row in rows
        for name, at in letters.items()
        if row.cells.get(at) in FORMULA_ERRORS
    ]


def _no_header(sheet: Sheet, columns: Sequence[Column]) -> SheetProblem:
    wanted = "、".join(column.name for column in columns if column.required)
    found = _listed(sheet.rows[0]) if sheet.rows else ""
    row_no = sheet.rows[0].row_no if sheet.rows else 1
    return _problem(sheet, row_no, "", "no_header", rows=HEADER_ROWS, wanted=wanted, found=found)


def _listed(row: SheetRow) -> str:
    names = list(row.cells.values())
    shown = "、".join(name[:20] for name in names[:12])
    return shown + ("…" if len(names) > 12 else "")


def _problem(sheet: Sheet, row_no: int, column: str, reason: str, **params: object) -> SheetProblem:
    return SheetProblem(sheet.name, row_no, column, f"publish.sheet.{reason}", params)
