"""Sheets as offices keep them, and the way of a sheet through an import, step by step."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM, Actor
from portal.services.publication import checking, imports
from portal.services.publication.imports import ImportView, SheetChoice

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
SHORTAGE = "shortage_occupation"
HEADER = ["职业编码", "职业(工种)名称", "紧缺程度", "缺口人数", "说明"]
ROW = ["6-31-01-03", "电工", "紧缺", 20, ""]


def book(*sheets: Callable[[Worksheet], None], names: Sequence[str] = ("目录",)) -> bytes:
    """A workbook; every function fills one sheet."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for number, fill in enumerate(sheets):
        fill(made.create_sheet(names[number] if number < len(names) else f"表{number + 1}"))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def rows(*lines: Sequence[Any]) -> Callable[[Worksheet], None]:
    """Fills a sheet with lines."""

    def fill(page: Worksheet) -> None:
        for line in lines:
            page.append(list(line))

    return fill


def shortage(*lines: Sequence[Any], header: Sequence[Any] = HEADER) -> bytes:
    """A list of urgent trades as it should be."""
    return book(rows(header, *(lines or (ROW,))))


def look(
    session: Session,
    officer: Actor,
    content: bytes,
    *,
    kind: str = SHORTAGE,
    name: str = "目录.xlsx",
    region: str = "650400",
) -> ImportView:
    """Send a sheet and let the background look into it."""
    import_id = imports.start(
        session,
        officer,
        kind=kind,
        region_code=region,
        file_name=name,
        content=content,
        now=NOW,
    )
    order = checking.take(session, SYSTEM, import_id=import_id, state="uploaded")
    assert order is not None
    sheets, problems = checking.open_file(order)
    if problems:
        checking.fail(session, SYSTEM, order=order, problems=problems, now=NOW)
    else:
        checking.note_sheets(session, SYSTEM, order=order, sheets=sheets)
    session.expire_all()
    return imports.see(session, officer, import_id=import_id)


def check(
    session: Session,
    officer: Actor,
    view: ImportView,
    *,
    columns: Mapping[str, str] | None = None,
    with_hidden: bool = False,
    dry_run: bool = False,
) -> ImportView:
    """Check it with the mapping that it has, or with another."""
    chosen = [SheetChoice(one["use"], columns or one["columns"]) for one in view.sheets]
    imports.check(
        session,
        officer,
        import_id=view.id,
        sheets=chosen,
        with_hidden=with_hidden,
        dry_run=dry_run,
        now=NOW,
    )
    session.flush()
    order = checking.take(session, SYSTEM, import_id=view.id, state="mapped")
    assert order is not None
    sheets, _ = checking.open_file(order)
    told: list[tuple[int, int]] = []
    found = checking.judge(
        session, SYSTEM, order=order, sheets=sheets, on_progress=lambda *at: told.append(at)
    )
    assert told[0][0] == 0
    checking.settle(session, SYSTEM, order=order, found=found, dry_run=dry_run, now=NOW)
    session.flush()
    session.expire_all()
    return imports.see(session, officer, import_id=view.id)


def bring(session: Session, officer: Actor, content: bytes, **kwargs: Any) -> ImportView:
    """Both steps; a file that cannot be read ends after the first."""
    view = look(session, officer, content, **kwargs)
    return view if view.state == "failed" else check(session, officer, view)


def told(view: ImportView) -> list[tuple[str, int | None, str, str]]:
    """The faults as sheet, row, column and sentence."""
    return [(p["sheet"], p["row"], p["column"], p["reason"]) for p in view.problems]
