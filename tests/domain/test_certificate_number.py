"""Certificate numbers: our own with its check digit, and the structure of the national ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_10

from portal.domain.certificate_number import (
    CertificateNumber,
    check_level_certificate_number,
    check_qualification_number,
    format_certificate_number,
    parse_certificate_number,
)
from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel
from portal.locale import t

NUMBERS = st.builds(
    CertificateNumber,
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True, alphabet="0123456789"),
    st.integers(2000, 2100),
    st.integers(1, 9_999_999),
)


def refusal(raw: str) -> str:
    with pytest.raises(BadInput) as caught:
        parse_certificate_number(raw)
    assert caught.value.field == "number"
    return caught.value.reason.removeprefix("certificate_number.")


@given(NUMBERS)
def test_a_number_reads_back_as_it_was_made(number: CertificateNumber) -> None:
    assert len(str(number)) == 20
    assert parse_certificate_number(str(number)) == number


@given(NUMBERS)
def test_the_check_digit_is_the_standards(number: CertificateNumber) -> None:
    assert mod_11_10.is_valid(str(number)[2:])


@given(NUMBERS)
def test_the_way_people_type_is_forgiven(number: CertificateNumber) -> None:
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in str(number))
    for typed in (
        number.spaced,
        number.spaced.replace(" ", "-").lower(),
        full_width,
        f"\u3000{number}\u200b\n",
        "PX" + str(number)[2:].replace("0", "O").replace("1", "l"),
    ):
        assert parse_certificate_number(typed) == number


@given(NUMBERS, st.integers(2, 19), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: CertificateNumber, at: int, by: int) -> None:
    text = str(number)
    wrong = text[:at] + str((int(text[at]) + by) % 10) + text[at + 1 :]
    assert refusal(wrong) in ("checksum", "format")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        (" - ", "empty"),
        ("PX1", "format"),
        ("S000065000000019500000", "format"),
        ("PX6504002026٠٠٠٠٠١٧٣", "format"),
        ("P" * 10_000_000, "format"),
        ("PX65040020260000000" + "0", "format"),
    ],
)
def test_other_texts_are_refused(raw: str, reason: str) -> None:
    assert refusal(raw) == reason


@given(st.text())
def test_any_text_is_a_number_or_bad_input(raw: str) -> None:
    assert refusal(raw) in ("empty", "format", "checksum")


@pytest.mark.parametrize(
    ("region", "year", "serial"),
    [("6504", 2026, 1), ("650400", 1999, 1), ("650400", 2026, 0), ("650400", 2026, 10**7)],
)
def test_parts_that_do_not_fit_are_a_programmers_error(region: str, year: int, serial: int) -> None:
    with pytest.raises(ValueError, match=r"region|serial"):
        format_certificate_number(region, year, serial)


LEVEL_5 = "Y000123000001195000001"


def level_problems(
    number: str,
    level: SkillLevel = SkillLevel.JUNIOR,
    year: int = 2019,
    province: str = "230000",
) -> list[str]:
    found = check_level_certificate_number(number, level, year, province)
    return [key.removeprefix("certificate_number.") for key in found]


def test_the_sources_example_is_well_formed() -> None:
    assert level_problems(LEVEL_5) == []
    assert level_problems("y0001 23 000001 19 5 000001", province="23") == []


def test_c4_19_a_level_digit_that_is_not_the_level_is_rejected_with_its_reason() -> None:
    number = "S000065000000195000001"
    found = level_problems(number, level=SkillLevel.SENIOR, province="650000")
    assert found == ["level_mismatch"]
    assert "等级" in t("certificate_number.level_mismatch")


def test_each_contradiction_is_named() -> None:
    assert level_problems(LEVEL_5, level=SkillLevel.SENIOR) == ["level_mismatch"]
    assert level_problems(LEVEL_5, year=2020) == ["year_mismatch"]
    assert level_problems(LEVEL_5, province="650400") == ["province_mismatch"]
    assert level_problems(LEVEL_5, SkillLevel.CHIEF_TECHNICIAN, 2018, "11") == [
        "level_mismatch",
        "year_mismatch",
        "province_mismatch",
    ]


def test_a_certificate_without_national_code_carries_a_letter() -> None:
    lettered = LEVEL_5[:15] + "T" + LEVEL_5[16:]
    assert level_problems(lettered, level=SkillLevel.SPECIAL_TECHNICIAN) == []
    assert level_problems(lettered) == ["level_mismatch"]


@pytest.mark.parametrize(
    "number",
    ["RSN12345678901234567", LEVEL_5[:-1], "X" + LEVEL_5[1:], "Y000199000001195000001", ""],
)
def test_other_structures_are_not_level_certificates(number: str) -> None:
    assert level_problems(number) == ["level_format"]


def test_qualification_numbers_are_sixteen_digits() -> None:
    number = "0965040003400017"
    assert check_qualification_number(number, SkillLevel.INTERMEDIATE, 2009) == []
    assert check_qualification_number(number, SkillLevel.SENIOR, 2010) == [
        "certificate_number.level_mismatch",
        "certificate_number.year_mismatch",
    ]


def test_an_old_local_form_is_left_to_a_human() -> None:
    for number in ("1234567890123", "0965049003400017"):
        assert check_qualification_number(number, SkillLevel.SENIOR, 2009) == [
            "certificate_number.qualification_unverified"
        ]
