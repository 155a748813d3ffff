"""Identity documents and phones: reference.md B1, with its own test vectors."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.errors import BadInput
from portal.domain.identity import (
    IdDocument,
    IdType,
    age_on,
    check_digit,
    is_demo_number,
    make_demo_id,
    normalise_phone,
    parse_id_document,
)

TODAY = date(2026, 11, 22)
BIRTHS = st.dates(date(1907, 1, 1), date(2010, 11, 22))


def resident(raw: str, known: tuple[str, ...] = ()) -> IdDocument:
    return parse_id_document(IdType.RESIDENT_ID, raw, today=TODAY, known_regions=known)


def numbered(region: str, birth: str = "19850607", serial: str = "003") -> str:
    first17 = region + birth + serial
    return first17 + check_digit(first17)


def refusal(raw: str, id_type: IdType = IdType.RESIDENT_ID) -> str:
    with pytest.raises(BadInput) as caught:
        parse_id_document(id_type, raw, today=TODAY)
    assert caught.value.field == "id_no"
    return caught.value.reason.removeprefix("identity.")


@pytest.mark.parametrize(
    "number",
    ["11010519491231002X", "440524188001010014", "990000199001010017", "990000199001010025"],
)
def test_the_check_character_agrees_with_the_reference(number: str) -> None:
    assert check_digit(number[:17]) == number[17]


@pytest.mark.parametrize("bad", ["", "1" * 16, "1" * 18, "1" * 16 + "x", "١" * 17])
def test_the_check_character_needs_seventeen_digits(bad: str) -> None:
    with pytest.raises(ValueError, match="17"):
        check_digit(bad)


def test_sex_and_birth_date_are_read_from_the_number() -> None:
    assert resident("11010519491231002X") == IdDocument(
        IdType.RESIDENT_ID, "11010519491231002X", date(1949, 12, 31), "2", "110105", None
    )


REAL_REGIONS = (
    "650402 650421 650422 512301 512221 510202 440527 342622 132821 422101 441900 442000 "
    "810000 820000 830000 652101 150102 430102 330113"
)


@pytest.mark.parametrize("region", REAL_REGIONS.split())
def test_c4_17_people_whom_a_library_rejects_are_accepted(region: str) -> None:
    document = resident(numbered(region), known=("110105",))
    assert document.region_code == region
    assert document.region_known is region.startswith("8")


def test_the_region_is_a_warning_only_when_regions_are_known() -> None:
    number = numbered("650402")
    assert resident(number).region_known is None
    assert resident(number, known=("650402",)).region_known is True
    assert resident(number, known=("110105",)).region_known is False
    assert resident(make_demo_id(date(1990, 1, 1), 1), known=("110105",)).region_known is True


@pytest.mark.parametrize(
    "raw",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002ｘ",
        " 110105 19491231 002X\n",
        "110105\u00a019491231\u3000002X\u200b",
        "110105-19491231-002X",
        "110105—19491231–002X",
        "110105－19491231\u2212002X",
        "\u202d11010519491231002X\u202c",
    ],
)
def test_what_phones_and_clipboards_add_is_taken_off(raw: str) -> None:
    assert resident(raw).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        (" - \u3000", "empty"),
        ("110105491231002", "fifteen_digits"),
        ("1101051949123100", "length"),
        ("11010519491231002X1", "length"),
        ("1" * 10_000_000, "length"),
        ("11010519491231A02X", "characters"),
        ("1101051949123100X2", "characters"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "characters"),
        ("110105194912310\ud80021", "characters"),
        ("110105194912310021", "checksum"),
        (numbered("110105", "19490230"), "birth_date"),
        (numbered("110105", "00000101"), "birth_date"),
        (numbered("110105", "29990101"), "birth_future"),
        (numbered("110105", "20261123"), "birth_future"),
        ("440524188001010014", "too_old"),
        (numbered("110105", "20101123"), "too_young"),
    ],
)
def test_each_fault_has_its_own_reason(raw: str, reason: str) -> None:
    assert refusal(raw) == reason


def test_the_sixteenth_birthday_is_old_enough() -> None:
    assert resident(numbered("110105", "20101122")).birth_date == date(2010, 11, 22)


def test_a_hundred_and_twenty_is_not_too_old() -> None:
    assert resident(numbered("110105", "19051123")).number
    assert refusal(numbered("110105", "19051122")) == "too_old"


@given(BIRTHS, st.integers(0, 999))
def test_every_demo_number_parses_back(birth: date, serial: int) -> None:
    number = make_demo_id(birth, serial)
    document = resident(number)
    assert (document.number, document.birth_date) == (number, birth)
    assert document.sex_code == ("1" if serial % 2 else "2")
    assert is_demo_number(number)


@given(BIRTHS, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(birth: date, serial: int, at: int, digit: str) -> None:
    number = make_demo_id(birth, serial)
    assume(number[at] != digit)
    assert refusal(number[:at] + digit + number[at + 1 :]) == "checksum"


@given(BIRTHS, st.integers(0, 999), st.integers(0, 16))
def test_two_swapped_neighbours_are_always_noticed(birth: date, serial: int, at: int) -> None:
    number = make_demo_id(birth, serial)
    assume(number[at] != number[at + 1])
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert refusal(swapped) in ("checksum", "characters")


@given(st.sampled_from(IdType), st.text(max_size=120))
def test_any_text_is_parsed_or_refused_as_bad_input(id_type: IdType, raw: str) -> None:
    try:
        document = parse_id_document(id_type, raw, today=TODAY)
    except BadInput:
        return
    assert parse_id_document(document.id_type, document.number, today=TODAY) == document


@pytest.mark.parametrize(
    ("id_type", "raw", "number"),
    [
        (IdType.HK_MACAO_PERMIT, "h12345678", "H12345678"),
        (IdType.HK_MACAO_PERMIT, "M 1234 5678 01", "M12345678"),
        (IdType.TAIWAN_PERMIT, "1234 5678", "12345678"),
        (IdType.TAIWAN_PERMIT, "1234567890（A）", "1234567890A"),
        (IdType.FOREIGN_PR, "usa110012345678", "USA110012345678"),
        (IdType.PASSPORT, "e12345678", "E12345678"),
    ],
)
def test_permits_and_passports_are_normalised(id_type: IdType, raw: str, number: str) -> None:
    assert parse_id_document(id_type, raw, today=TODAY) == IdDocument(id_type, number)


@pytest.mark.parametrize(
    ("id_type", "raw"),
    [
        (IdType.HK_MACAO_PERMIT, "A12345678"),
        (IdType.HK_MACAO_PERMIT, "H1234567"),
        (IdType.TAIWAN_PERMIT, "1234567"),
        (IdType.TAIWAN_PERMIT, "123456789"),
        (IdType.FOREIGN_PR, "US1110012345678"),
        (IdType.FOREIGN_PR, "11010519491231002X"),
        (IdType.PASSPORT, "PASSPORT"),
        (IdType.PASSPORT, "E123"),
    ],
)
def test_a_wrong_permit_is_refused_in_the_words_of_its_type(id_type: IdType, raw: str) -> None:
    assert refusal(raw, id_type) == id_type.value


def test_the_new_foreign_card_carries_birth_date_and_checksum() -> None:
    number = numbered("911840", "19840229", "004")
    document = parse_id_document(IdType.FOREIGN_PR, number, today=TODAY)
    assert document == IdDocument(IdType.FOREIGN_PR, number, date(1984, 2, 29), "2")
    assert (
        refusal(number[:17] + ("0" if number[17] != "0" else "1"), IdType.FOREIGN_PR) == "checksum"
    )


def test_a_foreign_number_typed_as_a_resident_id_is_the_same_document() -> None:
    number = numbered("911840")
    as_foreign = parse_id_document(IdType.FOREIGN_PR, number, today=TODAY)
    assert resident(number) == as_foreign


@given(BIRTHS, st.integers(0, 3000))
def test_age_counts_completed_years(birth: date, days: int) -> None:
    day = birth + timedelta(days)
    age = age_on(birth, day)
    assert age * 365 <= days <= age * 365 + 366 + age


@pytest.mark.parametrize(
    "raw",
    [
        "13900000001",
        "139 0000 0001",
        "139-0000-0001",
        "+86 13900000001",
        "008613900000001",
        "8613900000001",
        "（+86）１３９００００\u200b０００１",
        "\u202a13900000001\u202c",
    ],
)
def test_phones_are_eleven_digits_in_the_end(raw: str) -> None:
    assert normalise_phone(raw) == "13900000001"


@pytest.mark.parametrize(
    "raw",
    ["", "12900000001", "1390000000", "139000000011", "0995-8520000", "+85291234567", "x" * 9999],
)
def test_other_numbers_are_refused(raw: str) -> None:
    with pytest.raises(BadInput) as caught:
        normalise_phone(raw)
    assert (caught.value.field, caught.value.reason) == ("phone", "identity.phone")


@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_bad_input(raw: str) -> None:
    try:
        phone = normalise_phone(raw)
    except BadInput:
        return
    assert normalise_phone(phone) == phone
