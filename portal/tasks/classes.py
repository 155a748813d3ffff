"""Classes go on by the calendar, or are called off."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import call_off_ends, class_calendar
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task
from portal.tasks.several import each


@periodic("begin_classes", every=timedelta(minutes=1))
def begin_classes(*, now: datetime) -> None:
    """Classes whose enrolment is over are running."""
    as_actor(class_calendar.begin_classes, SYSTEM, now=now)


@task("end_called_off")
def end_called_off(*, class_id: str, now: datetime) -> None:
    """End everybody's place in a class that was called off, each in a transaction of its own."""
    called_off = UUID(class_id)
    ending = as_actor(call_off_ends.to_end, SYSTEM, class_id=called_off, now=now)
    each(ending, lambda one: as_actor(call_off_ends.end_one, SYSTEM, enrolment_id=one, now=now))
    as_actor(call_off_ends.finish, SYSTEM, class_id=called_off, now=now)


@periodic("sweep_called_off", every=timedelta(minutes=10))
def sweep_called_off(*, now: datetime) -> None:
    """Whatever its own task has not done: nobody is left in a class that does not take place."""
    due = as_actor(call_off_ends.due, SYSTEM, now=now)
    each(due, lambda one: end_called_off(class_id=str(one), now=now))
