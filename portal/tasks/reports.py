"""Reports of large regions are frozen in the background."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.errors import PortalError
from portal.domain.permissions import SYSTEM
from portal.locale.errors import sentence_for
from portal.services.reports import background
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task


@task("freeze_report")
def freeze_report(*, report_id: str, now: datetime) -> None:
    """Freeze in one transaction, and tell in others how far it is or why it was not done."""
    wanted = UUID(report_id)
    if not as_actor(background.begin, SYSTEM, report_id=wanted, now=now):
        return

    def tell(step: int) -> None:
        as_actor(background.note_step, SYSTEM, report_id=wanted, step=step)

    try:
        as_actor(background.seal, SYSTEM, report_id=wanted, on_step=tell, now=now)
    except PortalError as refused:
        # What the rules refuse they would refuse again.
        words = sentence_for(refused)
        as_actor(background.failed, SYSTEM, report_id=wanted, refusal=words, now=now)
    except Exception:
        as_actor(background.failed, SYSTEM, report_id=wanted, now=now)
        raise


@periodic("rescue_reports", every=timedelta(minutes=5))
def rescue_reports(*, now: datetime) -> None:
    """Freezes that nobody works on any more become drafts again."""
    as_actor(background.rescue, SYSTEM, now=now)
