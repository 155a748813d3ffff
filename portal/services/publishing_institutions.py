"""The catalogue of training institutions (reference A1.1 C4): rows read, checked and written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from portal.db.ids import new_id
from portal.db.models import CatalogVersion, Institution, InstitutionListing
from portal.documents.sheets import Column
from portal.domain.catalogue_errors import NameTaken
from portal.policies.reference import NATIONAL, ancestors
from portal.services import search_index
from portal.services.listings import catalogue as standing
from portal.services.publishing_report import PublishProblem, of_sheet
from portal.services.publishing_sheets import (
    CatalogueSheet,
    RowReader,
    narrowest_region,
    words,
)

KIND = "institution"
USCC, NAME, KIND_OF, OWNERSHIP = "统一社会信用代码", "机构名称", "机构类别", "办学性质"
LICENSE, REGION, ADDRESS, PHONE, SCOPE = "许可证号", "行政区划代码", "地址", "联系电话", "培训范围"
STATUS, DESCRIPTION = "目录状态", "简介"
COLUMNS = (
    Column(USCC, ("信用代码", "USCC")),
    Column(NAME, ("名称", "单位名称")),
    Column(KIND_OF, ("机构类型",)),
    Column(OWNERSHIP, ("性质", "举办性质")),
    Column(LICENSE, ("办学许可证号",), required=False),
    Column(REGION, ("区划代码", "行政区划")),
    Column(ADDRESS, ("办学地址",)),
    Column(PHONE, ("电话",)),
    Column(SCOPE, ("培训工种", "培训职业")),
    Column(STATUS, required=False),
    Column(DESCRIPTION, ("机构简介",), required=False),
)
_KINDS = (
    *("VOC_SCHOOL", "TECH_SCHOOL", "PRIVATE_INST", "ONLINE_PLATFORM", "PUBLIC_BASE"),
    *("HIGH_SKILL_BASE", "ENT_CENTER", "MASTER_STUDIO", "STARTUP_STUDIO", "INDUSTRY_ASSOC"),
    "COOP_FARM",
)
_INSERT = search_index.insert_many(Institution)
_PHONE = re.compile(r"[0-9+()\- ]{5,30}")
_SEPARATORS = re.compile(r"[\u3001\uff0c\uff1b,;/|\n]+")


@dataclass(slots=True)
class InstitutionRow:
    """A row without fault; ``place`` says where it stands for the checks across rows."""

    values: dict[str, object]
    status: str
    reader: RowReader
    file: str

    @property
    def uscc(self) -> str:
        return str(self.values["uscc"])

    @property
    def region_code(self) -> str:
        return str(self.values["region_code"])


@dataclass(slots=True)
class InstitutionRows:
    """All rows of one publication, and every fault found on the way."""

    rows: list[InstitutionRow] = field(default_factory=list)
    problems: list[PublishProblem] = field(default_factory=list)


def read(session: Session, sheets: Iterable[CatalogueSheet]) -> InstitutionRows:
    """Every row of the sheets, checked alone, against each other and against the database."""
    found = InstitutionRows()
    seen: dict[tuple[str, str], int] = {}
    for sheet in sheets:
        for line in sheet.table.rows:
            reader = RowReader(sheet.table, line)
            row = _row(reader, sheet.file)
            _repeats(row, seen)
            if sheet.notes.region_code and row.region_code:
                _inside(reader, row.region_code, sheet.notes.region_code)
            found.rows.append(row)
    _names_taken(session, found.rows)
    _not_removed(session, found.rows)
    for row in found.rows:
        found.problems += [of_sheet(row.file, problem) for problem in row.reader.in_order()]
    return found


def _row(reader: RowReader, file: str) -> InstitutionRow:
    values: dict[str, object] = {
        "uscc": read_uscc(reader, USCC),
        "name": reader.text(NAME, limit=100),
        "kind": reader.choice(KIND_OF, words("institutions.kind", _KINDS)),
        "ownership": reader.choice(OWNERSHIP, words("institutions", ("public", "private"))),
        "license_no": reader.text(LICENSE, required=False, limit=60),
        "region_code": reader.region(REGION),
        "address": reader.text(ADDRESS, limit=200),
        "contact_phone": read_phone(reader, PHONE),
        "scope": [word for word in _SEPARATORS.split(reader.text(SCOPE)) if word.strip()],
        "description": reader.text(DESCRIPTION, required=False, limit=1000),
    }
    options = words("publishing.listing", ("listed", "warning", "suspended", "removed"))
    status = reader.choice(STATUS, options, default="listed")
    return InstitutionRow(values, status or "listed", reader, file)


def read_uscc(reader: RowReader, column: str) -> str:
    """The code without separators (GB 32100), its check character right; empty after a fault."""
    value = uscc.compact(reader.text(column, limit=60))
    if not value:
        return ""
    try:
        return str(uscc.validate(value))
    except InvalidLength:
        reader.fault(column, "uscc_length", length=len(value))
    except InvalidChecksum:
        reader.fault(column, "uscc_checksum")
    except ValidationError:
        reader.fault(column, "uscc_format")
    return ""


def read_phone(reader: RowReader, column: str) -> str:
    """A telephone number as it is written."""
    value = reader.text(column, limit=60)
    if value and not _PHONE.fullmatch(value):
        reader.fault(column, "phone", value=value[:30])
    return value


def _repeats(row: InstitutionRow, seen: dict[tuple[str, str], int]) -> None:
    for column, key in ((USCC, "uscc"), (NAME, "name")):
        value = str(row.values[key])
        if not value:
            continue
        first = seen.setdefault((key, value), row.reader.row.row_no)
        if first != row.reader.row.row_no:
            row.reader.fault(column, "repeated", value=value, first=first)


def _inside(reader: RowReader, region_code: str, wanted: str) -> None:
    if wanted not in (NATIONAL, *ancestors(region_code)):
        reader.fault(REGION, "outside_region", value=region_code, region=wanted)


def _names_taken(session: Session, rows: Sequence[InstitutionRow]) -> None:
    """A name that belongs to an institution outside these rows cannot be had."""
    ours = {row.uscc for row in rows}
    names = [str(row.values["name"]) for row in rows]
    query = select(Institution.name, Institution.uscc).where(Institution.name.in_(names))
    owners = dict(session.execute(query).tuples().all())
    for row in rows:
        owner = owners.get(str(row.values["name"]))
        if owner and owner not in ours:
            row.reader.fault(NAME, "name_taken", value=row.values["name"], uscc=owner)


def _not_removed(session: Session, rows: Sequence[InstitutionRow]) -> None:
    """A sheet brings nobody back who was removed: that takes an application and a decision."""
    gone = standing.removed(session, [row.uscc for row in rows])
    for row in rows:
        found = gone.get(row.uscc)
        if found is None or row.status == "removed":
            continue
        if found.ban_until is None:
            row.reader.fault(USCC, "removed_institution", document=found.document)
        else:
            words = {"until": found.ban_until.isoformat(), "document": found.document}
            row.reader.fault(USCC, "banned_institution", **words)


def region_of(rows: Sequence[InstitutionRow], noted: str | None) -> str:
    """The region of a catalogue: the one its sheet names, else the narrowest that holds all."""
    return noted or narrowest_region([row.region_code for row in rows])


def write(
    session: Session,
    rows: Sequence[Mapping[str, Any]],
    *,
    version: CatalogVersion,
    former: UUID | None,
    now: datetime,
) -> None:
    """Bring institutions up to date and list them in the new version; the former list ends.

    ``rows`` are the values of ``InstitutionRow`` with their ``status``. Raises NameTaken.
    """
    ids = _upsert(session, rows, now)
    if former is not None:
        end_listings(session, former, version.effective_from)
    held = standing.held(session, ids.values(), on=version.effective_from)
    session.execute(
        insert(InstitutionListing),
        [
            {
                "id": new_id(),
                "institution_id": ids[row["uscc"]],
                "catalog_version_id": version.id,
                "status": _worse(row["status"], held.get(ids[row["uscc"]])),
                "effective_from": version.effective_from,
                "effective_to": None,
                "decision_doc": version.doc_no,
            }
            for row in rows
        ],
    )


# What an institution is found by.
_SEARCHED = ("name", "kind", "region_code", "scope")


def _worse(said: str, kept: str | None) -> str:
    """What a sheet says of an institution that is suspended or removed only ever adds to it."""
    return kept if kept is not None and said != "removed" else said


def _upsert(session: Session, rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, UUID]:
    """Write what is new or different; of thousands in a list most stay as they are."""
    codes = [row["uscc"] for row in rows]
    _still_free(session, rows, codes)
    query = select(Institution).where(Institution.uscc.in_(codes))
    known = {one.uscc: one for one in session.scalars(query)}
    own = [name for name in rows[0] if name != "status"]
    fresh = [row for row in rows if row["uscc"] not in known]
    other = [
        row
        for row in rows
        if row["uscc"] in known and any(getattr(known[row["uscc"]], n) != row[n] for n in own)
    ]
    searched = [
        known[row["uscc"]].id
        for row in other
        if any(getattr(known[row["uscc"]], name) != row[name] for name in _SEARCHED)
    ]
    # Names are unique, and two institutions may swap theirs in one sheet.
    for row in other:
        if known[row["uscc"]].name != row["name"]:
            known[row["uscc"]].name = row["uscc"]
    session.flush()
    for row in other:
        for name in own:
            setattr(known[row["uscc"]], name, row[name])
    session.flush()
    ids = {code: one.id for code, one in known.items()}
    if fresh:
        made = [_fresh(row, own, now) for row in fresh]
        session.execute(_INSERT, made)
        ids |= {one["uscc"]: one["id"] for one in made}
    search_index.reindex_institutions(session, searched)
    return ids


def _fresh(row: Mapping[str, Any], own: Sequence[str], now: datetime) -> dict[str, Any]:
    terms = search_index.terms_for_institution(
        **{name: row[name] for name in _SEARCHED},
    )
    return {
        "id": new_id(),
        "terms": search_index.joined(terms),
        "created_at": now,
        **{name: row[name] for name in own},
    }


def _still_free(session: Session, rows: Sequence[Mapping[str, Any]], codes: Sequence[str]) -> None:
    """Between the check and the day it comes into force somebody else may have taken a name."""
    names = [row["name"] for row in rows]
    query = select(Institution.name).where(
        Institution.name.in_(names), Institution.uscc.not_in(codes)
    )
    taken = session.scalar(query.limit(1))
    if taken is not None:
        raise NameTaken(name=taken)


def end_listings(session: Session, former: UUID, effective_from: date) -> None:
    """The list of a version ends the day before."""
    session.execute(
        update(InstitutionListing)
        .where(
            InstitutionListing.catalog_version_id == former,
            InstitutionListing.effective_to.is_(None),
        )
        .values(effective_to=effective_from - timedelta(days=1))
    )
    standing.end_decided(session, former, last_day=effective_from - timedelta(days=1))
