"""Personal names: one spelling to store, one key to compare.

A name is refused only for what is certainly no writing: nothing at all, controls, emoji,
symbols, digits alone. No letter of any script is ever refused: Uyghur, Kazakh, Mongol and
Tibetan names, rare characters of four UTF-8 bytes and foreign names are the daily case here
(reference.md B1; a "contains illegal character" turns away a real person).
"""

import re
import unicodedata

from portal.domain.errors import BadInput

MIDDLE_DOT = "\u00b7"
MIN_LENGTH, MAX_LENGTH = 2, 50
# Longer than any name with all its stray spaces; keeps a pasted book away from normalisation.
_MAX_RAW = 400

_DOTS = dict.fromkeys(map(ord, "\u2022\u30fb\u2027\uff65\u2219\u22c5\u0387\u2e31"), MIDDLE_DOT)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Input methods without U+3007 make people type a circle for the zero in their name.
_LOOK_ALIKES = {0x25CB: 0x3007, 0x25EF: 0x3007}
# Invisible and without meaning for a name: zero-width marks, soft hyphen, variation selectors.
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *_SELECTORS))
_PUNCTUATION = frozenset("'\u2018\u2019`\u00b4-\u2010\u2011.,/()" + MIDDLE_DOT)
_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u31c0-\u31ef"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_HAN_CHAR = re.compile(f"[{_HAN}]")
_HAN_GAP = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_AROUND_DOT = re.compile(f" ?{MIDDLE_DOT}[ {MIDDLE_DOT}]*")
# Latin, Greek and Cyrillic: the scripts in which a full stop abbreviates.
_ABBREVIATING = re.compile(r"[\u0000-\u052f\u1e00-\u1fff\u2010-\u2019]*")


def _gbk_private_use() -> dict[int, int]:
    """Old input methods write rare characters in private-use code points (GBK rows FE50-FEA0).

    U+E863 is how they spell U+4DAE, for one. GB 18030 gave each its place in Unicode; the
    codec of Python knows most of them, the rest is listed from the standard's table.
    """
    rows = [bytes((0xFE, low)) for low in range(0x50, 0xA1) if low != 0x7F]
    moved = {0xE815 + n: ord(row.decode("gb18030")) for n, row in enumerate(rows)}
    moved.update({0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7})
    moved.update({0xE832: 0x9FB8, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE864: 0x9FBB})
    moved.update({0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC})
    moved.update({0xE831: 0x215D7, 0xE83B: 0x2298F, 0xE855: 0x241FE})
    return moved


_REPLACE: dict[int, int | str | None] = {
    **_DOTS,
    **_FULL_WIDTH,
    **_LOOK_ALIKES,
    **_INVISIBLE,
    **_gbk_private_use(),
    # Radicals that a PDF hands out instead of the characters that they look like.
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2E80, 0x2FD6)},
}


def normalise_name(raw: str) -> str:
    """The spelling to store and print: NFC, one middle dot, single spaces, 2 to 50 characters.

    Raises BadInput("name", "identity.name_...") with one of: empty, length, control, emoji,
    digits (no letter at all), symbols (``char`` names the first one).
    """
    if len(raw) > _MAX_RAW:
        raise _refusal("length")
    text = unicodedata.normalize("NFC", raw.strip().translate(_REPLACE))
    _refuse_what_is_no_writing(text)
    text = " ".join(text.split())
    if not _ABBREVIATING.fullmatch(text):
        # "J. Smith" keeps its full stop; elsewhere one is a middle dot, typed on a keyboard
        # that has none.
        text = text.replace(".", MIDDLE_DOT)
    text = _AROUND_DOT.sub(MIDDLE_DOT, _HAN_GAP.sub("", text)).strip(MIDDLE_DOT + " ")
    if not text:
        raise _refusal("empty")
    if not any(_is_letter(char) for char in text):
        raise _refusal("digits")
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        raise _refusal("length")
    return text


def name_key(name: str) -> str:
    """What two spellings of one name share: no case, no width, no dots, spaces or hyphens.

    For comparison and search only; two persons may share a key. Never raises.
    """
    text = unicodedata.normalize("NFKC", name.translate(_REPLACE)).casefold()
    kept = (char for char in unicodedata.normalize("NFKC", text) if not _is_noise(char))
    return unicodedata.normalize("NFC", "".join(kept))


def is_han(char: str) -> bool:
    """Whether the character is a Chinese one, assigned in this Python's Unicode or not yet."""
    return _HAN_CHAR.fullmatch(char) is not None


def _refuse_what_is_no_writing(text: str) -> None:
    for char in text:
        code, category = ord(char), unicodedata.category(char)
        if 0x1F000 <= code <= 0x1FAFF or (category in ("So", "Me") and not is_han(char)):
            raise _refusal("emoji")
        if _is_control(code, category):
            raise _refusal("control")
        if _is_symbol(char, category):
            raise _refusal("symbols", char=char)


def _is_control(code: int, category: str) -> bool:
    """Controls, bidirectional marks, lone surrogates, line separators, noncharacters."""
    if code == 0x180E:  # The Mongolian vowel separator is spelling, not layout.
        return False
    return (
        category in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code <= 0xFDEF
    )


def _is_symbol(char: str, category: str) -> bool:
    if char in _PUNCTUATION or is_han(char):
        return False
    # The scripts between Armenian and Greek Extended spell with signs of their own: the
    # Tibetan tsheg stands in every Tibetan name.
    is_spelling = category[0] == "P" and 0x0530 <= ord(char) <= 0x1FFF
    return (category[0] in "SP" or category == "No") and not is_spelling


def _is_letter(char: str) -> bool:
    """Unassigned and private-use code points count: Unicode grows faster than our Python."""
    return unicodedata.category(char)[0] == "L" or unicodedata.category(char) in ("Nl", "Co", "Cn")


def _is_noise(char: str) -> bool:
    category = unicodedata.category(char)
    return (category[0] in "ZPS" or category in ("Cc", "Cf", "Cs")) and not is_han(char)


def _refusal(reason: str, **params: object) -> BadInput:
    return BadInput("name", f"identity.name_{reason}", **params)
