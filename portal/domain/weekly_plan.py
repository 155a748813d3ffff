"""The sessions of a class out of its weekly pattern, by the calendar of public holidays and 调休.

A person sees which days were left out and why; single sessions are moved afterwards by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

from portal.domain import working_days
from portal.domain.attendance import CLASS_HOUR_MINUTES
from portal.domain.errors import BadInput
from portal.domain.schedule import MAX_HOURS_PER_DAY

Kind = Literal["theory", "practice"]
_SATURDAY = 5
_ORDER: tuple[Kind, ...] = ("theory", "practice")
# Nobody plans further; a pattern with no day left in three years is a mistake.
_HORIZON_DAYS = 3 * 366
_HOUR = timedelta(minutes=CLASS_HOUR_MINUTES)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the teaching day, local clock time; whole 课时 of it are taught."""

    starts: time
    ends: time

    @property
    def hours(self) -> int:
        """How many 课时 fit."""
        minutes = (self.ends.hour - self.starts.hour) * 60 + self.ends.minute - self.starts.minute
        return max(minutes // CLASS_HOUR_MINUTES, 0)


@dataclass(frozen=True, slots=True)
class WeeklyPattern:
    """When a class meets. ``weekdays`` as date.weekday() counts, Monday 0; hours are 课时.

    Theory is taught before practice. Public holidays are left out unless ``on_holidays``. On a
    Saturday or Sunday that people work (调休) a class of weekends does not meet, and a class of
    Monday to Friday meets only if ``on_swapped``.
    """

    first_day: date
    weekdays: frozenset[int]
    blocks: tuple[Block, ...]
    theory_hours: int
    practice_hours: int
    hours_per_day: int = MAX_HOURS_PER_DAY
    on_holidays: bool = False
    on_swapped: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session; ``hours`` whole 课时 fit between its aware times."""

    starts_at: datetime
    ends_at: datetime
    hours: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class SkippedDay:
    """A day of the pattern on which the class does not meet; ``name`` is that of the holiday."""

    day: date
    why: Literal["holiday", "swapped"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class WeeklyPlan:
    """The sessions in order of time, and the days in between that were left out."""

    meetings: tuple[Meeting, ...]
    skipped: tuple[SkippedDay, ...]


def plan_weeks(pattern: WeeklyPattern, *, tz: tzinfo) -> WeeklyPlan:
    """Sessions from the first day on whose 课时 add up exactly, theory first.

    BadInput for what a person may have typed: fields weekdays, blocks, hours_per_day, hours.
    """
    _check(pattern)
    meetings: list[Meeting] = []
    skipped: list[SkippedDay] = []
    left: dict[Kind, int] = {"theory": pattern.theory_hours, "practice": pattern.practice_hours}
    for ahead in range(_HORIZON_DAYS):
        day = pattern.first_day + timedelta(days=ahead)
        if not _is_wanted(day, pattern):
            continue
        if (why := _skipped(day, pattern)) is not None:
            skipped.append(why)
            continue
        meetings.extend(_of_day(day, pattern, left, tz))
        if not any(left.values()):
            return WeeklyPlan(tuple(meetings), tuple(skipped))
    raise BadInput("weekdays", "opening.pattern.no_days")


def _check(pattern: WeeklyPattern) -> None:
    if not pattern.weekdays or not pattern.weekdays <= frozenset(range(7)):
        raise BadInput("weekdays", "opening.pattern.weekdays")
    if not 1 <= pattern.hours_per_day <= MAX_HOURS_PER_DAY:
        raise BadInput("hours_per_day", "schedule.hours_per_day", maximum=MAX_HOURS_PER_DAY)
    if min(pattern.theory_hours, pattern.practice_hours) < 0 or not (
        pattern.theory_hours + pattern.practice_hours
    ):
        raise BadInput("hours", "schedule.total_hours")
    if not pattern.blocks:
        raise BadInput("blocks", "opening.pattern.blocks")
    for one in pattern.blocks:
        if one.hours < 1:
            raise BadInput("blocks", "opening.pattern.block_short")
    ordered = sorted(pattern.blocks, key=lambda one: one.starts)
    for one, following in pairwise(ordered):
        if following.starts < one.ends:
            raise BadInput("blocks", "opening.pattern.blocks_overlap")


def _is_wanted(day: date, pattern: WeeklyPattern) -> bool:
    if day.weekday() in pattern.weekdays:
        return True
    return pattern.on_swapped and _has_weekdays(pattern) and working_days.is_swapped(day)


def _has_weekdays(pattern: WeeklyPattern) -> bool:
    return any(day < _SATURDAY for day in pattern.weekdays)


def _skipped(day: date, pattern: WeeklyPattern) -> SkippedDay | None:
    if working_days.is_holiday(day) and not pattern.on_holidays:
        return SkippedDay(day, "holiday", working_days.holiday_name(day))
    # Whoever learns at weekends works on this one.
    if working_days.is_swapped(day) and not _has_weekdays(pattern) and not pattern.on_swapped:
        return SkippedDay(day, "swapped")
    return None


def _of_day(
    day: date, pattern: WeeklyPattern, left: dict[Kind, int], tz: tzinfo
) -> Iterator[Meeting]:
    """The sessions of one day; takes their hours off ``left``."""
    room = pattern.hours_per_day
    for block in sorted(pattern.blocks, key=lambda one: one.starts):
        starts, spare = datetime.combine(day, block.starts, tz), block.hours
        for kind in _ORDER:
            taught = min(left[kind], spare, room)
            if taught < 1:
                continue
            spare, room = spare - taught, room - taught
            left[kind] -= taught
            # A block that is taught whole lasts to its end: the spare minutes are the breaks.
            whole = datetime.combine(day, block.ends, tz)
            ends = starts + taught * _HOUR if spare else whole
            yield Meeting(starts, ends, taught, kind)
            starts = ends
