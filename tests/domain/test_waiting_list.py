"""Offers end in time for the next in line; odds say what was, and nothing from too little."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.waiting_list import FEWEST_CLASSES, OfferTerms, closes_at, kept_until, odds

HOUR = timedelta(hours=1)
BEGINS = datetime(2026, 12, 8, 1, 40, tzinfo=UTC)
TERMS = OfferTerms(lasts=24 * HOUR, least=2 * HOUR, closes_before=12 * HOUR)


def test_far_from_the_start_an_offer_lasts_its_whole_time() -> None:
    now = BEGINS - 72 * HOUR
    assert kept_until(now, BEGINS, TERMS) == now + 24 * HOUR


def test_near_the_end_of_the_list_an_offer_leaves_as_much_time_for_the_next() -> None:
    assert kept_until(BEGINS - 32 * HOUR, BEGINS, TERMS) == BEGINS - 22 * HOUR


def test_the_last_offer_still_lasts_the_least() -> None:
    now = BEGINS - 13 * HOUR
    assert kept_until(now, BEGINS, TERMS) == now + 2 * HOUR


def test_a_closed_list_offers_nothing() -> None:
    assert kept_until(BEGINS - 12 * HOUR, BEGINS, TERMS) is None


def test_an_offer_never_outlasts_the_start_where_the_list_closes_late() -> None:
    late = OfferTerms(lasts=24 * HOUR, least=2 * HOUR, closes_before=0 * HOUR)
    assert closes_at(BEGINS, late) == BEGINS - 2 * HOUR
    assert kept_until(BEGINS - HOUR, BEGINS, late) is None


hours = st.integers(0, 200).map(lambda n: n * HOUR)


@given(left=hours, lasts=hours, least=hours, closes=hours)
def test_every_offer_leaves_time_and_ends_before_the_class_begins(
    left: timedelta, lasts: timedelta, least: timedelta, closes: timedelta
) -> None:
    now = BEGINS - left
    until = kept_until(now, BEGINS, OfferTerms(lasts, least, closes))
    assert until is None or (now + least <= until <= BEGINS)
    assert (until is None) == (left <= max(closes, least))


@pytest.mark.parametrize(
    ("freed", "position", "word"),
    [
        ([3, 3, 3, 0, 0], 3, "likely"),
        ([3, 0, 0, 0, 0], 3, "possible"),
        ([2, 2, 2, 2, 2], 3, "unlikely"),
        ([9] * (FEWEST_CLASSES - 1), 1, "too_few"),
        ([], 1, "too_few"),
    ],
)
def test_odds_are_the_share_of_earlier_classes_that_came_so_far(
    freed: list[int], position: int, word: str
) -> None:
    assert odds(freed, position).word == word


def test_odds_show_what_they_rest_on() -> None:
    found = odds([4, 0, 2, 2, 0, 1], 2)
    assert (found.classes, found.enough, found.freed) == (6, 3, 1.5)


@given(st.lists(st.integers(0, 30), max_size=20), st.integers(1, 30))
def test_nobody_further_back_has_better_odds(freed: list[int], position: int) -> None:
    order = ["likely", "possible", "unlikely", "too_few"]
    here, behind = odds(freed, position), odds(freed, position + 1)
    assert order.index(here.word) <= order.index(behind.word)
