"""Counts that do not give away the few: a fixed grid, rounded, from which everything is summed.

A cell of fewer than ``LEAST`` people is hidden, an empty one just the same; others are rounded
down to a multiple of ``STEP``. Every sum is made of what is published, never of what is hidden,
so that no combination of questions tells more than the grid itself: sums and differences of
public numbers are public. The one thing said of hidden cells is how many people their row holds
in all (``rest``), and only so far that each of them may still be empty or full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

LEAST = 5
STEP = 5

Row = TypeVar("Row")
Column = TypeVar("Column")


@dataclass(frozen=True, slots=True)
class Count:
    """People, and the certificates that they hold: somebody may hold several."""

    people: int
    certificates: int


@dataclass(frozen=True, slots=True)
class PublishedRow(Generic[Column]):
    """A row of the grid: cells by column, None where hidden; ``rest`` at least in hidden ones."""

    cells: Mapping[Column, Count | None]
    rest: int

    def people(self, columns: Sequence[Column] | None = None) -> int:
        """At least so many people in these columns; with the rest for all of them."""
        wanted = self.cells if columns is None else columns
        told = sum(cell.people for one in wanted if (cell := self.cells[one]))
        return told + (self.rest if columns is None else 0)


def publish(
    raw: Mapping[Row, Mapping[Column, Count]], columns: Sequence[Column]
) -> dict[Row, PublishedRow[Column]]:
    """The grid as it may be told, rows of which nothing may be told left out."""
    rows = {name: _row(cells, columns) for name, cells in raw.items()}
    return {name: row for name, row in rows.items() if row.people()}


def _row(cells: Mapping[Column, Count], columns: Sequence[Column]) -> PublishedRow[Column]:
    told = {one: _cell(cells.get(one)) for one in columns}
    hidden = [one for one in columns if told[one] is None]
    people = sum(cells[one].people for one in hidden if one in cells)
    # All but one of them full is the most that leaves each of them free to be empty.
    most = max(len(hidden) - 1, 0) * (LEAST - 1)
    return PublishedRow(told, min(rounded(people), rounded(most)))


def _cell(count: Count | None) -> Count | None:
    if count is None or count.people < LEAST:
        return None
    return Count(rounded(count.people), rounded(count.certificates))


def rounded(count: int) -> int:
    """Down to the step below."""
    return count // STEP * STEP
