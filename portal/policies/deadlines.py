"""By when the office does a kind of work: terms as data, each with its source."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from portal.domain import working_days
from portal.policies.tables import rows


@dataclass(frozen=True, slots=True)
class Term:
    """So many days for one kind of work; ``unit`` is working or calendar."""

    kind: str
    days: int
    unit: str
    source: str

    def last_day(self, since: date) -> date:
        """The last day in time for what began on ``since``; that day itself does not count."""
        if self.unit == "calendar":
            return since + timedelta(days=self.days)
        return working_days.after(since, self.days)

    def last_late(self, today: date) -> date:
        """The latest day on which something may have begun that is overdue ``today``."""
        day = today - timedelta(days=self.days + 1)
        while self.last_day(day) >= today:
            day -= timedelta(days=1)
        return day


@cache
def terms() -> dict[str, Term]:
    """All terms by kind."""
    return {
        row["kind"]: Term(row["kind"], int(row["days"]), row["unit"], row["source"])
        for row in rows("deadlines.csv")
    }


def term(kind: str) -> Term:
    """The term of a kind; raises KeyError for a kind without one."""
    return terms()[kind]


def last_day(kind: str, since: date) -> date:
    """The last day in time for work of a kind that began on ``since``."""
    return term(kind).last_day(since)
