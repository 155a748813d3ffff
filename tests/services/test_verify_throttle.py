"""Asking for many certificates: an office is never stopped, counting numbers up is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal.services import verify_throttle
from portal.services.verify_throttle import BURST, allow
from tests.support.factories import NOW


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    verify_throttle.forget()
    yield
    verify_throttle.forget()


def test_a_pile_of_certificates_is_checked_without_waiting() -> None:
    assert [allow(b"office", now=NOW) for _ in range(BURST)] == [0] * BURST


def test_whoever_asks_on_has_to_wait_and_is_told_how_long() -> None:
    for _ in range(BURST):
        allow(b"robot", now=NOW)
    assert allow(b"robot", now=NOW) == 1
    assert allow(b"robot", now=NOW + timedelta(seconds=0.5)) == 1
    assert allow(b"robot", now=NOW + timedelta(seconds=2)) == 0


def test_over_an_hour_no_more_than_one_a_second_is_answered() -> None:
    answered = sum(
        allow(b"robot", now=NOW + timedelta(seconds=tick / 10)) == 0 for tick in range(36_000)
    )
    assert answered <= BURST + 3600


def test_a_question_that_costs_more_counts_for_more() -> None:
    answers = [allow(b"robot", now=NOW, weight=10) for _ in range(BURST // 10 + 1)]
    assert answers == [0] * (BURST // 10) + [10]
    assert allow(b"robot", now=NOW + timedelta(seconds=10), weight=10) == 0


def test_another_source_is_not_held_up() -> None:
    for _ in range(BURST + 5):
        allow(b"robot", now=NOW)
    assert allow(b"somebody", now=NOW) == 0


def test_a_clock_that_was_set_back_gives_nothing_and_takes_nothing() -> None:
    for _ in range(BURST):
        allow(b"robot", now=NOW)
    assert allow(b"robot", now=NOW - timedelta(hours=1)) > 0


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_throttle, "_SOURCES", 10)
    for no in range(100):
        allow(str(no).encode(), now=NOW)
    assert len(verify_throttle._asked) == 10
