"""What heads that an officer counted say beside the sheet (reference B11.1, C-52)."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

# Zaozhuang's rule: so many cards within a year cost an institution its claims of that year and
# its place on the list of the next. Shown as information: what follows is decided by people.
REDS_A_YEAR = 2
YELLOWS_A_YEAR = 3


class Card(StrEnum):
    """What a count ends with."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class CardLines:
    """Shares of the sheet, exact: below ``yellow`` and below ``red``."""

    yellow: Fraction = Fraction(9, 10)
    red: Fraction = Fraction(8, 10)


def card_of(heads: int, sheet: int, lines: CardLines) -> Card:
    """The card of a count. Exactly on a line is not below it; an empty sheet claims nothing."""
    if sheet <= 0:
        return Card.NONE
    share = Fraction(heads, sheet)
    if share < lines.red:
        return Card.RED
    return Card.YELLOW if share < lines.yellow else Card.NONE


def percent_of(heads: int, sheet: int) -> int | None:
    """Heads per hundred on the sheet, rounded down; None for an empty sheet."""
    return heads * 100 // sheet if sheet > 0 else None


def weighs(yellows: int, reds: int) -> bool:
    """Whether the cards of a year reach what costs an institution its claims elsewhere."""
    return reds >= REDS_A_YEAR or yellows >= YELLOWS_A_YEAR
