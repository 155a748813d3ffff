"""Time runs out: for reviews nobody decided, for subsidies held for classes nobody finished."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import reservations, reviews
from portal.services.unit import as_actor
from portal.tasks.registry import periodic

# More than that at one tick would keep the worker from everything else.
_AT_ONCE = 500


@periodic("sweep_reviews", every=timedelta(minutes=5))
def sweep_reviews(*, now: datetime) -> None:
    """End reviews whose class has begun; each in a transaction of its own."""
    for enrolment_id in as_actor(reviews.overdue, SYSTEM, now=now, most=_AT_ONCE):
        as_actor(reviews.expire, SYSTEM, enrolment_id=enrolment_id, now=now)


@periodic("sweep_subsidies", every=timedelta(hours=1))
def sweep_subsidies(*, now: datetime) -> None:
    """Give back subsidies that were held too long."""
    as_actor(reservations.expire, SYSTEM, now=now)
