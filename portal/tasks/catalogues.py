"""Catalogues in the background: sheets looked into and checked, versions that get their day."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.documents.sheets import Sheet
from portal.domain.permissions import SYSTEM
from portal.services.publication import checking, life
from portal.services.publication.checking import Order
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task


@task("look_into_catalogue")
def look_into_catalogue(*, import_id: str, now: datetime) -> None:
    """Find the sheets and headings of a file."""
    order = as_actor(checking.take, SYSTEM, import_id=UUID(import_id), state="uploaded")
    sheets = _opened(order, now)
    if order is not None and sheets is not None:
        as_actor(checking.note_sheets, SYSTEM, order=order, sheets=sheets)


@task("check_catalogue")
def check_catalogue(*, import_id: str, dry_run: bool, now: datetime) -> None:
    """Check every row; a sheet without fault becomes a draft unless it is only tried."""
    order = as_actor(checking.take, SYSTEM, import_id=UUID(import_id), state="mapped")
    sheets = _opened(order, now)
    if order is None or sheets is None:
        return

    def tell(done: int, total: int) -> None:
        as_actor(checking.tell, SYSTEM, import_id=order.import_id, done=done, total=total)

    found = as_actor(checking.judge, SYSTEM, order=order, sheets=sheets, on_progress=tell)
    as_actor(checking.settle, SYSTEM, order=order, found=found, dry_run=dry_run, now=now)


def _opened(order: Order | None, now: datetime) -> list[Sheet] | None:
    """The sheets of the file; None when it cannot be read, which is then written down."""
    if order is None:
        return None
    sheets, problems = checking.open_file(order)
    if problems:
        as_actor(checking.fail, SYSTEM, order=order, problems=problems, now=now)
        return None
    return sheets


@periodic("bring_catalogues_into_force", every=timedelta(minutes=1))
def bring_catalogues_into_force(*, now: datetime) -> None:
    """What was published for today applies from its first minute, each in its own transaction."""
    for version_id in as_actor(life.due, SYSTEM, now=now):
        as_actor(life.come_into_force, SYSTEM, version_id=version_id, now=now)


@periodic("forget_catalogue_imports", every=timedelta(days=1))
def forget_catalogue_imports(*, now: datetime) -> None:
    """Delete sheets that became nothing."""
    as_actor(checking.forget, SYSTEM, now=now)
