"""Working days (工作日) in China, by which offices promise an answer."""

from datetime import date, timedelta
from functools import cache

import holidays

_SATURDAY = 5


@cache
def _calendar() -> holidays.HolidayBase:
    # Knows 调休; for a year that the State Council has not announced yet it knows the
    # statutory days only, so that a deadline may move by a day or two once it has.
    return holidays.country_holidays("CN", language="zh_CN")


def after(day: date, count: int) -> date:
    """The day that lies ``count`` working days behind ``day``; the day itself does not count."""
    return _calendar().get_nth_working_day(day, count)


def until(day: date, last: date) -> int:
    """How many working days lie behind ``day`` up to ``last``, that day included; 0 when past."""
    days = (day + timedelta(days=ahead) for ahead in range(1, (last - day).days + 1))
    return sum(is_working_day(one) for one in days)


def is_working_day(day: date) -> bool:
    """Whether offices work on a day."""
    return _calendar().is_working_day(day)


def is_holiday(day: date) -> bool:
    """Whether it is a public holiday, bridging days and its weekends included."""
    return day in _calendar()


def holiday_name(day: date) -> str:
    """What the calendar calls a public holiday (国庆节, 休息日); "" for any other day."""
    # A day off that was moved is named with the day that it was moved from.
    return (_calendar().get(day) or "").partition("（")[0]


def is_swapped(day: date) -> bool:
    """Whether it is a Saturday or Sunday on which people work (调休上班)."""
    return day.weekday() >= _SATURDAY and is_working_day(day)


@cache
def is_announced(year: int) -> bool:
    """Whether the State Council's arrangement of a year is known: every one swaps some days."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return any(is_swapped(day) for day in days if day.year == year)
