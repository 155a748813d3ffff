"""Reports of large regions are frozen in the background."""

from datetime import datetime
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services.reports import freezing
from portal.services.unit import as_actor
from portal.tasks.registry import task


@task("freeze_report")
def freeze_report(*, report_id: str, now: datetime) -> None:
    """Say that it has begun, then freeze in one transaction."""
    wanted = UUID(report_id)
    as_actor(freezing.note_step, SYSTEM, report_id=wanted, step=1)
    as_actor(freezing.seal, SYSTEM, report_id=wanted, now=now)
