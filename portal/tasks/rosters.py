"""Rosters in the background: read and judged, entered, forgotten."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import rosters_check, rosters_commit
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task

# People whom nobody entered are nobody's business after a month.
KEPT_FOR = timedelta(days=30)


@task("check_roster")
def check_roster(*, upload_id: str, now: datetime) -> None:
    """Read the sheet, then judge its people batch by batch."""
    wanted = UUID(upload_id)
    as_actor(rosters_check.read, SYSTEM, upload_id=wanted, now=now)
    while as_actor(rosters_check.check_batch, SYSTEM, upload_id=wanted, now=now):
        pass


@periodic("purge_rosters", every=timedelta(days=1))
def purge_rosters(*, now: datetime) -> None:
    """Delete the people of old rosters."""
    as_actor(rosters_check.purge, SYSTEM, before=now - KEPT_FOR)


@task("commit_roster")
def commit_roster(*, upload_id: str, now: datetime) -> None:
    """Enter the chosen people, one after the other."""
    wanted = UUID(upload_id)
    while as_actor(rosters_commit.commit_next, SYSTEM, upload_id=wanted, now=now):
        pass
