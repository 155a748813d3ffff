"""Bringing in a sheet: sent, its columns mapped, checked, made a draft. What the officer does.

The reading and checking itself is done in the background (``checking``, ``portal.tasks``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CatalogueImport, CatalogueMapping
from portal.documents.sheet_files import MAX_BYTES
from portal.domain.catalogue_errors import ImportBusy, ImportOver
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor
from portal.policies import reference
from portal.services import audit, queue
from portal.services.publication import scope
from portal.services.publication.forms import FORMS, form_of
from portal.services.scope import region_prefix

LOOK_TASK, CHECK_TASK = "look_into_catalogue", "check_catalogue"
_LONGEST_NAME = 200
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, by code and word."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What an officer chooses from before sending a sheet."""

    kinds: tuple[Choice, ...]
    regions: tuple[Choice, ...]
    area: str


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """What the officer said of one sheet: whether it counts, and letter by column."""

    use: bool
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import. ``sheets`` are the found ones: ``{name, use, key, rows, headings: [{letter,
    label}], columns: {column: letter}, remembered}``; ``wanted`` the columns of the form as (name,
    required)."""

    id: UUID
    kind: str
    kind_name: str
    region_code: str
    region_name: str
    file_name: str
    state: str
    working: bool
    with_hidden: bool
    hidden_rows: int
    sheets: Sequence[Mapping[str, Any]]
    wanted: tuple[tuple[str, bool], ...]
    total: int
    done: int
    problems: Sequence[Mapping[str, Any]]
    problem_count: int
    left_out: Sequence[Mapping[str, Any]]
    version_id: UUID | None
    created_at: datetime


def import_form(session: Session, actor: Actor) -> ImportForm:
    """The kinds and the regions that an officer may publish; raises Forbidden."""
    area = scope.require(actor)
    regions = tuple(Choice(one.code, one.name) for one in scope.choosable(area))
    if area == reference.NATIONAL:
        regions = (Choice(area, reference.region_name(area)), *regions)
    return ImportForm(tuple(Choice(f.kind, f.name) for f in FORMS.values()), regions, area)


def start(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    region_code: str,
    file_name: str,
    content: bytes,
    now: datetime,
) -> UUID:
    """Take a sheet; the background looks into it. Raises BadInput (kind, region, sheet)."""
    scope.require(actor)
    if kind not in FORMS:
        raise BadInput("kind", "publication.bad_kind")
    region = scope.chosen(actor, region_code)
    if not content:
        raise BadInput("sheet", "publication.choose_file")
    if len(content) > MAX_BYTES:
        raise BadInput("sheet", "publish.sheet.too_big", limit_mb=MAX_BYTES // 1024**2)
    made = CatalogueImport(
        id=new_id(),
        kind=kind,
        region_code=region,
        file_name=file_name[:_LONGEST_NAME] or form_of(kind).name,
        content=content,
        state="uploaded",
        working=True,
        doc_no="",
        account_id=actor.account_id,
        created_at=now,
    )
    session.add(made)
    session.flush()
    queue.defer(session, LOOK_TASK, key=str(made.id), import_id=made.id)
    audit.record(
        session,
        actor,
        "publishing.import",
        now=now,
        object_type="catalogue_import",
        object_id=made.id,
        detail={"kind": kind, "region": region},
    )
    return made.id


def check(
    session: Session,
    actor: Actor,
    *,
    import_id: UUID,
    sheets: Sequence[SheetChoice],
    with_hidden: bool,
    dry_run: bool,
    now: datetime,
) -> None:
    """Check the rows with this mapping, in the background; without ``dry_run`` a sheet without
    fault becomes a draft. The mapping is remembered for the region, the kind and the header.

    Raises NotFound, ImportBusy, ImportOver, BadInput (columns).
    """
    found = _open(session, actor, import_id)
    if len(sheets) != len(found.sheets):
        raise BadInput("columns", "error.bad_request")
    found.sheets = [
        _mapped(found.kind, one, chosen) for one, chosen in zip(found.sheets, sheets, strict=True)
    ]
    if not any(one["use"] for one in found.sheets):
        raise BadInput("columns", "publication.no_sheet_chosen")
    for one in found.sheets:
        if one["use"]:
            _remember(session, actor, found, one, now)
    found.with_hidden = with_hidden
    found.state, found.working = "mapped", True
    found.done = found.problem_count = 0
    found.problems, found.left_out = [], []
    queue.defer(
        session, CHECK_TASK, key=f"{found.id}:{dry_run}", import_id=found.id, dry_run=dry_run
    )


def _open(session: Session, actor: Actor, import_id: UUID) -> CatalogueImport:
    found = scope.own_import(session, actor, import_id)
    if found.working:
        raise ImportBusy
    if found.state in ("draft", "failed") or found.content is None:
        raise ImportOver
    return found


def _mapped(kind: str, sheet: Mapping[str, Any], chosen: SheetChoice) -> dict[str, Any]:
    """A sheet with its mapping: known columns, letters that it has, each used once."""
    names = [one.name for one in form_of(kind).columns]
    letters = {one["letter"] for one in sheet["headings"]}
    columns = {n: chosen.columns[n] for n in names if chosen.columns.get(n) in letters}
    if not chosen.use:
        return {**sheet, "use": False, "columns": columns}
    used: dict[str, str] = {}
    for name, letter in columns.items():
        if letter in used:
            params = {"letter": letter, "first": used[letter], "second": name}
            raise BadInput("columns", "publication.letter_twice", sheet=sheet["name"], **params)
        used[letter] = name
    missing = [
        one.name for one in form_of(kind).columns if one.required and one.name not in columns
    ]
    if missing:
        params = {"sheet": sheet["name"], "columns": "、".join(missing)}
        raise BadInput("columns", "publication.column_missing", **params)
    return {**sheet, "use": True, "columns": columns}


def _remember(
    session: Session,
    actor: Actor,
    found: CatalogueImport,
    sheet: Mapping[str, Any],
    now: datetime,
) -> None:
    values = {"columns": sheet["columns"], "saved_at": now, "saved_by": actor.account_id}
    key = {
        "region_code": found.region_code,
        "kind": found.kind,
        "header_key": sheet["key"],
    }
    statement = insert(CatalogueMapping).values(**key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def see(session: Session, actor: Actor, *, import_id: UUID) -> ImportView:
    """An import of the officer's region; raises NotFound for any other."""
    return _view(scope.own_import(session, actor, import_id))


def recent(session: Session, actor: Actor) -> tuple[ImportView, ...]:
    """The last imports of the officer's region that are not drafts yet."""
    area = scope.require(actor)
    rows = session.scalars(
        select(CatalogueImport)
        .where(
            CatalogueImport.region_code.startswith(region_prefix(area), autoescape=True),
            CatalogueImport.state != "draft",
        )
        .order_by(CatalogueImport.id.desc())
        .limit(_SHOWN)
    )
    return tuple(_view(row) for row in rows)


def drop(session: Session, actor: Actor, *, import_id: UUID, now: datetime) -> None:
    """Throw an import away that became no draft; raises NotFound, ImportBusy, ImportOver."""
    found = scope.own_import(session, actor, import_id)
    if found.working:
        raise ImportBusy
    if found.state == "draft":
        raise ImportOver
    audit.record(
        session,
        actor,
        "publishing.drop_import",
        now=now,
        object_type="catalogue_import",
        object_id=found.id,
        detail={"kind": found.kind, "region": found.region_code},
    )
    session.delete(found)
    session.flush()


def _view(row: CatalogueImport) -> ImportView:
    form = form_of(row.kind)
    return ImportView(
        id=row.id,
        kind=row.kind,
        kind_name=form.name,
        region_code=row.region_code,
        region_name=reference.region_name(row.region_code),
        file_name=row.file_name,
        state=row.state,
        working=row.working,
        with_hidden=row.with_hidden,
        hidden_rows=sum(one.get("hidden", 0) for one in row.sheets),
        sheets=row.sheets,
        wanted=tuple((one.name, one.required) for one in form.columns),
        total=row.total,
        done=row.done,
        problems=row.problems,
        problem_count=row.problem_count,
        left_out=row.left_out,
        version_id=row.version_id,
        created_at=row.created_at,
    )
