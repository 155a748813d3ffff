"""Masking: what the public may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.masking import mask_id_no, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("王小强", "王*强"),
        ("欧阳娜娜", "欧*娜"),
        ("阿不都热依木·买买提", "阿*·买*"),
        ("𬭚䶮", "𬭚*"),
        ("John Smith", "J* S*"),
        ("Maria da Silva", "M* d* S*"),
        ("Madonna", "M*"),
        ("J. Smith", "J* S*"),
        ("李", "*"),
        ("买·阿不都", "*·阿*"),
        ("", ""),
    ],
)
def test_names_keep_only_what_tells_namesakes_apart(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(st.characters(categories=["Lo", "Lu", "Ll"]), min_size=1, max_size=50))
def test_at_most_two_letters_of_a_part_are_shown(name: str) -> None:
    masked = mask_name(name)
    assert "*" in masked
    assert len(masked.replace("*", "")) <= 2


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("990000199001010028", "**************0028"),
        ("T11010519491231002X", "***************002X"),
        ("H12345678", "*****5678"),
        ("12345", "***45"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_id_numbers_show_their_last_four(number: str, masked: str) -> None:
    assert mask_id_no(number) == masked


@given(st.text(max_size=30))
def test_at_least_half_of_any_number_is_hidden(number: str) -> None:
    for masked in (mask_id_no(number), mask_phone(number)):
        assert len(masked) == len(number)
        assert sum(a == b and a != "*" for a, b in zip(masked, number, strict=True)) <= max(
            len(number) // 2, 7 if len(number) == 11 else 0
        )


def test_phones_keep_carrier_and_last_four() -> None:
    assert mask_phone("13900000001") == "139****0001"
    assert mask_phone("0995-8520000") == "********0000"
