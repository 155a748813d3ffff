"""The reference tables hold what reference.md B2, B3, A3 and A4.1 ask for."""

import re

import pytest

from portal.policies import reference


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("6-31-01-03", "电工"),
        ("4-03-02-01", "中式烹调师"),
        ("4-10-01-05", "养老护理员"),
        ("4-01-06-01", "电子商务师"),
        ("6-02-06-06", "果露酒酿造工"),
        ("5-03-02-01", "家畜饲养员"),
    ],
)
def test_occupations_carry_their_2022_codes(code: str, name: str) -> None:
    found = reference.occupation(code)
    assert found is not None
    assert (found.name, found.edition) == (name, "2022")


def test_every_occupation_code_has_the_shape_of_the_book() -> None:
    for item in reference.occupations():
        assert re.fullmatch(r"[1-8]-\d\d-\d\d-\d\d", item.code), item
        assert item.status in {"ok", "chg", "?"}


def test_an_occupation_whose_code_is_vacant_says_so() -> None:
    found = reference.occupation("4-10-01-02")
    assert found is not None
    assert (found.name, found.edition, found.status) == ("育婴员", "2015", "chg")


def test_codes_of_two_editions_are_one_family() -> None:
    assert reference.occupation_family("4-01-02-02") == reference.occupation_family("4-01-06-01")
    assert reference.occupation_family("4-10-01-02") != reference.occupation_family("4-10-01-01")
    assert reference.occupation_family("6-31-01-03") == "6-31-01-03"


def test_an_unknown_code_is_none_and_no_error() -> None:
    assert reference.occupation("9-99-99-99") is None
    assert reference.group("") is None
    assert reference.region("999999") is None
    assert reference.region_name("999999") == "999999"


def test_topics_have_no_code_of_the_book_and_a_known_training_type() -> None:
    names = {item.name for item in reference.topics()}
    assert {"酒店管理", "景区管理", "服务礼仪", "创办企业(SYB)", "国家通用语言(国语)"} <= names
    assert all(reference.training_type(item.training_type) for item in reference.topics())


def test_groups_know_what_must_not_be_shown() -> None:
    sensitive = {item.code: item.sensitive for item in reference.groups()}
    assert sensitive["JUSTICE"] == "very"
    assert sensitive["HARD_EMPLOY"] == sensitive["POOR_LABOUR"] == "yes"
    assert sensitive["MIGRANT_NEWGEN"] == "no"
    assert set(sensitive.values()) == {"no", "yes", "very"}


def test_training_types_draw_on_the_three_quotas() -> None:
    buckets = {item.code: item.bucket for item in reference.training_types()}
    assert buckets["STARTUP"] == "entrepreneurship"
    assert buckets["NATIONAL_LANG"] == "national_language"
    assert buckets["JOB_SKILL"] == "vocational"
    assert buckets["APPRENTICE"] is None


def test_a_region_is_shown_from_province_to_county() -> None:
    assert reference.region_path("650402") == ["新疆", "吐鲁番市", "高昌区"]
    assert reference.region_path("370202") == ["山东", "青岛市", "市南区"]
    assert reference.region_path("150000") == ["内蒙古"]


def test_levels_that_the_table_lacks_are_left_out_of_a_path() -> None:
    assert reference.region_path("512301") == ["四川", "涪陵市"]


def test_the_cascade_starts_with_34_provinces() -> None:
    assert len(reference.child_regions("000000")) == 34


def test_the_cascade_offers_only_names_in_use() -> None:
    assert [item.name for item in reference.child_regions("650400")] == [
        "高昌区",
        "鄯善县",
        "托克逊县",
    ]
    names = [item.name for item in reference.child_regions("650000")]
    assert "吐鲁番市" in names
    assert "吐鲁番地区" not in names
    assert reference.child_regions("650402") == ()


def test_a_reused_code_has_its_present_name() -> None:
    assert reference.region_name("430102") == "芙蓉区"
    assert reference.region_name("150105") == "赛罕区"


@pytest.mark.parametrize(
    "code",
    ["512301", "512221", "510202", "440527", "342622", "132821", "422101", "652101", "652122"],
)
def test_abolished_codes_of_living_people_are_known_and_have_an_heir(code: str) -> None:
    found = reference.region(code)
    assert found is not None
    assert not found.current
    assert found.successor_code


@pytest.mark.parametrize("code", ["441900", "442000", "460400", "620200"])
def test_cities_without_counties_stand_at_level_two(code: str) -> None:
    found = reference.region(code)
    assert found is not None
    assert (found.level, found.current) == (2, True)
