"""Timetables: all hours planned, within the region's day, and overlaps found."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import BadInput
from portal.domain.schedule import DayHours, PlannedSession, overlaps, plan_sessions

BEIJING = ZoneInfo("Asia/Shanghai")
TURPAN = DayHours((time(9, 30), time(13, 30)), (time(16, 30), time(20, 0)))
MONDAY = date(2026, 11, 23)
WORKDAYS = range(5)


def plan(
    total_hours: int = 80,
    weekdays: range | tuple[int, ...] = WORKDAYS,
    hours_per_day: int = 8,
    skip: tuple[date, ...] = (),
    day_hours: DayHours = TURPAN,
    first_day: date = MONDAY,
) -> list[PlannedSession]:
    return plan_sessions(
        first_day=first_day,
        total_hours=total_hours,
        day_hours=day_hours,
        weekdays=weekdays,
        hours_per_day=hours_per_day,
        tz=BEIJING,
        skip=skip,
    )


def beijing(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)


def test_a_day_in_turpan_is_taught_at_turpans_hours() -> None:
    assert plan(8) == [
        PlannedSession(beijing(23, 9, 30), beijing(23, 13, 30), 5),
        PlannedSession(beijing(23, 16, 30), beijing(23, 18, 45), 3),
    ]


def test_eighty_hours_take_ten_working_days() -> None:
    days = {session.starts_at.date() for session in plan(80)}
    assert len(days) == 10
    assert max(days) == date(2026, 12, 4)


def test_holidays_and_free_weekdays_are_left_out() -> None:
    sessions = plan(24, weekdays=(0, 2), skip=(date(2026, 11, 25),))
    days = sorted({session.starts_at.date() for session in sessions})
    assert days == [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 2)]


def test_the_last_session_ends_when_the_hours_are_over() -> None:
    assert plan(9)[-1] == PlannedSession(beijing(24, 9, 30), beijing(24, 10, 15), 1)


DAYS = st.builds(
    lambda start, a, pause, b: DayHours(
        (time(*divmod(start, 60)), time(*divmod(start + a, 60))),
        (time(*divmod(start + a + pause, 60)), time(*divmod(start + a + pause + b, 60))),
    ),
    st.integers(360, 600),
    st.integers(45, 300),
    st.integers(0, 200),
    st.integers(1, 300),
)


@given(
    # So few that one hour on one day a week fits into the three years that are searched.
    st.integers(1, 120),
    DAYS,
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(1, 8),
    st.sets(st.integers(0, 30)),
)
def test_every_plan_keeps_its_promises(
    total: int, day_hours: DayHours, weekdays: set[int], per_day: int, skipped: set[int]
) -> None:
    skip = tuple(MONDAY + timedelta(days=n) for n in skipped)
    sessions = plan(total, tuple(weekdays), per_day, skip, day_hours)
    assert sum(session.hours for session in sessions) == total
    days: dict[date, int] = {}
    for session in sessions:
        minutes = (session.ends_at - session.starts_at) // timedelta(minutes=1)
        assert 1 <= session.hours <= minutes // 45
        day = session.starts_at.date()
        assert day.weekday() in weekdays
        assert day not in skip
        days[day] = days.get(day, 0) + session.hours
        assert session.ends_at.time() <= day_hours.afternoon[1]
    assert max(days.values()) <= per_day
    assert not any(overlaps(a, b) for a, b in pairwise(sessions))
    assert sessions == sorted(sessions, key=lambda session: session.starts_at)


@pytest.mark.parametrize(
    ("plan_of", "field"),
    [
        ({"total_hours": 0}, "total_hours"),
        ({"hours_per_day": 0}, "hours_per_day"),
        ({"hours_per_day": 9}, "hours_per_day"),
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": (7,)}, "weekdays"),
    ],
)
def test_an_impossible_plan_names_its_field(plan_of: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        plan(**plan_of)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.reason.startswith("schedule.")


@pytest.mark.parametrize(
    "hours",
    [
        ((time(13), time(9)), (time(16), time(20))),
        ((time(9), time(13)), (time(12), time(20))),
        ((time(9), time(13)), (time(20), time(20))),
    ],
)
def test_the_times_of_a_day_must_be_in_order(hours: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="order"):
        DayHours(*hours)


def session(start: int, end: int) -> PlannedSession:
    day = beijing(23, 0, 0)
    return PlannedSession(day + timedelta(minutes=start), day + timedelta(minutes=end), 1)


def test_a_session_may_start_when_the_one_before_ends() -> None:
    assert not overlaps(session(0, 45), session(45, 90))
    assert not overlaps(session(45, 90), session(0, 45))


SPANS = st.tuples(st.integers(0, 600), st.integers(1, 200)).map(lambda s: (s[0], s[0] + s[1]))


@given(SPANS, SPANS)
def test_two_sessions_overlap_when_they_share_a_minute(
    a: tuple[int, int], b: tuple[int, int]
) -> None:
    shared = set(range(*a)) & set(range(*b))
    assert overlaps(session(*a), session(*b)) is bool(shared)
    assert overlaps(session(*b), session(*a)) is bool(shared)
