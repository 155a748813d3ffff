"""A rule as the engine reads it, and what it answers.

A rule is a row of a policy pack (``portal.policies`` compiles it); the engine knows kinds, never
regions. Every answer names its rule, and so its clause and quotation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Where = Literal["enrol", "attendance", "finish", "claim", "listing", "report", "information"]
Outcome = Literal["pass", "fail", "unknown"]
Verdict = Literal["eligible", "not_eligible", "needs_review"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A dated rule of one policy document.

    ``plain`` says the rule in plain words; ``remedy`` what somebody refused by it can do;
    ``papers`` which documents help; ``ask`` where to ask. ``plans`` are plan numbers of the
    same pack, none for all. ``soft`` stands under 原则上: an officer may decide otherwise.
    """

    id: str
    kind: str
    where: tuple[Where, ...]
    clause: str
    quote: str
    plain: str
    pack_id: str
    document: str
    params: Mapping[str, Any] = field(default_factory=dict)
    plans: tuple[str, ...] = ()
    soft: bool = False
    remedy: str = ""
    papers: tuple[str, ...] = ()
    ask: str = ""
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule answers.

    ``reason`` is a locale key below ``rules.`` (``annual_cap.used_up``) which ``params`` fill;
    ``change`` is the key of the sentence that says what would change the answer, empty when
    nothing would or nothing must; ``inputs`` are the facts that were looked at, plain JSON values.
    """

    rule: Rule
    outcome: Outcome
    reason: str
    params: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    change: str = ""

    @property
    def overridable(self) -> bool:
        """Whether an officer may decide otherwise: a soft rule that fails, or facts unknown."""
        return self.outcome == "unknown" or (self.outcome == "fail" and self.rule.soft)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a subsidised seat takes from the person's allowance (R01, R02).

    ``bucket`` is None when the training draws on none; limits are None when no rule sets one.
    ``skill_key`` is the occupation family, or ``topic:CODE`` where no occupation exists; with
    ``level`` it is had once when ``no_repeat``.
    """

    year: int
    bucket: str | None
    bucket_limit: int | None
    total_limit: int | None
    skill_key: str | None
    level: int | None
    no_repeat: bool


@dataclass(frozen=True, slots=True)
class Benefits:
    """What the rules promise the person in this training, beside the seat.

    ``free`` is by right of a group (R05), None when no rule speaks of it; ``allowance`` the
    rules that give a living allowance (R06) and ``allowance_open`` those that would if a missing
    fact were known; ``adds`` further payment kinds (R12, R13).
    """

    free: bool | None = None
    free_by: Result | None = None
    allowance: tuple[Result, ...] = ()
    adds: tuple[str, ...] = ()
    allowance_open: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """All answers, and what follows from them. ``results`` stand in the order of the rules."""

    verdict: Verdict
    results: tuple[Result, ...]
    quota: Quota
    benefits: Benefits

    @property
    def overridable(self) -> bool:
        """Whether every rule in the way is one that an officer may decide otherwise."""
        return all(result.overridable for result in self.results if result.outcome != "pass")

    def first_in_the_way(self) -> Result | None:
        """The result to show first: a refusal that no officer can lift, then any, then unknown."""
        order = {"fail": 0, "unknown": 1}
        blocking = [result for result in self.results if result.outcome in order]
        return min(blocking, key=lambda r: (order[r.outcome], r.overridable), default=None)
