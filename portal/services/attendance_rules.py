"""What attendance is judged by in a class: its region's parameters, with windows of its own.

The parameters of the first day count to the end: a trainee must be able to foresee them.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn, TrainingClass
from portal.domain.attendance import WindowRules
from portal.policies import models
from portal.services.rule_book import book_for

# The windows that a class may set itself, with the least that leaves people time to come and go,
# in minutes. More minutes are always more time, so the region's own value is the most.
OWN_LEAST: dict[str, int] = {
    "opens_before_min": 10,
    "late_after_min": 1,
    "closes_after_min": 5,
    "out_opens_before_end_min": 1,
    "out_closes_after_end_min": 10,
}


def attendance_of(session: Session, training_class: TrainingClass) -> models.Attendance:
    """The parameters of a class on its first day, its own windows counted in."""
    row = session.get(ClassCheckIn, training_class.id)
    given = region_rules(session, training_class.region_code, training_class.starts_on)
    return with_own(given, row.windows) if row else given


def region_rules(session: Session, region_code: str, on: date) -> models.Attendance:
    """The parameters of a region on a day, as its most local pack has them."""
    return book_for(session, region_code, on).attendance


def with_own(given: models.Attendance, own: Mapping[str, int]) -> models.Attendance:
    """The parameters with a class's own windows, never looser than the region's.

    Whatever became of either since a class chose its windows, they fit together afterwards.
    """
    chosen = {
        name: min(minutes, getattr(given, name))
        for name, minutes in own.items()
        if name in OWN_LEAST
    }
    closes = chosen.get("closes_after_min", given.closes_after_min)
    late = chosen.get("late_after_min", given.late_after_min)
    return given.model_copy(update=chosen | {"late_after_min": min(late, closes)})


def window_rules(given: models.Attendance) -> WindowRules:
    """The windows of sessions under these parameters."""
    return WindowRules(
        open_before=timedelta(minutes=given.opens_before_min),
        late_after=timedelta(minutes=min(given.late_after_min, given.closes_after_min)),
        close_after=timedelta(minutes=given.closes_after_min),
        sign_out_before=timedelta(minutes=given.out_opens_before_end_min),
        sign_out_after=timedelta(minutes=given.out_closes_after_end_min),
    )


def rules_of(session: Session, training_class: TrainingClass) -> WindowRules:
    """The windows of a class's sessions."""
    return window_rules(attendance_of(session, training_class))
