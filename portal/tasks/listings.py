"""Decisions about institutions come into force."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services.listings import in_force
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task
from portal.tasks.several import each


@task("listing_in_force")
def listing_in_force(*, decision_id: str, now: datetime) -> None:
    """End what a decision ends, each enrolment in a transaction of its own."""
    decision = UUID(decision_id)
    ending = as_actor(in_force.to_end, SYSTEM, decision_id=decision, now=now)
    each(ending, lambda one: as_actor(in_force.end_one, SYSTEM, enrolment_id=one, now=now))
    as_actor(in_force.finish, SYSTEM, decision_id=decision, now=now)


@periodic("sweep_listings", every=timedelta(minutes=10))
def sweep_listings(*, now: datetime) -> None:
    """Whatever its own task has not done: a decision is not forgotten."""
    due = as_actor(in_force.due, SYSTEM, now=now)
    each(due, lambda one: listing_in_force(decision_id=str(one), now=now))
