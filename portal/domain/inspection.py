"""What heads that an officer counted say beside the sheet (reference B11.1, C-52)."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Card(StrEnum):
    """What a count ends with."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class CardLines:
    """Shares of the sheet, exact: below ``yellow`` and below ``red``; and how many cards of a
    year weigh, which is Zaozhuang's rule where a region has none of its own.
    """

    yellow: Fraction = Fraction(9, 10)
    red: Fraction = Fraction(8, 10)
    yellows_a_year: int = 3
    reds_a_year: int = 2


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


def weighs(yellows: int, reds: int, lines: CardLines) -> bool:
    """Whether the cards of a year reach what costs an institution its claims elsewhere.

    Shown as information: what follows is decided by people.
    """
    return reds >= lines.reds_a_year or yellows >= lines.yellows_a_year
