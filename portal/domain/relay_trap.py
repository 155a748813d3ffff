"""The question for the colour on the room's screen, right after the scan (relay trap).

A code can be forwarded by photo or video call, and its colour with it, but only late. The screen
shows one of nine colours for four seconds each, in an order of its own every five minutes; a
colour comes back after 36 s at the earliest. An answer is right when that colour was on the
screen within the last 3.25 s: long enough to look down and tap, shorter than any detour of 6 s.
How many relays it catches is simulated in ``tests/domain/test_relay_trap.py``.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.domain.checkin_code import BLOCK, CODE_PERIOD

# Names stand in the locale (``trap.<colour>``, ``trap.shape_<colour>``), shapes and fills in the
# template trap_shapes.html.
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black")
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


def colour_order(screen_key: bytes) -> tuple[str, ...]:
    """The order of the colours within the key's five minutes."""
    mac = hmac.digest(screen_key, b"portal checkin colours v1\0", "sha256")
    left = list(COLOURS)
    # Two bytes a draw; a bias of 1 in 7,000 helps nobody.
    return tuple(
        left.pop(int.from_bytes(mac[2 * n : 2 * n + 2], "big") % len(left))
        for n in range(len(COLOURS))
    )


def colour_at(screen_key: bytes, at: datetime) -> str:
    """The colour on the screen at a moment within the key's five minutes."""
    step = (at - _EPOCH) % _BLOCK_LENGTH // COLOUR_PERIOD
    return colour_order(screen_key)[step % len(COLOURS)]


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
    return (at - _EPOCH) // _BLOCK_LENGTH
