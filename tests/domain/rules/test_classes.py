"""R03, R14, R20 to R22, R27 to R30, R34, R52, R53, R58: the class and how it ended."""

from datetime import date

import pytest

from tests.support.rules import (
    TURPAN,
    answer,
    claim,
    employment,
    facts,
    outcome,
    outcome_of,
    person,
    result,
    rule,
    rules_of,
    training,
)
from tests.support.rules import ask as ask_turpan

PLACE = rule("place_and_certificate", params={"place": "650400", "certificate_required": True})


@pytest.mark.parametrize(
    ("region", "certificate", "expected"),
    [
        ("650421", "LEVEL", "pass"),
        ("650400", "TRAINING", "pass"),
        ("650421", None, "fail"),
        ("650102", "LEVEL", "fail"),
    ],
)
def test_the_place_of_training_counts_and_not_the_hukou(
    region: str, certificate: str | None, expected: str
) -> None:
    given = facts(
        person=person(residence_region="430102"),
        training=training(region_code=region),
        outcome=outcome(certificate_kind=certificate),
        claim=claim(),
    )
    assert outcome_of(PLACE, given, "claim") == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [("000000", "pass"), ("650000", "pass"), ("650402", "pass"), ("660000", "fail")],
)
def test_a_place_holds_all_that_lies_in_it(place: str, expected: str) -> None:
    assert outcome_of(rule("place_and_certificate", params={"place": place}), facts()) == expected


def test_a_training_that_has_not_ended_leaves_the_claim_open() -> None:
    assert outcome_of(PLACE, facts(claim=claim()), "claim") == "unknown"


def test_an_allowance_waits_for_no_certificate() -> None:
    given = facts(claim=claim(kind="living_allowance"), outcome=outcome(certificate_kind=None))
    assert outcome_of(PLACE, given, "claim") is None


def test_nobody_needs_the_certificate_to_enrol() -> None:
    assert outcome_of(PLACE, facts()) == "pass"


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [
        (date(2026, 10, 12), "fail"),
        (date(2026, 10, 13), "pass"),
        (date(2027, 3, 13), "pass"),
        (date(2027, 3, 14), "fail"),
    ],
    ids=["a day short", "one month", "six months", "a day long"],
)
def test_off_the_job_from_one_to_six_months(ends_on: date, expected: str) -> None:
    months = rule("months_range", params={"min_months": 1, "max_months": 6})
    assert outcome_of(months, facts(training=training(ends_on=ends_on)), "listing") == expected


@pytest.mark.parametrize(
    ("passed", "expected"), [(True, "pass"), (False, "fail"), (None, "unknown")]
)
def test_no_pass_no_post(passed: bool | None, expected: str) -> None:
    given = facts(outcome=outcome(passed=passed))
    assert outcome_of(rule("requires_pass"), given, "finish") == expected
    assert outcome_of(rule("requires_pass"), facts(), "finish") == "unknown"


@pytest.mark.parametrize(
    ("in_claim", "on_record", "expected"),
    [(True, None, "pass"), (False, True, "fail"), (None, True, "pass"), (None, None, "unknown")],
)
def test_an_employers_own_evaluation_counts_where_levels_decide_about_wages(
    in_claim: bool | None, on_record: bool | None, expected: str
) -> None:
    flags = rule("record_needs", params={"employer_flags": ("level_linked_pay",)})
    given = facts(
        person=person(employment=employment(level_linked_pay=on_record)),
        outcome=outcome(certificate_kind="ENT_SELF"),
        claim=claim(level_linked_pay=in_claim),
    )
    assert outcome_of(flags, given, "claim") == expected
    others = facts(outcome=outcome(certificate_kind="LEVEL"), claim=claim())
    assert outcome_of(flags, others, "claim") is None


def test_an_apprentices_class_has_two_mentors() -> None:
    fields = rule("record_needs", params={"fields": ("enterprise_mentor", "school_mentor")})
    one = facts(training=training(record_fields=("school_mentor",)))
    found = answer(fields, one, "listing")
    assert found is not None
    assert (found.outcome, found.params["missing"]) == ("fail", ["enterprise_mentor"])
    both = facts(training=training(record_fields=("school_mentor", "enterprise_mentor")))
    assert outcome_of(fields, both, "listing") == "pass"


def test_record_needs_that_the_engine_cannot_read_give_no_answer() -> None:
    assert outcome_of(rule("record_needs"), facts(), "listing") is None


@pytest.mark.parametrize(
    ("mode", "open_list", "closed_list"),
    [("mentor", "pass", "pass"), ("school", "unknown", "fail"), (None, "unknown", "unknown")],
)
def test_a_form_of_teaching_that_the_document_does_not_name(
    mode: str | None, open_list: str, closed_list: str
) -> None:
    given = facts(training=training(delivery_mode=mode))
    modes = {"modes": ("mentor", "field")}
    assert outcome_of(rule("delivery_forms", params=modes), given, "listing") == open_list
    closed = rule("delivery_forms", params=modes | {"closed": True})
    assert outcome_of(closed, given, "listing") == closed_list


@pytest.mark.parametrize(
    ("contents", "expected"),
    [(("skill", "national_language"), "pass"), (("skill",), "fail"), ((), "unknown")],
)
def test_skills_and_language_in_one_programme(contents: tuple[str, ...], expected: str) -> None:
    both = rule("combined_content", params={"contents": ("skill", "national_language")})
    given = facts(training=training(contents=contents))
    assert outcome_of(both, given, "listing") == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"programme": True, "institution": True, "assessment_body": True}, "pass"),
        ({"programme": True, "institution": True, "assessment_body": False}, "fail"),
        ({"programme": True, "institution": True}, "unknown"),
        ({"programme": False}, "fail"),
        ({}, "unknown"),
    ],
)
@pytest.mark.parametrize("pack_id", ["hunan-2018", "qingdao-2021"])
def test_programme_institution_and_evaluation_body_must_match(
    pack_id: str, listed: dict[str, bool], expected: str
) -> None:
    given = facts(training=training("2", pack_id=pack_id, listed=listed))
    decision = ask_turpan(given, "listing", rules=rules_of(pack_id))
    assert result(decision, "R53").outcome == expected


def test_a_trade_that_is_no_supplement_needs_no_filing() -> None:
    assert outcome_of(rule("supplement_filing"), facts(), "listing") is None


def test_a_level_may_be_skipped_where_the_document_says_so() -> None:
    jump = rule("level_exception", params={"levels": ("technician", "senior_technician")})
    assert outcome_of(jump, facts(training=training(level=5)), "listing") == "pass"
    assert outcome_of(jump, facts(training=training(level=4)), "listing") is None


def test_hours_without_a_number_are_no_rule() -> None:
    assert outcome_of(rule("min_hours"), facts(), "listing") is None


def test_turpans_plan_3_is_held_to_its_months() -> None:
    short = training("3", training_type="OFF_JOB", ends_on=date(2026, 9, 30))
    decision = ask_turpan(facts(training=short), "listing", rules=rules_of(TURPAN))
    assert result(decision, "R22").outcome == "fail"
