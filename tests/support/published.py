"""Catalogues in force for tests: entries of any kind, published at a fixed moment."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.services.publication import contents, life, versions
from portal.services.times import day_of
from tests.support import factories as make

DOC = "吐人社发〔2026〕1号"
_ROWS: dict[str, dict[str, Any]] = {
    "programme": {
        "code": "T-01",
        "title": "电工(五级)",
        "pack": "turpan-2019",
        "plan": "11",
        "training_type": "ON_JOB_UP",
        "occupation_code": "6-31-01-03",
        "topic_code": None,
        "level": 2,
        "planned_hours": 80,
        "theory_hours": 30,
        "practice_hours": 50,
        "fee_fen": 0,
        "certificate_kind": "TRAINING",
        "filing": None,
        "description": "",
    },
    "subsidy_standard": {
        "region_code": "650400",
        "training_type": "ON_JOB_UP",
        "occupation_code": "6-31-01-03",
        "topic_code": None,
        "level": 2,
        "kind": "vocational_subsidy",
        "unit": "person",
        "amount_fen": 120_000,
        "fund": "就业补助资金",
        "note": "",
    },
    "institution": {
        "uscc": "91990000MA00000012",
        "name": "示例高昌职业培训学校",
        "kind": "PRIVATE_INST",
        "ownership": "private",
        "license_no": "示例0001",
        "region_code": "650402",
        "address": "高昌区示例路1号",
        "contact_phone": "0995-0000001",
        "scope": ["电工"],
        "status": "listed",
        "description": "",
    },
    "shortage_occupation": {
        "occupation_code": "6-31-01-03",
        "name": "电工",
        "grade": "scarce",
        "industry": "",
        "wanted": 20,
        "note": "",
    },
    "qualification": {
        "name": "焊工",
        "category": "level",
        "personnel": "skilled",
        "department": "人力资源社会保障部门",
        "basis": "示例",
        "occupation_code": "6-18-02-04",
        "note": "",
    },
    "assessment_body": {
        "uscc": "91990000MA00000020",
        "name": "示例评价中心",
        "evaluation": "skill_level",
        "trade": "电工",
        "occupation_code": "6-31-01-03",
        "levels": [2, 3],
        "batch": None,
        "listed_on": None,
        "valid_until": None,
        "region_code": "650400",
        "phone": "",
    },
    "special_skill": {
        "number": "ZX-01",
        "name": "馕制作",
        "purpose": "heritage",
        "hours": 16,
        "developer": "",
        "issued_on": None,
        "note": "",
    },
    "competition": {
        "number": "JS-01",
        "name": "示例职业技能大赛",
        "grade": "prefecture_1",
        "year": 2026,
        "host": "示例人力资源和社会保障局",
        "trade": "电工",
        "occupation_code": "6-31-01-03",
        "held_on": None,
        "place": "",
        "note": "",
    },
}


def rows_of(kind: str) -> dict[str, Any]:
    """A usual entry of a kind."""
    return dict(_ROWS[kind])


def published(
    session: Session,
    kind: str,
    *rows: dict[str, Any],
    region: str = "650400",
    doc_no: str = DOC,
    day: date | None = None,
) -> CatalogVersion:
    """A version in force; each row changes a usual entry of its kind. One row where none is given.

    Where a version is in force it takes its place, from ``day``, as a rule today.
    """
    base = _ROWS[kind]
    starts_on = day or day_of(make.NOW)
    version = versions.create_draft(
        session,
        kind=kind,
        region_code=region,
        entries=[contents.entry_of(kind, base | row) for row in rows or ({},)],
        doc_no=doc_no,
        source_name="目录.xlsx",
        effective_from=starts_on,
    )
    life.bring_out(session, version, effective_from=starts_on, published_by=None, now=make.NOW)
    return version
