"""From an honour to a level (竞赛及荣誉晋升, reference M19, R62): what a rule suggests.

A suggestion is no more than that: a person decides, and who examines issues the paper.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.levels import SkillLevel
from portal.domain.rules.params import counts, text
from portal.domain.rules.rule import Rule

KIND = "credential_from_award"
# How high a competition is (国家级一类 to 县级), and who gave an honour.
COMPETITION_GRADES = (
    *("national_1", "national_2", "province", "prefecture_1", "prefecture_2"),
    "county",
)
HONOUR_GRADES = ("national", "province", "prefecture")
# What can be suggested, as ``certificate_kinds`` calls it.
CREDENTIALS = ("LEVEL", "QUAL")


@dataclass(frozen=True, slots=True)
class Merit:
    """What somebody won. ``grade`` is one of ``COMPETITION_GRADES``, of ``HONOUR_GRADES`` for an
    honour; ``place`` counts from 1 and is None for an honour, or where nobody told it."""

    is_competition: bool
    grade: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a rule suggests: which kind of credential, at which level."""

    rule: Rule
    credential: str
    level: SkillLevel


def suggested(rules: Sequence[Rule], merit: Merit, *, on: date) -> Suggested | None:
    """What the first rule that fits suggests on a day, the most local rule being the first."""
    for rule in _in_force(rules, on):
        rank = _rank(rule, merit)
        if rank is not None:
            return Suggested(rule, text(rule, "credential", CREDENTIALS[0]), SkillLevel(rank))
    return None


def _in_force(rules: Sequence[Rule], on: date) -> Iterator[Rule]:
    for rule in rules:
        begun = rule.effective_from is None or rule.effective_from <= on
        if rule.kind == KIND and begun and (rule.effective_to is None or on <= rule.effective_to):
            yield rule


def _rank(rule: Rule, merit: Merit) -> int | None:
    """The level of a grade; of a competition only up to the last place that the rule counts."""
    if not merit.is_competition:
        return counts(rule, "honours").get(merit.grade)
    last = counts(rule, "places").get(merit.grade, 0)
    if merit.place is None or not 1 <= merit.place <= last:
        return None
    return counts(rule, "ranks").get(merit.grade)
