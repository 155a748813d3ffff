"""How long a freed seat is kept for one person, and how likely one comes in time.

Nothing here promises anything: odds say what happened in earlier classes, no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

# Fewer earlier classes say nothing about the next one.
FEWEST_CLASSES: Final = 5
# Shares of earlier classes in which the list came as far as this person's place.
_LIKELY: Final = 0.6
_POSSIBLE: Final = 0.2

Word = Literal["likely", "possible", "unlikely", "too_few"]


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """A region's terms: how long an offer lasts, at the least, and how long before the class
    begins the list closes."""

    lasts: timedelta
    least: timedelta
    closes_before: timedelta


@dataclass(frozen=True, slots=True)
class Odds:
    """``enough`` of ``classes`` earlier ones freed as many places as are needed, in as much time
    as is left; ``freed`` is how many each of them freed on average."""

    word: Word
    classes: int
    enough: int
    freed: float


def closes_at(begins: datetime, terms: OfferTerms) -> datetime:
    """From when on nobody is offered a seat: the answer could not come in time."""
    return begins - max(terms.closes_before, terms.least)


def kept_until(now: datetime, begins: datetime, terms: OfferTerms) -> datetime | None:
    """Until when a seat that is offered now is kept; None when the list is closed.

    Near the end no longer than half of what is left, so that the next in line has a chance as
    well; but never shorter than the least.
    """
    closes = closes_at(begins, terms)
    if now >= closes:
        return None
    return now + max(min(terms.lasts, (closes - now) / 2), terms.least)


def odds(freed: Sequence[int], position: int) -> Odds:
    """From the places that earlier classes freed to the chance of the ``position``-th in line."""
    classes = len(freed)
    enough = sum(count >= position for count in freed)
    mean = sum(freed) / classes if classes else 0.0
    return Odds(_word(classes, enough), classes, enough, mean)


def _word(classes: int, enough: int) -> Word:
    if classes < FEWEST_CLASSES:
        return "too_few"
    share = enough / classes
    if share >= _LIKELY:
        return "likely"
    return "possible" if share >= _POSSIBLE else "unlikely"
