"""Cells of a sheet that name a person: name, kind of document, number; and days."""

from datetime import date

from portal.documents.sheets import CellError, parse_date
from portal.domain.errors import BadInput
from portal.domain.identity import IdDocument, IdType, parse_id_document
from portal.domain.names import normalise_name
from portal.locale import t
from portal.services.publishing_sheets import RowReader

# What people write beside the official names of documents.
_SHORT_WORDS = {
    "身份证": IdType.RESIDENT_ID,
    "居民身份证": IdType.RESIDENT_ID,
    "港澳台居民居住证": IdType.RESIDENT_ID,
    "回乡证": IdType.HK_MACAO_PERMIT,
    "台胞证": IdType.TAIWAN_PERMIT,
}
# Params of a refusal that its sentence needs; what was typed is never among them.
_SHOWN = frozenset({"char", "length", "min_age"})


def fault(reader: RowReader, column: str, reason: str, **params: object) -> None:
    """Note a fault of a cell; ``reason`` is a whole locale key."""
    reader.problems.append(reader.table.problem(reader.row.row_no, column, reason, **params))


def name_cell(reader: RowReader, column: str) -> str:
    """The name as it is stored; empty after a fault."""
    typed = reader.text(column, limit=400)
    if not typed:
        return ""
    try:
        return normalise_name(typed)
    except BadInput as error:
        fault(reader, column, error.reason, **_shown(error))
        return ""


def document_cell(
    reader: RowReader, type_column: str, number_column: str, *, today: date
) -> IdDocument | str:
    """The document; after a fault the reason's key, "" when there was none to read."""
    id_type = _id_type(reader, type_column)
    typed = reader.text(number_column, limit=100)
    if not typed or id_type is None:
        return ""
    try:
        return parse_id_document(id_type, typed, today=today)
    except BadInput as error:
        reason = error.reason
        if id_type is IdType.RESIDENT_ID and _lost_its_end(typed):
            reason = "person_cell.excel_number"
        fault(reader, number_column, reason, **_shown(error))
        return reason


def day_cell(reader: RowReader, column: str, *, required: bool) -> date | None:
    """A day; None for an empty cell and after a fault."""
    typed = reader.text(column, required=required, limit=40)
    if not typed:
        return None
    try:
        return parse_date(typed)
    except CellError as error:
        fault(reader, column, error.reason, **error.params)
        return None


def _id_type(reader: RowReader, column: str) -> IdType | None:
    """The kind of document, a resident's card unless said otherwise; None after a fault."""
    word = reader.text(column, required=False, limit=60)
    if not word:
        return IdType.RESIDENT_ID
    official = {t(f"register.id_types.{kind.value}"): kind for kind in IdType}
    found = (_SHORT_WORDS | official).get(word)
    if found is None:
        options = "、".join((*_SHORT_WORDS, t("register.id_types.passport")))
        fault(reader, column, "person_cell.id_type", options=options)
    return found


def _lost_its_end(typed: str) -> bool:
    """Whether a spreadsheet took the number for one: it keeps fifteen digits of eighteen.

    What is left reads 9.9E+17, or ends in zeros, or in whatever the nearest binary number has.
    """
    if "E+" in typed.upper():
        return True
    if len(typed) != 18 or not (typed.isascii() and typed.isdigit()):
        return False
    return typed.endswith("000") or int(float(f"{float(typed):.15g}")) == int(typed)


def _shown(error: BadInput) -> dict[str, object]:
    return {key: value for key, value in error.params.items() if key in _SHOWN}
