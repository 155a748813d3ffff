"""Names: what is one name, what is none, and that no letter is ever refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadInput
from portal.domain.names import MAX_LENGTH, name_key, normalise_name

UYGHUR = "阿不都热依木·买买提"
HAN = st.one_of(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x3400, max_codepoint=0x4DBF),
    # Planes 2 and 3, with extensions that are younger than this Python's tables.
    st.characters(min_codepoint=0x20000, max_codepoint=0x323AF),
)
LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo", "Nl"])


def refusal(raw: str) -> str:
    with pytest.raises(BadInput) as caught:
        normalise_name(raw)
    assert caught.value.field == "name"
    return caught.value.reason.removeprefix("identity.name_")


@pytest.mark.parametrize("dot", [*".•・‧･∙⋅·．", " · ", "• ", "··"])
def test_every_dot_a_keyboard_offers_becomes_the_middle_dot(dot: str) -> None:
    assert normalise_name(f"阿不都热依木{dot}买买提") == UYGHUR


def test_a_dot_at_either_end_is_dropped() -> None:
    assert normalise_name("·买买提·") == "买买提"


@pytest.mark.parametrize(
    "name", ["𬭚𬭚", "李䶮", "㛃㛃", "刘〇〇", "𰻝面", "陈\U0002b73f", "王\U000323af"]
)
def test_rare_characters_are_kept_as_they_are(name: str) -> None:
    assert normalise_name(name) == name


def test_an_old_input_methods_private_code_becomes_the_real_character() -> None:
    assert normalise_name("李\ue863") == "李䶮"
    assert normalise_name("李\ue816") == "李\U00020087"


def test_the_circle_typed_for_a_zero_becomes_the_character() -> None:
    assert normalise_name("刘○") == "刘〇"


def test_spaces_are_trimmed_collapsed_and_dropped_between_chinese_characters() -> None:
    assert normalise_name("\u3000张  三 ") == "张三"
    assert normalise_name("  Maria   da\u00a0Silva ") == "Maria da Silva"


@pytest.mark.parametrize(
    "name",
    ["J. Smith", "Jean-Luc O'Neill", "Анна Петрова", "ئابدۇرېھىم", "ᠪᠠᠲᠤ", "བསྟན་འཛིན", "João Silva"],
)
def test_names_of_other_scripts_are_kept(name: str) -> None:
    assert normalise_name(name) == unicodedata.normalize("NFC", name)


def test_full_width_letters_become_half_width() -> None:
    assert normalise_name("Ｊｏｈｎ Ｓｍｉｔｈ") == "John Smith"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        (" \u3000\n", "empty"),
        ("··", "empty"),
        ("张", "length"),
        ("张" * 51, "length"),
        ("张" * 10_000_000, "length"),
        ("12345", "digits"),
        ("１２３", "digits"),
        ("-'-", "digits"),
        ("张三😀", "emoji"),
        ("张\u2764\ufe0f三", "emoji"),
        ("张👩\u200d🔧", "emoji"),
        ("张\U0001fae8三", "emoji"),  # younger than this Python's tables
        ("张\x00三", "control"),
        ("张\n三", "control"),
        ("张\u202e三", "control"),
        ("张\u2066三", "control"),
        ("张\u061c三", "control"),
        ("张\ud800三", "control"),
        ("张\U0002ffff三", "control"),
        ("<b>张三", "symbols"),
        ("张三=1", "symbols"),
    ],
)
def test_what_is_no_name_is_refused_with_its_own_reason(raw: str, reason: str) -> None:
    assert refusal(raw) == reason


@given(st.one_of(HAN, LETTERS))
def test_no_letter_of_any_script_is_ever_refused(char: str) -> None:
    assert normalise_name(f"张{char}三")


@given(st.text(HAN, min_size=1, max_size=20), st.text(HAN, min_size=1, max_size=20))
def test_c4_18_both_spellings_of_a_dotted_name_have_one_key(first: str, second: str) -> None:
    stored = normalise_name(f"{first}•{second}")
    assert "·" in stored
    assert name_key(f"{first}.{second}") == name_key(stored) == name_key(first + second)


@given(st.text(max_size=60))
def test_any_text_is_normalised_once_and_for_all_or_refused(raw: str) -> None:
    try:
        name = normalise_name(raw)
    except BadInput:
        return
    assert normalise_name(name) == name
    assert 2 <= len(name) <= MAX_LENGTH
    name.encode()


@given(st.text())
def test_a_key_of_a_key_is_itself(raw: str) -> None:
    assert name_key(name_key(raw)) == name_key(raw)


def test_case_does_not_matter_for_the_key() -> None:
    assert name_key("John SMITH") == name_key("john smith")
