"""The columns of a catalogue: how a cell is read and checked, and how its value is written again.

A value is what JSON can hold; "" and None are an empty cell. What ``show`` writes, ``read``
understands: an exported catalogue can be imported.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from portal.documents.sheets import Column
from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel, parse_level
from portal.locale import t
from portal.policies import reference
from portal.services import publishing_cells as cells
from portal.services import publishing_institutions as institutions
from portal.services.publishing_sheets import RowReader, words

Read: TypeAlias = Callable[[RowReader, str], Any]
Show: TypeAlias = Callable[[Any], str]

_LINK = re.compile(r"https?://[^\s<>\"]+")
_BATCH = re.compile(r"^第?\s*(?P<number>\d{1,3}|[一二三四五六七八九十]{1,3})\s*批?$")
_DIGITS = "一二三四五六七八九"
_BETWEEN = re.compile(r"\s*(?:至|到|-|—|~|～)\s*")
# 5级 is what the book calls 五级.
_NUMBERED = re.compile(r"^([1-5])级$")
_LISTED = re.compile(r"[、，,;；\s]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an entry: its name, the column of the sheet, how it is read and written.

    ``read`` is None for the kinds whose rows are read by a module of their own.
    """

    name: str
    column: Column
    show: Show
    read: Read | None = None


def as_text(value: Any) -> str:
    """A plain value in a cell; nothing for None."""
    if isinstance(value, list):
        return "、".join(str(one) for one in value)
    return "" if value is None else str(value)


def text(name: str, label: str, *aliases: str, required: bool = True, limit: int = 200) -> Field:
    """A line of text."""
    return Field(
        name,
        Column(label, aliases, required),
        as_text,
        lambda reader, column: reader.text(column, required=required, limit=limit),
    )


def day(name: str, label: str, *aliases: str, required: bool = False) -> Field:
    """A calendar day, kept as ``2026-12-01``."""
    return Field(
        name,
        Column(label, aliases, required),
        as_text,
        lambda reader, column: reader.day(column, required=required),
    )


def number(
    name: str, label: str, *aliases: str, most: int, least: int = 0, required: bool = False
) -> Field:
    """A whole number."""

    def read(reader: RowReader, column: str) -> int | None:
        if not reader.text(column, required=required):
            return None
        return reader.number(column, minimum=least, maximum=most)

    return Field(name, Column(label, aliases, required), as_text, read)


def choice(
    name: str, label: str, *aliases: str, of: str, codes: Sequence[str], required: bool = True
) -> Field:
    """One of some words; ``of`` is the locale's table of them."""

    def read(reader: RowReader, column: str) -> str | None:
        if not reader.text(column, required=required):
            return None
        return reader.choice(column, words(of, codes))

    return Field(name, Column(label, aliases, required), worded(of), read)


def occupation(name: str, label: str, *aliases: str, required: bool = False) -> Field:
    """The code of an occupation, in the edition that counts."""

    def read(reader: RowReader, column: str) -> str:
        code = reader.text(column, required=required, limit=60)
        return cells.known_occupation(reader, column, code) if code else ""

    return Field(name, Column(label, aliases, required), as_text, read)


def region(name: str, label: str, *aliases: str) -> Field:
    """The region of an entry, by code or by its full name; empty for that of the catalogue."""

    def read(reader: RowReader, column: str) -> str:
        value = reader.text(column, required=False, limit=60)
        if not value:
            return ""
        named = [one.code for one in reference.regions() if one.current and one.name == value]
        return named[0] if len(named) == 1 else reader.region(column)

    return Field(name, Column(label, aliases, False), as_text, read)


def uscc(name: str, label: str, *aliases: str) -> Field:
    """A unified social credit code with its check character."""
    return Field(name, Column(label, aliases), as_text, institutions.read_uscc)


def phone(name: str, label: str, *aliases: str) -> Field:
    """A telephone number; may be missing."""

    def read(reader: RowReader, column: str) -> str:
        found = reader.text(column, required=False, limit=60)
        return institutions.read_phone(reader, column) if found else ""

    return Field(name, Column(label, aliases, False), as_text, read)


def link(name: str, label: str, *aliases: str) -> Field:
    """An address on the web."""

    def read(reader: RowReader, column: str) -> str:
        value = reader.text(column, limit=500)
        if value and not _LINK.fullmatch(value):
            reader.fault(column, "not_a_link", value=value[:30])
            return ""
        return value

    return Field(name, Column(label, aliases), as_text, read)


def levels(name: str, label: str, *aliases: str) -> Field:
    """Skill levels, listed or as a span: 五级、四级 or 五级至三级; kept as ranks."""

    def read(reader: RowReader, column: str) -> list[int]:
        value = reader.text(column, required=False, limit=100)
        found: set[int] = set()
        try:
            for part in _LISTED.split(value) if value else ():
                ends = [
                    int(parse_level(_NUMBERED.sub(r"\1", one)))
                    for one in _BETWEEN.split(part, maxsplit=1)
                ]
                found.update(range(min(ends), max(ends) + 1))
        except BadInput:
            reader.fault(column, "unknown_level", value=value[:30])
            return []
        return sorted(found)

    def show(value: Any) -> str:
        return "、".join(SkillLevel(rank).short_name for rank in value or ())

    return Field(name, Column(label, aliases, False), show, read)


def batch(name: str, label: str, *aliases: str) -> Field:
    """The number of a batch: 第二批, 第2批 or 2 (reference C12)."""

    def read(reader: RowReader, column: str) -> int | None:
        value = reader.text(column, required=False, limit=60)
        if not value:
            return None
        found = _BATCH.match(value)
        number = _counted(found["number"]) if found else 0
        if not number:
            reader.fault(column, "not_a_batch", value=value[:30])
            return None
        return number

    def show(value: Any) -> str:
        return t("catalogue_form.batch", number=value) if value else ""

    return Field(name, Column(label, aliases, False), show, read)


def _counted(value: str) -> int:
    """A number up to 99 in digits or Chinese numerals; 0 for none."""
    if value.isdigit():
        return int(value)
    tens, ten, ones = value.partition("十")
    if not ten:
        return _DIGITS.find(value) + 1 if len(value) == 1 else 0
    if len(tens) > 1 or len(ones) > 1:
        return 0
    return (_DIGITS.find(tens) + 1 if tens else 1) * 10 + (_DIGITS.find(ones) + 1 if ones else 0)


def worded(prefix: str) -> Show:
    """Writes the word of a code that stands below ``prefix`` in the locale."""
    return lambda value: t(f"{prefix}.{value}") if value else ""


def yuan(value: Any) -> str:
    """Fen as yuan without separators: 1200.5 is written 1200.50."""
    if value is None:
        return ""
    whole, fen = divmod(int(value), 100)
    return f"{whole}.{fen:02d}" if fen else str(whole)


def level_word(value: Any) -> str:
    """The short name of one level."""
    return SkillLevel(value).short_name if value is not None else ""


def topic_word(value: Any) -> str:
    """The name of a topic."""
    found = reference.topic(value) if value else None
    return found.name if found else as_text(value)


def type_word(value: Any) -> str:
    """The name of a training type; the word for every type when there is none."""
    found = reference.training_type(value) if value else None
    return found.name if found else t("standards.any_type")
