"""Sessions out of a weekly pattern: hours exact, holidays left out and said, 调休 known."""

from dataclasses import replace
from datetime import date, time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import working_days
from portal.domain.errors import BadInput
from portal.domain.schedule import MAX_HOURS_PER_DAY, overlaps
from portal.domain.weekly_plan import Block, WeeklyPattern, WeeklyPlan, plan_weeks
from portal.services.times import ZONE

MORNING, AFTERNOON = Block(time(9, 30), time(13, 30)), Block(time(16, 30), time(20, 0))
WORKDAYS, WEEKENDS = frozenset(range(5)), frozenset((5, 6))


def pattern(first: date, **fields: Any) -> WeeklyPattern:
    values: dict[str, Any] = {
        "first_day": first,
        "weekdays": WORKDAYS,
        "blocks": (MORNING, AFTERNOON),
        "theory_hours": 16,
        "practice_hours": 24,
    }
    return WeeklyPattern(**values | fields)


def planned(of: WeeklyPattern) -> WeeklyPlan:
    return plan_weeks(of, tz=ZONE)


def days(of: WeeklyPlan) -> list[date]:
    return sorted({one.starts_at.date() for one in of.meetings})


def test_a_week_of_beijing_time_holds_forty_hours_theory_first() -> None:
    made = planned(pattern(date(2026, 11, 2), hours_per_day=8))
    assert [(m.kind, m.hours) for m in made.meetings[:4]] == [
        ("theory", 5),
        ("theory", 3),
        ("theory", 5),
        ("theory", 3),
    ]
    assert (made.meetings[0].starts_at.hour, made.meetings[0].starts_at.minute) == (9, 30)
    # Five 课时 fill the morning but for its breaks, three end before the afternoon does.
    assert made.meetings[0].ends_at.time() == time(13, 30)
    assert made.meetings[1].ends_at.time() == time(18, 45)
    assert len(days(made)) == 5
    assert not made.skipped


def test_the_national_day_is_left_out_and_says_its_name() -> None:
    made = planned(pattern(date(2026, 9, 28)))
    assert days(made)[:4] == [
        date(2026, 9, 28),
        date(2026, 9, 29),
        date(2026, 9, 30),
        date(2026, 10, 8),
    ]
    assert [(one.day.day, one.why) for one in made.skipped] == [
        (day, "holiday") for day in (1, 2, 5, 6, 7)
    ]
    assert made.skipped[0].name == "国庆节"
    assert made.skipped[-1].name == "休息日"


def test_holidays_are_taught_when_asked() -> None:
    made = planned(pattern(date(2026, 9, 28), on_holidays=True))
    assert days(made)[-1] == date(2026, 10, 2)
    assert not made.skipped


def test_a_class_of_workdays_meets_on_a_swapped_saturday_only_when_asked() -> None:
    saturday = date(2026, 10, 10)
    first = date(2026, 10, 8)
    assert saturday not in days(planned(pattern(first)))
    assert saturday in days(planned(pattern(first, on_swapped=True)))


def test_a_class_of_weekends_does_not_meet_when_people_work() -> None:
    first = date(2026, 10, 10)
    made = planned(pattern(first, weekdays=WEEKENDS))
    assert first not in days(made)
    assert (made.skipped[0].day, made.skipped[0].why) == (first, "swapped")
    assert first in days(planned(pattern(first, weekdays=WEEKENDS, on_swapped=True)))


def test_a_block_is_shared_where_theory_ends() -> None:
    one = planned(pattern(date(2026, 11, 2), blocks=(MORNING,), theory_hours=2, practice_hours=3))
    assert [(m.kind, m.hours, m.starts_at.time(), m.ends_at.time()) for m in one.meetings] == [
        ("theory", 2, time(9, 30), time(11, 0)),
        ("practice", 3, time(11, 0), time(13, 30)),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({7})}, "weekdays"),
        ({"blocks": ()}, "blocks"),
        ({"blocks": (Block(time(9), time(9, 30)),)}, "blocks"),
        ({"blocks": (Block(time(13), time(9)),)}, "blocks"),
        ({"blocks": (Block(time(9), time(12)), Block(time(11), time(14)))}, "blocks"),
        ({"hours_per_day": 9}, "hours_per_day"),
        ({"hours_per_day": 0}, "hours_per_day"),
        ({"theory_hours": 0, "practice_hours": 0}, "hours"),
        ({"theory_hours": -1}, "hours"),
        ({"practice_hours": 9000}, "weekdays"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_by_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        planned(pattern(date(2026, 11, 2), **fields))
    assert refused.value.field == field


def test_an_arrangement_that_is_not_announced_is_known_to_be_missing() -> None:
    assert working_days.is_announced(2026)
    assert not working_days.is_announced(2099)


TIMES = st.sampled_from(
    [(Block(time(8), time(12)),), (MORNING, AFTERNOON), (Block(time(19), time(21)),)]
)
PATTERNS = st.builds(
    WeeklyPattern,
    first_day=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    blocks=TIMES,
    theory_hours=st.integers(0, 60),
    practice_hours=st.integers(1, 60),
    hours_per_day=st.integers(1, 8),
    on_holidays=st.booleans(),
    on_swapped=st.booleans(),
)


@given(PATTERNS)
def test_whatever_the_pattern_the_hours_are_exact_and_nothing_overlaps(of: WeeklyPattern) -> None:
    made = planned(of)
    by_kind = {
        kind: sum(one.hours for one in made.meetings if one.kind == kind)
        for kind in ("theory", "practice")
    }
    assert by_kind == {"theory": of.theory_hours, "practice": of.practice_hours}
    assert not any(overlaps(one, other) for one, other in pairwise(made.meetings))
    for one in made.meetings:
        assert (one.ends_at - one.starts_at).total_seconds() >= one.hours * 45 * 60
    for day in days(made):
        today = sum(one.hours for one in made.meetings if one.starts_at.date() == day)
        assert today <= min(of.hours_per_day, MAX_HOURS_PER_DAY)


@given(PATTERNS)
def test_whatever_the_pattern_it_keeps_to_its_days(of: WeeklyPattern) -> None:
    made = planned(of)
    taught = set(days(made))
    skipped = {one.day for one in made.skipped}
    assert not taught & skipped
    for day in taught:
        assert of.on_holidays or not working_days.is_holiday(day)
        assert day.weekday() in of.weekdays or (of.on_swapped and working_days.is_swapped(day))
    # Every chosen weekday up to the end is either taught or said to be left out.
    last = max(taught).toordinal()
    every = [date.fromordinal(n) for n in range(of.first_day.toordinal(), last + 1)]
    assert {day for day in every if day.weekday() in of.weekdays} <= taught | skipped


@given(PATTERNS)
def test_the_same_pattern_gives_the_same_plan(of: WeeklyPattern) -> None:
    assert planned(of) == planned(replace(of))
