"""Bitstring Status Lists: what is set reads as set, everything else does not, nothing crashes."""

import base64
import gzip
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.documents import status_list
from portal.documents.status_list import BYTES, PLACES, BadStatusList

NOW = datetime(2026, 12, 1, tzinfo=UTC)
URL = "https://peixun.example.gov.cn/status/0"


def made(bits: bytes) -> dict[str, Any]:
    return status_list.credential(URL, "https://peixun.example.gov.cn", bits, version=3, now=NOW)


def with_bits(indexes: set[int]) -> bytes:
    bits = bytearray(BYTES)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    return bytes(bits)


@given(st.sets(st.integers(0, PLACES - 1), max_size=20), st.integers(0, PLACES - 1))
def test_exactly_what_was_set_reads_as_set(indexes: set[int], other: int) -> None:
    bits = status_list.bits_of(made(with_bits(indexes)))
    assert all(status_list.is_set(bits, index) for index in indexes)
    assert status_list.is_set(bits, other) == (other in indexes)


def test_the_first_place_is_the_leftmost_bit() -> None:
    assert status_list.is_set(b"\x80" + bytes(BYTES - 1), 0)
    assert not status_list.is_set(b"\x01" + bytes(BYTES - 1), 0)


def test_a_list_says_when_it_was_made_and_how_long_it_may_be_relied_on() -> None:
    told = made(bytes(BYTES))
    assert told["validFrom"] == "2026-12-01T00:00:00+00:00"
    assert told["validUntil"] == "2026-12-08T00:00:00+00:00"
    assert told["version"] == 3


@pytest.mark.parametrize("index", [-1, PLACES, PLACES * 2])
def test_a_place_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(BadStatusList):
        status_list.is_set(bytes(BYTES), index)


def test_an_entry_reads_back_as_it_was_made() -> None:
    assert status_list.entry_of({"credentialStatus": status_list.entry(URL, 77)}) == (URL, 77)
    assert status_list.entry_of({}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"statusListIndex": "-1"},
        {"statusListIndex": "007"},
        {"statusListIndex": 7},
        {"statusListIndex": str(PLACES)},
        {"statusListIndex": "7.0"},
        {"statusPurpose": "suspension"},
        {"type": "StatusList2021Entry"},
        {"statusListCredential": None, "statusListIndex": None},
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_and_not_skipped(change: dict[str, Any]) -> None:
    with pytest.raises(BadStatusList):
        status_list.entry_of({"credentialStatus": status_list.entry(URL, 7) | change})


@pytest.mark.parametrize("named", ["a text", [], 7, {}])
def test_an_entry_of_another_shape_is_refused(named: object) -> None:
    with pytest.raises(BadStatusList):
        status_list.entry_of({"credentialStatus": named})


def encoded(content: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(bytes(BYTES - 1)),
        gzip.compress(bytes(64 * BYTES)),
        gzip.compress(bytes(BYTES))[:-200],
        b"",
        b"not gzip",
    ],
    ids=["short", "bomb", "cut off", "empty", "other"],
)
def test_a_list_that_is_none_is_refused(packed: bytes) -> None:
    told = made(bytes(BYTES))
    told["credentialSubject"]["encodedList"] = encoded(packed)
    with pytest.raises(BadStatusList):
        status_list.bits_of(told)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("type", ["VerifiableCredential"]),
        ("type", None),
        ("credentialSubject", None),
        ("credentialSubject", {"type": "BitstringStatusList"}),
    ],
)
def test_a_credential_that_is_no_list_is_refused(where: str, value: object) -> None:
    with pytest.raises(BadStatusList):
        status_list.bits_of(made(bytes(BYTES)) | {where: value})


@pytest.mark.parametrize("letter", ["z", "", "U"])
def test_another_encoding_is_refused(letter: str) -> None:
    told = made(bytes(BYTES))
    told["credentialSubject"]["encodedList"] = letter + told["credentialSubject"]["encodedList"][1:]
    with pytest.raises(BadStatusList):
        status_list.bits_of(told)
