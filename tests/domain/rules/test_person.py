"""R04, R24, R32, R33, R57."""

from datetime import date

import pytest

from portal.domain.rules.facts import PersonFacts
from tests.support.rules import answer, employment, facts, outcome_of, person, rule, training

PENSION = {
    "fact": "entitled_to_monthly_pension",
    "pension_kinds": ("employee", "public_institution"),
    "unknown": "needs_review",
}
EXCLUDE = rule("exclude_if", params=PENSION)
PRESUMING = rule("exclude_if", params=PENSION | {"presumed_none_below_age": 40})
HIRED = rule("hired_within", params={"months": 12, "before": "class_start"})
WAGES = rule("employer_commitment", params={"commitment": "wages_kept"})


@pytest.mark.parametrize(
    ("pension", "expected"),
    [
        ("none", "pass"),
        ("resident", "pass"),
        ("employee", "fail"),
        ("public_institution", "fail"),
        ("unknown", "unknown"),
    ],
)
def test_it_is_the_pension_that_excludes(pension: str, expected: str) -> None:
    old = person(birth_date=date(1950, 1, 1), pension=pension)
    assert outcome_of(EXCLUDE, facts(person=old)) == expected


def test_a_pack_may_exclude_other_pensions() -> None:
    resident = rule("exclude_if", params={"pension_kinds": ("resident",)})
    assert outcome_of(resident, facts(person=person(pension="resident"))) == "fail"
    assert outcome_of(resident, facts(person=person(pension="employee"))) == "pass"


@pytest.mark.parametrize(
    ("born", "expected"),
    [(date(1986, 9, 15), "pass"), (date(1986, 9, 14), "unknown"), (None, "unknown")],
    ids=["39 when the class begins", "40 that day", "nobody knows"],
)
def test_the_young_are_presumed_to_draw_none(born: date | None, expected: str) -> None:
    given = facts(person=PersonFacts(birth_date=born))
    found = answer(PRESUMING, given)
    assert found is not None
    assert found.outcome == expected
    assert found.inputs.get("presumed", False) is (expected == "pass")
    assert outcome_of(EXCLUDE, given) == "unknown", "only a pack may presume"


def test_age_never_refuses_and_never_excuses_a_pension() -> None:
    young = person(birth_date=date(2000, 1, 1), pension="employee")
    assert outcome_of(PRESUMING, facts(person=young)) == "fail"


def test_a_fact_that_the_engine_cannot_read_is_for_a_person() -> None:
    strange = rule("exclude_if", params={"fact": "is_left_handed"})
    assert outcome_of(strange, facts()) == "unknown"


def test_without_a_hiring_date_an_officer_looks() -> None:
    assert outcome_of(HIRED, facts()) == "unknown"
    assert (
        outcome_of(HIRED, facts(person=person(employment=employment(hired_on=None)))) == "unknown"
    )


def test_a_month_that_is_shorter_ends_earlier() -> None:
    def hired(day: date) -> str | None:
        class_ = training(starts_on=date(2026, 3, 31))
        one = rule("hired_within", params={"months": 1})
        worker = person(employment=employment(hired_on=day))
        return outcome_of(one, facts(person=worker, training=class_))

    assert hired(date(2026, 2, 28)) == "pass"
    assert hired(date(2026, 2, 27)) == "fail"


@pytest.mark.parametrize(
    ("kept", "expected", "reason"),
    [
        (True, "pass", "employer_commitment.wages_kept"),
        (None, "pass", "employer_commitment.wages_owed"),
        (False, "unknown", "employer_commitment.wages_stop"),
    ],
)
def test_an_employers_breach_never_refuses_the_worker(
    kept: bool | None, expected: str, reason: str
) -> None:
    found = answer(WAGES, facts(person=person(employment=employment(wages_kept=kept))))
    assert found is not None
    assert (found.outcome, found.reason) == (expected, reason)


def test_after_the_certificate_the_right_to_its_pay_is_told() -> None:
    level_pay = rule("employer_commitment", params={"commitment": "level_pay"})
    assert outcome_of(level_pay, facts(), "finish") == "pass"


def test_everyone_is_in_range() -> None:
    assert outcome_of(rule("in_range"), facts(person=PersonFacts())) == "pass"
