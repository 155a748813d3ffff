"""What keeps the queue itself small."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import queue
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("forget_jobs", every=timedelta(days=1))
def forget_jobs(*, now: datetime) -> None:
    """Delete what ended more than a week ago."""
    as_actor(queue.forget, SYSTEM, now=now)
