"""R07, R08, R09, R40 to R43: what a claim may ask, of which money, and what is payable."""

from dataclasses import replace

import pytest

from portal.domain.rules.facts import ClaimFacts
from portal.domain.rules.rule import Result
from tests.support.rules import answer, claim, facts, group, outcome_of, person, rule, training

ONE_OF = rule(
    "one_of_subsidies", params={"kinds": ("vocational_subsidy", "insured_skill_up_subsidy")}
)
LIMIT = rule(
    "limit",
    params={
        "max_months": 6,
        "max_amount_fen_per_month": 30_000,
        "groups": ("POOR_LABOUR", "HARD_EMPLOY"),
        "any_payee_groups": ("POOR_LABOUR",),
        "insured_enterprise_groups": ("HARD_EMPLOY",),
    },
)
EXACT = rule("apprenticeship", params={"amount_fen_per_year": 400_000, "payee": "employer"})
LEAST = rule("apprenticeship", params={"min_amount_fen_per_year": 500_000, "payee": "employer"})
ADVANCE = rule("advance", params={"ratio": 0.40, "applies_to": ("enterprise", "PROJECT")})


def work(**fields: object) -> ClaimFacts:
    base = claim(
        payee="employer", kind="work_as_training", payee_kind="enterprise", payee_insured=True,
        months=3, monthly_fen=30_000, amount_fen=90_000,
    )  # fmt: skip
    return replace(base, **fields)  # type: ignore[arg-type]


def limited(asked: ClaimFacts, *groups: object) -> Result:
    found = answer(LIMIT, facts(person=person(*groups), claim=asked), "claim")  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "paid", "expected"),
    [
        ("vocational_subsidy", (), "pass"),
        ("vocational_subsidy", ("insured_skill_up_subsidy",), "fail"),
        ("insured_skill_up_subsidy", ("vocational_subsidy",), "fail"),
        ("vocational_subsidy", ("vocational_subsidy",), "fail"),
        ("vocational_subsidy", ("living_allowance",), "pass"),
        ("living_allowance", ("vocational_subsidy",), None),
    ],
)
def test_one_of_two_subsidies_in_either_order(
    kind: str, paid: tuple[str, ...], expected: str | None
) -> None:
    given = facts(claim=claim(kind=kind, kinds_paid=paid))
    assert outcome_of(ONE_OF, given, "claim") == expected


@pytest.mark.parametrize(
    ("fields", "payable"),
    [
        ({}, 90_000),
        ({"months": 7, "amount_fen": 210_000}, 180_000),
        ({"monthly_fen": 40_000, "amount_fen": 120_000}, 90_000),
        ({"months_before": 5}, 30_000),
        ({"amount_fen": 50_000}, 50_000),
    ],
    ids=["within", "seven months", "too much a month", "one month left", "asks for less"],
)
def test_work_as_training_pays_up_to_its_limits(fields: dict[str, object], payable: int) -> None:
    found = limited(work(**fields), "POOR_LABOUR")
    assert (found.outcome, found.params["payable_fen"]) == ("pass", payable)


def test_after_six_months_there_is_nothing_left() -> None:
    assert limited(work(months_before=6), "POOR_LABOUR").reason == "limit.months_used_up"


@pytest.mark.parametrize(
    ("fields", "groups", "expected"),
    [
        ({"payee_kind": "workshop", "payee_insured": None}, ("POOR_LABOUR",), "pass"),
        ({}, ("HARD_EMPLOY",), "pass"),
        ({"payee_insured": False}, ("HARD_EMPLOY",), "fail"),
        ({"payee_kind": "cooperative"}, ("HARD_EMPLOY",), "fail"),
        ({"payee_insured": None}, ("HARD_EMPLOY",), "unknown"),
        ({"payee_kind": None}, ("HARD_EMPLOY",), "unknown"),
        ({}, (group("HARD_EMPLOY", verified=False),), "unknown"),
        ({"payee_insured": False}, (group("POOR_LABOUR", verified=False),), "unknown"),
        ({"payee_insured": False}, ("HARD_EMPLOY", "POOR_LABOUR"), "pass"),
        (
            {"payee_insured": False},
            ("HARD_EMPLOY", group("POOR_LABOUR", verified=False)),
            "unknown",
        ),
        ({}, ("YOUTH",), "fail"),
        ({"payee": "person"}, ("POOR_LABOUR",), "fail"),
    ],
)
def test_who_is_paid_for_whom(
    fields: dict[str, object], groups: tuple[object, ...], expected: str
) -> None:
    assert limited(work(**fields), *groups).outcome == expected


def test_a_limit_without_branches_asks_only_for_its_groups() -> None:
    plain = rule("limit", params={"max_months": 6, "groups": ("POOR_LABOUR",)})
    uninsured = work(payee_insured=False)
    assert (
        outcome_of(plain, facts(person=person("POOR_LABOUR"), claim=uninsured), "claim") == "pass"
    )
    assert outcome_of(plain, facts(claim=uninsured), "claim") == "fail"
    assert outcome_of(rule("limit"), facts(claim=uninsured), "claim") == "pass"


def test_nothing_is_limited_before_a_claim() -> None:
    assert outcome_of(LIMIT, facts()) is None


@pytest.mark.parametrize(
    ("months", "asked", "payable"),
    [(0, 400_000, 400_000), (24, 900_000, 800_000), (6, 200_000, 200_000), (12, 300_000, 300_000)],
)
def test_an_apprentice_brings_the_employer_a_yearly_amount(
    months: int, asked: int, payable: int
) -> None:
    of_year = claim(payee="employer", kind="apprenticeship", months=months, amount_fen=asked)
    found = answer(EXACT, facts(claim=of_year), "claim")
    assert found is not None
    assert (found.outcome, found.params["payable_fen"]) == ("pass", payable)


def test_where_the_amount_is_a_minimum_less_is_looked_at() -> None:
    def outcome(asked: int) -> str | None:
        given = claim(payee="employer", kind="apprenticeship", months=12, amount_fen=asked)
        return outcome_of(LEAST, facts(claim=given), "claim")

    assert (outcome(500_000), outcome(700_000), outcome(499_999)) == ("pass", "pass", "unknown")


def test_the_apprentice_is_not_the_payee() -> None:
    given = facts(claim=claim(kind="apprenticeship"))
    assert outcome_of(EXACT, given, "claim") == "fail"


@pytest.mark.parametrize(
    ("payee", "training_type", "advance", "expected"),
    [
        ("employer", "ON_JOB_UP", 40_000, "pass"),
        ("employer", "ON_JOB_UP", 40_001, "fail"),
        ("institution", "PROJECT", 40_000, "pass"),
        ("institution", "JOB_SKILL", 40_000, None),
    ],
)
def test_an_advance_is_a_share_for_those_the_pack_names(
    payee: str, training_type: str, advance: int, expected: str | None
) -> None:
    asked = claim(payee=payee, amount_fen=100_000, advance_fen=advance)
    given = facts(training=training(training_type=training_type), claim=asked)
    assert outcome_of(ADVANCE, given, "claim") == expected


@pytest.mark.parametrize(
    ("fund", "expected"), [("就业补助资金", "pass"), ("私人借款", "fail"), ("", None)]
)
def test_money_comes_from_a_fund_that_the_document_names(fund: str, expected: str | None) -> None:
    named = rule("fund_sources", params={"sources": ("就业补助资金",)})
    assert outcome_of(named, facts(claim=claim(fund=fund)), "claim") == expected


@pytest.mark.parametrize(
    ("fund", "expected"),
    [("职工教育经费", "pass"), ("就业补助资金", "unknown"), ("私人借款", "fail"), ("", None)],
)
def test_the_employers_own_money_goes_first(fund: str, expected: str | None) -> None:
    order = rule("fund_order", params={"order": ("职工教育经费", "就业补助资金")})
    assert outcome_of(order, facts(claim=claim(fund=fund)), "claim") == expected


def test_training_money_builds_no_house() -> None:
    uses = rule("prohibited_uses", params={"uses": ("building", "staff")})
    assert outcome_of(uses, facts(claim=claim(expense_kinds=("teaching",))), "claim") == "pass"
    found = answer(uses, facts(claim=claim(expense_kinds=("staff", "teaching"))), "claim")
    assert found is not None
    assert (found.outcome, found.params["uses"]) == ("fail", ["staff"])
