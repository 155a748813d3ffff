"""No few people's money can be worked out, by whatever adds and subtracts what is told."""

from fractions import Fraction
from random import Random
from typing import Any

import pytest

from portal.domain.fund_cells import LEAST, Fact, Sum, choose

Told = list[dict[Any, int]]


def makes(told: Told, wanted: dict[Any, int]) -> bool:
    """An attacker with pencil and fractions: whether told sums combine to the wanted one."""
    unknowns = sorted({fact for row in [*told, wanted] for fact in row}, key=str)
    rows = [[Fraction(row.get(one, 0)) for one in unknowns] for row in told]
    aim = [Fraction(wanted.get(one, 0)) for one in unknowns]
    at = 0
    for column in range(len(unknowns)):
        pivot = next((n for n in range(at, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        head = [value / rows[at][column] for value in rows[at]]
        rows[at] = head
        for other in [*rows[:at], *rows[at + 1 :], aim]:
            if other[column]:
                times = other[column]
                other[:] = [a - times * b for a, b in zip(other, head, strict=True)]
        at += 1
    return not any(aim)


def table(facts: dict[Any, tuple[str, str]], only: set[Any] | None = None) -> list[Sum[Any]]:
    """Cells, margins and the whole of facts by row and column."""
    sums: dict[Any, dict[Any, int]] = {}
    for fact, (row, column) in facts.items():
        if only is None or fact in only:
            for cell in ((row, column), (row, ""), ("", column), ("", "")):
                sums.setdefault(cell, {})[fact] = 1
    return [
        Sum(
            cell,
            vector,
            (sum(part == "" for part in cell), len(vector), *map(ord, "".join(cell))),
        )
        for cell, vector in sums.items()
    ]


def people(**named: int) -> dict[Any, Fact]:
    """Facts with so many people each."""
    return {
        name: Fact(frozenset(f"{name}{n}" for n in range(many))) for name, many in named.items()
    }


def test_a_small_cell_is_hidden_and_another_one_with_it() -> None:
    facts = people(a=2, b=9, c=9, d=9)
    places = {"a": ("r", "x"), "b": ("r", "y"), "c": ("s", "x"), "d": ("s", "y")}
    shown = choose(table(places), [], facts)
    assert ("r", "x") not in shown
    assert not makes([one.vector for one in table(places) if one.cell in shown], {"a": 1})  # type: ignore[misc]
    assert len(shown) >= 4


def test_what_is_large_enough_is_told() -> None:
    facts = people(a=5, b=9)
    places = {"a": ("r", "x"), "b": ("s", "y")}
    assert len(choose(table(places), [], facts)) == 7


def test_a_rest_of_two_people_is_hidden_even_when_spread_over_two_cells() -> None:
    facts = people(a=1, b=1, c=30, d=30, e=30)
    places = {"a": ("r", "x"), "b": ("r", "y"), "c": ("r", "z"), "d": ("s", "x"), "e": ("s", "y")}
    cells = table(places)
    told = [dict(one.vector) for one in cells if one.cell in choose(cells, [], facts)]
    assert not makes(told, {"a": 1, "b": 1})


def test_a_corrected_version_does_not_tell_by_whom_it_differs() -> None:
    facts = people(a=9, b=8, back=1)
    first = [dict(one.vector) for one in table({"a": ("r", "x"), "b": ("s", "x")})]
    corrected = table({"a": ("r", "x"), "b": ("s", "x"), "back": ("r", "x")})
    shown = choose(corrected, first, facts)
    told = [dict(one.vector) for one in corrected if one.cell in shown]
    assert not makes([*first, *told], {"back": 1})
    assert ("s", "x") in shown


def test_somebody_in_two_facts_is_one_person() -> None:
    same = frozenset("1234")
    facts = {"a": Fact(same), "b": Fact(same)}
    assert choose(table({"a": ("r", "x"), "b": ("r", "x")}), [], facts) == frozenset()


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_cell_can_be_worked_out_from_all_tables_together(seed: int) -> None:
    """Quarters, a corrected quarter, the year, a county of its own, in any order."""
    chance = Random(seed)
    places = {
        f"f{n}": (chance.choice("abcd"), chance.choice("xyz")) for n in range(chance.randint(4, 24))
    }
    facts = {
        one: Fact(frozenset(chance.choices(range(60), k=chance.randint(1, 7)))) for one in places
    }
    names = list(places)
    cut = len(names) // 2
    sets = [
        set(names[:cut]),
        set(names[cut:]),
        set(names[:cut]) - set(chance.sample(names, 1)),
        set(names),
        {one for one in names if places[one][0] == "a"},
    ]
    chance.shuffle(sets)
    told: Told = []
    tables: list[tuple[list[Sum[Any]], frozenset[Any]]] = []
    for only in sets:
        cells = table(places, only)
        shown = choose(cells, told, facts)
        told += [dict(one.vector) for one in cells if one.cell in shown]
        tables.append((cells, shown))
    for number, (cells, shown) in enumerate(tables):
        for one in cells:
            count = len(frozenset().union(*[facts[fact].people for fact in one.vector]))
            if count < LEAST:
                assert one.cell not in shown
                assert not makes(told, dict(one.vector)), (seed, number, one.cell)
        last = [dict(one.vector) for one in cells if one.cell in shown]
        rest = [dict(one.vector) for one in cells if one.cell not in shown]
        if number == len(tables) - 1:
            assert not any(makes([*told, *last], one) for one in rest)
    for fact in names:
        if len(facts[fact].people) < LEAST:
            assert not makes(told, {fact: 1})
