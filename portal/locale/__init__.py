"""Every sentence a user reads, by key. A language is a folder of TOML files."""

import tomllib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "zh_CN"


class MissingSentence(KeyError):
    """No sentence for a key; a test walks the keys in use, so users never meet it."""


def _flatten(prefix: str, table: dict[str, object], into: dict[str, str]) -> None:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            _flatten(f"{key}.", value, into)
        elif key in into:
            raise ValueError(f"the sentence {key} stands twice")
        else:
            into[key] = str(value)


@lru_cache
def sentences(language: str = DEFAULT) -> dict[str, str]:
    """All sentences of a language by dotted key."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        _flatten("", tomllib.loads(path.read_text("utf-8")), found)
    return found


def t(key: str, /, **params: object) -> str:
    """The sentence for a key, its placeholders ``{name}`` filled; raises MissingSentence."""
    try:
        sentence = sentences()[key]
    except KeyError:
        raise MissingSentence(key) from None
    return sentence.format(**params) if params else sentence


def has(key: str) -> bool:
    """Whether there is a sentence for a key."""
    return key in sentences()
