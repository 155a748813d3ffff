"""Looking into a sheet and checking its rows, in the background.

Reading takes no transaction; what is found is written in short ones, so that the officer sees how
far it is. Rows are held as text, at most as many as ``documents.sheet_files`` lets in.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, overload
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.db.models import CatalogueImport, CatalogueMapping
from portal.documents import office_tables
from portal.documents.sheets import (
    Sheet,
    SheetError,
    SheetProblem,
    SheetRow,
    Table,
    read_sheets,
)
from portal.domain.permissions import Actor, Permission
from portal.services import publishing_catalogues
from portal.services.publication import versions
from portal.services.publication.contents import Entry
from portal.services.publication.forms import form_of
from portal.services.publishing_packs import known_packs
from portal.services.publishing_report import PublishProblem, of_sheet
from portal.services.publishing_sheets import CatalogueSheet, Notes, notes_of
from portal.services.times import day_of

# More faults than that are one fault: the wrong column was copied.
_KEPT = 300
_STEP = 250
# Sheets that nobody turned into a draft go after a month.
KEPT_FOR = timedelta(days=30)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What the background needs to know of an import."""

    import_id: UUID
    kind: str
    region_code: str
    file_name: str
    content: bytes
    sheets: Sequence[dict[str, Any]]
    with_hidden: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What came of checking: the entries, or every fault; what was left out."""

    entries: Sequence[Entry]
    problems: Sequence[PublishProblem]
    left_out: Sequence[PublishProblem]
    total: int
    doc_no: str = ""
    effective_from: date | None = None


class _Watched(Sequence[SheetRow]):
    """Rows that tell how many of them were read."""

    def __init__(self, rows: Sequence[SheetRow], before: int, tell: Progress) -> None:
        self._rows, self._before, self._tell = rows, before, tell

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> SheetRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SheetRow]: ...
    def __getitem__(self, index: int | slice) -> SheetRow | Sequence[SheetRow]:
        return self._rows[index]

    def __iter__(self) -> Iterator[SheetRow]:
        for number, row in enumerate(self._rows, self._before):
            if number % _STEP == 0:
                self._tell(number)
            yield row


def take(session: Session, actor: Actor, *, import_id: UUID, state: str) -> Order | None:
    """An import that waits in a state for the background; None when it does not any more."""
    actor.require(Permission.RUN_TASKS)
    row = session.get(CatalogueImport, import_id)
    if row is None or not row.working or row.state != state or row.content is None:
        return None
    return Order(
        row.id, row.kind, row.region_code, row.file_name, row.content, row.sheets, row.with_hidden
    )


def open_file(order: Order) -> tuple[list[Sheet], list[PublishProblem]]:
    """The sheets of the file, or why it cannot be read."""
    try:
        return read_sheets(order.file_name, order.content), []
    except SheetError as error:
        return [], [of_sheet(order.file_name, one) for one in error.problems]


def note_sheets(session: Session, actor: Actor, *, order: Order, sheets: Sequence[Sheet]) -> None:
    """Write down which sheets and headings there are, with the mapping that is remembered, or
    the one that the headings suggest."""
    actor.require(Permission.RUN_TASKS)
    columns = form_of(order.kind).columns
    told: list[dict[str, Any]] = []
    for sheet in sheets:
        head = office_tables.find_head(sheet, columns)
        if head is None:
            continue
        known = session.get(CatalogueMapping, (order.region_code, order.kind, head.key))
        mapping = dict(known.columns) if known else office_tables.suggest(head, columns)
        below = [row for row in sheet.rows if row.row_no > head.last_row]
        wanted = sum(one.required for one in columns)
        matched = sum(one.required and one.name in mapping for one in columns)
        told.append(
            {
                "name": sheet.name,
                "key": head.key,
                "use": bool(below) and matched * 2 >= wanted,
                "remembered": known is not None,
                "rows": len(below),
                "hidden": sum(row.row_no in sheet.hidden for row in below),
                "headings": [{"letter": h.letter, "label": h.label[:60]} for h in head.headings],
                "columns": mapping,
            }
        )
    _set(session, order.import_id, sheets=told, working=False)


def fail(
    session: Session,
    actor: Actor,
    *,
    order: Order,
    problems: Sequence[PublishProblem],
    now: datetime,
) -> None:
    """The file itself cannot be used."""
    actor.require(Permission.RUN_TASKS)
    _set(
        session,
        order.import_id,
        state="failed",
        working=False,
        content=None,
        problems=_told(problems),
        problem_count=len(problems),
        finished_at=now,
    )


def tell(session: Session, actor: Actor, *, import_id: UUID, done: int, total: int) -> None:
    """How far the checking is."""
    actor.require(Permission.RUN_TASKS)
    _set(session, import_id, done=done, total=total)


def judge(
    session: Session,
    actor: Actor,
    *,
    order: Order,
    sheets: Sequence[Sheet],
    on_progress: Callable[[int, int], None],
) -> Found:
    """Every row of the chosen sheets, checked alone, against each other and the database."""
    actor.require(Permission.RUN_TASKS)
    bodies, left_out, faults = _bodies(order, sheets)
    total = sum(len(table.rows) for table, _ in bodies)
    on_progress(0, total)
    notes = Notes(order.region_code)
    catalogue_sheets, before = [], 0
    for table, _ in bodies:
        watched = _Watched(table.rows, before, lambda done: on_progress(done, total))
        before += len(table.rows)
        whole = Table(table.sheet, table.header_row_no, table.letters, watched)
        catalogue_sheets.append(CatalogueSheet(order.file_name, order.kind, whole, notes))
    one = publishing_catalogues.Catalogue(order.kind, catalogue_sheets)
    if total:
        publishing_catalogues.fill(session, one, known_packs(session, {}))
    problems = [of_sheet(order.file_name, fault) for fault in faults]
    # A cell that could not be read is not missing as well.
    known = {(fault.sheet, fault.row, fault.column) for fault in problems}
    problems += [p for p in one.problems if (p.sheet, p.row, p.column) not in known]
    if not total and not problems:
        problems = [of_sheet(order.file_name, SheetProblem("", 0, "", "publish.sheet.no_rows"))]
    told = next((n for _, n in bodies if n.doc_no or n.effective_from), Notes())
    return Found(
        entries=() if problems else tuple(one.entries),
        problems=sorted(problems, key=_place),
        left_out=left_out,
        total=total,
        doc_no=told.doc_no,
        effective_from=told.effective_from,
    )


def _bodies(
    order: Order, sheets: Sequence[Sheet]
) -> tuple[list[tuple[Table, Notes]], list[PublishProblem], list[SheetProblem]]:
    form, by_name = form_of(order.kind), {sheet.name: sheet for sheet in sheets}
    bodies: list[tuple[Table, Notes]] = []
    left_out: list[PublishProblem] = []
    faults: list[SheetProblem] = []
    for chosen in order.sheets:
        sheet = by_name.get(chosen["name"])
        head = office_tables.find_head(sheet, form.columns) if sheet and chosen["use"] else None
        if sheet is None or head is None:
            continue
        mapping = chosen["columns"]
        body = office_tables.body(sheet, head, mapping, with_hidden=order.with_hidden)
        left_out += [of_sheet(order.file_name, one) for one in body.left_out]
        faults += body.problems
        table = Table(sheet.name, head.last_row, mapping, tuple(body.rows))
        notes, _ = notes_of(sheet, head.first_row)
        bodies.append((table, notes))
    return bodies, left_out, faults


def settle(
    session: Session,
    actor: Actor,
    *,
    order: Order,
    found: Found,
    dry_run: bool,
    now: datetime,
) -> UUID | None:
    """Write down what came of checking; without fault and ``dry_run`` there is a draft now."""
    actor.require(Permission.RUN_TASKS)
    row = session.get(CatalogueImport, order.import_id, with_for_update=True)
    if row is None or not row.working or row.state != "mapped":
        return None
    row.working, row.finished_at = False, now
    row.done = row.total = found.total
    row.problems, row.problem_count = _told(found.problems), len(found.problems)
    row.left_out = _told(found.left_out)
    row.doc_no, row.effective_from = found.doc_no, found.effective_from
    if found.problems or dry_run:
        row.state = "checked"
        return None
    version = versions.create_draft(
        session,
        kind=order.kind,
        region_code=order.region_code,
        entries=found.entries,
        doc_no=found.doc_no,
        source_name=order.file_name,
        effective_from=found.effective_from or day_of(now),
    )
    row.state, row.version_id, row.content = "draft", version.id, None
    return version.id


def forget(session: Session, actor: Actor, *, now: datetime) -> None:
    """Delete sheets of a month ago that became no draft."""
    actor.require(Permission.RUN_TASKS)
    session.execute(
        delete(CatalogueImport).where(
            CatalogueImport.created_at < now - KEPT_FOR, CatalogueImport.state != "draft"
        )
    )


def _set(session: Session, import_id: UUID, **values: Any) -> None:
    session.execute(update(CatalogueImport).where(CatalogueImport.id == import_id).values(values))


def _told(problems: Sequence[PublishProblem]) -> list[dict[str, Any]]:
    return [
        {"sheet": one.sheet, "row": one.row, "column": one.column, "reason": one.reason}
        for one in problems[:_KEPT]
    ]


def _place(one: PublishProblem) -> tuple[str, int, str]:
    return one.sheet, one.row or 0, one.column
