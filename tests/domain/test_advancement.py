"""Which level an honour suggests, by the shipped rules and by rules made up."""

from datetime import date
from typing import Any

import pytest

from portal.domain.advancement import Merit, suggested
from portal.domain.levels import SkillLevel
from portal.domain.rules.rule import Rule
from portal.policies.compile import rules_of
from portal.policies.loader import load_packs

DAY = date(2026, 12, 1)


def made(**fields: Any) -> Rule:
    values: dict[str, Any] = {
        "id": "R62", "kind": "credential_from_award", "where": ("information",),
        "clause": "一", "quote": "一", "plain": "一", "pack_id": "x", "document": "x",
    }  # fmt: skip
    return Rule(**values | fields)


def shipped(pack: str) -> tuple[Rule, ...]:
    return rules_of(load_packs()[pack], demo=True)


@pytest.mark.parametrize(
    ("merit", "level"),
    [
        (Merit(True, "prefecture_1", 1), SkillLevel.SENIOR),
        (Merit(True, "prefecture_1", 3), SkillLevel.SENIOR),
        (Merit(True, "prefecture_1", 4), None),
        (Merit(True, "prefecture_1", 0), None),
        (Merit(True, "prefecture_1", None), None),
        (Merit(True, "prefecture_2", 3), SkillLevel.INTERMEDIATE),
        # The text of Turpan speaks of its two levels of competitions, and of no honours.
        (Merit(True, "national_1", 1), None),
        (Merit(False, "prefecture", None), None),
    ],
)
def test_turpan_suggests_a_qualification_for_the_first_of_its_competitions(
    merit: Merit, level: SkillLevel | None
) -> None:
    found = suggested(shipped("turpan-2019"), merit, on=DAY)
    assert (found.level if found else None) == level
    assert found is None or (found.credential, found.rule.clause) == ("QUAL", "四(四)")


def test_qingdao_counts_honours_as_well_and_suggests_a_skill_level() -> None:
    rules = shipped("qingdao-2021")
    honour = suggested(rules, Merit(False, "prefecture"), on=DAY)
    won = suggested(rules, Merit(True, "national_1", 5), on=DAY)
    assert honour is not None and won is not None  # noqa: PT018
    assert (honour.credential, honour.level) == ("LEVEL", SkillLevel.SENIOR)
    assert (won.credential, won.level) == ("LEVEL", SkillLevel.TECHNICIAN)


@pytest.mark.parametrize("pack", ["hunan-2018", "inner-mongolia-2022", "rural-revitalisation-2021"])
def test_a_text_that_promises_no_level_suggests_none(pack: str) -> None:
    assert suggested(shipped(pack), Merit(True, "national_1", 1), on=DAY) is None


def test_every_shipped_table_says_that_its_values_are_the_products_own() -> None:
    rules = [r for p in load_packs().values() for r in p.rules if r.kind == "credential_from_award"]
    assert len(rules) == 2
    assert all("本系统的默认值" in (rule.note or "") for rule in rules)


def test_the_most_local_rule_that_fits_is_the_one() -> None:
    near = made(id="near", params={"ranks": {"county": 2}, "places": {"county": 1}})
    far = made(id="far", params={"ranks": {"county": 3}, "places": {"county": 9}})
    for place, rule in ((1, "near"), (2, "far")):
        found = suggested((near, far), Merit(True, "county", place), on=DAY)
        assert found is not None
        assert found.rule.id == rule


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        (DAY, DAY, True),
        (date(2026, 12, 2), None, False),
        (None, date(2026, 11, 30), False),
    ],
)
def test_a_rule_suggests_nothing_outside_its_days(
    first: date | None, last: date | None, counts: bool
) -> None:
    rule = made(params={"honours": {"national": 5}}, effective_from=first, effective_to=last)
    assert bool(suggested((rule,), Merit(False, "national"), on=DAY)) is counts
