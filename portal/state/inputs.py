"""What a client sent with an event or in the address, read without trust.

Arguments of handlers may be of any type: whatever is not a text is none.
"""

import unicodedata
from dataclasses import dataclass
from urllib.parse import parse_qsl

# Longer than any field of ours; the services name their own limits.
_MAX_TEXT = 2_000
_MAX_NUMBER = 1_000_000


@dataclass(frozen=True)
class ChoiceRow:
    """Something to choose, and what it is called."""

    key: str
    label: str


def text_of(form: object, name: str) -> str:
    """A field of a submitted form, without control characters and outer spaces; "" for none."""
    value = form.get(name) if isinstance(form, dict) else None
    return clean(value)


def clean(value: object) -> str:
    """A text that the database can hold; "" for what is no text. Line breaks become spaces."""
    if not isinstance(value, str):
        return ""
    kept = (
        " " if char.isspace() else char
        for char in value[:_MAX_TEXT]
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cs")
    )
    return "".join(kept).strip()


def whole_number(value: str, default: int) -> int:
    """A number between 0 and a million that was typed; ``default`` for anything else."""
    return min(int(value), _MAX_NUMBER) if value.isascii() and value.isdigit() else default


def path_part(path: str, index: int) -> str:
    """One part of an address, from 0: of ``/teach/classes/x`` part 2 is ``x``; "" for none."""
    parts = [part for part in path.split("/") if part]
    return parts[index] if index < len(parts) else ""


def query_value(query: str, name: str) -> str:
    """A value of the address's query; the last one counts, "" for none."""
    return clean(dict(parse_qsl(query)).get(name))
