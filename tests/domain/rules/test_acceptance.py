"""The acceptance tests of the policy texts (reference.md C4) that rules alone decide."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.rules.engine import quota_of
from portal.domain.rules.facts import TrainingFacts
from portal.domain.rules.money import advance_ceiling, settle
from tests.support.rules import (
    TURPAN,
    ask,
    claim,
    employment,
    facts,
    past,
    person,
    result,
    rules_of,
    training,
)


def test_c4_02_a_second_vocational_subsidy_of_the_year_is_blocked() -> None:
    had = (past(year=2026),)
    refused = ask(facts(history=had))
    assert refused.verdict == "not_eligible"
    assert refused.overridable, "原则上: an officer may decide otherwise"
    answer = result(refused, "R01")
    assert (answer.outcome, answer.reason) == ("fail", "annual_cap.used_up")
    assert answer.params["open_buckets"] == ["entrepreneurship", "national_language"]


@pytest.mark.parametrize(
    ("training_type", "bucket"),
    [("STARTUP", "entrepreneurship"), ("NATIONAL_LANG", "national_language")],
)
def test_c4_02_a_startup_and_a_language_class_stay_open(training_type: str, bucket: str) -> None:
    other = training(
        training_type=training_type, bucket=bucket, skill_key=f"topic:{bucket}", level=None
    )
    assert ask(facts(training=other, history=(past(),))).verdict == "eligible"


def test_c4_02_three_in_all_is_the_total() -> None:
    quota = quota_of(rules_of(TURPAN), facts())
    assert (quota.year, quota.bucket, quota.bucket_limit, quota.total_limit) == (
        2026, "vocational", 1, 3,
    )  # fmt: skip
    three = (past(), past(bucket="entrepreneurship"), past(bucket="national_language"))
    answer = result(ask(facts(history=three)), "R01")
    assert answer.reason == "annual_cap.total_used_up"


def test_c4_03_the_same_electricians_level_again_two_years_later_is_refused() -> None:
    had = (past(year=2024, skill_key="6-31-01-03", level=2),)
    elsewhere = training(region_code="650421")
    answer = result(ask(facts(training=elsewhere, history=had)), "R02")
    assert answer.outcome == "fail"
    assert answer.params["had_year"] == 2024


def test_c4_04_the_next_level_passes() -> None:
    had = (past(year=2024, skill_key="6-31-01-03", level=2),)
    given = facts(training=training(level=3), history=had)
    assert result(ask(given), "R02").outcome == "pass"


def test_c4_05_at_63_without_a_pension_the_training_is_subsidised() -> None:
    given = facts(person=person(birth_date=date(1963, 2, 1), pension="none"))
    assert result(ask(given), "R04").outcome == "pass"
    residents = replace(given, person=person(birth_date=date(1963, 2, 1), pension="resident"))
    assert result(ask(residents), "R04").outcome == "pass"


def test_c4_06_at_52_with_a_pension_it_is_not() -> None:
    given = facts(person=person(birth_date=date(1974, 2, 1), pension="employee"))
    decision = ask(given)
    assert result(decision, "R04").outcome == "fail"
    assert not decision.overridable


def test_c4_07_an_unknown_pension_needs_a_persons_look() -> None:
    given = facts(person=person(birth_date=date(1963, 2, 1), pension="unknown"))
    assert ask(given).verdict == "needs_review"


def test_c4_12_hired_13_months_before_is_too_long_ago() -> None:
    def answer(hired_on: date) -> str:
        given = facts(
            person=person(employment=employment(hired_on=hired_on)),
            training=training("1", training_type="PRE_JOB"),
        )
        return result(ask(given), "R24").outcome

    assert answer(date(2025, 8, 14)) == "fail"
    assert answer(date(2025, 9, 13)) == "fail"
    assert answer(date(2025, 9, 14)) == "pass"


def test_c4_08_of_seven_months_of_work_as_training_six_are_paid() -> None:
    asked = claim(
        payee="employer", kind="work_as_training", payee_kind="workshop",
        months=7, monthly_fen=30_000, amount_fen=210_000,
    )  # fmt: skip
    given = facts(person=person("POOR_LABOUR"), training=work_as_training(), claim=asked)
    answer = result(ask(given, "claim"), "R08")
    assert (answer.outcome, answer.params["payable_fen"]) == ("pass", 180_000)


@pytest.mark.parametrize(("group", "expected"), [("HARD_EMPLOY", "fail"), ("POOR_LABOUR", "pass")])
def test_c4_09_an_uninsured_cooperative_is_paid_for_one_group_only(
    group: str, expected: str
) -> None:
    asked = claim(
        payee="employer", kind="work_as_training", payee_kind="cooperative", payee_insured=False,
        months=3, monthly_fen=30_000, amount_fen=90_000,
    )  # fmt: skip
    given = facts(person=person(group), training=work_as_training(), claim=asked)
    assert result(ask(given, "claim"), "R08").outcome == expected


def work_as_training() -> TrainingFacts:
    return training(training_type="WORK_AS_TRAINING", bucket=None, skill_key=None, level=None)


@pytest.mark.parametrize(("hours", "expected"), [(79, "fail"), (80, "pass")])
def test_c4_10_a_plan_10_class_of_79_hours_cannot_be_approved(hours: int, expected: str) -> None:
    decision = ask(facts(training=training("10", hours=hours)), "listing")
    assert result(decision, "R20").outcome == expected


@pytest.mark.parametrize(("hours", "expected"), [(159, "fail"), (160, "pass")])
def test_c4_11_a_plan_2_class_of_159_hours_cannot_be_approved(hours: int, expected: str) -> None:
    decision = ask(facts(training=training("2", hours=hours)), "listing")
    assert result(decision, "R21").outcome == expected


def test_c4_13_of_a_projects_100000_yuan_40000_may_be_paid_in_advance() -> None:
    rules = rules_of(TURPAN)
    assert advance_ceiling(rules, 10_000_000, "institution", "PROJECT") == 4_000_000
    assert settle(4_000_000, [10_000_000]).balance_fen == 6_000_000
    asked = claim(payee="institution", amount_fen=10_000_000, advance_fen=4_000_001)
    project = training(training_type="PROJECT")
    too_much = ask(facts(training=project, claim=asked), "claim")
    assert result(too_much, "R40").outcome == "fail"


def test_c4_16_a_supplement_trade_that_is_filed_but_not_accepted_cannot_be_chosen() -> None:
    def verdict(accepted: bool) -> str:
        listed = {"supplement": accepted, "programme": True, "institution": True}
        hunan = training(
            pack_id="hunan-2018", region_code="430102",
            listed=listed | {"assessment_body": True}, delivery_mode="centralised",
        )  # fmt: skip
        return ask(facts(training=hunan), "listing", rules=rules_of("hunan-2018")).verdict

    assert verdict(accepted=False) == "not_eligible"
    assert verdict(accepted=True) == "eligible"
