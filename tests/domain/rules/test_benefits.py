"""R05 and R06: what somebody gets beside the seat."""

import pytest

from portal.domain.rules.engine import benefits_of
from portal.domain.rules.facts import Facts
from tests.support.rules import (
    TURPAN,
    answer,
    ask,
    claim,
    facts,
    group,
    outcome_of,
    person,
    rule,
    rules_of,
    training,
)

FREE = rule("free_training", params={"groups": ("YOUTH", "VETERAN")})
STRICT = {
    "groups": ("POOR_LABOUR", "HARD_EMPLOY", "TWO_AFTER"),
    "two_after_only": ("rural", "urban_dibao"),
}
ALLOWANCE = rule("allowance", params=STRICT)
ALONE = rule("allowance", params=STRICT | {"reading": "alone"})
LIVING = claim(kind="living_allowance", amount_fen=30_000)


def asking(*groups: object, **fields: object) -> Facts:
    return facts(person=person(*groups, **fields), claim=LIVING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("member", "free", "reason"),
    [
        (group("YOUTH"), True, "free_training.free"),
        (group("YOUTH", verified=False), True, "free_training.free_after_check"),
        (group("EMP_ONJOB"), False, "free_training.not_in_group"),
    ],
    ids=["verified", "declared", "another group"],
)
def test_free_is_told_and_refuses_nobody(member: object, free: bool, reason: str) -> None:
    given = facts(person=person(member))  # type: ignore[arg-type]
    found = answer(FREE, given)
    assert found is not None
    assert (found.outcome, found.params["free"], found.reason) == ("pass", free, reason)
    assert benefits_of((FREE,), given).free is free


def test_where_no_rule_speaks_of_fees_nothing_is_promised() -> None:
    assert benefits_of((), facts()).free is None


def test_a_proved_group_names_the_reason_before_a_declared_one() -> None:
    second = rule("free_training", id="R05b", params={"groups": ("VETERAN",)})
    first = rule("free_training", id="R05", params={"groups": ("YOUTH",)})
    given = facts(person=person(group("YOUTH", verified=False), "VETERAN"))
    by = benefits_of((first, second), given).free_by
    assert by is not None
    assert by.rule.id == "R05b"


@pytest.mark.parametrize(
    ("groups", "fields", "strict", "alone"),
    [
        (("POOR_LABOUR",), {}, "pass", "pass"),
        ((group("POOR_LABOUR", verified=False),), {}, "unknown", "unknown"),
        (("YOUTH",), {}, "fail", "fail"),
        (("TWO_AFTER",), {"origin": "rural"}, "pass", "pass"),
        (("TWO_AFTER",), {"origin": "urban", "urban_dibao": False}, "fail", "fail"),
        (("TWO_AFTER",), {"origin": "urban"}, "unknown", "unknown"),
        (("TWO_AFTER",), {}, "unknown", "unknown"),
        (("TWO_AFTER", "URBAN_DIBAO"), {"origin": "urban"}, "pass", "pass"),
        (("URBAN_DIBAO",), {"origin": "urban"}, "fail", "pass"),
        ((), {"urban_dibao": True}, "fail", "unknown"),
        ((group("TWO_AFTER", verified=False),), {"origin": "rural"}, "unknown", "unknown"),
        (
            ("POOR_LABOUR", group("TWO_AFTER", verified=False)),
            {"origin": "rural"},
            "pass",
            "pass",
        ),
        ((group("POOR_LABOUR", verified=False), "HARD_EMPLOY"), {}, "pass", "pass"),
    ],
    ids=[
        "poor", "poor by word", "none of them", "school leaver from the country",
        "school leaver from a city", "city without word of 低保", "school leaver from nowhere",
        "school leaver of a 低保 family", "低保 alone", "低保 by word", "school leaver by word",
        "poor, and a school leaver by word", "poor by word, hard to employ on paper",
    ],
)  # fmt: skip
def test_who_may_claim_money_to_live_on(
    groups: tuple[object, ...], fields: dict[str, object], strict: str, alone: str
) -> None:
    given = asking(*groups, **fields)
    assert outcome_of(ALLOWANCE, given, "claim") == strict
    assert outcome_of(ALONE, given, "claim") == alone


def test_a_pack_may_mean_only_the_school_leavers_of_cities() -> None:
    cities = rule("allowance", params=STRICT | {"two_after_only": ("urban_dibao",)})
    assert outcome_of(cities, asking("TWO_AFTER", origin="rural"), "claim") == "fail"
    assert outcome_of(cities, asking("TWO_AFTER", origin="urban"), "claim") == "unknown"


def test_nobody_loses_a_training_subsidy_for_not_being_poor() -> None:
    assert outcome_of(ALLOWANCE, facts(claim=claim()), "claim") is None
    assert outcome_of(ALLOWANCE, facts(), "claim") is None


def test_before_enrolling_the_allowance_is_shown_and_so_is_the_missing_fact() -> None:
    rules = rules_of(TURPAN)
    poor = benefits_of(rules, facts(person=person(group("POOR_LABOUR", verified=False))))
    assert [item.rule.id for item in poor.allowance] == ["R06"]
    assert poor.allowance[0].params["verified"] is False
    leaver = benefits_of(rules, facts(person=person("TWO_AFTER")))
    assert (leaver.allowance, len(leaver.allowance_open)) == ((), 1)
    assert benefits_of(rules, facts()).allowance_open == ()


@pytest.mark.parametrize(
    ("regions", "lives", "expected"),
    [
        ((), "150523", "unknown"),
        (("150500",), "150523", "pass"),
        (("150500",), "150202", "fail"),
        (("150500",), None, "unknown"),
    ],
    ids=["no list", "in the list", "elsewhere", "unknown home"],
)
def test_an_allowance_by_residence(
    regions: tuple[str, ...], lives: str | None, expected: str
) -> None:
    by_home = rule("allowance", params={"by": "residence_region", "regions": regions})
    assert outcome_of(by_home, asking(residence_region=lives), "claim") == expected


def test_a_list_that_nobody_published_stops_no_enrolment() -> None:
    rules = rules_of("inner-mongolia-2022")
    given = facts(training=training("5", pack_id="inner-mongolia-2022", region_code="150202"))
    assert ask(given, rules=rules).verdict == "eligible"
    assert [item.rule.id for item in benefits_of(rules, given).allowance_open] == ["R06c"]
