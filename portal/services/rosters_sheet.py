"""A roster sheet as it comes: one line a person, every fault with its row and column.

Nothing is looked up here; what a line means for the portal is judged in ``rosters_check``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.documents.sheets import (
    CellError,
    Column,
    Sheet,
    SheetError,
    SheetProblem,
    Table,
    find_table,
    parse_date,
    read_sheets,
)
from portal.domain.errors import BadInput
from portal.domain.identity import IdDocument, IdType, normalise_phone, parse_id_document
from portal.domain.names import normalise_name
from portal.locale import t
from portal.services.publishing_sheets import RowReader

NAME, ID_TYPE, ID_NO, PHONE = "姓名", "证件类型", "证件号码", "手机号"
CLASS_NO, HIRED_ON = "班级编号", "入职日期"
COLUMNS = (
    Column(NAME, ("学员姓名", "员工姓名", "人员姓名", "职工姓名")),
    Column(ID_TYPE, ("证件种类",), required=False),
    Column(ID_NO, ("身份证号", "身份证号码", "公民身份号码", "证件号", "身份证件号码")),
    Column(PHONE, ("手机号码", "手机", "联系电话", "电话", "联系方式")),
    Column(CLASS_NO, ("班级号", "班号", "班级代码"), required=False),
    Column(HIRED_ON, ("入职时间", "进单位日期", "进厂日期"), required=False),
)
MAX_BYTES = 3 * 1024 * 1024
MAX_UNPACKED = 24 * 1024 * 1024
MAX_ROWS = 10_000
# Title rows above the header are not people.
_ABOVE = 20
# A sheet of instructions goes with our own template and with many official forms.
_INSTRUCTIONS = "说明"
_NAME_SHOWN = 50
# A phone or document number that stands where something else was expected.
_LONG_NUMBER = re.compile(r"[0-9]{7,}[0-9Xx]?")
_EARLIEST_HIRE = date(1950, 1, 1)
_SHORT_WORDS = {
    "身份证": IdType.RESIDENT_ID,
    "港澳台居民居住证": IdType.RESIDENT_ID,
    "回乡证": IdType.HK_MACAO_PERMIT,
    "台胞证": IdType.TAIWAN_PERMIT,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet. ``document`` is None when its number cannot be read; ``phone`` and
    ``class_no`` are empty when not given; ``faults`` are as ``db.models.RosterRow.reasons``;
    ``letters`` say where the columns stand."""

    row_no: int
    name: str
    document: IdDocument | None
    phone: str
    class_no: str
    hired_on: date | None
    faults: tuple[dict[str, Any], ...]
    letters: Mapping[str, str]

    def place(self, column: str) -> str:
        """A column as people find it: its letter and name, the name alone when it is missing."""
        return f"{self.letters[column]} {column}" if column in self.letters else column


def read_roster(kind: str, content: bytes, *, today: date) -> Iterator[Line]:
    """The lines of a roster in their order; raises SheetError before the first one.

    ``kind`` is xlsx or csv. Limits: 3 MB, 24 MB unpacked, 10,000 people.
    """
    table = _table(kind, content)
    if len(table.rows) > MAX_ROWS:
        raise _error(table.sheet, "publish.sheet.too_many_rows", limit=MAX_ROWS)
    return (_line(RowReader(table, row), today) for row in table.rows)


def _table(kind: str, content: bytes) -> Table:
    sheets = read_sheets(
        f"roster.{kind}",
        content,
        max_rows=MAX_ROWS + _ABOVE,
        max_bytes=MAX_BYTES,
        max_unpacked=MAX_UNPACKED,
    )
    wanted = [sheet for sheet in sheets if _INSTRUCTIONS not in sheet.name] or sheets
    tables, problems = _found(wanted)
    if len(tables) > 1:
        names = "、".join(table.sheet for table in tables)
        raise _error("", "roster.sheet.several", names=names)
    if not tables:
        raise SheetError(tuple(problems))
    return tables[0]


def _found(sheets: list[Sheet]) -> tuple[list[Table], list[SheetProblem]]:
    """The sheets that are rosters; else what is wrong with the first one."""
    answers = [find_table(sheet, COLUMNS) for sheet in sheets]
    tables = [answer for answer in answers if isinstance(answer, Table)]
    return tables, [] if isinstance(answers[0], Table) else answers[0]


def _error(sheet: str, reason: str, **params: object) -> SheetError:
    return SheetError((SheetProblem(sheet, 0, "", reason, params),))


def _line(reader: RowReader, today: date) -> Line:
    return Line(
        row_no=reader.row.row_no,
        name=_name(reader),
        document=_document(reader, today),
        phone=_phone(reader),
        class_no=reader.text(CLASS_NO, required=False, limit=40),
        hired_on=_hired_on(reader, today),
        # Last: by now every cell has been read.
        faults=tuple(as_reason(problem) for problem in reader.in_order()),
        letters=reader.table.letters,
    )


def as_reason(problem: SheetProblem) -> dict[str, Any]:
    """A fault as it is kept: what it quotes of the sheet without the numbers of persons."""
    params = {
        key: _LONG_NUMBER.sub("…", value) if isinstance(value, str) else value
        for key, value in problem.params.items()
    }
    return {"key": problem.reason, "params": params, "column": problem.column}


def _fault(reader: RowReader, column: str, reason: str, **params: object) -> None:
    reader.problems.append(reader.table.problem(reader.row.row_no, column, reason, **params))


def _name(reader: RowReader) -> str:
    """The name as it is stored; what was typed, cut short, when it cannot be one."""
    typed = reader.text(NAME, limit=400)
    if not typed:
        return ""
    try:
        return normalise_name(typed)
    except BadInput as error:
        params = {key: value for key, value in error.params.items() if key == "char"}
        _fault(reader, NAME, error.reason, **params)
        return "".join(char for char in typed[:_NAME_SHOWN] if char.isprintable())


def _document(reader: RowReader, today: date) -> IdDocument | None:
    id_type = _id_type(reader)
    typed = reader.text(ID_NO, limit=100)
    if not typed or id_type is None:
        return None
    try:
        return parse_id_document(id_type, typed, today=today)
    except BadInput as error:
        if id_type is IdType.RESIDENT_ID and _is_number_of_excel(typed):
            _fault(reader, ID_NO, "roster.fault.excel_number")
        elif error.reason == "identity.too_young":
            _fault(reader, ID_NO, "roster.fault.too_young", min_age=error.params["min_age"])
        else:
            params = {key: value for key, value in error.params.items() if key == "length"}
            _fault(reader, ID_NO, error.reason, **params)
    return None


def _is_number_of_excel(typed: str) -> bool:
    """Excel keeps fifteen digits of a number: the last three of eighteen become zeros."""
    return "E+" in typed.upper() or (len(typed) == 18 and typed.endswith("000"))


def _id_type(reader: RowReader) -> IdType | None:
    word = reader.text(ID_TYPE, required=False, limit=60) if ID_TYPE in reader.row.cells else ""
    if not word:
        return IdType.RESIDENT_ID
    short = {t(f"roster.id_type.{kind.value}"): kind for kind in IdType}
    words = short | _SHORT_WORDS | {t(f"register.id_types.{kind.value}"): kind for kind in IdType}
    if word not in words:
        _fault(reader, ID_TYPE, "roster.fault.id_type", options="、".join(short))
        return None
    return words[word]


def _phone(reader: RowReader) -> str:
    """Eleven digits; empty when none was given: that person confirms at the desk."""
    typed = reader.text(PHONE, required=False, limit=100)
    if not typed:
        return ""
    try:
        return normalise_phone(typed)
    except BadInput:
        _fault(reader, PHONE, "roster.fault.phone")
        return ""


def _hired_on(reader: RowReader, today: date) -> date | None:
    typed = reader.text(HIRED_ON, required=False, limit=40)
    if not typed:
        return None
    try:
        found = parse_date(typed)
    except CellError as error:
        _fault(reader, HIRED_ON, error.reason, **error.params)
        return None
    if not _EARLIEST_HIRE <= found <= today:
        _fault(reader, HIRED_ON, "roster.fault.hired_on")
        return None
    return found
