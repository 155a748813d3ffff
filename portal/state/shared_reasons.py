"""Reasons that many rows of a sheet carry: explained once above them, a short word on each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.locale import t
from portal.services.attendance import SheetRow
from portal.services.odd_rows import CODES

# On so many rows a sentence may stand again and again; on more nobody reads the names any longer.
_MOST = 3
# The sentences of ``odd_rows`` say first what was seen, and then what makes the same without fraud.
_STOP = "。"


@dataclass(frozen=True)
class SharedReason:
    """``word`` stands on the rows, unless what was seen differs from row to row (``differs``):
    then each says that itself, and ``text`` only the explanation."""

    code: str
    word: str
    text: str
    differs: bool


def shared_reasons(rows: Iterable[SheetRow]) -> dict[str, SharedReason]:
    """The reasons that more than three rows carry, the weightiest first, by their codes."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        for code, text in zip(row.odd_codes, row.odd, strict=True):
            texts[code].append(text)
    return {code: _shared(code, texts[code]) for code in CODES if len(texts[code]) > _MOST}


def _shared(code: str, texts: list[str]) -> SharedReason:
    word, differs = t(f"odd_rows.word.{code}"), len(set(texts)) > 1
    text = texts[0].partition(_STOP)[2] if differs else texts[0]
    return SharedReason(code, word, text, differs)


def remark(code: str, text: str, shared: Mapping[str, SharedReason]) -> str:
    """What a row says of a reason."""
    found = shared.get(code)
    if found is None:
        return text
    return text.partition(_STOP)[0] if found.differs else found.word
