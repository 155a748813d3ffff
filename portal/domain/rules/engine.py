"""The rules of one or several policy packs, asked about one person and one class.

Rules come in order, those of the most local pack first. How packs live together is written in
docs/adr/0009-rules-of-several-packs.md; which day counts for which fact in ``case``.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from portal.domain.rules.case import Case, Sure, case_of
from portal.domain.rules.facts import Facts, TrainingFacts
from portal.domain.rules.kinds import CHECKS, EVALUATED, INFORMATIVE
from portal.domain.rules.kinds.benefits import entitled, free_training
from portal.domain.rules.kinds.caps import quota
from portal.domain.rules.kinds.subsidised import added_by
from portal.domain.rules.params import texts
from portal.domain.rules.rule import Benefits, Decision, Quota, Result, Rule, Verdict, Where

__all__ = ["EVALUATED", "INFORMATIVE", "benefits_of", "evaluate", "priority_of", "quota_of"]

# What these kinds give adds up over packs; of the others the most local rule of an id counts.
_ADD_UP: Final = frozenset(
    {"free_training", "allowance", "subsidised", "priority", "region_exception"}
)


def evaluate(rules: Sequence[Rule], facts: Facts, *, where: Where) -> Decision:
    """Ask every rule that applies; the history must not hold the training that is judged."""
    applying = [rule for rule in rules if _applies(rule, facts.training)]
    case = case_of(facts, where, _lifted(applying, facts, where))
    results: list[Result] = []
    for rule in _most_local(rule for rule in applying if where in rule.where):
        result = CHECKS[rule.kind](rule, case)
        if result is not None:
            results.append(result)
    return Decision(
        verdict=_verdict(results),
        results=tuple(results),
        quota=quota(_most_local(iter(applying)), facts),
        benefits=_benefits(applying, case),
    )


def quota_of(rules: Sequence[Rule], facts: Facts) -> Quota:
    """What a subsidised seat takes from the person's allowance, wherever the rules are asked."""
    applying = (rule for rule in rules if _applies(rule, facts.training))
    return quota(_most_local(applying), facts)


def benefits_of(rules: Sequence[Rule], facts: Facts) -> Benefits:
    """What the person would get beside the seat, as it looks on the day of the act."""
    applying = [rule for rule in rules if _applies(rule, facts.training)]
    return _benefits(applying, case_of(facts, "enrol"))


def priority_of(rules: Sequence[Rule], facts: Facts) -> bool:
    """Whether the person goes first on a waiting list: by a verified group only (R55)."""
    case = case_of(facts, "enrol")
    return any(
        case.member(texts(rule, "groups")) == "verified"
        for rule in rules
        if rule.kind == "priority" and _applies(rule, facts.training)
    )


def _applies(rule: Rule, training: TrainingFacts) -> bool:
    """Whether a rule speaks of this class at all: its kind, plans, training types and dates."""
    if rule.kind not in CHECKS:
        return False
    if rule.plans and (rule.pack_id != training.pack_id or training.plan_no not in rule.plans):
        return False
    if "training_types" in rule.params:
        types = texts(rule, "training_types")
        if types and training.training_type not in types:
            return False
    if rule.effective_from is not None and training.starts_on < rule.effective_from:
        return False
    return rule.effective_to is None or training.starts_on <= rule.effective_to


def _most_local(rules: Iterator[Rule]) -> Iterator[Rule]:
    seen: set[tuple[str, str]] = set()
    for rule in rules:
        if rule.kind not in _ADD_UP:
            key = (rule.id, rule.kind)
            if key in seen:
                continue
            seen.add(key)
        yield rule


def _lifted(rules: Sequence[Rule], facts: Facts, where: Where) -> dict[str, Sure]:
    """Checks that region exceptions switch off for this person, wherever those stand: who was
    let in under an exception must not be refused at the claim."""
    exceptions = [rule for rule in rules if rule.kind == "region_exception"]
    if not exceptions:
        return {}
    case = case_of(facts, where)
    found: dict[str, Sure] = {}
    for rule in exceptions:
        sure = case.member(texts(rule, "groups"))
        for check in texts(rule, "check"):
            if sure == "verified" or (sure and check not in found):
                found[check] = sure
    return found


def _verdict(results: Sequence[Result]) -> Verdict:
    outcomes = {result.outcome for result in results}
    if "fail" in outcomes:
        return "not_eligible"
    return "needs_review" if "unknown" in outcomes else "eligible"


def _benefits(rules: Sequence[Rule], case: Case) -> Benefits:
    free = [
        r for rule in rules if rule.kind == "free_training" and (r := free_training(rule, case))
    ]
    giving = [r for r in free if r.params["free"]]
    allowances = [r for rule in rules if rule.kind == "allowance" and (r := entitled(rule, case))]
    adds = [kind for rule in rules if rule.kind == "subsidised" for kind in added_by(rule, case)]
    return Benefits(
        free=bool(giving) if free else None,
        free_by=max(giving, key=lambda result: bool(result.params["verified"]), default=None),
        allowance=tuple(r for r in allowances if r.outcome == "pass"),
        adds=tuple(dict.fromkeys(adds)),
        allowance_open=tuple(r for r in allowances if r.outcome == "unknown"),
    )
