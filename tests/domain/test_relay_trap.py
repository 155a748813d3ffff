"""The question for the colour: people in the room pass, a relay of 6 s or more does not."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import relay_trap
from portal.domain.checkin_code import Phase, screen_key
from portal.domain.relay_trap import (
    COLOUR_PERIOD,
    COLOURS,
    GRACE,
    MOST_TRIES,
    TIME_TO_ANSWER,
    block_of,
    colour_at,
    colour_order,
    judge,
)

START = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
SECONDS = st.floats(0, 100_000, allow_nan=False)


class Room:
    """One room's screen: what it shows, and how an answer is judged."""

    def __init__(self, seed: int) -> None:
        self.key = random.Random(seed).randbytes(32)

    def keys(self, at: datetime) -> dict[int, bytes]:
        blocks = {block_of(at - GRACE), block_of(at)}
        return {block: screen_key(self.key, Phase.IN, block) for block in blocks}

    def shows(self, at: datetime) -> str:
        return colour_at(screen_key(self.key, Phase.IN, block_of(at)), at)

    def judges(self, colour: str, asked: datetime, answered: datetime) -> relay_trap.Answer:
        return judge(self.keys(answered), colour, asked_at=asked, answered_at=answered)


@given(st.binary(min_size=32, max_size=32))
def test_an_order_has_every_colour_once(key: bytes) -> None:
    assert sorted(colour_order(key)) == sorted(COLOURS)


@given(st.integers(), SECONDS, st.floats(0, GRACE.total_seconds()))
def test_who_looks_up_and_taps_within_the_grace_is_right(
    seed: int, seconds: float, lag: float
) -> None:
    room, asked = Room(seed), START + timedelta(seconds=seconds)
    seen = asked + timedelta(seconds=1)
    answer = room.judges(room.shows(seen), asked, seen + timedelta(seconds=lag))
    assert answer.right


def test_an_answer_after_the_time_is_late_and_neither_right_nor_wrong() -> None:
    room, allowed = Room(1), TIME_TO_ANSWER + relay_trap.LINK_ALLOWANCE
    answered = START + allowed + timedelta(milliseconds=1)
    answer = room.judges(room.shows(answered), START, answered)
    assert answer.late
    assert not answer.right
    assert not room.judges("pink", START, START + allowed).late


def test_an_unknown_colour_is_wrong() -> None:
    assert not Room(1).judges("mauve", START, START + timedelta(seconds=2)).right


def relays_caught(delays: list[float], *, guesses: bool = False) -> float:
    """The share of relays that never name the right colour in three tries.

    The accomplice sees the screen ``delay`` seconds late and taps what they see one to three
    seconds later, or any colour at random.
    """
    chance = random.Random(20261122)
    caught = 0
    for delay in delays:
        room, at = Room(chance.getrandbits(64)), START + timedelta(seconds=chance.uniform(0, 3000))
        for _ in range(MOST_TRIES):
            answered = at + timedelta(seconds=chance.uniform(1, 3))
            seen = room.shows(answered - timedelta(seconds=delay + chance.uniform(1, 3)))
            if room.judges(chance.choice(COLOURS) if guesses else seen, at, answered).right:
                break
            at = answered + timedelta(seconds=1)
        else:
            caught += 1
    return caught / len(delays)


def test_95_of_100_relays_within_a_codes_life_are_caught() -> None:
    chance = random.Random(7)
    assert relays_caught([chance.uniform(6, 30) for _ in range(4000)]) >= 0.95


@pytest.mark.parametrize("delay", [6, 8, 12, 20, 28])
def test_no_delay_is_a_way_through(delay: float) -> None:
    assert relays_caught([delay] * 2000) >= 0.95


def test_blind_guessing_is_caught_half_of_the_time_and_tried_in_vain_before() -> None:
    """A guesser may hit one of at most two colours in nine: the event keeps the wrong tries."""
    assert 0.4 <= relays_caught([30.0] * 4000, guesses=True) <= 0.7


def test_a_colour_comes_back_after_half_a_minute_at_the_earliest_within_five_minutes() -> None:
    room = Room(3)
    shown = [room.shows(START + n * COLOUR_PERIOD) for n in range(75)]
    assert all(shown[n] not in shown[n + 1 : n + 9] for n in range(60))
