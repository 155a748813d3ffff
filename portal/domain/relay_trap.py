"""The question for the colour on the room's screen, right after the scan (relay trap).

A code can be forwarded by photo or video call, and its colour with it, but only late. The screen
shows one of twelve colours for four seconds each; each is drawn from those that were not among the
last nine, so that a colour comes back after 40 s at the earliest and whoever has watched a while
still cannot tell the next. An answer is right when that colour was on the screen within the last
3.25 s: long enough to look down and tap, shorter than any detour of 6 s. How many relays it
catches is simulated in ``tests/domain/test_relay_trap.py``.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from portal.domain import checkin_code
from portal.domain.checkin_code import BLOCK, CODE_PERIOD

# Names stand in the locale (``trap.<colour>``, ``trap.shape_<colour>``), shapes and fills in the
# template trap_shapes.html.
COLOURS = (
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
    "grey",
    "teal",
)
# A stale picture must not show a right colour: so many others come in between.
OTHERS_BETWEEN = 9
COLOUR_PERIOD = timedelta(seconds=4)
# From seeing the colour to the answer's arrival.
GRACE = timedelta(seconds=3.25)
# How long the person has to answer, and what a slow link may take besides.
TIME_TO_ANSWER = timedelta(seconds=5)
LINK_ALLOWANCE = timedelta(seconds=2)
MOST_TRIES = 3

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK_LENGTH = BLOCK * CODE_PERIOD
_STEPS_A_BLOCK = _BLOCK_LENGTH // COLOUR_PERIOD


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer was worth: ``right``, and ``seconds`` from the question to it.

    One that came too ``late`` is neither right nor wrong: the question is asked again.
    """

    right: bool
    seconds: float
    late: bool = False


@lru_cache(maxsize=1024)
def colour_order(screen_key: bytes) -> tuple[str, ...]:
    """The colours of the key's five minutes, one a step of ``COLOUR_PERIOD``."""
    # One byte a draw; a bias of 1 in 64 helps nobody.
    macs = [
        hmac.digest(screen_key, b"portal checkin colours v2\0" + bytes([n]), "sha256")
        for n in range(-(-_STEPS_A_BLOCK // 32))
    ]
    shown: list[str] = []
    for drawn in b"".join(macs)[:_STEPS_A_BLOCK]:
        free = [each for each in COLOURS if each not in shown[-OTHERS_BETWEEN:]]
        shown.append(free[drawn % len(free)])
    return tuple(shown)


def colour_at(screen_key: bytes, at: datetime) -> str:
    """The colour on the screen at a moment within the key's five minutes."""
    return colour_order(screen_key)[(at - _EPOCH) % _BLOCK_LENGTH // COLOUR_PERIOD]


def judge(
    keys: dict[int, bytes], chosen: str, *, asked_at: datetime, answered_at: datetime
) -> Answer:
    """Whether ``chosen`` was on the screen just before the answer, which came in time.

    ``keys`` are the screen keys of the blocks that the last seconds lie in, by block number.
    """
    waited = (answered_at - asked_at).total_seconds()
    if answered_at - asked_at > TIME_TO_ANSWER + LINK_ALLOWANCE:
        return Answer(right=False, seconds=waited, late=True)
    moments = (answered_at - GRACE, answered_at)
    # A colour lasts longer than the grace, so that there are two on the screen in it at most.
    shown = {colour_at(keys[block_of(at)], at) for at in moments}
    return Answer(right=chosen in shown, seconds=waited)


def block_of(at: datetime) -> int:
    """The number of the five minutes that a moment lies in."""
    return checkin_code.block_of(checkin_code.step_of(at))
