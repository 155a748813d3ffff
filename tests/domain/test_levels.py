"""Skill levels: ranks, codes and names."""

import pytest

from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel, from_code, parse_level

TABLE = [
    (1, None, "学徒工"),
    (2, "5", "五级/初级工"),
    (3, "4", "四级/中级工"),
    (4, "3", "三级/高级工"),
    (5, "2", "二级/技师"),
    (6, "1", "一级/高级技师"),
    (7, None, "特级技师"),
    (8, None, "首席技师"),
]


def test_the_eight_levels_are_those_of_the_reference() -> None:
    assert [(int(level), level.code, level.printed_name) for level in SkillLevel] == TABLE


def test_levels_sort_upwards_although_codes_run_downwards() -> None:
    ordered = sorted(from_code(code) for code in "13524")
    assert [level.code for level in ordered] == ["5", "4", "3", "2", "1"]


def test_high_skill_begins_with_senior_workers() -> None:
    assert [level.is_high_skill for level in SkillLevel] == [False] * 3 + [True] * 5


@pytest.mark.parametrize("level", [level for level in SkillLevel if level.code])
def test_every_way_of_writing_a_level_is_read(level: SkillLevel) -> None:
    for raw in (level.code, level.printed_name, level.short_name, level.printed_name[:2]):
        assert parse_level(f" {raw} ") is level


@pytest.mark.parametrize("raw", ["", "0", "6", "V", "五级工人", "55"])
def test_an_unknown_level_is_refused(raw: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_level(raw)
    assert (caught.value.field, caught.value.reason) == ("level", "level.unknown")
