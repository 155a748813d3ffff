"""Which sums of public money may be told, so that no few people's can be worked out.

The public knows linear sums: a cell, a row's total, last year's table, the county's. A number is
given away when it can be made of sums that are told, and that is a question of linear algebra:
whether it lies in the space that they span. Each candidate is judged together with everything
that was ever told, and hidden further until nothing small can be made. (docs/adr/0040)
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

LEAST: Final = 5
# Sums are judged modulo this prime instead of as fractions: the same answer, except where the
# prime divides a minor of a matrix of a few hundred small integers.
_PRIME: Final = (1 << 61) - 1

Cell = TypeVar("Cell", bound=Hashable)
# How often each fact is in a sum: 1, or -1 where a correction takes it out again.
Vector = Mapping[Hashable, int]


@dataclass(frozen=True, slots=True)
class Sum(Generic[Cell]):
    """A number that might be told. ``order`` says what to hide first, the least first."""

    cell: Cell
    vector: Vector
    order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A movement of money, and the people for whom."""

    people: frozenset[Hashable]


def choose(
    candidate: Sequence[Sum[Cell]],
    told: Sequence[Vector],
    facts: Mapping[Hashable, Fact],
) -> frozenset[Cell]:
    """The cells of a candidate that may be told, beside all that was ``told`` before.

    No sum over one to four people can be made of them: no cell, no difference of a cell to
    anything told, no rest of a row. What can be worked out from the told sums anyway, and holds
    enough people, is told.
    """
    atoms = _Atoms([*told, *[one.vector for one in candidate]], facts)
    before = [atoms.of(vector) for vector in told]
    mine = {one.cell: atoms.of(one.vector) for one in candidate}
    order = {one.cell: one.order for one in candidate}
    shown = {cell for cell, vector in mine.items() if not atoms.is_small(vector) and vector}
    while True:
        space: _Space[Cell] = _Space()
        for vector in before:
            space.add(vector, None)
        for cell in sorted(shown, key=lambda one: order[one], reverse=True):
            space.add(mine[cell], cell)
        guilty = _leak(space, atoms)
        if not guilty:
            break
        shown.discard(min(guilty, key=lambda one: order[one]))
    return frozenset(
        cell
        for cell, vector in mine.items()
        if vector and (cell in shown or (not atoms.is_small(vector) and space.makes(vector)))
    )


class _Atoms:
    """Facts that are in the same sums are one unknown to whoever only knows sums."""

    def __init__(self, vectors: Sequence[Vector], facts: Mapping[Hashable, Fact]) -> None:
        signature: dict[Hashable, list[tuple[int, int]]] = {}
        for number, vector in enumerate(vectors):
            for fact, times in vector.items():
                if times:
                    signature.setdefault(fact, []).append((number, times))
        self._atom: dict[Hashable, int] = {}
        known: dict[tuple[tuple[int, int], ...], int] = {}
        self.people: list[set[Hashable]] = []
        for fact, places in signature.items():
            atom = known.setdefault(tuple(places), len(known))
            if atom == len(self.people):
                self.people.append(set())
            self._atom[fact] = atom
            self.people[atom] |= facts[fact].people

    def of(self, vector: Vector) -> dict[int, int]:
        """A sum by atoms."""
        return {self._atom[fact]: times for fact, times in vector.items() if times}

    def is_small(self, vector: Mapping[int, int]) -> bool:
        """Whether a sum that is about anything is about fewer than ``LEAST`` people."""
        return bool(vector) and self.count(vector) < LEAST

    def count(self, atoms: Iterable[int]) -> int:
        """The people in some atoms together."""
        return len(set().union(*[self.people[atom] for atom in atoms]))


class _Space(Generic[Cell]):
    """Everything that can be made of some sums, in reduced form; rows remember their origin."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[dict[int, int], set[Cell]]] = {}

    def add(self, vector: Mapping[int, int], origin: Cell | None) -> None:
        rest, used = self._reduce(vector)
        if not rest:
            return
        if origin is not None:
            used.add(origin)
        pivot = min(rest)
        _scale(rest, pow(rest[pivot], _PRIME - 2, _PRIME))
        for row, origins in self._rows.values():
            if pivot in row:
                _subtract(row, rest, row[pivot])
                origins |= used
        self._rows[pivot] = (rest, used)

    def makes(self, vector: Mapping[int, int]) -> bool:
        """Whether a sum can be made of those that were added."""
        return not self._reduce(vector)[0]

    def origins(self, vector: Mapping[int, int]) -> set[Cell] | None:
        """Of what a sum can be made, None where it cannot."""
        rest, used = self._reduce(vector)
        return None if rest else used

    def column(self, atom: int) -> dict[int, int]:
        """What the sums leave open of an unknown: its part in each way to change the unknowns
        that changes no sum."""
        known = self._rows.get(atom)
        if known is None:
            return {atom: 1}
        return {free: -times % _PRIME for free, times in known[0].items() if free != atom}

    def _reduce(self, vector: Mapping[int, int]) -> tuple[dict[int, int], set[Cell]]:
        rest = {atom: times % _PRIME for atom, times in vector.items()}
        used: set[Cell] = set()
        for pivot in [atom for atom in rest if atom in self._rows]:
            row, origins = self._rows[pivot]
            _subtract(rest, row, rest[pivot])
            used |= origins
        return rest, used


def _leak(space: "_Space[Cell]", atoms: _Atoms) -> set[Cell] | None:
    """The told cells of which a sum over one to four people can be made; None where none can.

    A sum over some unknowns can be made exactly if what all sums leave open of them hangs
    together linearly: each unknown is taken as its column in the null space of the sums, and
    sets of few people are searched for columns that depend on each other.
    """
    columns = _tangled(
        {atom: space.column(atom) for atom in range(len(atoms.people)) if atoms.is_small({atom: 1})}
    )
    stack: list[tuple[tuple[int, ...], list[tuple[dict[int, int], dict[int, int]]], list[int]]]
    stack = [((), [], sorted(columns))]
    while stack:
        chosen, basis, open_ = stack.pop()
        for place, atom in enumerate(open_):
            wanted = (*chosen, atom)
            if not atoms.is_small(dict.fromkeys(wanted, 1)):
                continue
            rest, made_of = dict(columns[atom]), {atom: 1}
            for known, parts in basis:
                pivot = min(known)
                if times := rest.get(pivot):
                    _subtract(rest, known, times)
                    _subtract(made_of, parts, times)
            if rest:
                scale = pow(rest[min(rest)], _PRIME - 2, _PRIME)
                _scale(rest, scale)
                _scale(made_of, scale)
                following = [*basis, (rest, made_of)]
                stack.append((wanted, following, open_[place + 1 :]))
            elif used := space.origins(made_of):
                return used
    return None


def _tangled(columns: dict[int, dict[int, int]]) -> dict[int, dict[int, int]]:
    """The columns that can depend on others: those that have an entry for themselves cannot."""
    while True:
        count: dict[int, int] = {}
        for column in columns.values():
            for place in column:
                count[place] = count.get(place, 0) + 1
        alone = [atom for atom, column in columns.items() if any(count[one] == 1 for one in column)]
        if not alone:
            return columns
        columns = {atom: column for atom, column in columns.items() if atom not in alone}


def _scale(row: dict[int, int], by: int) -> None:
    for atom in row:
        row[atom] = row[atom] * by % _PRIME


def _subtract(row: dict[int, int], other: Mapping[int, int], times: int) -> None:
    for atom, value in other.items():
        left = (row.get(atom, 0) - times * value) % _PRIME
        if left:
            row[atom] = left
        else:
            row.pop(atom, None)
