"""How well a score tells ghosts from honest sessions or classes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from portal.domain.risk.reasons import Score
from tests.support.simulation import Truth

EFFORT_NAMES = ("careless", "average", "careful")


@dataclass(frozen=True, slots=True)
class Measured:
    """Counts; shares are asked for by name."""

    seen: Counter[str] = field(default_factory=Counter)
    above: Counter[str] = field(default_factory=Counter)

    def share(self, name: str) -> float:
        """How many of a group lie on or above the line; 0 of an empty group."""
        return self.above[name] / self.seen[name] if self.seen[name] else 0.0


def measure(scored: Iterable[tuple[Score, Truth]], line: int) -> Measured:
    """Count per group: ``ghosts`` and ``honest``, ``kind:...``, ``effort:...`` of ghosts, and
    ``trait:...`` of honest ones (``trait:none`` without any)."""
    found = Measured()
    for score, truth in scored:
        if truth.kind:
            groups = ["ghosts", f"kind:{truth.kind}", f"effort:{EFFORT_NAMES[truth.effort]}"]
        else:
            groups = ["honest", *(f"trait:{trait}" for trait in truth.traits or {"none"})]
        found.seen.update(groups)
        if score.value >= line:
            found.above.update(groups)
    return found
