"""Whoever a published rule can turn away is told which rule, why not, and what to do."""

import re
from pathlib import Path
from typing import get_args

import pytest

from portal.domain.rules import engine
from portal.locale import has
from portal.policies import rule_params
from portal.policies.compile import ask_of
from portal.policies.loader import load_packs
from portal.policies.models import INFORMING, REFUSING, PolicyPack, Rule, RuleKind

# A target group is a fact about a life; a remedy stands on screens that others see.
CLOSED = ("服刑", "戒毒", "矫正")
PACKS = load_packs()
RULES = {f"{key}-{rule.id}": (pack, rule) for key, pack in PACKS.items() for rule in pack.rules}
REFUSALS = {key: found for key, found in RULES.items() if found[1].may_refuse}


def test_many_rules_can_refuse() -> None:
    assert len(REFUSALS) > 35


@pytest.mark.parametrize(("pack", "rule"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_has_a_message_a_remedy_and_a_source(pack: PolicyPack, rule: Rule) -> None:
    assert rule.message_plain.endswith("。")
    assert rule.remedy_plain is not None
    assert rule.remedy_plain.endswith("。")
    # One sentence: short enough to be read on a phone by who reads slowly.
    assert rule.remedy_plain.count("。") == 1
    assert len(rule.remedy_plain) <= 60
    assert rule.clause
    assert 0 < len(rule.quote) <= 60
    assert ask_of(pack.document)


@pytest.mark.parametrize(("pack", "rule"), RULES.values(), ids=RULES)
def test_what_a_rule_says_is_plain_and_shames_nobody(pack: PolicyPack, rule: Rule) -> None:
    said = rule.message_plain + (rule.remedy_plain or "")
    assert not re.search(r"[A-Za-z]{3,}", said)
    assert not any(word in said for word in CLOSED)
    assert all(paper and len(paper) <= 20 for paper in rule.papers)


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_every_document_says_where_to_ask(pack: PolicyPack) -> None:
    assert pack.document.ask_plain
    assert "12333" in ask_of(pack.document) or pack.document.ask_phone


def test_every_kind_of_rule_is_known_to_the_engine() -> None:
    # A kind that the engine passes over would be published and never obeyed.
    assert set(get_args(RuleKind)) == engine.EVALUATED | engine.INFORMATIVE


def test_a_kind_that_the_engine_judges_cannot_go_without_remedy() -> None:
    assert engine.INFORMATIVE <= INFORMING
    harmless = {"free_training", "in_range", "level_exception", "priority", "region_exception"}
    assert engine.EVALUATED - harmless == REFUSING


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_a_fund_that_a_rule_names_is_one_of_the_packs_sources(pack: PolicyPack) -> None:
    sources = {s for r in pack.rules if r.kind == "fund_sources" for s in r.params["sources"]}  # type: ignore[union-attr]
    named = {str(rule.params["fund"]) for rule in pack.rules if "fund" in rule.params}
    named |= {s for r in pack.rules if r.kind == "fund_order" for s in r.params["order"]}  # type: ignore[union-attr,misc]
    assert named <= sources or not sources


def test_every_reason_for_wrong_parameters_has_a_sentence() -> None:
    reasons = set(re.findall(r'yield "(\w+)"', Path(rule_params.__file__).read_text("utf-8")))
    assert len(reasons) == 4
    assert all(has(f"publish.pack.{reason}") for reason in reasons)
