"""Facts for the rule engine: builders with sensible defaults, and strategies.

The rules come from the shipped packs, so that a test asks what a person would be told.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import (
    ClaimFacts,
    Education,
    Employment,
    Facts,
    GroupFact,
    OutcomeFacts,
    PastSubsidy,
    PersonFacts,
    TrainingFacts,
)
from portal.domain.rules.rule import Decision, Result, Rule, Where
from portal.locale.rules import change, sentence
from portal.policies.compile import rules_of as compiled
from portal.policies.loader import load_packs

TODAY = date(2026, 9, 1)
STARTS = date(2026, 9, 14)
ENDS = date(2026, 10, 30)
TURPAN = "turpan-2019"


@cache
def rules_of(*pack_ids: str) -> tuple[Rule, ...]:
    """The rules of shipped packs in this order, those of the first being the most local.

    They carry no dates: a test asks what a document says, not whether it still holds.
    """
    packs = load_packs()
    return tuple(
        replace(item, effective_from=None, effective_to=None)
        for pack_id in pack_ids
        for item in compiled(packs[pack_id])
    )


def rule(kind: str, **fields: Any) -> Rule:
    """A made-up rule of a pack ``here``; ``params`` as in a pack."""
    given = {
        "id": "R99", "where": ("enrol", "claim", "finish", "listing"), "clause": "一",
        "quote": "一", "plain": "一", "pack_id": "here", "document": "示例",
    }  # fmt: skip
    return Rule(kind=kind, **{**given, **fields})


def group(code: str, *, verified: bool = True, **days: date) -> GroupFact:
    """Belongs to a group since 2020, an office has seen it."""
    return GroupFact(code, days.get("since", date(2020, 1, 1)), days.get("until"), verified)


def person(*groups: GroupFact | str, **fields: Any) -> PersonFacts:
    """Somebody of 36 without a pension; a bare code is a verified group."""
    found = tuple(group(item) if isinstance(item, str) else item for item in groups)
    base = PersonFacts(birth_date=date(1990, 3, 5), pension="none", groups=found)
    return replace(base, **fields)


def training(plan_no: str | None = None, **fields: Any) -> TrainingFacts:
    """An electrician's class of 80 课时 in Turpan, level 初级工."""
    base = TrainingFacts(
        region_code="650402",
        starts_on=STARTS,
        ends_on=ENDS,
        hours=80,
        training_type="JOB_SKILL",
        bucket="vocational",
        pack_id=TURPAN,
        plan_no=plan_no,
        skill_key="6-31-01-03",
        level=2,
    )
    return replace(base, **fields)


def past(**fields: Any) -> PastSubsidy:
    """A vocational subsidy of this year for another occupation."""
    base = PastSubsidy(bucket="vocational", year=2026, skill_key="4-03-02-01", level=2)
    return replace(base, title="中式烹调班", **fields)


def employment(**fields: Any) -> Employment:
    """A job in an insured enterprise since three months before the class."""
    base = Employment(employer_kind="enterprise", hired_on=date(2026, 6, 14), insured=True)
    return replace(base, **fields)


def education(**fields: Any) -> Education:
    """A student of a university in the year of graduation."""
    return replace(Education(school_kind="university", graduates_on=date(2026, 6, 30)), **fields)


def outcome(**fields: Any) -> OutcomeFacts:
    """Passed, with a training certificate."""
    base = OutcomeFacts(
        passed=True, certificate_kind="TRAINING", credited_hours=80, days_attended=20
    )
    return replace(base, **fields)


def claim(**fields: Any) -> ClaimFacts:
    """1,200 yuan of vocational subsidy to the person."""
    base = ClaimFacts(payee="person", kind="vocational_subsidy", amount_fen=120_000)
    return replace(base, **fields)


def facts(**fields: Any) -> Facts:
    """A person who enrols today in the class above, with nothing had before."""
    base = Facts(on=TODAY, person=person(), training=training())
    return replace(base, **fields)


def ask(given: Facts, where: Where = "enrol", *, rules: Sequence[Rule] | None = None) -> Decision:
    """Evaluate, put every answer into words and on file; Turpan's rules unless others are given."""
    decision = evaluate(rules_of(TURPAN) if rules is None else rules, given, where=where)
    for item in decision.results:
        assert "{" not in sentence(item), item.reason
        assert item.outcome == "pass" or change(item), item.reason
        kept = [dict(item.inputs), dict(item.params)]
        assert json.loads(json.dumps(kept)) == kept, item.reason
    return decision


def answer(asked: Rule, given: Facts, where: Where = "enrol") -> Result | None:
    """What one made-up rule answers, None for nothing."""
    return next(iter(ask(given, where, rules=(asked,)).results), None)


def outcome_of(asked: Rule, given: Facts, where: Where = "enrol") -> str | None:
    """Just pass, fail or unknown, None for no answer."""
    found = answer(asked, given, where)
    return found.outcome if found else None


def result(decision: Decision, rule_id: str) -> Result:
    """What one rule answers; fails when it gives no answer."""
    return next(item for item in decision.results if item.rule.id == rule_id)


def answers(decision: Decision, rule_id: str) -> bool:
    """Whether a rule gives an answer at all."""
    return any(item.rule.id == rule_id for item in decision.results)
