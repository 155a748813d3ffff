"""Cells that several catalogues have: occupation or topic, training type, level."""

import re
import unicodedata

from portal.domain.errors import BadInput
from portal.domain.levels import parse_level
from portal.policies import reference
from portal.services.publishing_sheets import RowReader

# A Chinese keyboard has many strokes that look like the hyphen of a code.
_DASHES = re.compile("[\u2010-\u2015\u2212\u30fc\u4e00]")


def subject(reader: RowReader, occupation: str, topic: str) -> tuple[str, str]:
    """The codes of occupation and topic, at most one of them; empty for none or after a fault.

    An unknown occupation is noted and still answered, so that no second fault follows from it.
    """
    code = reader.text(occupation, required=False, limit=60)
    word = reader.text(topic, required=False, limit=60)
    if code and word:
        reader.fault(occupation, "two_subjects")
        return code, ""
    if code:
        return known_occupation(reader, occupation, code, unknown="neither_subject"), ""
    return "", _topic(reader, topic, word) if word else ""


def known_occupation(
    reader: RowReader, column: str, code: str, *, unknown: str = "unknown_occupation"
) -> str:
    """The code in plain signs, however it was typed; a fault for one that is in no book, or only
    in one that no longer counts. ``unknown`` is the first one's sentence."""
    code = _DASHES.sub("-", unicodedata.normalize("NFKC", code)).replace(" ", "")
    if reference.occupation(code) is None:
        later = reference.later_code(code)
        if later is None:
            reader.fault(column, unknown, value=code[:30])
        else:
            reader.fault(
                column, "old_occupation", value=code, edition=later.edition, code=later.code
            )
    return code


def _topic(reader: RowReader, column: str, word: str) -> str:
    by_word = {topic.name: topic.code for topic in reference.topics()}
    found = word if reference.topic(word) else by_word.get(word)
    if found is None:
        reader.fault(column, "unknown_topic", value=word[:30])
    # The word stands for something even when nobody knows it: the row has a subject.
    return found or word


def training_type(reader: RowReader, column: str, *, also: str = "") -> str:
    """The code of a training type; empty for the word ``also`` and after a fault."""
    value = reader.text(column, limit=60)
    if not value or value == also:
        return ""
    by_word = {kind.name: kind.code for kind in reference.training_types()}
    found = value if reference.training_type(value) else by_word.get(value, "")
    if not found:
        reader.fault(column, "unknown_training_type", value=value[:30])
    return found


def level(reader: RowReader, column: str, *, has_topic: bool) -> int | None:
    """The rank of a level; None for an empty cell and after a fault."""
    value = reader.text(column, required=False, limit=60)
    if not value:
        return None
    if has_topic:
        reader.fault(column, "level_without_occupation")
        return None
    try:
        return int(parse_level(value))
    except BadInput:
        reader.fault(column, "unknown_level", value=value[:30])
        return None
