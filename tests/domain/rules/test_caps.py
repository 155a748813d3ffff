"""R01 and R02."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.rules.facts import PastSubsidy
from tests.support.rules import (
    answer,
    answers,
    ask,
    claim,
    facts,
    outcome_of,
    past,
    result,
    rule,
    training,
)

REPEAT = rule("no_repeat")
STRICTER = rule("no_repeat", params={"block_lower_after_higher": True})


def test_a_subsidy_of_another_year_does_not_count() -> None:
    assert ask(facts(history=(past(year=2025),))).verdict == "eligible"


def test_the_year_is_that_of_the_first_day_of_class() -> None:
    next_year = training(starts_on=date(2027, 1, 4), ends_on=date(2027, 2, 4))
    assert ask(facts(training=next_year, history=(past(),))).verdict == "eligible"
    over_new_year = training(starts_on=date(2026, 12, 28), ends_on=date(2027, 1, 29))
    assert ask(facts(training=over_new_year, history=(past(),))).verdict == "not_eligible"


def test_a_pack_may_count_by_the_last_day() -> None:
    by_end = rule("annual_cap", params={"buckets": {"vocational": 1}, "year_basis": "class_end"})
    over_new_year = training(starts_on=date(2026, 12, 28), ends_on=date(2027, 1, 29))
    assert outcome_of(by_end, facts(training=over_new_year, history=(past(),))) == "pass"


def test_what_does_not_count_is_not_counted() -> None:
    assert ask(facts(history=(past(counts=False), past(bucket=None)))).verdict == "eligible"


def test_what_is_left_is_told() -> None:
    told = result(ask(facts()), "R01").params
    assert (told["used"], told["limit"], told["left"], told["total_used"]) == (0, 1, 1, 0)


def test_a_claim_for_an_allowance_draws_on_nothing() -> None:
    given = facts(claim=claim(kind="living_allowance"), history=(past(skill_key="6-31-01-03"),))
    decision = ask(given, "claim")
    assert not answers(decision, "R01")
    assert not answers(decision, "R02")


def test_a_total_alone_is_a_cap_too() -> None:
    total = rule("annual_cap", params={"total": 2})
    one = (past(bucket="entrepreneurship"),)
    assert outcome_of(total, facts(history=one)) == "pass"
    assert outcome_of(total, facts(history=one * 2)) == "fail"


def test_the_last_bucket_used_up_leaves_only_next_year() -> None:
    single = rule("annual_cap", params={"buckets": {"vocational": 1}})
    found = answer(single, facts(history=(past(),)))
    assert found is not None
    assert found.change == "change.next_year"


@pytest.mark.parametrize(
    ("had_level", "wanted_level", "plain", "stricter"),
    [
        (2, 2, "fail", "fail"),
        (2, 3, "pass", "pass"),
        (3, 2, "pass", "fail"),
        (None, 2, "pass", "pass"),
    ],
)
def test_a_level_once_and_a_lower_one_only_where_the_pack_blocks_it(
    had_level: int | None, wanted_level: int, plain: str, stricter: str
) -> None:
    had = past(year=2019, skill_key="6-31-01-03", level=had_level)
    given = facts(training=training(level=wanted_level), history=(had,))
    assert outcome_of(REPEAT, given) == plain
    assert outcome_of(STRICTER, given) == stricter


def test_of_several_repeats_the_last_is_named_however_they_were_read() -> None:
    def told(*had: PastSubsidy) -> object:
        found = answer(REPEAT, facts(history=had))
        assert found is not None
        return found.params["had_year"], found.params["title"]

    old = past(year=2018, skill_key="6-31-01-03", level=2)
    new = replace(old, year=2021, title="电工班")
    twin = replace(new, title="低压电工班")
    assert told(old, new, twin) == told(twin, new, old) == told(new, old, twin) == (2021, "电工班")


def test_without_a_level_the_skill_is_had_once() -> None:
    syb = training(training_type="STARTUP", bucket="entrepreneurship", skill_key="topic:SYB")
    given = facts(training=replace(syb, level=None))
    had = past(year=2020, skill_key="topic:SYB", level=None)
    assert outcome_of(REPEAT, given) == "pass"
    found = answer(REPEAT, replace(given, history=(had,)))
    assert found is not None
    assert (found.outcome, found.reason) == ("fail", "no_repeat.had_skill")


def test_a_language_class_may_come_every_year() -> None:
    language = training(
        training_type="NATIONAL_LANG", bucket="national_language",
        skill_key="topic:NATIONAL_LANGUAGE", level=None,
    )  # fmt: skip
    had = past(
        year=2025, bucket="national_language", skill_key="topic:NATIONAL_LANGUAGE", level=None
    )
    given = facts(training=language, history=(had,))
    decision = ask(given)
    assert decision.verdict == "eligible"
    assert not decision.quota.no_repeat
    once = rule("no_repeat", params={"except_training_types": ()})
    assert outcome_of(once, given) == "fail"


def test_an_examination_paid_before_is_no_training_had() -> None:
    had = past(skill_key="6-31-01-03", level=2, kind="assessment_subsidy")
    assert outcome_of(REPEAT, facts(history=(had,))) == "pass"


def test_a_pack_may_ask_for_once_a_year_only() -> None:
    yearly = rule("no_repeat", params={"scope": "year"})
    had = past(year=2025, skill_key="6-31-01-03", level=2)
    assert outcome_of(yearly, facts(history=(had,))) == "pass"
    assert outcome_of(yearly, facts(history=(replace(had, year=2026),))) == "fail"
    # A reservation is had once for good or not at all, so this one is left to the rule.
    assert not ask(facts(), rules=(yearly,)).quota.no_repeat


def test_a_class_without_a_subject_repeats_nothing() -> None:
    given = facts(training=training(skill_key=None), history=(past(skill_key=None, level=2),))
    assert outcome_of(REPEAT, given) is None
