"""One question to the rules: the facts, the place in the procedure, and the days that count.

The day that counts: target groups are read on the day of the act when somebody enrols, and on
the first day of the class in everything later, so that a fact that ends afterwards takes nothing
away from a training that was begun rightly (reference.md, part E, 2). Hire date, age, year and
the dates of the rules themselves are always measured against the first day of the class, which
a person knows when enrolling.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from portal.domain.rules.facts import ClaimFacts, Facts
from portal.domain.rules.payments import ADDED_PAYMENTS
from portal.domain.rules.rule import Result, Rule, Where

# How sure a membership is: an office looked at it, or the person says so.
Sure = Literal["verified", "declared"]


@dataclass(frozen=True, slots=True)
class Case:
    """What every check is given. ``lifted`` are checks that a region exception switches off."""

    facts: Facts
    where: Where
    groups: Mapping[str, bool]
    lifted: Mapping[str, Sure] = field(default_factory=dict)

    def member(self, codes: Iterable[str]) -> Sure | None:
        """Whether the person belongs to one of these groups, and how sure that is."""
        found: Sure | None = None
        for code in codes:
            if code in self.groups:
                if self.groups[code]:
                    return "verified"
                found = "declared"
        return found

    def matching(self, codes: Iterable[str]) -> list[str]:
        """The groups among these that the person belongs to, for the record."""
        return sorted(code for code in codes if code in self.groups)

    @property
    def beside(self) -> bool:
        """Whether the claim asks for money beside the training subsidy, such as an allowance."""
        claim = self.facts.claim
        return self.where == "claim" and claim is not None and claim.kind in ADDED_PAYMENTS

    def asks_for(self, *kinds: str) -> ClaimFacts | None:
        """The claim, when it asks for one of these payments."""
        claim = self.facts.claim
        return claim if claim is not None and claim.kind in kinds else None


Check = Callable[[Rule, Case], Result | None]


def case_of(facts: Facts, where: Where, lifted: Mapping[str, Sure] | None = None) -> Case:
    """The case, with the groups of the day that counts."""
    day = facts.on if where == "enrol" else facts.training.starts_on
    return Case(facts, where, facts.groups_on(day), lifted or {})
