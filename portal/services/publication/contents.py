"""What a version says, entry by entry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    CatalogueEntry,
    CatalogVersion,
    Institution,
    InstitutionListing,
    SubsidyStandard,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.search_text import search_terms
from portal.services import publishing_institutions, publishing_programmes, publishing_standards
from portal.services.publication.forms import Form, form_of
from portal.services.search_index import insert_many, joined, subject_words

_BATCH = 1000
_INSERT = insert_many(CatalogueEntry)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its stable key, what it is called, its values by the names of the form."""

    code: str
    title: str
    columns: Mapping[str, Any]


def entry_of(kind: str, columns: Mapping[str, Any]) -> Entry:
    """The entry of some values."""
    form = form_of(kind)
    return Entry(form.code_of(columns), form.title_of(columns), columns)


def write(session: Session, version: CatalogVersion, entries: Iterable[Entry]) -> int:
    """Write the entries of a draft, in the order of the sheet; answers how many."""
    form, count, rows = form_of(version.kind), 0, []
    for entry in entries:
        count += 1
        rows.append(_row(form, version, entry, count))
        if len(rows) >= _BATCH:
            session.execute(_INSERT, rows)
            rows = []
    if rows:
        session.execute(_INSERT, rows)
    return count


def _row(form: Form, version: CatalogVersion, entry: Entry, position: int) -> dict[str, Any]:
    subject = form.subject_of(entry.columns)
    words = search_terms([entry.title, *subject_words(subject or "")])
    return {
        "id": new_id(),
        "version_id": version.id,
        "position": position,
        "code": entry.code,
        "title": entry.title,
        "subject_code": subject,
        "region_code": form.region_of(entry.columns),
        "columns": dict(entry.columns),
        "terms": joined(words),
    }


def read(session: Session, version: CatalogVersion) -> list[Entry]:
    """Every entry in its order; of a version from before there were entries, by its own table."""
    row = CatalogueEntry
    found = session.execute(
        select(row.code, row.title, row.columns)
        .where(row.version_id == version.id)
        .order_by(row.position)
    ).all()
    if found:
        return [Entry(*one) for one in found]
    derive = _DERIVED.get(version.kind)
    return [entry_of(version.kind, one) for one in derive(session, version.id)] if derive else []


def _values(kind: str, row: object) -> dict[str, Any]:
    return {
        one.name: getattr(row, one.name) for one in form_of(kind).fields if hasattr(row, one.name)
    }


def _programmes(session: Session, version_id: UUID) -> Iterable[dict[str, Any]]:
    rows = session.execute(
        select(TrainingProgramme, TrainingPlan.pack_id, TrainingPlan.plan_no)
        .join(TrainingPlan, TrainingPlan.id == TrainingProgramme.plan_id)
        .where(TrainingProgramme.catalog_version_id == version_id)
        .order_by(TrainingProgramme.code)
    )
    kind = publishing_programmes.KIND
    for row, pack, plan in rows.tuples():
        yield _values(kind, row) | {"pack": pack, "plan": plan}


def _institutions(session: Session, version_id: UUID) -> Iterable[dict[str, Any]]:
    rows = session.execute(
        select(Institution, InstitutionListing.status)
        .join(InstitutionListing, InstitutionListing.institution_id == Institution.id)
        .where(InstitutionListing.catalog_version_id == version_id)
        .order_by(Institution.uscc)
    )
    for row, status in rows.tuples():
        yield _values(publishing_institutions.KIND, row) | {"status": status}


def _standards(session: Session, version_id: UUID) -> Iterable[dict[str, Any]]:
    query = select(SubsidyStandard).where(SubsidyStandard.catalog_version_id == version_id)
    for row in session.scalars(query.order_by(SubsidyStandard.id)):
        yield _values(publishing_standards.KIND, row)


_DERIVED = {
    publishing_programmes.KIND: _programmes,
    publishing_institutions.KIND: _institutions,
    publishing_standards.KIND: _standards,
}
