"""Search terms: whatever people type of a title finds it, and bounded lists do the work."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from portal.domain.search_text import MAX_QUERY, MAX_TERMS, query_terms, search_terms

# Characters of real class titles, polyphones and a rare one among them, and a few syllables
# that are one vowel long, which make pinyin ambiguous.
TITLE_CHARS = (
    "电工焊车钳中式面点师烹调美容发育婴养老护理计算机操作创业培训初级高技能提升新疆吐鲁番重庆"
    "长沙银行乐会都藏朝厦绿化阿安恩鹅欧女旅西方案反感先县市区服装缝纫叉司驾驶保洁家政物流𬭚"
)
TITLES = st.text(TITLE_CHARS, min_size=2, max_size=30)
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)


def finds(query: str, *texts: str) -> bool:
    return set(query_terms(query)) <= set(search_terms(texts))


@pytest.mark.parametrize(
    "query",
    [
        "电工",
        "工",
        "dg",
        "d",
        "dian",
        "diangong",
        "DianGong",
        "diàn gōng",
        "diangongp",
        "dian gong",
        "gongpeix",
        "dgpx",
        "电工 吐鲁番",
        "吐鲁番,电工!",
        "tulufan diangong",
        "tlf",
        "ＤＧ",
        "初级",
        "培训初级",
        "chuji",
    ],
)
def test_an_electricians_class_is_found_by(query: str) -> None:
    assert finds(query, "电工培训（初级）班", "吐鲁番市高昌区")


@pytest.mark.parametrize(
    "query", ["焊工", "hg", "hangong", "工电", "diangongs", "iangong", "电工 喀什", "dgx"]
)
def test_an_electricians_class_is_not_found_by(query: str) -> None:
    assert not finds(query, "电工培训班", "吐鲁番市")


@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("SYB创业培训", "SYB syb sy sybcy 创业 chuangye cypx SYB创业 sybchuangye"),
        ("重庆火锅", "chongqing zhongqing cq zq chongqinghuoguo zhongqinghuoguo zqhg"),
        ("长沙绿化工", "changsha zhangsha lvhua luhua lühua cslhg"),
        ("大家去银行", "yinhang yinxing qyh qyx jiaquyinxing"),
        ("会计", "kuaiji huiji kj hj"),
        ("西安市方案", "xian xianshi xianshifangan fangan xasfa"),
        ("旅游", "lvyou lüyou ly"),
        ("5G基站N1叉车2026", "5g 5gjizhan n1 n1cc 2026 chache"),
        ("Photoshop 图像", "photoshop photo pho PHOTOSHOP图像"),
        ("WANGLUOGONGCHENG班", "wangluogongcheng wangluog wangl"),
        ("ئابدۇرېھىم", "ئابدۇ ئابدۇرېھىم"),
        ("𬭚工", "𬭚 𬭚工 chungong"),
    ],
)
def test_words_polyphones_and_other_scripts_are_found(title: str, queries: str) -> None:
    assert [query for query in queries.split() if not finds(query, title)] == []


def test_the_terms_of_a_small_text_are_these() -> None:
    expected = (
        "syb s sy sybc sybch sybcho sybcq sybz sybzh sybzho sybzq "
        "c ch cho chon chong chongq cq z zh zho zhon zhong zhongq zq "
        "q qi qin qing 重 庆 重庆"
    )
    assert search_terms(["SYB重庆"]) == sorted(expected.split())


def test_a_long_pinyin_query_tells_similar_titles_apart() -> None:
    assert finds("zhongshimiandian", "中式面点师")
    assert not finds("zhongshimiandian", "中式烹调师")
    assert not finds("zhongshipengtiao", "中式面点师")


def test_pairs_do_not_reach_across_texts_or_words() -> None:
    assert not finds("工吐", "电工", "吐鲁番")
    assert not finds("电工", "电SYB工")


@given(TITLES, st.data())
def test_every_part_of_a_title_finds_it(title: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(title) - 2))
    end = data.draw(st.integers(start + 2, len(title)))
    readings = lazy_pinyin(title)
    pinyin = "".join(readings[start:end])
    prefix = pinyin[: data.draw(st.integers(1, len(pinyin)))]
    initials = "".join(reading[0] for reading in readings[start:end])
    for query in (title[start:end], pinyin, prefix, initials, " ".join(readings[start:end])):
        assert finds(query, title), query


@given(st.lists(st.sampled_from("安鹅欧阿恩大河得波饿"), min_size=2, max_size=20), st.data())
def test_initials_that_read_like_pinyin_find_their_title(
    chars: list[str], data: st.DataObject
) -> None:
    initials = [reading[0] for reading in lazy_pinyin("".join(chars))]
    start = data.draw(st.integers(0, len(chars) - 1))
    assert finds("".join(initials[start:]), "".join(chars))


@given(TITLES, st.text(TITLE_CHARS, min_size=2, max_size=4))
def test_chinese_that_a_title_lacks_does_not_find_it(title: str, query: str) -> None:
    assume(any(char not in title for char in query))
    assert not finds(query, title)


@given(st.text(HAN, min_size=1, max_size=60), st.data())
def test_any_chinese_text_is_found_by_any_part(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    assert finds(text[start : start + MAX_QUERY], text)


@given(st.text(max_size=200))
def test_any_query_is_harmless_and_bounded(query: str) -> None:
    terms = query_terms(query)
    assert len(terms) <= MAX_QUERY
    assert terms == sorted(set(terms))
    assert all(term and len(term) <= 6 for term in terms)
    assert not any(char in term for term in terms for char in " %_\\'\"\x00")


@given(st.lists(st.text(max_size=300), max_size=5))
def test_any_document_is_harmless_and_bounded(texts: list[str]) -> None:
    terms = search_terms(texts)
    assert len(terms) <= MAX_TERMS
    assert terms == sorted(set(terms))
    "".join(terms).encode()


@given(st.text(max_size=60))
def test_every_text_finds_itself(text: str) -> None:
    assert finds(text, text)


def test_a_title_of_thirty_characters_stays_below_four_hundred_terms() -> None:
    title = "新疆维吾尔自治区吐鲁番市高昌区中式烹调师初级职业技能提升培训"
    assert len(title) == 30
    assert len(search_terms([title])) < 400


def test_a_document_that_is_too_long_loses_pinyin_before_chinese() -> None:
    texts = ["".join(chr(0x4E00 + 100 * n + i) for i in range(100)) for n in range(8)]
    assert len(search_terms(texts)) == MAX_TERMS
    assert finds(texts[0][:10], *texts)


def test_a_query_of_nothing_but_punctuation_asks_for_nothing() -> None:
    assert query_terms(" ，。!%_'\\ ") == []


def test_an_endless_query_is_cut() -> None:
    assert len(query_terms("电工" * 1_000_000)) == 2
