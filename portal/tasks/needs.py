"""A class that opens is told to those who wished for it."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import needs_matching
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task


@task("match_needs")
def match_needs(*, class_id: str, now: datetime) -> None:
    """Tell those who wish for what a class teaches, a few at a time."""
    wanted, after = UUID(class_id), None
    while True:
        done = as_actor(needs_matching.match_batch, SYSTEM, class_id=wanted, after=after, now=now)
        if done.last is None:
            return
        after = done.last


@periodic("sweep_needs", every=timedelta(minutes=30))
def sweep_needs(*, now: datetime) -> None:
    """Close wishes that are met; tell of classes that no act asked to be told of."""
    as_actor(needs_matching.settle, SYSTEM, now=now)
    for one in as_actor(needs_matching.classes_to_match, SYSTEM, now=now):
        match_needs(class_id=str(one), now=now)
