"""Readings of Chinese characters, and where a run of letters has its syllable borders."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT

LONGEST_SYLLABLE = 6  # zhuang

# Characters whose other reading people do type, in names of places and trades above all.
# The dictionary's own lists are no help: they hold a thousand readings that nobody remembers.
_POLYPHONES = (
    "重zhong/chong 长chang/zhang 行hang/xing 乐le/yue 会hui/kuai 调diao/tiao 都du/dou "
    "藏zang/cang 朝chao/zhao 厦xia/sha 绿lv/lu 番fan/pan 传chuan/zhuan 模mo/mu 校xiao/jiao "
    "削xiao/xue 率lv/shuai 卡ka/qia 剥bo/bao 石shi/dan 单dan/shan 解jie/xie 曾zeng/ceng "
    "参can/shen 弹tan/dan 降jiang/xiang 薄bao/bo 盛sheng/cheng 阿a/e 覃qin/tan 六liu/lu "
    "大da/dai 什shi/shen 尉yu/wei"
)
_ALSO_READ = {entry[0]: tuple(entry[1:].split("/")) for entry in _POLYPHONES.split()}
# Readings of interjections. As syllables they would let diangong be read dia-ng-o-ng.
_GRUNTS = {"n": "en", "ng": "en", "m": "", "hm": "", "hng": ""}


def readings(run: str) -> list[tuple[str, ...]]:
    """For each character of a run of Chinese its syllables without tones, the right one first.

    Word by word: 重庆 is chongqing first. Empty for a character that has no known reading.
    """
    found = lazy_pinyin(run, style=Style.NORMAL)
    if len(found) != len(run):
        # Characters without a reading come back in one piece; ask for each on its own.
        found = [lazy_pinyin(char, style=Style.NORMAL)[0] for char in run]
    return [_all_readings(char, fold(syllable)) for char, syllable in zip(run, found, strict=True)]


def fold(text: str) -> str:
    """Half-width, lower-case, without accents; ü is typed v in pinyin."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    text = re.sub("u[\u0300-\u0307\u0309-\u036f]*\u0308", "v", text)
    return "".join(char for char in text if unicodedata.category(char) not in ("Mn", "Cf"))


def certain_borders(run: str) -> list[int] | None:
    """Where every reading of the run as pinyin starts a syllable; None if there is no reading.

    The last syllable may be unfinished. Reads the run as a graph: an edge for each syllable
    that starts where another ended, kept if it leads to the end; a border that no kept edge
    jumps over is on every way.
    """
    size, edges, reached = len(run), [], {0}
    for start in range(size):
        if start not in reached:
            continue
        for end in range(start + 1, min(start + LONGEST_SYLLABLE, size) + 1):
            piece = run[start:end]
            if piece in _syllables() or (end == size and piece in _beginnings()):
                edges.append((start, end))
                reached.add(end)
    if size not in reached:
        return None
    leads_on = {size}
    jumped: set[int] = set()
    for start, end in reversed(edges):
        if end in leads_on:
            leads_on.add(start)
            jumped.update(range(start + 1, end))
    return [border for border in range(size) if border not in jumped]


def _all_readings(char: str, reading: str) -> tuple[str, ...]:
    reading = _GRUNTS.get(reading, reading)
    if reading not in _syllables():
        return ()
    return (reading, *(other for other in _ALSO_READ.get(char, ()) if other != reading))


@lru_cache
def _syllables() -> frozenset[str]:
    """Every syllable of the dictionary that makes our readings, without tones."""
    every = {fold(r) for listed in PINYIN_DICT.values() for r in listed.split(",")}
    return frozenset(every - _GRUNTS.keys())


@lru_cache
def _beginnings() -> frozenset[str]:
    return frozenset(s[:end] for s in _syllables() for end in range(1, len(s) + 1))
