"""Cards by exact fractions of the sheet."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.inspection import Card, CardLines, card_of, percent_of, weighs

LINES = CardLines()


@pytest.mark.parametrize(
    ("heads", "sheet", "card"),
    [
        (27, 30, Card.NONE),  # exactly 90 %
        (26, 30, Card.YELLOW),
        (24, 30, Card.YELLOW),  # exactly 80 %
        (23, 30, Card.RED),
        (899, 1000, Card.YELLOW),
        (799, 1000, Card.RED),
        (9, 10, Card.NONE),
        (8, 10, Card.YELLOW),
        (0, 1, Card.RED),
        (1, 1, Card.NONE),
        (35, 30, Card.NONE),
        (0, 0, Card.NONE),
        (12, 0, Card.NONE),
    ],
)
def test_a_count_on_a_line_is_not_below_it(heads: int, sheet: int, card: Card) -> None:
    assert card_of(heads, sheet, LINES) is card


def test_a_region_may_draw_other_lines() -> None:
    strict = CardLines(Fraction(1), Fraction(1, 2))
    assert card_of(29, 30, strict) is Card.YELLOW
    assert card_of(15, 30, strict) is Card.YELLOW
    assert card_of(14, 30, strict) is Card.RED


@given(st.integers(0, 500), st.integers(1, 500))
def test_one_head_more_never_makes_a_card_worse(heads: int, sheet: int) -> None:
    order = [Card.RED, Card.YELLOW, Card.NONE]
    less, more = (card_of(count, sheet, LINES) for count in (heads, heads + 1))
    assert order.index(less) <= order.index(more)


def test_percent_is_rounded_down_so_that_nobody_reads_ninety_below_the_line() -> None:
    assert percent_of(899, 1000) == 89
    assert percent_of(27, 30) == 90
    assert percent_of(31, 30) == 103
    assert percent_of(3, 0) is None


@pytest.mark.parametrize(
    ("yellow", "red", "reached"),
    [(0, 2, True), (3, 0, True), (2, 1, False), (0, 0, False), (5, 5, True)],
)
def test_two_reds_or_three_yellows_a_year_weigh(yellow: int, red: int, reached: bool) -> None:
    assert weighs(yellow, red, LINES) is reached


def test_a_region_says_how_many_cards_weigh() -> None:
    strict = CardLines(yellows_a_year=1, reds_a_year=1)
    assert weighs(1, 0, strict)
    assert weighs(0, 1, strict)
    assert not weighs(0, 0, strict)
