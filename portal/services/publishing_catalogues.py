"""Catalogue sheets become versions: one a kind and region, the former one superseded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.documents.sheets import SheetProblem
from portal.locale import t
from portal.policies.models import PolicyPack
from portal.services import (
    publishing_institutions,
    publishing_programmes,
    publishing_standards,
)
from portal.services.publication import contents, life, rows, versions
from portal.services.publication.contents import Entry
from portal.services.publication.forms import FORMS, form_of
from portal.services.publishing_institutions import InstitutionRow
from portal.services.publishing_programmes import ProgrammeRow
from portal.services.publishing_report import Published, PublishProblem, of_file, of_sheet
from portal.services.publishing_sheets import CatalogueSheet
from portal.services.publishing_standards import StandardRow

# A sheet of the other kinds says which it is above its header: their columns are too alike.
LAYOUTS = {kind: form.columns for kind, form in FORMS.items()}


@dataclass(slots=True)
class Catalogue:
    """The rows of one new version, whichever sheets they came from."""

    kind: str
    sheets: Sequence[CatalogueSheet]
    region_code: str = ""
    institutions: list[InstitutionRow] = field(default_factory=list)
    programmes: list[ProgrammeRow] = field(default_factory=list)
    standards: list[StandardRow] = field(default_factory=list)
    others: list[Entry] = field(default_factory=list)
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
    def entries(self) -> list[Entry]:
        """The rows as what the version will say; only without problems."""
        found: list[dict[str, Any]] = [{**r.values, "status": r.status} for r in self.institutions]
        found += [{**r.values, "pack": r.pack_id, "plan": r.plan_no} for r in self.programmes]
        found += [row.values for row in self.standards]
        return self.others + [contents.entry_of(self.kind, row) for row in found]


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
        fill(session, one, packs)
        if not one.problems:
            file = group[0].file
            other = first.setdefault((kind, one.region_code), file)
            one.problems += _twice(one, other) if other != file else _too_early(session, one)
        made.append(one)
    return made


def fill(session: Session, one: Catalogue, packs: Mapping[str, PolicyPack]) -> None:
    """Read the rows of a catalogue, with every fault."""
    if not form_of(one.kind).has_table:
        found = rows.read(form_of(one.kind), one.sheets)
        one.others, one.problems = found.entries, found.problems
        one.region_code = found.region_code
        return
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
    former = versions.in_force(session, one.kind, one.region_code)
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


def put_in_force(
    session: Session,
    one: Catalogue,
    *,
    published_by: UUID | None,
    today: date,
    now: datetime,
    dry_run: bool,
) -> Published:
    """Publish a catalogue, for today or its day; the same content again changes nothing.

    Raises AlreadyScheduled when another version waits for its day, too.
    """
    entries = one.entries
    known = (
        versions.in_force(session, one.kind, one.region_code),
        versions.scheduled(session, one.kind, one.region_code),
    )
    outcome = "changed" if any(known) else "new"
    wanted = versions.hash_of(entries)
    for former in known:
        if former is not None and _is_same(session, one, former, wanted):
            outcome = "unchanged"
    if outcome != "unchanged" and not dry_run:
        current = known[0]
        earliest = max(today, current.effective_from) if current else today
        version = versions.create_draft(
            session,
            kind=one.kind,
            region_code=one.region_code,
            entries=entries,
            doc_no=one.doc_no,
            source_name="、".join(dict.fromkeys(sheet.file for sheet in one.sheets)),
            effective_from=one.starts_on or earliest,
        )
        life.bring_out(
            session,
            version,
            effective_from=version.effective_from,
            published_by=published_by,
            now=now,
        )
    name = form_of(one.kind).name
    return Published(one.kind, name, one.region_code, outcome, len(entries))


def _is_same(session: Session, one: Catalogue, former: CatalogVersion, wanted: str) -> bool:
    if one.starts_on is not None and one.starts_on != former.effective_from:
        return False
    return versions.says_the_same(session, former, content_hash=wanted, doc_no=one.doc_no)
