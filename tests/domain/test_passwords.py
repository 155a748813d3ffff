"""Passwords: length first, and none that a stranger would try first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadInput
from portal.domain.passwords import check_password, normalise_password


def refusal(raw: str, name: str = "阿不都热依木·买买提", phone: str = "13900000001") -> str | None:
    try:
        check_password(raw, name=name, phone=phone)
    except BadInput as error:
        return error.reason.removeprefix("identity.password_")
    return None


@pytest.mark.parametrize(
    "raw",
    [
        "Demo-2026!",
        "correct horse battery",
        "correcthorsebattery",
        "葡萄熟了就回家乡",
        "k7#mQ2x9",
        "tulufan2026putao",
        "пароль-длинный",
    ],
)
def test_good_passwords_pass(raw: str) -> None:
    assert refusal(raw) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("k7#mQ2x", "short"),
        ("k7#mQ2x9" * 17, "long"),
        ("x" * 10_000_000, "long"),
        ("㍿" * 60, "long"),
        ("k7#mQ2\x009", "characters"),
        ("k7#mQ2\ud8009", "characters"),
        ("13900000001", "phone"),
        ("a139-0000-0001", "phone"),
        ("１３９０００００００１a", "phone"),
        ("阿不都热依木买买提", "name"),
        ("阿不都热依木.买买提2026", "name"),
        ("12345678", "simple"),
        ("19900101!", "simple"),
        ("!!!!!!!!", "simple"),
        ("aaaaaaaa", "simple"),
        ("a1a1a1a1a1a1", "simple"),
        ("zyxwvutsrqponm", "simple"),
        ("abcdefgh", "simple"),
        ("HGFEDCBA", "simple"),
        ("qwertyuiop", "simple"),
        ("1qaz2wsx", "simple"),
        ("xiaoqiang", "simple"),
        ("password1", "simple"),
        ("P@ssw0rd", "simple"),
        ("abc12345", "simple"),
        ("a1234567", "simple"),
    ],
)
def test_each_weakness_has_its_own_reason(raw: str, reason: str) -> None:
    assert refusal(raw) == reason


def test_a_latin_name_with_digits_is_refused() -> None:
    assert refusal("johnsmith1990", name="John Smith") == "name"
    assert refusal("JohnSmith loves grapes", name="John Smith") is None


def test_an_unknown_name_and_phone_refuse_nothing() -> None:
    assert refusal("k7#mQ2x9", name="", phone="") is None


def test_two_keyboards_write_one_password() -> None:
    assert normalise_password("Ｄｅｍｏ－２０２６！") == "Demo-2026!"


@given(st.text(max_size=200))
def test_any_text_is_accepted_or_bad_input(raw: str) -> None:
    reason = refusal(raw)
    if reason is None:
        assert 8 <= len(normalise_password(raw)) <= 128
        raw.encode()
