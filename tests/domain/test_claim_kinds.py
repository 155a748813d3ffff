"""Which money goes to whom, for how long, and what excludes what."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import claim_kinds
from portal.domain.rules.calendar import add_months
from tests.support.rules import TURPAN, rule, rules_of


@pytest.mark.parametrize(
    ("type_payee", "fee_fen", "free", "sent", "payee"),
    [
        ("institution", 0, False, False, "institution"),
        ("institution", 0, False, True, "institution"),
        ("employer", 0, False, False, "employer"),
        ("person", 30_000, False, False, "person"),
        ("person", 30_000, True, False, "institution"),
        ("person", 0, False, False, "institution"),
        ("person", 30_000, False, True, "employer"),
    ],
)
def test_the_training_is_paid_to_whoever_bore_its_cost(
    type_payee: str, fee_fen: int, free: bool, sent: bool, payee: str
) -> None:
    found = claim_kinds.payee_of(type_payee, fee_fen=fee_fen, free=free, sent_by_employer=sent)
    assert found == payee


def test_an_institution_cannot_ask_for_an_employers_money() -> None:
    assert claim_kinds.kinds_for("institution", "WORK_AS_TRAINING") == ()
    assert claim_kinds.kinds_for("employer", "WORK_AS_TRAINING") == ("work_as_training",)
    assert claim_kinds.kinds_for("employer", "APPRENTICE") == ("apprenticeship",)
    assert claim_kinds.kinds_for("institution", "PROJECT") == ("vocational_subsidy",)


def test_the_two_subsidies_of_employees_share_a_name_and_others_stand_alone() -> None:
    rules = rules_of(TURPAN)
    group = claim_kinds.exclusive_group(rules, "vocational_subsidy")
    assert group == claim_kinds.exclusive_group(rules, "insured_skill_up_subsidy")
    assert claim_kinds.exclusive_group(rules, "living_allowance") == "living_allowance"
    assert claim_kinds.exclusive_group((), "vocational_subsidy") == "vocational_subsidy"


def test_the_name_of_the_group_does_not_depend_on_the_order_in_the_pack() -> None:
    one = rule("one_of_subsidies", params={"kinds": ["b", "a"]})
    other = rule("one_of_subsidies", params={"kinds": ["a", "b"]})
    assert claim_kinds.exclusive_group([one], "a") == claim_kinds.exclusive_group([other], "b")


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 1, 1), date(2026, 7, 31), 7),
        (date(2026, 1, 1), date(2026, 7, 30), 6),
        (date(2026, 1, 15), date(2026, 2, 14), 1),
        (date(2026, 1, 15), date(2026, 2, 13), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2025, 12, 1), date(2026, 11, 30), 12),
        (date(2026, 5, 5), date(2026, 5, 5), 0),
    ],
)
def test_full_months_count_both_ends(first: date, last: date, months: int) -> None:
    assert claim_kinds.full_months(first, last) == months


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 48))
def test_so_many_months_later_and_a_day_before_are_so_many_months(first: date, months: int) -> None:
    end = date.fromordinal(add_months(first, months).toordinal() - 1)
    assert claim_kinds.full_months(first, end) == months


@pytest.mark.parametrize(
    ("unit", "fen"),
    [("person", 120_000), ("day", 600_000), ("month", 360_000), ("year", 30_000)],
)
def test_an_amount_is_counted_by_its_unit(unit: str, fen: int) -> None:
    assert claim_kinds.claimed_fen(unit, 120_000, days=5, months=3) == fen


def test_rules_that_name_an_amount_are_read() -> None:
    rules = rules_of(TURPAN)
    assert claim_kinds.rule_amount(rules, "work_as_training") == ("month", 30_000, "")
    assert claim_kinds.rule_amount(rules, "apprenticeship") == (
        "year",
        400_000,
        "职业技能提升行动专项资金",
    )
    assert claim_kinds.rule_amount(rules, "vocational_subsidy") is None


@pytest.mark.parametrize(
    ("kind", "named"),
    [("vocational_subsidy", True), ("living_allowance", False), ("work_as_training", False)],
)
def test_a_notice_never_names_people_whom_the_kind_shows_to_be_in_need(
    kind: str, named: bool
) -> None:
    assert claim_kinds.names_people(kind) is named
