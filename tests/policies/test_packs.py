"""The shipped packs say what the policy documents say."""

from datetime import date, time

import pytest

from portal.policies import reference
from portal.policies.loader import PACKS, load_packs, pack_for_region, packs_for_region
from portal.policies.models import PolicyPack, Target


def target(pack: PolicyPack, code: str) -> Target:
    return next(item for item in pack.targets if item.code == code)


@pytest.fixture
def turpan() -> PolicyPack:
    return load_packs()["turpan-2019"]


def test_each_of_the_five_documents_has_a_pack() -> None:
    assert {pack.document.source_file[:3] for pack in load_packs().values()} == {
        "000", "001", "002", "003", "004",
    }  # fmt: skip


def test_turpans_sixteen_plans_with_a_number_sum_to_98000(turpan: PolicyPack) -> None:
    numbered = [p for p in turpan.plans if p.plan_no.isdigit() and p.target_person_times]
    assert len(numbered) == 16
    assert sum(p.target_person_times or 0 for p in numbered) == 98_000


def test_turpans_colleges_add_7000_and_split_it_among_three_schools(turpan: PolicyPack) -> None:
    parts = {
        plan.plan_no: [(s.institution, s.person_times) for s in plan.splits]
        for plan in turpan.plans
        if plan.splits
    }
    assert parts == {
        "C1": [("吐鲁番市职业技术学院", 2500), ("鄯善县技工学校", 900), ("托克逊县技工学校", 600)],
        "C2": [("吐鲁番市职业技术学院", 1500), ("鄯善县技工学校", 750), ("托克逊县技工学校", 750)],
    }
    assert turpan.plan("C1").target_person_times == 4000
    assert turpan.plan("C2").target_person_times == 3000


def test_c4_01_turpans_table_is_the_declared_105000_and_its_three_years(turpan: PolicyPack) -> None:
    years = [target(turpan, f"training_{year}").value for year in (2019, 2020, 2021)]
    assert years == [26_000, 36_000, 43_000]
    assert sum(years) == turpan.total_person_times() == 105_000
    assert target(turpan, "training_total").value == 105_000


def test_turpans_seventeenth_plan_is_a_school_place_and_not_a_class(turpan: PolicyPack) -> None:
    assert turpan.plan("17").target_person_times is None
    assert not turpan.plan("17").bookable


@pytest.mark.parametrize(
    ("plan_no", "hours"),
    [("1", 80), ("2", 160), ("9", 80), ("10", 80), ("11", 80), ("6", None)],
)
def test_turpans_minimum_hours_are_those_of_the_text(
    turpan: PolicyPack, plan_no: str, hours: int | None
) -> None:
    assert turpan.plan(plan_no).min_hours == hours


def test_the_yearly_cap_is_soft_and_counts_three_buckets(turpan: PolicyPack) -> None:
    rule = next(rule for rule in turpan.rules if rule.id == "R01")
    assert rule.soft
    assert rule.params["total"] == 3
    assert rule.params["buckets"] == {
        "vocational": 1, "entrepreneurship": 1, "national_language": 1,
    }  # fmt: skip


def test_every_type_that_consumes_the_cap_has_a_bucket_and_no_other(turpan: PolicyPack) -> None:
    rule = next(rule for rule in turpan.rules if rule.id == "R01")
    with_bucket = {kind.code for kind in reference.training_types() if kind.bucket}
    consumes = rule.params["consumes"]
    assert isinstance(consumes, tuple)
    assert set(consumes) == with_bucket


def test_who_trains_free_in_turpan_is_the_packs_own_key_groups(turpan: PolicyPack) -> None:
    assert {group.code for group in turpan.groups} == set(turpan.free_training[0].group_codes)
    assert turpan.free_training[0].clause == "五(一)"


def test_turpan_teaches_at_regional_hours(turpan: PolicyPack) -> None:
    assert [(b.starts, b.ends) for b in turpan.hours.blocks] == [
        (time(9, 30), time(13, 30)),
        (time(16, 30), time(20)),
    ]
    assert not turpan.hours.assumption


def test_hours_of_regions_whose_text_is_silent_are_marked_as_assumed() -> None:
    others = [pack for pack in load_packs().values() if pack.document.id != "turpan-2019"]
    assert all(pack.hours.assumption for pack in others)


def test_inner_mongolia_aims_at_1250000_and_350000_person_times() -> None:
    pack = load_packs()["inner-mongolia-2022"]
    assert target(pack, "training_total").value == 1_250_000
    assert target(pack, "training_herders").value == 350_000
    assert target(pack, "new_skilled").unit == "人"


def test_inner_mongolia_has_five_plans_and_five_beneath_the_fourth() -> None:
    plans = load_packs()["inner-mongolia-2022"].plans
    assert [p.plan_no for p in plans if p.parent is None] == ["1", "2", "3", "4", "5"]
    assert sum(p.parent == "4" for p in plans) == 5


def test_the_national_document_aims_at_three_million_person_times() -> None:
    pack = load_packs()["rural-revitalisation-2021"]
    assert target(pack, "training_total").value == 3_000_000
    assert len(pack.plans) == 7


def test_qingdao_aims_at_100000_person_times_each_year() -> None:
    pack = load_packs()["qingdao-2021"]
    found = target(pack, "training_total")
    assert (found.value, found.cadence) == (100_000, "each_year")
    assert len(pack.plans) == 7


def test_hunan_has_fifteen_items_and_no_number() -> None:
    pack = load_packs()["hunan-2018"]
    assert len(pack.plans) == 15
    assert pack.targets == ()


def test_the_advertisement_in_one_text_reaches_no_pack() -> None:
    for path in PACKS.glob("*.toml"):
        assert "尊龙" not in path.read_text("utf-8"), path.name


def test_a_place_gets_its_own_pack_before_the_national_one() -> None:
    found = packs_for_region("650402", date(2021, 10, 1))
    assert [pack.document.id for pack in found] == ["turpan-2019", "rural-revitalisation-2021"]


def test_an_abolished_code_reaches_the_pack_of_its_heir() -> None:
    pack = pack_for_region("652101", date(2020, 1, 1))
    assert pack is not None
    assert pack.document.id == "turpan-2019"


def test_the_national_document_keeps_to_the_regions_it_names() -> None:
    assert pack_for_region("540100", date(2022, 1, 1)) is not None
    assert pack_for_region("440000", date(2022, 1, 1)) is None


def test_an_expired_document_lives_on_only_in_the_demo() -> None:
    day = date(2026, 11, 22)
    assert pack_for_region("650400", day) is None
    continued = pack_for_region("650400", day, demo=True)
    assert continued is not None
    assert continued.document.standing(day, demo=True) == "continued"
    assert continued.document.effective_to == date(2021, 12, 31)


def test_a_document_does_not_apply_before_it_was_issued(turpan: PolicyPack) -> None:
    assert turpan.document.standing(date(2019, 9, 16)) == "not_yet"
    assert turpan.document.standing(date(2019, 9, 17)) == "in_force"
    assert turpan.document.standing(date(2021, 12, 31)) == "in_force"
    assert turpan.document.standing(date(2022, 1, 1)) == "expired"
