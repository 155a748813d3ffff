"""Which rules are asked, how several packs live together, and what follows from the answers."""

from datetime import date
from typing import get_args

import pytest

from portal.domain.rules.engine import EVALUATED, INFORMATIVE, benefits_of, priority_of, quota_of
from portal.domain.rules.rule import Rule
from portal.policies.models import RuleKind
from tests.support.rules import (
    STARTS,
    TURPAN,
    answers,
    ask,
    facts,
    group,
    past,
    person,
    result,
    rule,
    rules_of,
    training,
)


def hours(least: int, **fields: object) -> Rule:
    return rule("min_hours", params={"hours": least}, **fields)


def test_every_kind_is_either_evaluated_or_informative() -> None:
    assert set(get_args(RuleKind)) == EVALUATED | INFORMATIVE
    assert set() == EVALUATED & INFORMATIVE


@pytest.mark.parametrize("kind", sorted(INFORMATIVE))
def test_a_rule_that_only_informs_gives_no_answer(kind: str) -> None:
    assert ask(facts(), rules=(rule(kind),)).results == ()


def test_a_kind_of_a_later_version_gives_no_answer() -> None:
    assert ask(facts(), rules=(rule("horoscope"),)).results == ()


def test_a_rule_of_a_plan_does_not_speak_of_the_same_number_in_another_pack() -> None:
    asked = hours(100, plans=("10",), pack_id="elsewhere")
    assert not answers(ask(facts(training=training("10")), rules=(asked,)), "R99")
    assert answers(ask(facts(training=training("10", pack_id="elsewhere")), rules=(asked,)), "R99")


def test_a_rule_of_a_training_type_does_not_speak_of_others() -> None:
    asked = rule("min_hours", params={"hours": 100, "training_types": ("STARTUP",)})
    assert not answers(ask(facts(), rules=(asked,)), "R99")


def test_a_rule_is_asked_only_where_it_stands() -> None:
    asked = hours(100, where=("listing",))
    assert not answers(ask(facts(), "enrol", rules=(asked,)), "R99")
    assert answers(ask(facts(), "listing", rules=(asked,)), "R99")


@pytest.mark.parametrize(
    ("dates", "asked"),
    [
        ({"effective_from": STARTS}, True),
        ({"effective_from": date(2026, 9, 15)}, False),
        ({"effective_to": STARTS}, True),
        ({"effective_to": date(2026, 9, 13)}, False),
    ],
    ids=["first day", "not yet", "last day", "no more"],
)
def test_a_rules_dates_are_held_against_the_first_day_of_class(
    dates: dict[str, date], asked: bool
) -> None:
    assert answers(ask(facts(), rules=(hours(10, **dates),)), "R99") is asked


def test_of_the_same_rule_in_two_packs_the_most_local_counts() -> None:
    local, national = hours(80, pack_id="city"), hours(100, pack_id="nation")
    decision = ask(facts(), rules=(local, national))
    assert decision.verdict == "eligible"
    assert [item.rule.pack_id for item in decision.results] == ["city"]
    assert ask(facts(), rules=(national, local)).verdict == "not_eligible"


def test_a_local_rule_that_does_not_speak_of_the_class_hides_no_other() -> None:
    local, national = hours(10, plans=("1",)), hours(100, pack_id="nation")
    assert ask(facts(), rules=(local, national)).verdict == "not_eligible"


def test_different_refusals_of_two_packs_both_hold() -> None:
    local, national = hours(10, id="R20"), hours(100, id="R21", pack_id="nation")
    assert ask(facts(), rules=(local, national)).verdict == "not_eligible"


def test_what_two_packs_give_adds_up() -> None:
    local = rule("free_training", id="R05", params={"groups": ("YOUTH",)})
    national = rule("free_training", id="R05", params={"groups": ("AIDED_FAMILY",)}, pack_id="n")
    given = facts(person=person("AIDED_FAMILY"))
    benefits = benefits_of((local, national), given)
    assert benefits.free is True
    assert benefits.free_by is not None
    assert benefits.free_by.rule.pack_id == "n"
    told = [item.params["free"] for item in ask(given, rules=(local, national)).results]
    assert told == [False, True]


def test_any_refusal_refuses_and_any_doubt_needs_a_look() -> None:
    doubt = rule("hired_within", id="R24", params={"months": 12})
    assert ask(facts(), rules=(hours(10), doubt)).verdict == "needs_review"
    assert ask(facts(), rules=(hours(100), doubt)).verdict == "not_eligible"
    assert ask(facts(), rules=(hours(10),)).verdict == "eligible"
    assert ask(facts(), rules=()).verdict == "eligible"


def test_an_officer_may_lift_soft_refusals_and_doubts_but_not_a_hard_refusal() -> None:
    soft, doubt = hours(100, soft=True), rule("hired_within", id="R24", params={"months": 12})
    assert ask(facts(), rules=(soft, doubt)).overridable
    hard = ask(facts(), rules=(soft, doubt, hours(90, id="R20")))
    assert not hard.overridable
    first = hard.first_in_the_way()
    assert first is not None
    assert first.rule.id == "R20"


def test_a_pack_with_everything_answers_in_the_order_of_its_rules() -> None:
    decision = ask(facts())
    order = [item.id for item in rules_of(TURPAN)]
    places = [order.index(item.rule.id) for item in decision.results]
    assert places == sorted(places)


def test_the_quota_is_the_same_wherever_the_rules_are_asked() -> None:
    given = facts(history=(past(),))
    quota = quota_of(rules_of(TURPAN), given)
    assert quota == ask(given).quota == ask(given, "listing").quota
    assert (quota.skill_key, quota.level, quota.no_repeat) == ("6-31-01-03", 2, True)


def test_without_a_cap_the_bucket_is_kept_and_nothing_limits_it() -> None:
    quota = quota_of((), facts())
    assert (quota.bucket, quota.bucket_limit, quota.total_limit) == ("vocational", None, None)
    assert not quota.no_repeat


def test_a_type_that_a_cap_does_not_count_takes_nothing() -> None:
    employers = facts(training=training(training_type="APPRENTICE", bucket="vocational"))
    assert quota_of(rules_of(TURPAN), employers).bucket is None
    assert not answers(ask(employers), "R01")


def test_of_two_caps_the_smaller_limit_is_reserved() -> None:
    def cap(number: int, rule_id: str) -> Rule:
        limits = {"total": number, "buckets": {"vocational": number}}
        return rule("annual_cap", id=rule_id, params=limits)

    quota = quota_of((cap(3, "R01"), cap(2, "R01b")), facts())
    assert (quota.bucket_limit, quota.total_limit) == (2, 2)


class TestPriority:
    national = rules_of("rural-revitalisation-2021")

    def test_a_verified_member_goes_first(self) -> None:
        assert priority_of(self.national, facts(person=person("AIDED_FAMILY")))

    def test_a_word_is_not_enough(self) -> None:
        declared = group("AIDED_FAMILY", verified=False)
        given = facts(person=person(declared))
        assert not priority_of(self.national, given)
        answer = result(ask(given, rules=self.national), "R55")
        assert answer.reason == "priority.after_check"

    def test_a_membership_that_is_over_is_not_one(self) -> None:
        over = group("AIDED_FAMILY", until=date(2026, 8, 31))
        assert not priority_of(self.national, facts(person=person(over)))

    def test_everybody_else_is_first_come_first_served(self) -> None:
        assert not priority_of(self.national, facts())
        assert not answers(ask(facts(), rules=self.national), "R55")


class TestRegionException:
    # A local pack may ask for the place at enrolment; Inner Mongolia's veterans need not heed it.
    place = rule(
        "place_and_certificate",
        id="R03",
        where=("enrol", "claim"),
        params={"place": "150100", "certificate_required": False},
        pack_id="inner-mongolia-2022",
    )
    rules = (*rules_of("inner-mongolia-2022"), place)

    def outcome(self, *groups: object, where: str = "enrol") -> str:
        class_elsewhere = training("4-2", pack_id="inner-mongolia-2022", region_code="150202")
        given = facts(person=person(*groups), training=class_elsewhere)  # type: ignore[arg-type]
        return result(ask(given, where, rules=self.rules), "R03").outcome  # type: ignore[arg-type]

    def test_veterans_are_let_in(self) -> None:
        assert self.outcome("VETERAN") == "pass"

    def test_and_are_not_refused_afterwards(self) -> None:
        assert self.outcome("VETERAN", where="claim") == "pass"

    def test_who_only_says_so_is_looked_at(self) -> None:
        assert self.outcome(group("VETERAN", verified=False)) == "unknown"

    def test_others_are_held_to_the_place(self) -> None:
        assert self.outcome("YOUTH") == "fail"


def test_groups_are_read_on_the_day_of_enrolling_and_later_on_the_first_day_of_class() -> None:
    ends_between = group("YOUTH", until=date(2026, 9, 10))
    begins_between = group("YOUTH", since=date(2026, 9, 10))
    asked = (rule("free_training", params={"groups": ("YOUTH",)}),)

    def free(member: object, where: str) -> object:
        given = facts(person=person(member))  # type: ignore[arg-type]
        return result(ask(given, where, rules=asked), "R99").params["free"]  # type: ignore[arg-type]

    assert (free(ends_between, "enrol"), free(ends_between, "claim")) == (True, False)
    assert (free(begins_between, "enrol"), free(begins_between, "claim")) == (False, True)
