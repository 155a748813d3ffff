"""When a person is warned, and that nobody loses the goal without a word."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.attendance_outlook import (
    Lesson,
    Level,
    level_of,
    outlook,
    worst,
)

FIRST = date(2026, 12, 1)
# Sessions of one day by their hours, and what the person gets of each.
Days = list[list[tuple[int, int]]]


def lessons(days: Days, passed: int) -> list[Lesson]:
    """The class as it looks when so many of its days are over."""
    return [
        Lesson(
            FIRST + timedelta(days=n),
            hours,
            min(got, hours) if n < passed else None,
            begun=n < passed,
        )
        for n, day in enumerate(days)
        for hours, got in day
    ]


def level(days: Days, passed: int, *, needed: int, warn: int = 8) -> Level | None:
    planned = sum(hours for day in days for hours, _ in day)
    return level_of(
        outlook(lessons(days, passed), needed=needed, planned=planned), warn_hours_left=warn
    )


def test_who_has_missed_nothing_is_left_in_peace() -> None:
    days: Days = [[(4, 4)]] * 10
    assert [level(days, passed, needed=32) for passed in range(11)] == [None] * 11


def test_few_hours_left_to_miss_are_near() -> None:
    days: Days = [[(4, 0)]] + [[(4, 4)]] * 9
    assert level(days, 1, needed=32, warn=4) is Level.NEAR
    assert level(days, 1, needed=28, warn=4) is None


def test_the_session_that_decides_is_last() -> None:
    days: Days = [[(4, 0)], [(4, 0)]] + [[(4, 4)]] * 8
    assert level(days, 2, needed=32) is Level.LAST


def test_out_of_reach_is_lost() -> None:
    days: Days = [[(4, 0)]] * 3 + [[(4, 4)]] * 7
    assert level(days, 3, needed=32) is Level.LOST


def test_after_the_last_session_nobody_who_reached_it_is_warned() -> None:
    assert level([[(4, 0)], [(4, 4)]], 2, needed=4) is None


def test_a_day_of_several_sessions_is_told_beforehand() -> None:
    """Together they are too many, though each alone would not be."""
    assert level([[(4, 0), (4, 0)]] + [[(4, 4)]] * 8, 0, needed=34) is Level.NEAR
    assert level([[(8, 0)]] + [[(4, 4)]] * 8, 0, needed=34) is None


def test_hours_without_a_session_can_still_be_had() -> None:
    found = outlook(lessons([[(4, 0)]], 1), needed=32, planned=40)
    assert (found.ahead, found.spare, found.lacking) == (36, 4, 32)


def test_the_most_urgent_goal_counts() -> None:
    calm = outlook(lessons([[(4, 0)]] + [[(4, 4)]] * 9, 1), needed=20, planned=40)
    short = outlook(lessons([[(4, 0)], [(4, 4)]], 1), needed=4, planned=8)
    assert worst([calm, short], warn_hours_left=1) == (Level.LAST, short)
    assert worst([calm], warn_hours_left=1) == (None, calm)


_session = st.tuples(st.integers(1, 8), st.integers(0, 8))
_days = st.lists(st.lists(_session, min_size=1, max_size=4), min_size=1, max_size=20)


@given(days=_days, share=st.integers(50, 100), warn=st.integers(1, 12))
def test_nobody_loses_the_goal_without_a_warning_before(days: Days, share: int, warn: int) -> None:
    """Asked once a day, before the class meets: whoever is lost was warned, or a single session
    alone was enough and nothing had been missed before it."""
    planned = sum(hours for day in days for hours, _ in day)
    needed = -(-planned * share // 100)
    warned = False
    for passed in range(len(days) + 1):
        found = level(days, passed, needed=needed, warn=warn)
        if found is Level.LOST:
            missed = [hours - min(got, hours) for day in days[:passed] for hours, got in day]
            alone = sum(miss > 0 for miss in missed) == 1
            assert warned or alone
            return
        warned = warned or found is not None
