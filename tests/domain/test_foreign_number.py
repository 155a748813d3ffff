"""Numbers on certificates of others: impossible ones are refused, odd ones kept with a hint."""

from datetime import date

import pytest

from portal.domain.certificate_kinds import KINDS
from portal.domain.errors import BadInput
from portal.domain.foreign_number import ForeignNumber, check_foreign_number
from portal.domain.identity import make_demo_id
from portal.domain.levels import SkillLevel
from portal.locale import has, t

MINE = make_demo_id(date(1985, 3, 4), 7)
ANOTHERS = make_demo_id(date(1985, 3, 4), 8)
LEVEL = "Y000165000001265000001"
QUALIFICATION = "2665010001500001"


def check(
    kind: str,
    raw: str,
    *,
    level: SkillLevel | None = None,
    issued_on: date = date(2026, 5, 6),
    province: str = "650400",
) -> ForeignNumber:
    return check_foreign_number(
        KINDS[kind], raw, level=level, issued_on=issued_on, province=province, own_id_no=MINE
    )


def refusal_of(kind: str, raw: str, **kwargs: object) -> str:
    with pytest.raises(BadInput) as refusal:
        check(kind, raw, **kwargs)  # type: ignore[arg-type]
    assert refusal.value.field == "number"
    assert has(refusal.value.reason)
    return refusal.value.reason


def test_a_level_number_that_fits_is_kept_in_one_spelling() -> None:
    assert check("LEVEL", " y0001 65 000001 26 5 000001 ", level=SkillLevel.JUNIOR) == (
        ForeignNumber(LEVEL)
    )


def test_a_number_whose_level_digit_is_another_level_is_rejected_with_explanation() -> None:
    """Reference C4, row 19."""
    reason = refusal_of("LEVEL", "S000065000001265000001", level=SkillLevel.INTERMEDIATE)
    assert "等级" in t(reason)
    assert "不一致" in t(reason)


@pytest.mark.parametrize("raw", ["S000065", "RSN12345678901234567", "Y000199000001265000001"])
def test_a_level_number_of_another_form_is_rejected(raw: str) -> None:
    assert refusal_of("LEVEL", raw, level=SkillLevel.JUNIOR) == "certificate_number.level_format"


def test_another_year_and_another_province_are_odd_and_kept() -> None:
    found = check("LEVEL", LEVEL, level=SkillLevel.JUNIOR, issued_on=date(2025, 1, 2))
    assert found.problems == ("certificate_number.year_mismatch",)
    found = check("LEVEL", LEVEL, level=SkillLevel.JUNIOR, province="430000")
    assert found.problems == ("certificate_number.province_mismatch",)


def test_a_province_that_nobody_said_is_not_odd() -> None:
    assert check("LEVEL", LEVEL, level=SkillLevel.JUNIOR, province="").problems == ()


def test_an_old_qualification_is_odd_and_kept() -> None:
    found = check("QUAL", "0365010123", level=SkillLevel.JUNIOR)
    assert found.problems == ("certificate_number.qualification_unverified",)


def test_a_qualification_without_levels_is_not_measured_by_one() -> None:
    assert check("QUAL", QUALIFICATION, level=None).problems == ()
    assert refusal_of("QUAL", QUALIFICATION, level=SkillLevel.SENIOR) == (
        "certificate_number.level_mismatch"
    )


def test_a_special_operations_number_is_t_and_the_own_id_number() -> None:
    assert check("SPECIAL_OP", f"t{MINE}") == ForeignNumber(f"T{MINE}")
    assert refusal_of("SPECIAL_OP", f"T{ANOTHERS}") == "foreign_number.special_op_another"
    mistyped = MINE[:-1] + ("0" if MINE[-1] != "0" else "1")
    assert refusal_of("SPECIAL_OP", f"T{mistyped}") == "foreign_number.special_op_mistyped"


def test_an_older_special_operations_number_is_odd_and_kept() -> None:
    found = check("SPECIAL_OP", "650402198503040")
    assert found.problems == ("foreign_number.special_op_unverified",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x" * 500, "long"),
        ("1" * 41, "long"),
        ("12😀34", "characters"),
        ("12;DROP", "characters"),
        ("<b>1</b>", "characters"),
        ("\u202e123", None),
    ],
)
def test_what_is_no_number_is_refused_in_words(raw: str, reason: str | None) -> None:
    if reason is None:  # an invisible sign is left out, the number is kept
        assert check("AWARD", raw).number == "123"
        return
    assert refusal_of("AWARD", raw) == f"foreign_number.{reason}"


def test_other_kinds_have_numbers_of_any_form() -> None:
    found = check("AWARD", "新人社技赛字(2026)第 12 号")
    assert found == ForeignNumber("新人社技赛字(2026)第12号")
