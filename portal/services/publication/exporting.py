"""A published version as a file: CSV, XLSX or JSON, the same bytes for the same version."""

import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.documents.plain_cells import csv_bytes
from portal.documents.plain_workbook import workbook
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.publication import browsing, contents
from portal.services.publication.contents import Entry
from portal.services.publication.forms import Form, reading_form

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to download."""

    content: bytes
    media_type: str
    file_name: str


def export(
    session: Session, actor: Actor, *, kind: str, region_code: str, number: int, suffix: str
) -> Exported:
    """A version that was published, in force or not, for everybody.

    Office files have the columns of the sheet, so that they can be imported again; JSON has the
    codes behind the words. Raises NotFound.
    """
    if suffix not in _TYPES:
        raise NotFound
    version = browsing.public_version(session, kind, region_code, number)
    form, entries = reading_form(kind), contents.read(session, version)
    name = f"{kind}-{region_code}-v{number}.{suffix}"
    return Exported(_WRITERS[suffix](form, version, entries), _TYPES[suffix], name)


def _rows(form: Form, entries: list[Entry]) -> list[list[str]]:
    header = [column.name for column in form.columns]
    return [header, *([text for _, text in form.shown(one.columns)] for one in entries)]


def _csv(form: Form, version: CatalogVersion, entries: list[Entry]) -> bytes:
    return csv_bytes(_rows(form, entries))


def _xlsx(form: Form, version: CatalogVersion, entries: list[Entry]) -> bytes:
    """What it is stands above the header, as ``portal publish`` reads it."""
    notes = (
        ("kind", form.name),
        ("region", version.region_code),
        ("doc_no", version.doc_no),
        ("effective_from", version.effective_from.isoformat()),
    )
    above = [[f"{t(f'publishing.note.{key}')}：{text}"] for key, text in notes if text]
    return workbook(form.name, [*above, *_rows(form, entries)])


def _json(form: Form, version: CatalogVersion, entries: list[Entry]) -> bytes:
    told = {
        "kind": version.kind,
        "region_code": version.region_code,
        "version": version.version_no,
        "status": version.status,
        "doc_no": version.doc_no,
        "effective_from": version.effective_from.isoformat(),
        "effective_to": version.effective_to.isoformat() if version.effective_to else None,
        "labels": {one.name: one.column.name for one in form.fields},
        "entries": [{"key": one.code, **dict(one.columns)} for one in entries],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_WRITERS = {"csv": _csv, "xlsx": _xlsx, "json": _json}
