"""Attendance: windows, credit in whole class hours, and the finish rule."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.attendance import (
    Assessment,
    AttendanceState,
    SessionWindows,
    WindowRules,
    assess,
    finish_outcome,
    phase_open,
    ratio,
    reached,
    windows_for,
)
from portal.domain.checkin_code import Phase

START = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PRESENT, LATE = AttendanceState.PRESENT, AttendanceState.LATE
EARLY, ABSENT = AttendanceState.EARLY_LEAVE, AttendanceState.ABSENT


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def credit(
    signed_in: float | None, signed_out: float | None, length: float = 240, planned: int = 5
) -> Assessment:
    return assess(
        starts_at=START,
        ends_at=at(length),
        planned_hours=planned,
        signed_in_at=None if signed_in is None else at(signed_in),
        signed_out_at=None if signed_out is None else at(signed_out),
    )


LENGTHS = st.integers(1, 300)
MINUTES = st.one_of(st.integers(-60, 400), st.floats(-60, 400))
RULES = st.builds(
    lambda before, late, close, out_before, out_after: WindowRules(
        *(timedelta(minutes=n) for n in (before, late, late + close, out_before, out_after))
    ),
    *[st.integers(0, 90)] * 5,
)


def test_the_default_windows_are_those_of_the_reference() -> None:
    assert windows_for(START, at(240)) == SessionWindows(
        sign_in_from=at(-30),
        late_after=at(15),
        sign_in_until=at(30),
        sign_out_from=at(230),
        sign_out_until=at(300),
    )


@pytest.mark.parametrize(
    ("minute", "phase"),
    [
        (-30.01, None),
        (-30, Phase.IN),
        (29.99, Phase.IN),
        (30, None),
        (229.99, None),
        (230, Phase.OUT),
        (300, Phase.OUT),
        (300.01, None),
    ],
)
def test_a_scan_belongs_to_the_open_window(minute: float, phase: Phase | None) -> None:
    assert phase_open(windows_for(START, at(240)), at(minute)) is phase


def test_in_a_short_session_sign_out_waits_until_sign_in_has_closed() -> None:
    windows = windows_for(START, at(35))
    assert phase_open(windows, at(29)) is Phase.IN
    assert phase_open(windows, at(30)) is Phase.OUT


def test_sign_in_closes_at_the_end_of_a_very_short_session() -> None:
    windows = windows_for(START, at(20))
    assert phase_open(windows, at(19.9)) is Phase.IN
    assert phase_open(windows, at(20)) is Phase.OUT


@given(LENGTHS, RULES)
def test_windows_never_overlap_and_stand_in_order(length: int, rules: WindowRules) -> None:
    w = windows_for(START, at(length), rules)
    assert w.sign_in_from <= w.late_after <= w.sign_in_until <= w.sign_out_from <= w.sign_out_until
    assert w.sign_in_until <= at(length)
    assert phase_open(w, w.sign_out_until) is Phase.OUT


def test_contradicting_rules_are_a_programmers_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        WindowRules(open_before=timedelta(minutes=-1))
    with pytest.raises(ValueError, match="closing"):
        WindowRules(late_after=timedelta(minutes=40))
    with pytest.raises(ValueError, match="aware"):
        windows_for(START, START)
    with pytest.raises(ValueError, match="aware"):
        windows_for(START.replace(tzinfo=None), at(10).replace(tzinfo=None))


@pytest.mark.parametrize(
    ("signed_in", "signed_out", "expected"),
    [
        (-20, 245, Assessment(PRESENT, 240, 5)),
        (15, 230, Assessment(PRESENT, 240, 5)),
        (15.1, 240, Assessment(LATE, 224, 4)),
        (0, 229.9, Assessment(EARLY, 229, 5)),
        (0, 180, Assessment(EARLY, 180, 4)),
        (0, 179.9, Assessment(EARLY, 179, 3)),
        (20, 200, Assessment(EARLY, 180, 4)),
        (5, None, Assessment(PRESENT, note_key="attendance.no_sign_out")),
        (25, None, Assessment(LATE, note_key="attendance.no_sign_out")),
        (None, 240, Assessment(ABSENT, note_key="attendance.no_sign_in")),
        (None, None, Assessment(ABSENT)),
        (10, 10, Assessment(PRESENT, note_key="attendance.out_before_in")),
        (25, 10, Assessment(LATE, note_key="attendance.out_before_in")),
        (240, 250, Assessment(ABSENT)),
        (-20, -10, Assessment(EARLY, 0, 0)),
    ],
)
def test_in_and_out_times_are_worth(
    signed_in: float | None, signed_out: float | None, expected: Assessment
) -> None:
    assert credit(signed_in, signed_out) == expected


def test_credit_never_exceeds_the_plan() -> None:
    assert credit(0, 240, planned=4).credited_hours == 4


@given(st.integers(1, 8), st.floats(-30, 15), st.floats(-10, 60))
def test_coming_and_leaving_in_time_earns_the_whole_plan(
    planned: int, signed_in: float, signed_out: float
) -> None:
    length = planned * 45
    outcome = credit(signed_in, length + signed_out, length, planned)
    assert (outcome.state, outcome.credited_hours) == (PRESENT, planned)


@given(MINUTES, MINUTES, MINUTES, LENGTHS, st.integers(0, 8))
def test_staying_longer_never_earns_less(
    signed_in: float, first: float, second: float, length: int, planned: int
) -> None:
    shorter, longer = (credit(signed_in, out, length, planned) for out in sorted((first, second)))
    assert shorter.credited_minutes <= longer.credited_minutes
    assert shorter.credited_hours <= longer.credited_hours


@given(MINUTES, MINUTES, MINUTES, LENGTHS, st.integers(0, 8))
def test_coming_later_never_earns_more(
    first: float, second: float, signed_out: float, length: int, planned: int
) -> None:
    early, late = (credit(came, signed_out, length, planned) for came in sorted((first, second)))
    assert early.credited_minutes >= late.credited_minutes
    assert early.credited_hours >= late.credited_hours


@given(st.none() | MINUTES, st.none() | MINUTES, LENGTHS, st.integers(0, 8))
def test_credit_is_bounded_by_plan_and_session(
    signed_in: float | None, signed_out: float | None, length: int, planned: int
) -> None:
    outcome = credit(signed_in, signed_out, length, planned)
    assert 0 <= outcome.credited_minutes <= length
    assert 0 <= outcome.credited_hours <= min(planned, length // 45)


def test_a_threshold_that_is_met_exactly_is_met() -> None:
    assert reached(24, 30)
    assert reached(64, 80, Decimal("0.80"))
    assert not reached(23, 30)
    assert not reached(0, 0)


def test_a_binary_threshold_is_refused() -> None:
    with pytest.raises(TypeError, match="binary"):
        reached(24, 30, 0.8)  # type: ignore[arg-type]


@given(st.integers(0, 500), st.integers(1, 500), st.fractions(0, 1))
def test_the_ratio_is_exact(credited: int, planned: int, threshold: Fraction) -> None:
    assert ratio(credited, planned) * planned == credited
    assert reached(credited, planned, threshold) == (credited >= threshold * planned)


def outcome(credited: int = 80, minimum: int | None = 80, exam: bool | None = True) -> list[str]:
    return finish_outcome(
        credited_hours=credited, planned_hours=100, minimum_hours=minimum, exam_passed=exam
    )


def test_hours_ratio_and_exam_together_finish_a_class() -> None:
    assert outcome() == []
    assert outcome(credited=80, minimum=None) == []


def test_each_missing_part_is_named() -> None:
    assert outcome(credited=80, minimum=81) == ["attendance.hours_short"]
    assert outcome(credited=79, minimum=60) == ["attendance.ratio_short"]
    assert outcome(exam=None) == ["attendance.exam_missing"]
    assert outcome(0, 80, exam=False) == [
        "attendance.hours_short",
        "attendance.ratio_short",
        "attendance.exam_failed",
    ]
