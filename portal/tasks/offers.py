"""Seats that come free go on by themselves: offered in order, taken back when nobody answers.

Every step is a transaction of its own, so a worker that is killed leaves nothing half done, and
the clock finds whatever a lost job left behind.
"""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import offer_ends, offering, waiting_list
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task
from portal.tasks.several import each

# More than that at one tick would keep the worker from everything else.
_AT_ONCE = 500


@task("offer_seats")
def offer_seats(*, class_id: str, now: datetime) -> None:
    """Offer the free seats of a class to those who wait, one after the other."""
    wanted = UUID(class_id)
    while as_actor(offering.offer_next, SYSTEM, class_id=wanted, now=now) != "nothing":
        pass


@task("rerank_waiting")
def rerank_waiting(*, person_id: str, now: datetime) -> None:
    """Have a person go first where a group that was verified says so."""
    for enrolment_id in as_actor(waiting_list.places_of, SYSTEM, person_id=UUID(person_id)):
        as_actor(waiting_list.rerank_place, SYSTEM, enrolment_id=enrolment_id, now=now)


@periodic("sweep_offers", every=timedelta(seconds=10))
def sweep_offers(*, now: datetime) -> None:
    """End the offers whose time is over; ending one asks for the next offer."""
    due = as_actor(offer_ends.due_offers, SYSTEM, now=now, most=_AT_ONCE)
    each(due, lambda one: as_actor(offer_ends.expire, SYSTEM, offer_id=one, now=now))


@periodic("sweep_lines", every=timedelta(minutes=1))
def sweep_lines(*, now: datetime) -> None:
    """Close the lists of classes that begin soon; offer what no act asked to be offered."""
    classes = as_actor(offer_ends.classes_with_a_line, SYSTEM)
    each(classes, lambda one: _sweep_line(one, now))


def _sweep_line(class_id: UUID, now: datetime) -> None:
    late = as_actor(offer_ends.left_waiting, SYSTEM, class_id=class_id, now=now)
    each(late, lambda one: as_actor(offer_ends.close, SYSTEM, enrolment_id=one, now=now))
    offer_seats(class_id=str(class_id), now=now)
