"""The tallies that the authority's overview reads are brought up to date by the clock."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services.oversight import refreshing
from portal.services.unit import as_actor
from portal.tasks.registry import periodic

# Two thousand changes each: after an import the rest waits for the next tick.
_ROUNDS = 20


@periodic("refresh_tallies", every=timedelta(seconds=30))
def refresh_tallies(*, now: datetime) -> None:
    """Count anew what changed, a transaction for every batch."""
    for _ in range(_ROUNDS):
        done = as_actor(refreshing.refresh, SYSTEM, now=now)
        if done.changes < refreshing.CHANGES:
            return
