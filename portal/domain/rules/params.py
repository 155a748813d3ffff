"""Reading the parameters of a rule. A missing or mistyped one is None, never an exception.

A pack is checked when it is published; a rule that still lacks what it needs gives no answer.
"""

from collections.abc import Mapping
from decimal import Decimal

from portal.domain.levels import SkillLevel
from portal.domain.rules.rule import Rule


def whole(rule: Rule, name: str) -> int | None:
    """A whole number."""
    value = rule.params.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def share(rule: Rule, name: str) -> Decimal | None:
    """A ratio as it is written in the pack: 0.40 is exactly two fifths, never a float's guess."""
    value = rule.params.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value))


def text(rule: Rule, name: str, default: str = "") -> str:
    """A word."""
    value = rule.params.get(name)
    return value if isinstance(value, str) else default


def texts(rule: Rule, name: str) -> tuple[str, ...]:
    """A list of words; one word alone is a list of one."""
    value = rule.params.get(name)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple | list):
        return tuple(str(item) for item in value)
    return ()


def flag(rule: Rule, name: str, default: bool) -> bool:
    """Yes or no."""
    value = rule.params.get(name)
    return value if isinstance(value, bool) else default


def counts(rule: Rule, name: str) -> dict[str, int]:
    """A table of whole numbers."""
    value = rule.params.get(name)
    if not isinstance(value, Mapping):
        return {}
    return {str(key): number for key, number in value.items() if isinstance(number, int)}


def levels(rule: Rule, name: str) -> frozenset[int]:
    """Ranks of the skill levels that a list names: ``technician``."""
    known = SkillLevel.__members__
    return frozenset(
        int(known[word.upper()]) for word in texts(rule, name) if word.upper() in known
    )
