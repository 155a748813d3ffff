"""What a score is made of: reasons with points, that add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TOP = 100


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a session or class looks odd; the sentence stands in ``locale/zh_CN/risk.toml``.

    ``params`` are plain JSON values, times as ISO strings; ``people`` are the keys of the rows
    that it is about, none when it is about the session as a whole.
    """

    code: str
    points: int
    params: Mapping[str, object] = field(default_factory=dict)
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100: the sum of the reasons' points, at most 100. Heaviest reason first."""

    value: int
    reasons: tuple[Reason, ...] = ()

    def rows(self) -> dict[str, tuple[str, ...]]:
        """For each person with something odd the codes of the reasons, the oddest person first."""
        weight: dict[str, int] = {}
        codes: dict[str, tuple[str, ...]] = {}
        for reason in self.reasons:
            for person in reason.people:
                weight[person] = weight.get(person, 0) + reason.points
                codes[person] = (*codes.get(person, ()), reason.code)
        return {person: codes[person] for person in sorted(codes, key=lambda p: (-weight[p], p))}


def total(reasons: Iterable[Reason]) -> Score:
    """The score of these reasons."""
    found = sorted(reasons, key=lambda reason: (-reason.points, reason.code))
    return Score(min(TOP, sum(reason.points for reason in found)), tuple(found))
