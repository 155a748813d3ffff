"""Years and quarters, as numbers: 2026 is a year, 20264 its last quarter."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.errors import BadInput
from portal.locale import t

_QUARTERS = 4
_YEARS = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class Period:
    """A year or a quarter; ``number`` names it, ``first`` and ``last`` are its quarters."""

    number: int

    @property
    def is_year(self) -> bool:
        return self.number in _YEARS

    @property
    def year(self) -> int:
        return self.number if self.is_year else self.number // 10

    @property
    def first(self) -> int:
        return self.number * 10 + 1 if self.is_year else self.number

    @property
    def last(self) -> int:
        return self.number * 10 + _QUARTERS if self.is_year else self.number

    @property
    def name(self) -> str:
        """2026年, or 2026年第4季度."""
        if self.is_year:
            return t("oversight.period.year", year=self.number)
        return t("oversight.period.quarter", year=self.year, quarter=self.number % 10)

    @property
    def days(self) -> tuple[date, date]:
        """The first day and the last."""
        begins = date(self.year, (self.first % 10) * 3 - 2, 1)
        month = (self.last % 10) * 3
        after = date(self.year + month // 12, month % 12 + 1, 1)
        return begins, after - timedelta(days=1)


def quarter_of(day: date) -> int:
    """The quarter in which a day lies: 20264."""
    return day.year * 10 + (day.month + 2) // 3


def read_period(text: str, *, today: date) -> Period:
    """A period out of an address, this year when it names none. Raises BadInput (period)."""
    if not text:
        return Period(today.year)
    number = int(text) if text.isascii() and text.isdigit() and len(text) in (4, 5) else 0
    if number in _YEARS or (number // 10 in _YEARS and 1 <= number % 10 <= _QUARTERS):
        return Period(number)
    raise BadInput("period", "oversight.reason.period")


def offered(today: date, *, earliest: int | None) -> tuple[Period, ...]:
    """What an officer chooses from: years from the earliest counted (or this one) to this, each
    with its quarters, newest first."""
    begins = min(earliest or today.year, today.year)
    made: list[Period] = []
    for year in range(today.year, begins - 1, -1):
        made.append(Period(year))
        made += [Period(year * 10 + number) for number in range(_QUARTERS, 0, -1)]
    return tuple(made)
