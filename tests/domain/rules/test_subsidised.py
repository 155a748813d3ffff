"""R10 to R13, R15 to R17."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.rules.engine import benefits_of
from portal.domain.rules.facts import Facts
from portal.domain.rules.rule import Rule
from tests.support.rules import (
    answer,
    ask,
    claim,
    education,
    facts,
    group,
    outcome,
    outcome_of,
    person,
    result,
    rule,
    rules_of,
    training,
)

STUDENTS = rule(
    "subsidised", params={"groups": ("STUDENT_FINALYEAR",), "graduation_year": "calendar"}
)
BY_SCHOOL_YEAR = rule(
    "subsidised", params={"groups": ("STUDENT_FINALYEAR",), "graduation_year": "school_year"}
)
STARTUP = rule("subsidised", params={"programme_recognised": True, "certificate_kind": "TRAINING"})
SPECIAL = rule("subsidised", params={"kinds": ("vocational_subsidy", "assessment_subsidy")})
UPGRADE = rule(
    "subsidised",
    params={
        "levels": ("technician", "senior_technician"),
        "occupation_list": "shortage",
        "adds": "promotion_grant",
    },
)
BEFORE_EVALUATION = rule(
    "subsidised", params={"before": "enterprise_self_evaluation", "payee": "employer"}
)
INSURED = rule(
    "subsidised",
    params={"groups": ("EMP_INSURED",), "fund": "失业保险基金", "conditions_stated": False},
)


def studying(graduates_on: date | None, *groups: object, **fields: object) -> Facts:
    studies = education(graduates_on=graduates_on, **fields)
    return facts(person=person(*groups, education=studies))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("graduates_on", "calendar", "school_year"),
    [
        (date(2026, 6, 30), "pass", None),
        (date(2026, 12, 20), "pass", "pass"),
        (date(2027, 6, 30), "fail", "pass"),
        (date(2028, 6, 30), "fail", "fail"),
        (date(2025, 6, 30), None, None),
    ],
)
def test_students_in_the_year_they_graduate(
    graduates_on: date, calendar: str | None, school_year: str | None
) -> None:
    given = studying(graduates_on)
    assert outcome_of(STUDENTS, given) == calendar
    assert outcome_of(BY_SCHOOL_YEAR, given) == school_year


def test_it_says_from_when() -> None:
    found = answer(STUDENTS, studying(date(2028, 6, 30)))
    assert found is not None
    assert found.params["first_day"] == "2028-01-01"


@pytest.mark.parametrize(
    ("member", "expected"),
    [("STUDENT_FINALYEAR", "pass"), (group("STUDENT_FINALYEAR", verified=False), "unknown"),
     ("YOUTH", None)],
    ids=["verified", "declared", "no student"],
)  # fmt: skip
def test_without_a_date_the_proof_decides(member: object, expected: str | None) -> None:
    given = studying(None, member)
    assert outcome_of(STUDENTS, given) == expected
    nothing_known = facts(person=person(member))  # type: ignore[arg-type]
    assert outcome_of(STUDENTS, nothing_known) == expected


def test_other_schools_are_not_meant() -> None:
    assert outcome_of(STUDENTS, studying(date(2028, 6, 30), school_kind="other")) is None


@pytest.mark.parametrize(
    ("listed", "certificate", "expected"),
    [
        (True, "TRAINING", "pass"),
        (True, "LEVEL", "fail"),
        (True, None, "fail"),
        (False, "TRAINING", "fail"),
        (None, "TRAINING", "unknown"),
    ],
)
def test_a_startup_class_must_be_recognised_and_end_with_its_certificate(
    listed: bool | None, certificate: str | None, expected: str
) -> None:
    given = facts(
        training=training(listed={} if listed is None else {"programme": listed}),
        outcome=outcome(certificate_kind=certificate),
        claim=claim(),
    )
    assert outcome_of(STARTUP, given, "claim") == expected


def test_an_allowance_does_not_wait_for_the_startup_certificate() -> None:
    given = facts(claim=claim(kind="living_allowance"))
    assert outcome_of(STARTUP, given, "claim") is None


def test_a_startup_class_that_has_not_ended_leaves_the_claim_open() -> None:
    given = facts(training=training(listed={"programme": True}), claim=claim())
    assert outcome_of(STARTUP, given, "claim") == "unknown"


def test_special_skills_bring_the_examination_fee() -> None:
    national = rules_of("rural-revitalisation-2021")
    special = training(
        "4", pack_id="rural-revitalisation-2021", training_type="SPECIAL_SKILL", level=None
    )
    given = facts(training=special, claim=claim(kind="assessment_subsidy"))
    assert benefits_of(national, given).adds == ("assessment_subsidy",)
    assert result(ask(given, "claim", rules=national), "R12").outcome == "pass"
    assert benefits_of(national, facts()).adds == ()
    assert outcome_of(SPECIAL, facts(claim=claim(kind="promotion_grant")), "claim") is None


@pytest.mark.parametrize(
    ("level", "marks", "listed", "expected"),
    [
        (5, ("shortage",), {}, "pass"),
        (6, (), {"shortage": True}, "pass"),
        (4, ("shortage",), {}, "fail"),
        (5, (), {"shortage": False}, "fail"),
        (5, (), {}, "unknown"),
    ],
    ids=["technician", "senior technician", "too low", "not short", "no list"],
)
def test_the_promotion_grant_is_for_technicians_in_short_trades(
    level: int, marks: tuple[str, ...], listed: dict[str, bool], expected: str
) -> None:
    class_ = training(level=level, marks=marks, listed=listed)
    given = facts(training=class_, claim=claim(kind="promotion_grant"))
    assert outcome_of(UPGRADE, given, "claim") == expected
    adds = ("promotion_grant",) if expected == "pass" else ()
    assert benefits_of((UPGRADE,), given).adds == adds


def test_a_lower_level_loses_no_training_subsidy_for_it() -> None:
    assert outcome_of(UPGRADE, facts(claim=claim()), "claim") is None


def test_training_before_an_employers_own_evaluation_is_paid_to_the_employer() -> None:
    before = training(marks=("enterprise_self_evaluation",))
    to_employer = facts(training=before, claim=claim(payee="employer"))
    to_person = facts(training=before, claim=claim(payee="person"))
    assert outcome_of(BEFORE_EVALUATION, to_employer, "claim") == "pass"
    assert outcome_of(BEFORE_EVALUATION, to_person, "claim") == "fail"
    assert outcome_of(BEFORE_EVALUATION, facts(claim=claim()), "claim") is None
    of_plan = replace(BEFORE_EVALUATION, plans=("3",), pack_id="qingdao-2021")
    class_of_plan = training("3", pack_id="qingdao-2021")
    assert outcome_of(of_plan, facts(training=class_of_plan, claim=claim()), "claim") == "fail"


def test_digital_occupations_are_in_range() -> None:
    digital = rule("subsidised", params={"occupation_mark": "digital"})
    assert outcome_of(digital, facts(training=training(marks=("digital",))), "listing") == "pass"
    assert outcome_of(digital, facts(), "listing") is None


@pytest.mark.parametrize(
    ("rule_", "given", "expected"),
    [
        (INSURED, claim(kind="insured_skill_up_subsidy"), "unknown"),
        (INSURED, claim(fund="失业保险基金"), "unknown"),
        (INSURED, claim(fund="就业补助资金"), None),
    ],
    ids=["by its kind", "by its fund", "other money"],
)
def test_conditions_that_stand_elsewhere_are_for_a_person(
    rule_: Rule, given: object, expected: str | None
) -> None:
    asked = facts(person=person("EMP_INSURED"), claim=given)
    assert outcome_of(rule_, asked, "claim") == expected


def test_a_group_must_be_proved_before_money_goes_out() -> None:
    declared = person(group("EMP_INSURED", verified=False))
    members = rule("subsidised", params={"groups": ("EMP_INSURED",)})
    given = facts(person=declared, claim=claim())
    assert outcome_of(members, given, "claim") == "unknown"
    assert outcome_of(members, given, "enrol") == "pass"
    assert outcome_of(members, facts(claim=claim()), "claim") is None
