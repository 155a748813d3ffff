"""Classes go on by the calendar."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import class_calendar
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("begin_classes", every=timedelta(minutes=1))
def begin_classes(*, now: datetime) -> None:
    """Classes whose enrolment is over are running."""
    as_actor(class_calendar.begin_classes, SYSTEM, now=now)
