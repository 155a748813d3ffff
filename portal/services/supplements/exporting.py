"""A region's supplements as a file: every entry that an officer sees, with its last filing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import SupplementEntry
from portal.documents.plain_cells import csv_bytes
from portal.documents.plain_workbook import workbook
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services.claims.texts import yuan
from portal.services.supplements import desks, views
from portal.services.supplements.views import EntryView
from portal.services.times import date_text, day_of

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
SUFFIXES = tuple(_TYPES)
# More than a province has; whoever has more is told by the count of rows.
_MOST = 5000


@dataclass(frozen=True, slots=True)
class ExportedSupplements:
    """A file to download."""

    content: bytes
    media_type: str
    file_name: str


def export(session: Session, actor: Actor, *, suffix: str, now: datetime) -> ExportedSupplements:
    """The entries in the actor's sight by region and code, whatever their state.

    Raises Forbidden, NotFound (suffix).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    if suffix not in _TYPES:
        raise NotFound
    row = SupplementEntry
    query = select(row).where(desks.in_sight(actor)).order_by(row.region_code, row.code, row.id)
    entries = views.views_of(session, actor, session.scalars(query.limit(_MOST)).all(), now)
    lines = [_line(one) for one in entries]
    name = f"supplements-{desks.the_region(actor)}-{day_of(now).isoformat()}.{suffix}"
    return ExportedSupplements(_WRITERS[suffix](lines), _TYPES[suffix], name)


def _line(one: EntryView) -> dict[str, str]:
    """An entry in words, by the names of its columns."""
    last, after = one.filings[0] if one.filings else None, one.after
    state = "covered" if after.above else one.state
    return {
        "region": one.region_name,
        "code": one.code,
        "title": one.title,
        "subject": f"{one.subject_name} {one.subject}",
        "level": one.level_name,
        "training_type": one.training_type_name,
        "plan": one.plan_name,
        "theory_hours": str(one.theory_hours),
        "practice_hours": str(one.practice_hours),
        "fee": yuan(one.fee_fen),
        "why": one.why,
        "description": one.description,
        "state": t(f"supplements.state.{state}"),
        "doc_no": last.doc_no if last else "",
        "filed_on": date_text(day_of(last.filed_at)) if last else "",
        "answered_on": date_text(day_of(last.decided_at)) if last and last.decided_at else "",
        "answer": last.answer if last else "",
        "ended_on": date_text(day_of(after.ended_at)) if after.ended_at else "",
        "ended_doc": after.ended_doc,
        "ended_reason": after.ended_reason,
    }


def _rows(lines: Sequence[dict[str, str]]) -> list[list[str]]:
    return [[t(f"supplements.column.{name}") for name in _COLUMNS]] + [
        [line[name] for name in _COLUMNS] for line in lines
    ]


def _csv(lines: Sequence[dict[str, str]]) -> bytes:
    return csv_bytes(_rows(lines))


def _xlsx(lines: Sequence[dict[str, str]]) -> bytes:
    return workbook(t("public_catalogues.kind.supplement"), _rows(lines))


def _json(lines: Sequence[dict[str, str]]) -> bytes:
    labels = {name: t(f"supplements.column.{name}") for name in _COLUMNS}
    told = {"labels": labels, "entries": list(lines)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_COLUMNS = (
    *("region", "code", "title", "subject", "level", "training_type", "plan"),
    *("theory_hours", "practice_hours", "fee", "why", "description", "state"),
    *("doc_no", "filed_on", "answered_on", "answer", "ended_on", "ended_doc", "ended_reason"),
)
_WRITERS = {"csv": _csv, "xlsx": _xlsx, "json": _json}
