"""The catalogue of training programmes (reference A1.1 C7): rows read, checked and written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CatalogVersion, TrainingPlan, TrainingProgramme
from portal.documents.sheets import Column
from portal.domain.catalogue_errors import PlanGone
from portal.policies import models
from portal.services import publishing_cells as cells
from portal.services.publishing_packs import covers
from portal.services.publishing_report import PublishProblem, of_sheet
from portal.services.publishing_sheets import CatalogueSheet, RowReader, words

KIND = "programme"
CODE, TITLE, PACK, PLAN, TYPE = "项目编号", "项目名称", "政策文件", "计划编号", "培训类型"
OCCUPATION, TOPIC, LEVEL = "职业编码", "培训主题", "等级"
HOURS, THEORY, PRACTICE = "课时", "理论", "实操"
FEE, CERTIFICATE, FILING, DESCRIPTION = "收费(元)", "证书类型", "备案状态", "说明"
COLUMNS = (
    Column(CODE, ("项目代码",)),
    Column(TITLE, ("培训项目",)),
    Column(PACK, ("政策文件编号", "政策包")),
    Column(PLAN, ("计划",)),
    Column(TYPE),
    Column(OCCUPATION, ("职业代码",), required=False),
    Column(TOPIC, ("主题",), required=False),
    Column(LEVEL, ("技能等级",), required=False),
    Column(HOURS, ("总课时", "培训课时")),
    Column(THEORY, ("理论课时",)),
    Column(PRACTICE, ("实操课时",)),
    Column(FEE, ("收费", "费用(元)")),
    Column(CERTIFICATE, ("证书",)),
    Column(FILING, ("备案", "补充目录备案"), required=False),
    Column(DESCRIPTION, ("备注", "简介"), required=False),
)
_CERTIFICATES = ("TRAINING",)
_FILINGS = ("filed", "accepted", "rejected")
# A year of full days; a longer course is a school, not a class.
_MAX_HOURS = 2000


@dataclass(slots=True)
class ProgrammeRow:
    """A row; ``pack_id`` and ``plan_no`` become the plan's id when it is written."""

    values: dict[str, object]
    pack_id: str
    plan_no: str
    reader: RowReader
    file: str


@dataclass(slots=True)
class ProgrammeRows:
    """All rows of one catalogue, the region it is for, and every fault found on the way."""

    rows: list[ProgrammeRow] = field(default_factory=list)
    problems: list[PublishProblem] = field(default_factory=list)
    region_code: str = ""


def read(sheets: Iterable[CatalogueSheet], packs: Mapping[str, models.PolicyPack]) -> ProgrammeRows:
    """Every row of the sheets of one catalogue, checked alone and against each other."""
    found = ProgrammeRows()
    codes: dict[str, int] = {}
    for sheet in sheets:
        found.region_code = found.region_code or sheet.notes.region_code or ""
        for line in sheet.table.rows:
            reader = RowReader(sheet.table, line)
            row = _row(reader, packs, sheet.file)
            code = str(row.values["code"])
            first = codes.setdefault(code, line.row_no)
            if code and first != line.row_no:
                reader.fault(CODE, "repeated", value=code, first=first)
            if row.pack_id in packs:
                _region(reader, found, packs[row.pack_id], noted=sheet.notes.region_code)
            found.rows.append(row)
    for row in found.rows:
        found.problems += [of_sheet(row.file, problem) for problem in row.reader.in_order()]
    return found


def _region(
    reader: RowReader, found: ProgrammeRows, pack: models.PolicyPack, *, noted: str | None
) -> None:
    """A catalogue is for one region: the one its sheet names, else that of its documents."""
    document = pack.document
    if noted:
        if not covers(pack, noted):
            reader.fault(PACK, "pack_not_here", value=document.id, region=noted)
        return
    found.region_code = found.region_code or document.region_code
    if document.region_code != found.region_code:
        reader.fault(
            PACK,
            "pack_regions_differ",
            value=document.id,
            region=document.region_code,
            first=found.region_code,
        )


def _row(reader: RowReader, packs: Mapping[str, models.PolicyPack], file: str) -> ProgrammeRow:
    occupation, topic = _subject(reader)
    pack_id, plan_no = reader.text(PACK), reader.text(PLAN)
    hours = reader.number(HOURS, minimum=1, maximum=_MAX_HOURS)
    theory = reader.number(THEORY, minimum=0, maximum=_MAX_HOURS)
    practice = reader.number(PRACTICE, minimum=0, maximum=_MAX_HOURS)
    _plan(reader, packs, pack_id, plan_no, hours)
    if hours is not None and theory is not None and practice is not None:
        total = theory + practice
        if total != hours:
            sums = {"theory": theory, "practice": practice, "total": total, "hours": hours}
            reader.fault(HOURS, "parts_do_not_add_up", **sums)
    values: dict[str, object] = {
        "code": reader.text(CODE, limit=60),
        "title": reader.text(TITLE, limit=100),
        "training_type": cells.training_type(reader, TYPE),
        "occupation_code": occupation,
        "topic_code": topic,
        "level": cells.level(reader, LEVEL, has_topic=topic is not None),
        "planned_hours": hours,
        "theory_hours": theory,
        "practice_hours": practice,
        "fee_fen": reader.money_fen(FEE),
        "certificate_kind": reader.choice(CERTIFICATE, words("certificate.kind", _CERTIFICATES)),
        "filing": _filing(reader),
        "description": reader.text(DESCRIPTION, required=False, limit=1000),
    }
    return ProgrammeRow(values, pack_id, plan_no, reader, file)


def _filing(reader: RowReader) -> str | None:
    """How a trade of a local supplement stands with the province; None for the base catalogue."""
    if not reader.text(FILING, required=False, limit=20):
        return None
    return reader.choice(FILING, words("catalogue.filing", _FILINGS)) or None


def _subject(reader: RowReader) -> tuple[str | None, str | None]:
    """Occupation or topic, exactly one: what has no code never gets an invented one (B3)."""
    occupation, topic = cells.subject(reader, OCCUPATION, TOPIC)
    if not occupation and not topic:
        reader.fault(OCCUPATION, "one_subject")
    return occupation or None, topic or None


def _plan(
    reader: RowReader,
    packs: Mapping[str, models.PolicyPack],
    pack_id: str,
    plan_no: str,
    hours: int | None,
) -> None:
    """The plan exists, may be enrolled in, and its least hours are kept (R20 to R22)."""
    if not pack_id or not plan_no:
        return
    if pack_id not in packs:
        reader.fault(PACK, "unknown_pack", value=pack_id[:60])
        return
    plan = next((plan for plan in packs[pack_id].plans if plan.plan_no == plan_no), None)
    if plan is None:
        reader.fault(PLAN, "unknown_plan", pack=pack_id, value=plan_no[:30])
    elif not plan.bookable:
        reader.fault(PLAN, "plan_not_bookable", value=plan_no, name=plan.name)
    elif hours is not None and plan.min_hours and hours < plan.min_hours:
        reader.fault(
            HOURS,
            "below_plan_hours",
            hours=hours,
            plan=plan_no,
            name=plan.name,
            minimum=plan.min_hours,
            clause=plan.clause,
        )


def write(session: Session, rows: Sequence[Mapping[str, Any]], *, version: CatalogVersion) -> None:
    """The programmes of a new version; those of the former stay with their classes.

    ``rows`` are the values of ``ProgrammeRow`` with ``pack`` and ``plan``. Raises PlanGone.
    """
    plans: dict[tuple[str, str], UUID] = {
        (pack_id, plan_no): plan_id
        for pack_id, plan_no, plan_id in session.execute(
            select(TrainingPlan.pack_id, TrainingPlan.plan_no, TrainingPlan.id)
        )
    }
    session.execute(
        insert(TrainingProgramme),
        [
            {
                "id": new_id(),
                "catalog_version_id": version.id,
                "plan_id": _plan_id(plans, row),
                **{name: value for name, value in row.items() if name not in ("pack", "plan")},
            }
            for row in rows
        ],
    )


def _plan_id(plans: Mapping[tuple[str, str], UUID], row: Mapping[str, Any]) -> UUID:
    found = plans.get((row["pack"], row["plan"]))
    if found is None:
        raise PlanGone(pack=row["pack"], plan=row["plan"], code=row["code"])
    return found
