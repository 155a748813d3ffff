"""Which 课时 of a class count for one person, in all and by kind (reference B11.2, rules 3, 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from portal.domain.attendance import Part

# A programme knows hours of theory and of practice only. Nothing is practised through a screen,
# so lessons online are theory; an examination is neither.
THEORY = frozenset({"theory", "online"})
PRACTICE = frozenset({"practice"})


@dataclass(frozen=True, slots=True)
class KindHours:
    """All sessions of a kind (theory, practice, online, exam) for one person, in 课时.

    ``credited`` holds what was credited, ``made_up`` the part of it that was made up elsewhere;
    ``excused`` the planned 课时 of the sessions missed with leave.
    """

    kind: str
    planned: int
    credited: int = 0
    made_up: int = 0
    excused: int = 0


@dataclass(frozen=True, slots=True)
class CountRules:
    """The region's parameters that say what counts, and what is asked of each part."""

    excused_in_denominator: bool = True
    makeup_counts: bool = True
    theory_min_ratio: Fraction | None = None
    practice_min_ratio: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts for one person: ``credited`` of ``planned``, and the two parts. ``carried`` are
    those of the credited hours that were had elsewhere."""

    credited: int
    planned: int
    theory: Part
    practice: Part
    carried: int = 0


def count(
    rows: Iterable[KindHours], rules: CountRules, *, planned: int, carried: int = 0
) -> Counted:
    """Count the hours of one person. ``planned`` are those of the class, whether every session
    of it stands in ``rows`` or not.

    ``carried`` hours from elsewhere count towards the whole, never beyond what is planned; nobody
    knows whether they were theory or practice, so they count towards neither.
    """
    known = list(rows)
    excused = 0 if rules.excused_in_denominator else sum(row.excused for row in known)
    here, asked = sum(_credited(row, rules) for row in known), max(planned - excused, 0)
    brought = max(min(carried, asked - here), 0)
    return Counted(
        credited=here + brought,
        planned=asked,
        theory=_part(known, rules, THEORY, rules.theory_min_ratio),
        practice=_part(known, rules, PRACTICE, rules.practice_min_ratio),
        carried=brought,
    )


def _part(
    rows: Iterable[KindHours], rules: CountRules, kinds: frozenset[str], asked: Fraction | None
) -> Part:
    own = [row for row in rows if row.kind in kinds]
    excused = 0 if rules.excused_in_denominator else sum(row.excused for row in own)
    planned = max(sum(row.planned for row in own) - excused, 0)
    return Part(sum(_credited(row, rules) for row in own), planned, asked)


def _credited(row: KindHours, rules: CountRules) -> int:
    return row.credited if rules.makeup_counts else row.credited - row.made_up
