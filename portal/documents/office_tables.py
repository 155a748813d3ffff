"""Sheets as offices keep them: titles above the header, headers over two rows, merged cells,
hidden rows, totals and signatures at the end.

``find_head`` finds the header, ``suggest`` says which column is meant by which heading, ``body``
gives the rows below it: what is no entry is left out and named, what is ambiguous is a fault.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries

from portal.documents.sheet_cells import FORMULA_ERRORS
from portal.documents.sheet_files import Sheet, SheetProblem, SheetRow
from portal.documents.sheets import HEADER_ROWS, Column, label_key

_TOTAL = re.compile(r"^(?:本页|本表)?(?:合计|总计|小计|共计|累计)(?:[:：(（].*)?$")
_FOOTNOTE = re.compile(
    r"^(?:注\d*|备注|说明|填表人|制表人|填报人|审核人|经办人|联系人|负责人|单位负责人|填报单位|"
    r"填表日期|填报日期|报送日期|制表日期|联系电话)\s*[:：]"
)
_IN_BRACKETS = re.compile(r"\([^()]*\)$")
# A line of signatures has a few labelled cells, an entry has more.
_FEW_CELLS = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a sheet: its letter, what stands above it, and what it may be called."""

    letter: str
    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a sheet, which may stand in two rows."""

    first_row: int
    last_row: int
    headings: tuple[Heading, ...]

    @property
    def key(self) -> str:
        """The same for every sheet with these headings in these columns."""
        told = "|".join(f"{one.letter}:{label_key(one.label)}" for one in self.headings)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(slots=True)
class Body:
    """The rows below a header, by the names of the mapping."""

    rows: list[SheetRow] = field(default_factory=list)
    left_out: list[SheetProblem] = field(default_factory=list)
    problems: list[SheetProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Range:
    first_column: int
    first_row: int
    last_column: int
    last_row: int
    text: str

    @property
    def is_one_column(self) -> bool:
        return self.first_column == self.last_column


def find_head(sheet: Sheet, columns: Sequence[Column]) -> Head | None:
    """The row or two rows that look most like a header; the fullest row when none does."""
    known = _names(columns)
    ranges = _ranges(sheet)
    above = sheet.rows[:HEADER_ROWS]
    heads = [_one_row(row) for row in above]
    for row, below in pairwise(above):
        if below.row_no == row.row_no + 1 and _spans_two(ranges, row, below):
            heads.append(_two_rows(row, below, ranges))

    def matches(head: Head) -> int:
        return len({known[n] for one in head.headings for n in _keys(one) if n in known})

    best = max(
        heads, key=lambda head: (matches(head), head.first_row == head.last_row), default=None
    )
    if best is not None and not matches(best):
        return max(heads, key=lambda head: len(head.headings))
    return best


def suggest(head: Head, columns: Sequence[Column]) -> dict[str, str]:
    """Letter by name of the columns that were recognised, each heading for one column."""
    found: dict[str, str] = {}
    exact = _names(columns)
    for strict in (True, False):
        for one in head.headings:
            if one.letter in found.values():
                continue
            keys = _keys(one) if strict else _keys(one, loosely=True)
            name = next((exact[key] for key in keys if key in exact), None)
            if name is not None and name not in found:
                found[name] = one.letter
    return found


def body(sheet: Sheet, head: Head, mapping: Mapping[str, str], *, with_hidden: bool) -> Body:
    """The entries below the header; merged cells of one column are filled downwards."""
    found = Body()
    ranges = [one for one in _ranges(sheet) if one.last_row > head.last_row]
    filled = _filled(sheet, ranges)
    across = {one.first_row: one for one in ranges if not one.is_one_column}
    labels = {one.letter: label_key(one.label) for one in head.headings}
    for row in sheet.rows:
        if row.row_no <= head.last_row:
            continue
        why = "" if with_hidden or row.row_no not in sheet.hidden else "hidden"
        why = why or _no_entry(row, labels, mapping, across.get(row.row_no))
        if why:
            found.left_out.append(
                SheetProblem(sheet.name, row.row_no, "", f"publication.left.{why}")
            )
            continue
        cells = {
            name: row.cells.get(at) or filled.get((row.row_no, at), "")
            for name, at in mapping.items()
        }
        _faults(found, sheet, row, mapping, across.get(row.row_no))
        found.rows.append(SheetRow(row.row_no, cells))
    return found


def _names(columns: Sequence[Column]) -> dict[str, str]:
    """Column by heading; a column's own name goes before another's alias."""
    aliases = {label_key(alias): one.name for one in reversed(columns) for alias in one.aliases}
    return aliases | {label_key(one.name): one.name for one in columns}


def _keys(heading: Heading, *, loosely: bool = False) -> list[str]:
    keys = [label_key(name) for name in heading.names]
    if not loosely:
        return keys
    # 职业编码(2022版) is 职业编码.
    return [*keys, *(_IN_BRACKETS.sub("", key) for key in keys)]


def _one_row(row: SheetRow) -> Head:
    headings = tuple(Heading(letter, text, (text,)) for letter, text in row.cells.items())
    return Head(row.row_no, row.row_no, headings)


def _spans_two(ranges: Sequence[_Range], row: SheetRow, below: SheetRow) -> bool:
    """Whether merged cells tie two rows into one header."""
    return any(
        one.first_row == row.row_no
        and (one.last_row == below.row_no or (one.last_row == row.row_no and not one.is_one_column))
        for one in ranges
    )


def _two_rows(row: SheetRow, below: SheetRow, ranges: Sequence[_Range]) -> Head:
    over = dict(row.cells)
    for one in ranges:
        if one.first_row == row.row_no == one.last_row:
            text = row.cells.get(get_column_letter(one.first_column), "")
            for column in range(one.first_column, one.last_column + 1):
                over[get_column_letter(column)] = text
    letters = sorted({*over, *below.cells}, key=column_index_from_string)
    headings = []
    for letter in letters:
        upper, lower = over.get(letter, ""), below.cells.get(letter, "")
        label = f"{upper}/{lower}" if upper and lower else upper or lower
        names = (lower, upper + lower) if upper and lower else (label,)
        headings.append(Heading(letter, label, names))
    return Head(row.row_no, below.row_no, tuple(headings))


def _ranges(sheet: Sheet) -> list[_Range]:
    found = []
    for text in sheet.merged:
        first_column, first_row, last_column, last_row = range_boundaries(text)
        found.append(_Range(first_column, first_row, last_column, last_row, text))
    return found


def _filled(sheet: Sheet, ranges: Sequence[_Range]) -> dict[tuple[int, str], str]:
    """What stands in the cells that a merge of one column covers."""
    tops = {row.row_no: row.cells for row in sheet.rows}
    filled: dict[tuple[int, str], str] = {}
    for one in ranges:
        if not one.is_one_column:
            continue
        letter = get_column_letter(one.first_column)
        text = tops.get(one.first_row, {}).get(letter, "")
        # A merge over a whole column is no reason to fill a million cells.
        for row_no in range(one.first_row + 1, min(one.last_row, max(tops, default=0)) + 1):
            filled[row_no, letter] = text
    return filled


def _no_entry(
    row: SheetRow, labels: Mapping[str, str], mapping: Mapping[str, str], across: _Range | None
) -> str:
    """Why a row is no entry; empty when it is one."""
    texts = list(row.cells.values())
    first = "".join(unicodedata.normalize("NFKC", texts[0]).split())
    if _TOTAL.match(first):
        return "total"
    if len(texts) <= _FEW_CELLS and _FOOTNOTE.match(first):
        return "footnote"
    if len(texts) == 1 and first.isdigit() and not {*row.cells} & {*mapping.values()}:
        return "empty"
    if len(texts) == 1 and (across is not None or not {*row.cells} & {*mapping.values()}):
        return "heading"
    if not {*row.cells} & {*mapping.values()}:
        return "empty"
    same = sum(labels.get(letter) == label_key(text) for letter, text in row.cells.items())
    return "header" if len(texts) > 1 and same == len(texts) else ""


def _faults(
    found: Body, sheet: Sheet, row: SheetRow, mapping: Mapping[str, str], across: _Range | None
) -> None:
    def fault(place: str, why: str, **params: object) -> None:
        found.problems.append(
            SheetProblem(sheet.name, row.row_no, place, f"publish.sheet.{why}", params)
        )

    if across is not None:
        fault(get_column_letter(across.first_column), "merged_cells", range=across.text)
    for name, letter in mapping.items():
        text = row.cells.get(letter, "")
        if f"{letter}{row.row_no}" in sheet.uncalculated:
            fault(f"{letter} {name}", "formula_without_value")
        elif text in FORMULA_ERRORS:
            fault(f"{letter} {name}", "formula_error", value=text)
