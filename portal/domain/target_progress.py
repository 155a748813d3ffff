"""How far a target has come, and where the year would end if it went on like this."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

# With less behind it, an average says nothing about the rest.
LEAST_DAYS, LEAST_DONE = 60, 30
# How far from the even pace still counts as even.
_EVEN = 0.05

Pace = Literal["not_begun", "early", "ahead", "even", "behind", "over"]


@dataclass(frozen=True, slots=True)
class Progress:
    """``expected`` is what an even pace had reached by now; ``projected`` what the average of the
    days so far gives at the end, None where there is too little to say so."""

    done: int
    amount: int
    percent: int
    expected: int
    pace: Pace
    projected: int | None


def progress(done: int, amount: int, *, first: date, last: date, today: date) -> Progress:
    """Progress of a target over the days ``first`` to ``last``, both included, on ``today``."""
    days = (last - first + timedelta(days=1)).days
    gone = min(max((today - first + timedelta(days=1)).days, 0), days)
    expected = amount * gone // days
    percent = done * 100 // amount if amount else 0
    over = today > last
    enough = gone >= LEAST_DAYS and done >= LEAST_DONE and not over
    projected = done * days // gone if enough else None
    return Progress(done, amount, percent, expected, _pace(done, expected, gone, over), projected)


def _pace(done: int, expected: int, gone: int, over: bool) -> Pace:
    if not gone:
        return "not_begun"
    if over:
        return "over"
    if gone < LEAST_DAYS:
        return "early"
    if abs(done - expected) <= expected * _EVEN:
        return "even"
    return "ahead" if done > expected else "behind"
