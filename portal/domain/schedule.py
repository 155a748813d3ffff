"""The timetable of a class: sessions at regional hours, and which ones overlap.

Hours of the day are a parameter of the region: Turpan works 9:30-13:30 and 16:30-20:00
Beijing time (002_f7ad90e39cd17b48.txt; reference.md B11.4), never a fixed 8 to 12.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Protocol

from portal.domain.attendance import CLASS_HOUR_MINUTES
from portal.domain.errors import BadInput

# At most 8 课时 a day (reference.md D8; about 80 in ten days, B11.1, C-46 and C-56).
MAX_HOURS_PER_DAY = 8
# Nobody plans further; a calendar with no day left in three years is a mistake.
_HORIZON_DAYS = 3 * 366


class Interval(Protocol):
    """Anything that takes time."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class DayHours:
    """When a region teaches, in its own time zone. ValueError unless the times are in order."""

    morning: tuple[time, time]
    afternoon: tuple[time, time]

    def __post_init__(self) -> None:
        (opens, noon), (resumes, closes) = self.morning, self.afternoon
        if not opens < noon <= resumes < closes:
            raise ValueError("the times of a day must be in order")


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session; ``hours`` whole 课时 fit between its aware times."""

    starts_at: datetime
    ends_at: datetime
    hours: int


def plan_sessions(
    *,
    first_day: date,
    total_hours: int,
    day_hours: DayHours,
    weekdays: Container[int],
    hours_per_day: int = MAX_HOURS_PER_DAY,
    tz: tzinfo,
    skip: Container[date] = (),
) -> list[PlannedSession]:
    """Sessions from ``first_day`` on whose hours add up to ``total_hours`` exactly.

    ``weekdays`` as date.weekday() counts, Monday 0; ``skip`` holds holidays. A part of a day
    is taught whole, its spare minutes being the breaks, unless fewer hours are left than fit:
    then it ends as soon as they are over. BadInput for a plan that a person may have typed:
    fields total_hours, hours_per_day, weekdays.
    """
    if total_hours < 1:
        raise BadInput("total_hours", "schedule.total_hours")
    if not 1 <= hours_per_day <= MAX_HOURS_PER_DAY:
        raise BadInput("hours_per_day", "schedule.hours_per_day", maximum=MAX_HOURS_PER_DAY)
    sessions: list[PlannedSession] = []
    left = total_hours
    for day in _teaching_days(first_day, weekdays, skip):
        today = min(left, hours_per_day)
        for session in _sessions_of(day, day_hours, today, tz):
            sessions.append(session)
            left -= session.hours
        if left == 0:
            return sessions
    raise BadInput("weekdays", "schedule.no_days")


def overlaps(a: Interval, b: Interval) -> bool:
    """Whether two sessions share any time; one that starts as the other ends does not."""
    return a.starts_at < b.ends_at and b.starts_at < a.ends_at


def _teaching_days(
    first_day: date, weekdays: Container[int], skip: Container[date]
) -> Iterator[date]:
    days = (first_day + timedelta(days=n) for n in range(_HORIZON_DAYS))
    return (day for day in days if day.weekday() in weekdays and day not in skip)


def _sessions_of(
    day: date, day_hours: DayHours, hours: int, tz: tzinfo
) -> Iterator[PlannedSession]:
    """The sessions of one day, at most ``hours`` in all."""
    for start, end in (day_hours.morning, day_hours.afternoon):
        starts_at = datetime.combine(day, start, tz)
        ends_at = datetime.combine(day, end, tz)
        fits = (ends_at - starts_at) // timedelta(minutes=CLASS_HOUR_MINUTES)
        taught = min(fits, hours)
        if taught == 0:
            continue
        if taught < fits:
            ends_at = starts_at + timedelta(minutes=taught * CLASS_HOUR_MINUTES)
        hours -= taught
        yield PlannedSession(starts_at, ends_at, taught)
