"""Catalogue sheets become versions: one a kind and region, the former one superseded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CatalogVersion
from portal.documents.sheets import SheetProblem
from portal.documents.signature import canonical
from portal.locale import t
from portal.policies.models import PolicyPack
from portal.services import (
    publishing_institutions,
    publishing_programmes,
    publishing_standards,
)
from portal.services.publishing_institutions import InstitutionRow
from portal.services.publishing_programmes import ProgrammeRow
from portal.services.publishing_report import Published, PublishProblem, of_file, of_sheet
from portal.services.publishing_sheets import CatalogueSheet
from portal.services.publishing_standards import StandardRow

LAYOUTS = {
    publishing_institutions.KIND: publishing_institutions.COLUMNS,
    publishing_programmes.KIND: publishing_programmes.COLUMNS,
    publishing_standards.KIND: publishing_standards.COLUMNS,
}


@dataclass(slots=True)
class Catalogue:
    """The rows of one new version, whichever sheets they came from."""

    kind: str
    sheets: Sequence[CatalogueSheet]
    region_code: str = ""
    institutions: list[InstitutionRow] = field(default_factory=list)
    programmes: list[ProgrammeRow] = field(default_factory=list)
    standards: list[StandardRow] = field(default_factory=list)
    problems: list[PublishProblem] = field(default_factory=list)

    @property
    def doc_no(self) -> str:
        """The document number above the header of the first sheet that has one."""
        return next((s.notes.doc_no for s in self.sheets if s.notes.doc_no), "")

    @property
    def starts_on(self) -> date | None:
        """The day from which it applies, if a sheet names one."""
        dates = (sheet.notes.effective_from for sheet in self.sheets)
        return next((day for day in dates if day), None)

    @property
    def row_count(self) -> int:
        return len(self.institutions) + len(self.programmes) + len(self.standards)

    @property
    def content_hash(self) -> str:
        """What it says; the order of rows says nothing."""
        rows: list[dict[str, Any]] = [{**r.values, "status": r.status} for r in self.institutions]
        rows += [{**r.values, "pack": r.pack_id, "plan": r.plan_no} for r in self.programmes]
        rows += [row.values for row in self.standards]
        keyed = sorted(canonical(row).decode() for row in rows)
        noted = self.starts_on.isoformat() if self.starts_on else None
        content = {"doc_no": self.doc_no, "starts_on": noted, "rows": keyed}
        return hashlib.sha256(canonical(content)).hexdigest()


def assemble(
    session: Session, sheets: Sequence[CatalogueSheet], packs: Mapping[str, PolicyPack]
) -> list[Catalogue]:
    """The sheets as catalogues, each with every fault of its rows."""
    groups: dict[tuple[str, str], list[CatalogueSheet]] = {}
    for sheet in sheets:
        # Sheets that name no region belong together when they lie in one file.
        groups.setdefault((sheet.kind, sheet.notes.region_code or sheet.file), []).append(sheet)
    made: list[Catalogue] = []
    first: dict[tuple[str, str], str] = {}
    for (kind, _), group in groups.items():
        one = Catalogue(kind, group)
        _fill(session, one, packs)
        if not one.problems:
            file = group[0].file
            other = first.setdefault((kind, one.region_code), file)
            one.problems += _twice(one, other) if other != file else _too_early(session, one)
        made.append(one)
    return made


def _fill(session: Session, one: Catalogue, packs: Mapping[str, PolicyPack]) -> None:
    if one.kind == publishing_programmes.KIND:
        programmes = publishing_programmes.read(one.sheets, packs)
        one.programmes, one.problems = programmes.rows, programmes.problems
        one.region_code = programmes.region_code
        return
    if one.kind == publishing_standards.KIND:
        standards = publishing_standards.read(one.sheets)
        one.standards, one.problems = standards.rows, standards.problems
        one.region_code = standards.region_code
        return
    institutions = publishing_institutions.read(session, one.sheets)
    one.institutions, one.problems = institutions.rows, institutions.problems
    if not one.problems:
        noted = one.sheets[0].notes.region_code
        one.region_code = publishing_institutions.region_of(one.institutions, noted)


def _twice(one: Catalogue, other: str) -> list[PublishProblem]:
    kind = t(f"publishing.catalogue.{one.kind}")
    why = "publishing.fault.same_region_twice"
    return [of_file(one.sheets[0].file, why, kind=kind, region=one.region_code, first=other)]


def _too_early(session: Session, one: Catalogue) -> list[PublishProblem]:
    """A version cannot apply from before the one that it replaces."""
    former = in_force(session, one.kind, one.region_code)
    if former is None or one.starts_on is None or one.starts_on >= former.effective_from:
        return []
    sheet = one.sheets[0]
    problem = SheetProblem(
        sheet.table.sheet,
        0,
        t("publishing.note.effective_from"),
        "publishing.fault.effective_too_early",
        {"value": one.starts_on, "current": former.effective_from},
    )
    return [of_sheet(sheet.file, problem)]


def in_force(session: Session, kind: str, region_code: str) -> CatalogVersion | None:
    """The published version of a kind in a region."""
    return session.scalar(
        select(CatalogVersion).where(
            CatalogVersion.kind == kind,
            CatalogVersion.region_code == region_code,
            CatalogVersion.status == "published",
        )
    )


def put_in_force(
    session: Session,
    one: Catalogue,
    *,
    published_by: UUID | None,
    today: date,
    now: datetime,
    dry_run: bool,
) -> Published:
    """Write a catalogue as the version in force; the same content again changes nothing."""
    former = in_force(session, one.kind, one.region_code)
    outcome = "changed" if former else "new"
    if former and former.content_hash == one.content_hash:
        outcome = "unchanged"
    if outcome != "unchanged" and not dry_run:
        version = _version(session, one, former, published_by=published_by, today=today, now=now)
        _write_rows(session, one, version, former, now)
    name = t(f"publishing.catalogue.{one.kind}")
    return Published(one.kind, name, one.region_code, outcome, one.row_count)


def _write_rows(
    session: Session,
    one: Catalogue,
    version: CatalogVersion,
    former: CatalogVersion | None,
    now: datetime,
) -> None:
    if one.institutions:
        ended = former.id if former else None
        publishing_institutions.write(
            session, one.institutions, version=version, former=ended, now=now
        )
    elif one.standards:
        publishing_standards.write(session, one.standards, version=version)
    else:
        publishing_programmes.write(session, one.programmes, version=version)


def _version(
    session: Session,
    one: Catalogue,
    former: CatalogVersion | None,
    *,
    published_by: UUID | None,
    today: date,
    now: datetime,
) -> CatalogVersion:
    starts_on = one.starts_on or max(today, former.effective_from if former else today)
    if former is not None:
        former.status = "superseded"
        former.effective_to = starts_on - timedelta(days=1)
        session.flush()
    last = session.scalar(
        select(func.max(CatalogVersion.version_no)).where(
            CatalogVersion.kind == one.kind, CatalogVersion.region_code == one.region_code
        )
    )
    version = CatalogVersion(
        id=new_id(),
        kind=one.kind,
        region_code=one.region_code,
        version_no=(last or 0) + 1,
        status="published",
        doc_no=one.doc_no,
        source_name="、".join(dict.fromkeys(sheet.file for sheet in one.sheets)),
        content_hash=one.content_hash,
        row_count=one.row_count,
        effective_from=starts_on,
        published_at=now,
        published_by=published_by,
    )
    session.add(version)
    session.flush()
    return version
