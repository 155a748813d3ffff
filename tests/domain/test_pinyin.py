"""Pinyin: readings in context, and borders that every reading agrees on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from portal.domain.pinyin import certain_borders, fold, readings


def test_the_reading_in_context_comes_first_and_the_other_one_second() -> None:
    assert readings("重庆") == [("chong", "zhong"), ("qing",)]
    assert readings("重心") == [("zhong", "chong"), ("xin",)]


def test_a_character_without_a_reading_leaves_its_neighbours_alone() -> None:
    assert readings("电\U000323af\U000323ae工") == [("dian",), (), (), ("gong",)]


def test_interjections_are_read_as_people_type_them() -> None:
    assert readings("嗯") == [("en",)]


@pytest.mark.parametrize(
    ("run", "borders"),
    [
        ("diangong", [0, 4]),
        ("diangongp", [0, 4, 8]),
        ("xianshi", [0, 4]),
        ("fangan", [0]),
        ("dgpx", None),
        ("photoshop", None),
        ("5g", None),
    ],
)
def test_borders_are_those_that_every_reading_has(run: str, borders: list[int] | None) -> None:
    assert certain_borders(run) == borders


@given(
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=12),
    st.data(),
)
def test_certain_borders_are_true_borders(text: str, data: st.DataObject) -> None:
    syllables = [found[0] for found in readings(text) if found]
    true = {sum(map(len, syllables[:n])) for n in range(len(syllables))}
    run = "".join(syllables)
    run = run[: data.draw(st.integers(1, max(1, len(run))))]
    borders = certain_borders(run)
    assert borders is not None
    assert set(borders) <= true
    assert not run or borders[0] == 0


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Diàn Gōng", "dian gong"),
        ("ＳＹＢ", "syb"),
        ("lǚyóu", "lvyou"),
        ("Über", "vber"),
        ("电①", "电1"),
    ],
)
def test_folding_takes_case_width_and_tones_away(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_dictionary_underneath_still_reads_words_in_context() -> None:
    assert lazy_pinyin("银行会计") == ["yin", "hang", "kuai", "ji"]
