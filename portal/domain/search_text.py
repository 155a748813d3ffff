"""Search terms: a text is found iff it has every term of the query (``terms @> query``).

One array column under a GIN index answers Chinese, full pinyin, unfinished pinyin and initials
with the same containment test: no LIKE, no extension, no scan. 电工 is found by 电, 工, 电工,
d, dian, diango, diangong, dg and "dian gong".

How a query of any length becomes terms of bounded length
- Chinese: one character, or all neighbouring pairs.
- Letters and digits up to six characters: the run itself. A text holds, from each of its
  syllables and words on, the prefixes of its pinyin up to PINYIN_LENGTH characters and of its
  initials up to INITIALS_LENGTH.
- Longer runs that read as pinyin: six characters from each *certain* syllable border on. A
  border is certain when every way to read the run has it: in xianshi the one before shi, but
  none within xian, which may be 先 or 西安. So whatever the right reading is, its text has
  all these terms: nothing that should be found is missed.
- Longer runs that do not (initials, English): their first five characters.

Size: about 9 terms for each Chinese character, under 400 for a title of 30 characters, and
never more than MAX_TERMS: a longer document loses pinyin before it loses Chinese.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from portal.domain.names import is_han
from portal.domain.pinyin import LONGEST_SYLLABLE, certain_borders, fold, readings

MAX_QUERY = 64
MAX_TERMS = 1200
PINYIN_LENGTH = LONGEST_SYLLABLE  # usually two syllables, never less than one
INITIALS_LENGTH = 5
# A title or a name, not a novel.
_MAX_TEXT = 120
_LONGEST_WORD = 32

# A Chinese character with its readings, or a word with itself.
Segment = tuple[str, tuple[str, ...]]


def search_terms(texts: Iterable[str]) -> list[str]:
    """The terms to index for a document made of these texts, sorted.

    Put the title first: beyond MAX_TERMS the pinyin of the last texts is left out.
    """
    chinese: set[str] = set()
    spoken: dict[str, None] = {}
    for text in texts:
        written, said = _terms_of(text[:_MAX_TEXT])
        chinese.update(written)
        spoken.update(dict.fromkeys(said))
    kept = [*sorted(chinese)[:MAX_TERMS], *(term for term in spoken if term not in chinese)]
    return sorted(kept[:MAX_TERMS])


# The rows of a catalogue repeat the names of regions and occupations by the thousand.
@lru_cache(maxsize=1024)
def _terms_of(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """What one text is found by: its Chinese characters and pairs, and how it is spoken."""
    segments = list(_segments(fold(text)))
    written = {word for word, _ in segments if _is_chinese(word)}
    pairs = pairwise(word for word, _ in segments)
    written.update(a + b for a, b in pairs if _is_chinese(a) and _is_chinese(b))
    return frozenset(written), tuple(dict.fromkeys(_spoken_terms(segments)))


def query_terms(query: str) -> list[str]:
    """The terms that a document must have, all of them. Empty, for no letters, means anything.

    Width, case, tone marks and punctuation do not matter; only the first 64 characters count.
    """
    terms: set[str] = set()
    for run in _runs(fold(query[: 4 * MAX_QUERY])[:MAX_QUERY]):
        if not _is_chinese(run):
            terms.update(_letter_terms(run))
        elif len(run) == 1:
            terms.add(run)
        else:
            terms.update(a + b for a, b in pairwise(run))
    return sorted(terms)


def _runs(text: str) -> Iterator[str]:
    """Runs of Chinese, and runs of other letters and digits; the rest separates."""
    run, of = "", ""
    for char in text + " ":
        kind = "han" if is_han(char) else "other" if char.isalnum() else ""
        if run and kind != of:
            yield run
            run = ""
        if kind:
            run, of = run + char, kind


def _is_chinese(run: str) -> bool:
    return is_han(run[0])


def _segments(text: str) -> Iterator[Segment]:
    """Each Chinese character with its readings, the right one first; each word with itself.

    Punctuation between segments is forgotten, because people search without it.
    """
    for run in _runs(text):
        if not _is_chinese(run):
            yield run[:_LONGEST_WORD], (run[:_LONGEST_WORD],)
            continue
        yield from zip(run, readings(run), strict=True)


def _spoken_terms(segments: list[Segment]) -> Iterator[str]:
    """Pinyin and initials from every segment on; characters without a reading interrupt."""
    for stretch in _stretches(segments):
        full = [spoken[0] for _, spoken in stretch]
        initials = [_initial(word, spoken[0]) for word, spoken in stretch]
        for i, (word, spoken) in enumerate(stretch):
            yield from _prefixes(_ahead(full, i))
            yield from _initials_prefixes(_ahead(initials, i))
            for length in range(PINYIN_LENGTH + 1, len(word) + 1):
                yield from _letter_terms(word[:length])
            for other in spoken[1:]:
                for text in _around(full, i, other):
                    yield from _prefixes(text)
                for text in _around(initials, i, other[0]):
                    yield from _initials_prefixes(text)


def _stretches(segments: list[Segment]) -> Iterator[list[Segment]]:
    stretch: list[Segment] = []
    for segment in segments:
        if segment[1]:
            stretch.append(segment)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _initial(word: str, reading: str) -> str:
    """SYB创业 is abbreviated sybcy: a word stands for itself."""
    return reading[0] if _is_chinese(word) else word


def _ahead(parts: list[str], start: int) -> str:
    """What stands from a segment on, as far as a term can reach."""
    return "".join(parts[start : start + PINYIN_LENGTH])[:PINYIN_LENGTH]


def _around(parts: list[str], at: int, other: str) -> Iterator[str]:
    """What stands from each segment on that can reach ``at``, with the other reading there."""
    after = _ahead(parts, at + 1)
    for start in range(at, -1, -1):
        before = "".join(parts[start:at])
        if len(before) >= PINYIN_LENGTH:
            return
        yield (before + other + after)[:PINYIN_LENGTH]


def _initials_prefixes(text: str) -> Iterator[str]:
    """Up to INITIALS_LENGTH; a longer one only if a query would take it for pinyin."""
    yield from _prefixes(text[:INITIALS_LENGTH])
    if len(text) > INITIALS_LENGTH and certain_borders(text) is not None:
        yield text


def _letter_terms(run: str) -> list[str]:
    """The terms of a run of letters and digits; see the head of this module."""
    if len(run) <= INITIALS_LENGTH:
        return [run]
    borders = certain_borders(run)
    if borders is None:
        return [run[:INITIALS_LENGTH]]
    if len(run) <= PINYIN_LENGTH:
        return [run]
    return [run[border : border + PINYIN_LENGTH] for border in borders]


def _prefixes(text: str) -> Iterator[str]:
    return (text[:length] for length in range(1, len(text) + 1))
