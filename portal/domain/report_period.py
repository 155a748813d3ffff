"""The quarters and years that reports are about (季报, 年报), and what belongs to one."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from portal.domain.errors import BadInput

Kind = Literal["quarter", "year"]
KINDS: Final[tuple[Kind, ...]] = ("quarter", "year")

# By which day a fact belongs to a period (002_f7ad90e39cd17b48.txt wants the reports and leaves
# this open). The sentences, ``reports.rule.*``, are printed on every report.
RULES: Final[tuple[tuple[str, str], ...]] = (
    ("training", "class_end"),
    ("certificate", "first_issued"),
    ("payment", "paid"),
    ("recovery", "paid_before"),
    ("group", "verified_then"),
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A quarter or a year, both days counted."""

    first: date
    last: date
    kind: Kind

    @property
    def quarter(self) -> int:
        """1 to 4; 0 for a year."""
        return (self.first.month + 2) // 3 if self.kind == "quarter" else 0

    @property
    def name(self) -> str:
        """2026-Q3 or 2026, as addresses and files have it."""
        year = f"{self.first.year:04d}"
        return f"{year}-Q{self.quarter}" if self.quarter else year

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return today > self.last

    def before(self) -> "Period":
        """The period that ends where this begins."""
        return period_of(self.kind, self.first - timedelta(days=1))

    def after(self) -> "Period":
        """The period that begins where this ends."""
        return period_of(self.kind, self.last + timedelta(days=1))


def period_of(kind: str, day: date) -> Period:
    """The quarter or year in which a day lies. Raises BadInput for another kind."""
    if kind not in KINDS:
        raise BadInput("kind", "reports.refused.kind")
    month = (day.month - 1) // 3 * 3 + 1 if kind == "quarter" else 1
    first = date(day.year, month, 1)
    beyond = _first_of(day.year, month + 3) if kind == "quarter" else date(day.year + 1, 1, 1)
    return Period(first, beyond - timedelta(days=1), kind)


def parse_period(raw: str) -> Period:
    """2026-Q3 or 2026, as ``Period.name`` writes it. Raises BadInput."""
    year, _, quarter = raw.strip().partition("-Q")
    known = len(year) == 4 and year.isascii() and year.isdigit() and "2000" <= year <= "2199"
    if not known or quarter not in ("", "1", "2", "3", "4") or ("-Q" in raw and not quarter):
        raise BadInput("period", "reports.refused.period")
    if not quarter:
        return period_of("year", date(int(year), 1, 1))
    return period_of("quarter", date(int(year), int(quarter) * 3, 1))


def _first_of(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
