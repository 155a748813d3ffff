"""Receipts that people copy by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadInput
from portal.domain.receipt import ALPHABET, parse_receipt, receipt_of, spaced

DIGESTS = st.binary(min_size=32, max_size=32)


@given(DIGESTS)
def test_a_receipt_is_read_as_it_was_written_however_it_is_spaced(digest: bytes) -> None:
    made = receipt_of(digest)
    assert parse_receipt(made) == made
    assert parse_receipt(f" {spaced(made).lower()} ") == made


@given(DIGESTS, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_noticed(digest: bytes, place: int, sign: str) -> None:
    made = receipt_of(digest)
    wrong = made[:place] + sign + made[place + 1 :]
    if wrong != made:
        with pytest.raises(BadInput):
            parse_receipt(wrong)


@given(DIGESTS, st.integers(0, 8))
def test_two_neighbours_that_changed_places_are_noticed(digest: bytes, place: int) -> None:
    made = receipt_of(digest)
    wrong = made[:place] + made[place + 1] + made[place] + made[place + 2 :]
    if wrong != made:
        with pytest.raises(BadInput):
            parse_receipt(wrong)


@pytest.mark.parametrize("raw", ["", "ABC", "O" * 10, "1" * 10, "ＡＢＣＤ"])
def test_what_is_no_receipt_is_refused(raw: str) -> None:
    with pytest.raises(BadInput):
        parse_receipt(raw)
