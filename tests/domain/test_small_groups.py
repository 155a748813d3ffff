"""Counts that do not give away the few."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.small_groups import LEAST, STEP, Count, PublishedRow, publish

COLUMNS = ("a", "b", "c", "d", "e")
_people = st.integers(0, 14)
_rows = st.fixed_dictionaries(dict.fromkeys(COLUMNS, _people))
_grids = st.dictionaries(st.sampled_from("xyz"), _rows, max_size=3)


def counted(row: Mapping[str, int]) -> dict[str, Count]:
    return {name: Count(people, 2 * people) for name, people in row.items() if people}


def published(row: Mapping[str, int], columns: tuple[str, ...] = COLUMNS) -> PublishedRow[str]:
    found = publish({"x": counted(row)}, columns)
    return found.get("x", PublishedRow(dict.fromkeys(columns), 0))


def test_cells_of_fewer_than_five_are_hidden_and_others_rounded_down() -> None:
    row = published({"a": 4, "b": 5, "c": 9, "d": 10, "e": 0})
    people = [cell and cell.people for cell in row.cells.values()]
    assert people == [None, 5, 5, 10, None]
    assert [cell and cell.certificates for cell in row.cells.values()] == [None, 10, 15, 20, None]


def test_a_single_hidden_cell_is_not_in_any_sum() -> None:
    row = published({"a": 4, "b": 9, "c": 9, "d": 9, "e": 9})
    assert (row.rest, row.people()) == (0, 20)


def test_many_hidden_cells_are_told_together() -> None:
    assert published({"a": 2, "b": 2, "c": 2}, ("a", "b", "c")).rest == 5


def test_hidden_cells_that_are_all_full_are_not_told_as_full() -> None:
    assert published(dict.fromkeys(COLUMNS, 4)).rest == 15


def test_a_row_that_tells_nothing_is_not_there() -> None:
    assert publish({"x": counted({"a": 4}), "y": counted({"a": 5})}, COLUMNS).keys() == {"y"}


@given(_rows)
def test_each_hidden_cell_may_still_be_empty_or_full(row: dict[str, int]) -> None:
    """Whoever knows everything that is published, and how, learns nothing of a hidden cell."""
    told = published(row)
    hidden = [name for name, cell in told.cells.items() if cell is None]
    for wanted in hidden:
        for value in (0, LEAST - 1):
            assert any(published(other) == told for other in _alike(row, hidden, wanted, value))


def _alike(row: dict[str, int], hidden: list[str], wanted: str, value: int) -> list[dict[str, int]]:
    """Rows with that value in the cell, the other hidden cells holding any sum there can be."""
    others = [name for name in hidden if name != wanted]
    found = []
    for total in range(len(others) * (LEAST - 1) + 1):
        left, made = total, dict(row) | {wanted: value}
        for name in others:
            made[name] = min(left, LEAST - 1)
            left -= made[name]
        found.append(made)
    return found


@given(_grids, st.sampled_from(COLUMNS))
def test_what_is_told_is_never_more_than_there_is(
    grid: dict[str, dict[str, int]], column: str
) -> None:
    for name, row in publish({key: counted(one) for key, one in grid.items()}, COLUMNS).items():
        assert row.people() <= sum(grid[name].values())
        assert row.people([column]) <= grid[name][column]
        assert row.rest % STEP == 0


@given(_rows, st.sampled_from(COLUMNS), st.integers(0, 4))
def test_one_more_or_less_in_a_hidden_cell_changes_no_other_cell(
    row: dict[str, int], column: str, people: int
) -> None:
    one, other = published(row | {column: 0}), published(row | {column: people})
    assert one.cells == other.cells
