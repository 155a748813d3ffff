"""The acceptance tests of the policy texts (reference.md C4) that rules alone decide."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.rules.engine import evaluate, quota_of
from portal.domain.rules.facts import Facts
from portal.domain.rules.rule import Decision, Where
from tests.support.rules import (
    TURPAN,
    employment,
    facts,
    past,
    person,
    result,
    rules_of,
    training,
)


def ask(given: Facts, where: Where = "enrol") -> Decision:
    return evaluate(rules_of(TURPAN), given, where=where)


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
