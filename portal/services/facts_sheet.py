"""A list of the members of a group as it comes: CSV or XLSX, one line a person.

Nothing is looked up here; what a line means for the portal is judged in ``facts_import``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.documents.plain_cells import csv_bytes
from portal.documents.sheets import (
    Column,
    SheetError,
    SheetProblem,
    Table,
    find_table,
    read_sheets,
)
from portal.domain.identity import IdDocument
from portal.domain.masking import mask_id_no
from portal.services.people import Identity
from portal.services.person_cells import day_cell, document_cell, fault, name_cell
from portal.services.publishing_sheets import RowReader

NAME, ID_TYPE, ID_NO = "姓名", "证件类型", "证件号码"
SINCE, UNTIL, DOCUMENT = "有效期起", "有效期止", "文件依据"
_NUMBER_NAMES = ("身份证号", "身份证号码", "公民身份号码", "证件号")
# A sheet of instructions goes with many official forms.
_INSTRUCTIONS = "说明"
_TOO_YOUNG = "identity.too_young"
_EARLIEST, _LATEST = date(1950, 1, 1), date(2100, 12, 31)
_REFERENCE_LIMIT = 120


@dataclass(slots=True)
class Line:
    """A line that can be read; ``reader`` knows its place and takes the faults found later."""

    identity: Identity
    since: date
    until: date | None
    document_ref: str
    reader: RowReader


@dataclass(slots=True)
class GroupList:
    """What a file holds. ``faults`` keep it from being imported; ``young`` are the places of
    those who are too young to be trained: they are left out and hinder nobody."""

    lines: list[Line] = field(default_factory=list)
    faults: list[SheetProblem] = field(default_factory=list)
    young: list[SheetProblem] = field(default_factory=list)
    rows: int = 0


def columns(*, has_since: bool) -> Sequence[Column]:
    """The columns of a list; its first day need not stand in it when it was given apart."""
    return (
        Column(NAME, ("人员姓名", "成员姓名")),
        Column(ID_TYPE, ("证件种类",), required=False),
        Column(ID_NO, _NUMBER_NAMES),
        Column(SINCE, ("起始日期", "认定日期", "有效期开始"), required=not has_since),
        Column(UNTIL, ("截止日期", "有效期结束"), required=False),
        Column(DOCUMENT, ("文号", "依据", "证明材料"), required=False),
    )


def template_csv() -> bytes:
    """The header of a list, as every office program opens it."""
    return csv_bytes([(NAME, ID_TYPE, ID_NO, SINCE, UNTIL, DOCUMENT)])


def read_list(file_name: str, content: bytes, *, valid_from: date | None, today: date) -> GroupList:
    """Every line of every sheet, checked alone and against each other; never raises."""
    found = GroupList()
    try:
        sheets = read_sheets(file_name, content)
    except SheetError as error:
        found.faults += error.problems
        return found
    wanted = [sheet for sheet in sheets if _INSTRUCTIONS not in sheet.name] or sheets
    first_seen: dict[bytes, Line] = {}
    for sheet in wanted:
        table = find_table(sheet, columns(has_since=valid_from is not None))
        if isinstance(table, Table):
            _read_table(found, table, valid_from, today, first_seen)
        else:
            found.faults += table
    return found


def _read_table(
    found: GroupList,
    table: Table,
    valid_from: date | None,
    today: date,
    first_seen: dict[bytes, Line],
) -> None:
    for row in table.rows:
        found.rows += 1
        reader = RowReader(table, row)
        line = _line(reader, valid_from, today)
        if isinstance(line, Line):
            _once(line, first_seen)
            found.lines.append(line)
        if [problem.reason for problem in reader.problems] == [_TOO_YOUNG]:
            found.young += reader.problems
        else:
            found.faults += reader.in_order()


def _line(reader: RowReader, valid_from: date | None, today: date) -> Line | None:
    """The line; None when its name, number or first day cannot be read."""
    name = name_cell(reader, NAME)
    document = document_cell(reader, ID_TYPE, ID_NO, today=today)
    since = day_cell(reader, SINCE, required=valid_from is None) or valid_from
    until = day_cell(reader, UNTIL, required=False)
    reference = reader.text(DOCUMENT, required=False, limit=_REFERENCE_LIMIT)
    _check_days(reader, since, until)
    if not name or not isinstance(document, IdDocument) or since is None:
        return None
    return Line(Identity(document, name), since, until, reference, reader)


def _check_days(reader: RowReader, since: date | None, until: date | None) -> None:
    for column, day in ((SINCE, since), (UNTIL, until)):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            fault(reader, column, "facts_import.fault.day_range")
            return
    if since is not None and until is not None and until < since:
        fault(reader, UNTIL, "facts_import.fault.ends_before", since=since)


def _once(line: Line, first_seen: dict[bytes, Line]) -> None:
    """The same document twice: one of the two lines is somebody else's, or one too many."""
    first = first_seen.setdefault(line.identity.hash, line)
    if first is line:
        return
    table = first.reader.table
    same_sheet = table is line.reader.table
    key = "repeated" if same_sheet else "repeated_on"
    fault(
        line.reader,
        ID_NO,
        f"facts_import.fault.{key}",
        number=mask_id_no(line.identity.document.number),
        row=first.reader.row.row_no,
        sheet=table.sheet,
    )
