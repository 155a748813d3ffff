"""Catalogue sheets as they come: which catalogue a sheet is, the notes above its header, its cells.

A note is a cell such as ``适用地区:650400`` above the header; a sheet may carry region, document
number and the day from which it applies.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from portal.documents.sheets import (
    HEADER_ROWS,
    CellError,
    Column,
    Sheet,
    SheetError,
    SheetProblem,
    SheetRow,
    Table,
    find_table,
    parse_date,
    parse_int,
    read_sheets,
)
from portal.locale import t
from portal.policies import reference
from portal.services.publishing_report import PublishProblem, of_sheet

# A sheet of instructions goes with many official forms.
_INSTRUCTIONS = "说明"
# Kinds of catalogues whose columns are like no other's.
TOLD_BY_COLUMNS = ("institution", "programme", "subsidy_standard")
_NOTE = re.compile(r"^(?P<name>\w+)\s*[:\uff1a]\s*(?P<value>\S.*)$")
_TEXT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Notes:
    """What stands above the header; ``region_code`` and ``effective_from`` may be missing."""

    region_code: str | None = None
    doc_no: str = ""
    effective_from: date | None = None


@dataclass(frozen=True, slots=True)
class CatalogueSheet:
    """A sheet that was recognised; ``kind`` is a key of ``publishing.catalogue``."""

    file: str
    kind: str
    table: Table
    notes: Notes


def read_catalogue(
    name: str, data: bytes, layouts: Mapping[str, Sequence[Column]]
) -> tuple[list[CatalogueSheet], list[PublishProblem]]:
    """Every catalogue sheet of a file and every fault above the level of a row."""
    try:
        sheets = read_sheets(name, data)
    except SheetError as error:
        return [], [of_sheet(name, problem) for problem in error.problems]
    found: list[CatalogueSheet] = []
    problems: list[SheetProblem] = []
    for sheet in sheets:
        kind, table = _recognise(sheet, layouts)
        if isinstance(table, Table):
            notes, faults = notes_of(sheet, table.header_row_no)
            found.append(CatalogueSheet(name, kind, table, notes))
            problems += faults
        elif _INSTRUCTIONS not in sheet.name:
            problems += table
    if not found and not problems:
        problems = [SheetProblem("", 0, "", "publishing.not_a_catalogue")]
    return found, [of_sheet(name, problem) for problem in problems]


def _recognise(
    sheet: Sheet, layouts: Mapping[str, Sequence[Column]]
) -> tuple[str, Table | list[SheetProblem]]:
    """The layout that fits, or the faults of the one that nearly does.

    A sheet that says above its header which catalogue it is, is that one; the others are told by
    their columns.
    """
    named = _named_kind(sheet, layouts)
    if named:
        return named, find_table(sheet, layouts[named])
    layouts = {kind: layouts[kind] for kind in TOLD_BY_COLUMNS}
    answers = {kind: find_table(sheet, columns) for kind, columns in layouts.items()}
    for kind, answer in answers.items():
        if isinstance(answer, Table):
            return kind, answer
    missing = {
        kind: sum(problem.reason.endswith((".missing_column", ".no_header")) for problem in answer)
        if not _without_header(answer)
        else len(layouts[kind])
        for kind, answer in answers.items()
        if not isinstance(answer, Table)
    }
    nearest = min(missing, key=lambda kind: missing[kind])
    if missing[nearest] * 2 >= sum(column.required for column in layouts[nearest]):
        # Half of the columns missing: another kind of sheet, not a slip in this one.
        return nearest, [SheetProblem(sheet.name, 0, "", "publishing.not_a_catalogue")]
    answer = answers[nearest]
    return nearest, answer


def _named_kind(sheet: Sheet, kinds: Iterable[str]) -> str:
    words = {t(f"publishing.catalogue.{kind}"): kind for kind in kinds}
    for row in sheet.rows[:HEADER_ROWS]:
        for text in row.cells.values():
            note = _NOTE.match(text)
            if note and note["name"] == t("publishing.note.kind"):
                return words.get(note["value"].strip(), "")
    return ""


def _without_header(answer: Table | list[SheetProblem]) -> bool:
    return not isinstance(answer, Table) and any(p.reason.endswith("no_header") for p in answer)


def notes_of(sheet: Sheet, header_row_no: int) -> tuple[Notes, list[SheetProblem]]:
    """What stands above the header of a sheet."""
    region_code: str | None = None
    doc_no = ""
    effective_from: date | None = None
    problems: list[SheetProblem] = []
    for row in sheet.rows:
        if row.row_no >= header_row_no:
            break
        for letter, text in row.cells.items():
            note = _NOTE.match(text)
            if note is None:
                continue
            value = note["value"].strip()
            if note["name"] == t("publishing.note.region"):
                region_code = value[:6]
                problem = region_fault(region_code)
                if problem:
                    problems.append(SheetProblem(sheet.name, row.row_no, letter, *problem))
            elif note["name"] == t("publishing.note.doc_no"):
                doc_no = value[:_TEXT_LIMIT]
            elif note["name"] == t("publishing.note.effective_from"):
                try:
                    effective_from = parse_date(value)
                except CellError:
                    why = "publishing.fault.bad_note_date"
                    problems.append(
                        SheetProblem(sheet.name, row.row_no, letter, why, {"value": value[:30]})
                    )
    return Notes(region_code, doc_no, effective_from), problems


def region_fault(code: str) -> tuple[str, dict[str, object]] | None:
    """Why a code is no region of today; None when it is one."""
    if code == reference.NATIONAL:
        return None
    found = reference.region(code)
    if found is None:
        return "publishing.fault.unknown_region", {"value": code[:20]}
    if not found.current:
        successor = found.successor_code or "?"
        return "publishing.fault.old_region", {"value": code, "successor": successor}
    return None


def narrowest_region(codes: Sequence[str]) -> str:
    """The narrowest region that holds all of these, never narrower than a prefecture.

    A city that lists one county's schools still publishes the city's catalogue.
    """
    chains = [(reference.NATIONAL, *reference.ancestors(code)[:2]) for code in codes]
    shared = [level[0] for level in zip(*chains, strict=False) if len(set(level)) == 1]
    return str(shared[-1])


@dataclass(slots=True)
class RowReader:
    """Reads the cells of one row and gathers every fault instead of stopping at the first."""

    table: Table
    row: SheetRow
    problems: list[SheetProblem] = field(default_factory=list)

    def fault(self, column: str, reason: str, **params: object) -> None:
        """Note a fault of a cell; ``reason`` is below ``publishing.fault``."""
        key = f"publishing.fault.{reason}"
        self.problems.append(self.table.problem(self.row.row_no, column, key, **params))

    def in_order(self) -> list[SheetProblem]:
        """The faults as one reads the row, from left to right."""
        return sorted(self.problems, key=lambda problem: problem.column)

    def text(self, column: str, *, required: bool = True, limit: int = _TEXT_LIMIT) -> str:
        """The cell's text; empty after a fault."""
        value = self.row.cells.get(column, "").strip()
        if not value and required:
            self._sheet_fault(column, "publish.sheet.required")
        if len(value) > limit:
            self.fault(column, "too_long", limit=limit)
            return ""
        return value

    def number(self, column: str, *, minimum: int, maximum: int) -> int | None:
        """The cell's whole number; None after a fault."""
        value = self.text(column)
        if not value:
            return None
        try:
            return parse_int(value, minimum=minimum, maximum=maximum)
        except CellError as error:
            self._sheet_fault(column, error.reason, **error.params)
            return None

    def day(self, column: str, *, required: bool = True) -> str:
        """The cell's day as ``2026-12-01``; empty for an empty cell and after a fault."""
        value = self.text(column, required=required)
        if not value:
            return ""
        try:
            return parse_date(value).isoformat()
        except CellError as error:
            self._sheet_fault(column, error.reason, **error.params)
            return ""

    def choice(self, column: str, options: Mapping[str, str], *, default: str = "") -> str | None:
        """The code of the word in the cell (``options`` gives word by code); None after a fault."""
        value = self.text(column, required=not default)
        if not value:
            return default or None
        codes = {word: code for code, word in options.items()} | {code: code for code in options}
        if value not in codes:
            self.fault(column, "not_one_of", value=value[:30], options="、".join(options.values()))
        return codes.get(value)

    def money_fen(self, column: str) -> int | None:
        """An amount in yuan as whole fen; None after a fault."""
        value = self.text(column).replace(",", "")
        if not value:
            return None
        try:
            fen = Decimal(value) * 100
        except InvalidOperation:
            fen = Decimal("-1")
        if not fen.is_finite() or fen < 0 or fen != fen.to_integral_value() or fen > 10**9:
            self.fault(column, "not_money", value=value[:30])
            return None
        return int(fen)

    def region(self, column: str) -> str:
        """A region code of today; empty after a fault."""
        value = self.text(column)
        problem = region_fault(value) if value else None
        if problem:
            self.problems.append(
                self.table.problem(self.row.row_no, column, problem[0], **problem[1])
            )
        return "" if problem else value

    def _sheet_fault(self, column: str, reason: str, **params: object) -> None:
        self.problems.append(self.table.problem(self.row.row_no, column, reason, **params))


def words(prefix: str, codes: Sequence[str]) -> dict[str, str]:
    """The word of each code, from the locale."""
    return {code: t(f"{prefix}.{code}") for code in codes}
