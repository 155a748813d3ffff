"""Which class of the demo starts when: a rolling timetable that depends on the calendar alone.

A class belongs to the week in which it starts, so that the demo of a later day holds the same
classes and only adds the weeks that have come into sight.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache

from portal.demo import seeds
from portal.demo.seeds import ProgrammeSeed
from portal.domain.schedule import DayHours, PlannedSession, plan_sessions
from portal.policies.loader import load_packs
from portal.services.times import ZONE

_MONDAY = date(2024, 1, 1)
WEEKS_AHEAD = 8
_WEEKS_BACK = 78
# Classes a week: Turpan's plans are the ones with numbers, and the demo accounts live there.
_A_WEEK = {"650400": 5, "150000": 1, "430000": 1, "370200": 1}
_RURAL = ("650000", "540000")
_PATTERNS = {
    "full": (frozenset(range(5)), 8),
    "half": (frozenset(range(5)), 4),
    "afternoon": (frozenset(range(5)), 4),
    "weekend": (frozenset((5, 6)), 8),
}
_DAILY = {"daily": (frozenset(range(7)), 4)}
# Every class that teaches for longer than this does so all day, or it would last for months.
_LONG = 60
_SHORT = 40
# The national document says nothing of hours, and Xinjiang's day begins two hours later (B11.4).
_HOURS_OF = {"650000": "turpan-2019"}
# Classes for trying the check-in are made by hand (see ``today``), not by the calendar.
_TRIAL = "T-99"


@dataclass(frozen=True, slots=True)
class Slot:
    """A class to be: what, when, how full. ``fill`` is the share of seats that are taken."""

    class_no: str
    programme: ProgrammeSeed
    choice: int
    first_day: date
    pattern: str
    capacity: int
    fill: float

    @property
    def year(self) -> int:
        """The year in which the class is numbered."""
        return self.first_day.isocalendar().year

    @property
    def period(self) -> int:
        """Its number in the year: that of the week."""
        return self.first_day.isocalendar().week


def upcoming(today: date) -> Iterator[Slot]:
    """The classes of this week and the eight to come."""
    yield _starting(today)
    week = _week(today)
    for ahead in range(WEEKS_AHEAD + 1):
        yield from _weekly(week + ahead)


def running(today: date) -> Iterator[Slot]:
    """Half of the classes of the last two weeks, for a demo that is loaded for the first time."""
    week = _week(today)
    for back in (2, 1):
        yield from list(_weekly(week - back))[::2]


def history(today: date) -> Iterator[Slot]:
    """About thirty classes of the last eighteen months, each of them over by now."""
    week = _week(today)
    for number in range(week - _WEEKS_BACK, week - 3):
        if number % 5 not in (1, 3):
            continue
        rng = random.Random(f"portal demo: past {number}")  # noqa: S311 - not a secret
        regions = ("650400", "650400", "650400", *_A_WEEK, _RURAL[number % 2])
        region = regions[number // 2 % len(regions)]
        programme = rng.choice([p for p in programmes_of(region) if p.hours <= 100])
        slot = _slot(rng, f"{seeds.PAST}{number}", programme, number, serial=number)
        if _ends_on(slot) < today - timedelta(days=3):
            yield slot


@cache
def programmes_of(region: str) -> tuple[ProgrammeSeed, ...]:
    """The programmes of a region that the calendar may use."""
    return tuple(
        p for p in seeds.programmes() if p.catalogue == region and not p.code.startswith(_TRIAL)
    )


def sessions_of(slot: Slot) -> list[PlannedSession]:
    """The timetable of a class, at the hours of its region."""
    weekdays, hours_per_day = (_PATTERNS | _DAILY)[slot.pattern]
    hours = day_hours(slot.programme)
    if slot.pattern in ("afternoon", "daily"):
        # No whole class hour fits into the minute after the day, so nothing is taught in it.
        opens, closes = hours.afternoon
        hours = DayHours((opens, closes), (closes, closes.replace(minute=closes.minute + 1)))
    return plan_sessions(
        first_day=slot.first_day,
        total_hours=slot.programme.hours,
        day_hours=hours,
        weekdays=weekdays,
        hours_per_day=hours_per_day,
        tz=ZONE,
    )


def day_hours(programme: ProgrammeSeed) -> DayHours:
    """When the programme's region teaches."""
    pack = load_packs()[_HOURS_OF.get(programme.catalogue, programme.pack)]
    spans: list[tuple[time, time]] = [(block.starts, block.ends) for block in pack.hours.blocks]
    return DayHours(spans[0], spans[1])


def _week(day: date) -> int:
    return (day - _MONDAY).days // 7


def _weekly(week: int) -> Iterator[Slot]:
    serial = 0
    for region, count in (*_A_WEEK.items(), (_RURAL[week % 2], 1)):
        programmes = programmes_of(region)
        for number in range(count):
            rng = random.Random(f"portal demo: {week}/{region}/{number}")  # noqa: S311
            programme = programmes[(week * count + number) % len(programmes)]
            class_no = f"{seeds.OPEN}{week}-{serial}"
            yield _slot(rng, class_no, programme, week, serial=week + serial * 2)
            serial += 1


def _starting(day: date) -> Slot:
    """A short class that starts this very afternoon; one may enrol until half an hour before."""
    number = (day - _MONDAY).days
    short = [p for p in programmes_of("650400") if p.hours <= _SHORT]
    return Slot(
        class_no=f"{seeds.OPEN}D{number}",
        programme=short[number % len(short)],
        choice=number,
        first_day=day,
        pattern="daily",
        capacity=30,
        fill=0.4,
    )


def _slot(
    rng: random.Random, class_no: str, programme: ProgrammeSeed, week: int, *, serial: int
) -> Slot:
    patterns = ("full", "full", "weekend") if programme.hours > _LONG else tuple(_PATTERNS)
    pattern = rng.choice(patterns)
    weekday = 5 if pattern == "weekend" else rng.randrange(5)
    # One class in nine is full and one nearly so; a full class is a small one.
    capacity = rng.choice((16, 20)) if serial % 9 in (0, 4) else rng.choice((30, 36, 40, 45, 50))
    fill = {0: 1.0, 4: 1 - 1.5 / capacity}.get(serial % 9, rng.uniform(0.08, 0.4))
    return Slot(
        class_no=class_no,
        programme=programme,
        choice=week + serial,
        first_day=_MONDAY + timedelta(weeks=week, days=weekday),
        pattern=pattern,
        capacity=capacity,
        fill=fill,
    )


def _ends_on(slot: Slot) -> date:
    return sessions_of(slot)[-1].ends_at.date()
