"""The catalogue of subsidy standards (reference A1.1 C3): rows read, checked and written.

No policy text fixes these amounts; each region publishes its own, dated by the version.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CatalogVersion, SubsidyStandard
from portal.documents.sheets import Column
from portal.domain.rules import payments
from portal.locale import t
from portal.policies.reference import NATIONAL, ancestors
from portal.services import publishing_cells as cells
from portal.services.publishing_report import PublishProblem, of_sheet
from portal.services.publishing_sheets import CatalogueSheet, RowReader, narrowest_region, words

KIND = "subsidy_standard"
REGION, TYPE, OCCUPATION, TOPIC = "行政区划代码", "培训类型", "职业编码", "培训主题"
LEVEL, PAYMENT, UNIT, AMOUNT = "等级", "补贴种类", "计发单位", "补贴标准(元)"
FUND, NOTE = "资金来源", "备注"
COLUMNS = (
    Column(REGION, ("区划代码", "行政区划"), required=False),
    Column(TYPE),
    Column(OCCUPATION, ("职业代码",), required=False),
    Column(TOPIC, ("主题",), required=False),
    Column(LEVEL, ("技能等级",), required=False),
    Column(PAYMENT, ("补贴类别", "补贴项目")),
    Column(UNIT, ("单位", "计量单位")),
    Column(AMOUNT, ("补贴标准", "金额(元)", "金额")),
    Column(FUND, ("资金渠道",)),
    Column(NOTE, ("说明",), required=False),
)
# Which units an amount of each kind can have: a course is paid for once, living by the day.
_UNITS = {
    payments.VOCATIONAL_SUBSIDY: ("person",),
    payments.INSURED_SKILL_UP_SUBSIDY: ("person",),
    payments.ASSESSMENT_SUBSIDY: ("person",),
    payments.PROMOTION_GRANT: ("person",),
    payments.LIVING_ALLOWANCE: ("day", "month"),
    payments.WORK_AS_TRAINING: ("month",),
    payments.APPRENTICESHIP: ("year", "person"),
}
# What makes two rows say the same thing.
_KEY = ("region_code", "training_type", "occupation_code", "topic_code", "level", "kind")


@dataclass(slots=True)
class StandardRow:
    """A row; ``values`` are the columns of ``SubsidyStandard``, an empty region the catalogue's."""

    values: dict[str, object]
    reader: RowReader
    file: str


@dataclass(slots=True)
class StandardRows:
    """All rows of one catalogue, the region it is for, and every fault found on the way."""

    rows: list[StandardRow] = field(default_factory=list)
    problems: list[PublishProblem] = field(default_factory=list)
    region_code: str = ""


def read(sheets: Iterable[CatalogueSheet]) -> StandardRows:
    """Every row of the sheets of one catalogue, checked alone and against each other."""
    found = StandardRows()
    noted = ""
    for sheet in sheets:
        noted = noted or sheet.notes.region_code or ""
        for line in sheet.table.rows:
            reader = RowReader(sheet.table, line)
            found.rows.append(StandardRow(_values(reader, noted), reader, sheet.file))
    _repeats(found.rows)
    for row in found.rows:
        found.problems += [of_sheet(row.file, problem) for problem in row.reader.in_order()]
    if not found.problems:
        codes = [str(row.values["region_code"]) for row in found.rows]
        found.region_code = noted or narrowest_region(codes)
    return found


def _values(reader: RowReader, noted: str) -> dict[str, object]:
    occupation, topic = cells.subject(reader, OCCUPATION, TOPIC)
    level = cells.level(reader, LEVEL, has_topic=bool(topic))
    if level is not None and not occupation:
        reader.fault(LEVEL, "level_without_occupation")
    kind = reader.choice(PAYMENT, words("standards.kind", tuple(_UNITS))) or ""
    return {
        "region_code": _region(reader, noted),
        "training_type": cells.training_type(reader, TYPE, also=t("standards.any_type")),
        "occupation_code": occupation or None,
        "topic_code": topic or None,
        "level": level,
        "kind": kind,
        "unit": _unit(reader, kind),
        "amount_fen": _amount(reader),
        "fund": reader.text(FUND, limit=60),
        "note": reader.text(NOTE, required=False, limit=200),
    }


def _region(reader: RowReader, noted: str) -> str:
    """The row's own region, which lies within the catalogue's; else the catalogue's."""
    if not reader.text(REGION, required=False, limit=60):
        if not noted:
            reader.fault(REGION, "no_region")
        return noted
    code = reader.region(REGION)
    if code and noted and noted not in (NATIONAL, *ancestors(code)):
        reader.fault(REGION, "outside_region", value=code, region=noted)
    return code


def _unit(reader: RowReader, kind: str) -> str:
    names = words("standards.unit", ("person", "day", "month", "year"))
    unit = reader.choice(UNIT, names) or ""
    fitting = _UNITS.get(kind, ())
    if unit and kind and unit not in fitting:
        options = "、".join(names[one] for one in fitting)
        kind_name = t(f"standards.kind.{kind}")
        reader.fault(UNIT, "unit_does_not_fit", value=names[unit], kind=kind_name, options=options)
    return unit


def _amount(reader: RowReader) -> int | None:
    amount = reader.money_fen(AMOUNT)
    if amount == 0:
        reader.fault(AMOUNT, "amount_is_zero")
    return amount


def _repeats(rows: Sequence[StandardRow]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = tuple(row.values[name] for name in _KEY)
        first = seen.setdefault(key, row.reader.row.row_no)
        if first != row.reader.row.row_no and not row.reader.problems:
            row.reader.fault(PAYMENT, "same_standard", first=first)


def write(session: Session, rows: Sequence[Mapping[str, Any]], *, version: CatalogVersion) -> None:
    """The amounts of a new version; those of the former stay for the classes of their time."""
    session.execute(
        insert(SubsidyStandard),
        [{"id": new_id(), "catalog_version_id": version.id, **row} for row in rows],
    )
