"""What holds for anybody, any class and any history, over the rules of all shipped packs."""

import json
from dataclasses import asdict, replace
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.rules.engine import evaluate, priority_of, quota_of
from portal.domain.rules.facts import Facts, PastSubsidy
from portal.domain.rules.money import work_as_training
from portal.domain.rules.rule import Decision, Rule, Where
from portal.locale.rules import change, sentence
from portal.policies.loader import load_packs
from portal.policies.models import RuleKind
from tests.support.rule_facts import any_facts, histories, past_subsidies, places
from tests.support.rules import rule, rules_of

PACKS = sorted(load_packs())


class Book(tuple[Rule, ...]):
    """The rules of packs in an order; a report of a failure names the packs only."""

    def __repr__(self) -> str:
        return " ".join(dict.fromkeys(item.pack_id for item in self))


orders = st.permutations(PACKS).map(lambda order: Book(rules_of(*order)))
CAPS = ("annual_cap", "no_repeat")


def refused_by_caps(decision: Decision) -> set[tuple[str, str]]:
    return {
        (item.rule.id, item.rule.pack_id)
        for item in decision.results
        if item.rule.kind in CAPS and item.outcome == "fail"
    }


@given(orders, any_facts, places)
def test_every_answer_can_be_read_and_kept(
    rules: tuple[Rule, ...], asked: Facts, where: Where
) -> None:
    decision = evaluate(rules, asked, where=where)
    for item in decision.results:
        assert "{" not in sentence(item)
        assert item.outcome == "pass" or change(item).endswith("。")
        kept = json.loads(json.dumps([dict(item.inputs), dict(item.params)]))
        assert kept == [dict(item.inputs), dict(item.params)]


@given(orders, any_facts, places)
def test_the_verdict_follows_from_the_answers(
    rules: tuple[Rule, ...], asked: Facts, where: Where
) -> None:
    decision = evaluate(rules, asked, where=where)
    outcomes = {item.outcome for item in decision.results}
    if "fail" in outcomes:
        assert decision.verdict == "not_eligible"
    else:
        assert decision.verdict == ("needs_review" if "unknown" in outcomes else "eligible")
    first = decision.first_in_the_way()
    assert (first is None) == (decision.verdict == "eligible")


@given(orders, any_facts, places, past_subsidies)
def test_more_history_never_lifts_a_cap(
    rules: tuple[Rule, ...], asked: Facts, where: Where, one_more: PastSubsidy
) -> None:
    before = evaluate(rules, asked, where=where)
    after = evaluate(rules, replace(asked, history=(*asked.history, one_more)), where=where)
    assert refused_by_caps(before) <= refused_by_caps(after)


shuffled = histories.flatmap(lambda had: st.tuples(st.just(had), st.permutations(had)))


@given(orders, any_facts, places, shuffled)
def test_the_order_of_the_records_does_not_matter(
    rules: tuple[Rule, ...],
    asked: Facts,
    where: Where,
    both: tuple[tuple[PastSubsidy, ...], list[PastSubsidy]],
) -> None:
    as_read, otherwise = both
    first = evaluate(rules, replace(asked, history=as_read), where=where)
    second = evaluate(rules, replace(asked, history=tuple(otherwise)), where=where)
    assert first == second


@given(orders, any_facts, places)
def test_an_unanswered_pension_refuses_nobody(
    rules: tuple[Rule, ...], asked: Facts, where: Where
) -> None:
    silent = replace(asked, person=replace(asked.person, pension="unknown"))
    for item in evaluate(rules, silent, where=where).results:
        assert item.rule.kind != "exclude_if" or item.outcome != "fail"


@given(orders, any_facts)
def test_a_proof_never_makes_it_worse(rules: tuple[Rule, ...], asked: Facts) -> None:
    proved = tuple(replace(member, verified=True) for member in asked.person.groups)
    better = replace(asked, person=replace(asked.person, groups=proved))
    rank = {"not_eligible": 0, "needs_review": 1, "eligible": 2}
    for where in ("enrol", "claim"):
        said = evaluate(rules, asked, where=where)
        shown = evaluate(rules, better, where=where)
        assert rank[shown.verdict] >= rank[said.verdict]
        assert bool(shown.benefits.free) == bool(said.benefits.free)
    assert priority_of(rules, better) >= priority_of(rules, asked)


@given(orders, any_facts, places)
def test_no_group_is_written_into_what_people_read(
    rules: tuple[Rule, ...], asked: Facts, where: Where
) -> None:
    codes = {member.code for member in asked.person.groups}
    for item in evaluate(rules, asked, where=where).results:
        assert not codes & set(json.dumps(dict(item.params)).replace('"', " ").split())


@given(orders, any_facts)
def test_work_as_training_is_never_paid_beyond_its_limits(
    rules: tuple[Rule, ...], asked: Facts
) -> None:
    for item in evaluate(rules, asked, where="claim").results:
        if item.rule.kind == "limit" and "payable_fen" in item.params:
            assert asked.claim is not None
            most = work_as_training(
                asked.claim.months, asked.claim.monthly_fen, max_months=6, max_monthly_fen=30_000
            )
            assert 0 <= item.params["payable_fen"] <= min(most, asked.claim.amount_fen)  # type: ignore[operator]


@given(orders, any_facts, places)
def test_the_quota_names_what_the_cap_judged(
    rules: tuple[Rule, ...], asked: Facts, where: Where
) -> None:
    decision = evaluate(rules, asked, where=where)
    assert decision.quota == quota_of(rules, asked)
    for item in decision.results:
        if item.rule.kind == "annual_cap":
            assert item.params["bucket"] == decision.quota.bucket
            assert decision.quota.bucket is not None


@given(orders, any_facts, places)
def test_asking_changes_nothing(rules: tuple[Rule, ...], asked: Facts, where: Where) -> None:
    before = asdict(asked)
    first = evaluate(rules, asked, where=where)
    assert evaluate(rules, asked, where=where) == first
    assert asdict(asked) == before


words = st.text(max_size=5) | st.booleans() | st.integers() | st.floats(allow_nan=False)
known = sorted({name for item in rules_of(*PACKS) for name in item.params})
names = st.sampled_from([*known, "regions", "reading"])
odd_params = st.dictionaries(
    names, words | st.lists(words).map(tuple) | st.dictionaries(st.text(max_size=5), st.integers())
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(get_args(RuleKind))), odd_params, any_facts, places)
def test_odd_parameters_stop_nobody_with_an_error(
    kind: str, params: dict[str, object], asked: Facts, where: Where
) -> None:
    odd = rule(kind, params=params, where=(where,))
    for item in evaluate((odd,), asked, where=where).results:
        assert sentence(item)
