"""What a roll-call in the middle and a session made up elsewhere do to the credit."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.attendance import (
    CLASS_HOUR_MINUTES,
    MISSED_CALL,
    Assessment,
    AttendanceState,
    assess,
    made_up,
)

START = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
TIMES = st.one_of(st.none(), st.integers(-60, 400))
LENGTHS = st.integers(1, 300)
PLANNED = st.integers(0, 8)


def credit(
    came: int | None,
    left: int | None,
    length: int,
    planned: int,
    called: bool | None = None,
    costs: bool = False,
) -> Assessment:
    def at(minutes: int | None) -> datetime | None:
        return None if minutes is None else START + timedelta(minutes=minutes)

    return assess(
        starts_at=START,
        ends_at=START + timedelta(minutes=length),
        planned_hours=planned,
        signed_in_at=at(came),
        signed_out_at=at(left),
        called=called,
        call_costs_hours=costs,
    )


@given(TIMES, TIMES, LENGTHS, PLANNED, st.booleans())
def test_who_answered_is_judged_as_if_there_had_been_no_roll_call(
    came: int | None, left: int | None, length: int, planned: int, costs: bool
) -> None:
    plain = credit(came, left, length, planned)
    answered = credit(came, left, length, planned, True, costs)
    if came is None:
        # Was seen in the room: that a sign-in is missing must be looked at.
        assert answered.note_key == "attendance.no_sign_in"
        assert answered.credited_hours == 0
    else:
        assert answered == plain


@given(TIMES, TIMES, LENGTHS, PLANNED)
def test_a_missed_roll_call_that_is_only_noted_takes_no_minute(
    came: int | None, left: int | None, length: int, planned: int
) -> None:
    plain, missed = credit(came, left, length, planned), credit(came, left, length, planned, False)
    assert (missed.state, missed.credited_minutes, missed.credited_hours) == (
        plain.state,
        plain.credited_minutes,
        plain.credited_hours,
    )
    # What is wrong with the scans themselves is said first.
    assert missed.note_key in (plain.note_key, MISSED_CALL)
    assert plain.note_key is None or missed.note_key == plain.note_key


@given(TIMES, TIMES, LENGTHS, PLANNED)
def test_where_it_costs_the_hours_a_missed_roll_call_leaves_the_state_and_no_hour(
    came: int | None, left: int | None, length: int, planned: int
) -> None:
    plain = credit(came, left, length, planned)
    missed = credit(came, left, length, planned, False, costs=True)
    assert missed.state is plain.state
    assert (missed.credited_minutes, missed.credited_hours) == (0, 0)
    assert plain.credited_hours == 0 or missed.note_key == MISSED_CALL


@given(TIMES, TIMES, LENGTHS, PLANNED, st.integers(-1, 8))
def test_a_make_up_never_counts_more_than_was_missed_nor_than_was_attended(
    came: int | None, left: int | None, length: int, planned: int, most: int
) -> None:
    found = credit(came, left, length, planned)
    made = made_up(found, most)
    assert 0 <= made.credited_hours <= min(found.credited_hours, max(most, 0))
    assert made.credited_minutes <= max(most, 0) * CLASS_HOUR_MINUTES
    assert (made.state is AttendanceState.MAKEUP) == (made.credited_hours > 0)
    assert made.credited_hours <= made.credited_minutes // CLASS_HOUR_MINUTES
