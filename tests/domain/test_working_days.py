"""Deadlines in working days."""

from datetime import date

from portal.domain import working_days


def test_a_weekend_does_not_count() -> None:
    assert working_days.after(date(2026, 11, 20), 1) == date(2026, 11, 23)
    assert working_days.after(date(2026, 11, 21), 3) == date(2026, 11, 25)


def test_the_week_of_the_national_day_does_not_count() -> None:
    assert working_days.after(date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_a_saturday_on_which_offices_work_counts() -> None:
    assert working_days.is_working_day(date(2026, 10, 10))
    assert working_days.after(date(2026, 10, 9), 1) == date(2026, 10, 10)


def test_what_is_left_counts_the_last_day_and_not_today() -> None:
    assert working_days.until(date(2026, 11, 20), date(2026, 11, 25)) == 3
    assert working_days.until(date(2026, 11, 20), date(2026, 11, 22)) == 0
    assert working_days.until(date(2026, 11, 20), date(2026, 11, 20)) == 0
    assert working_days.until(date(2026, 11, 20), date(2026, 11, 10)) == 0


def test_what_is_left_is_what_was_given() -> None:
    for count in (1, 3, 7, 20):
        due = working_days.after(date(2026, 9, 25), count)
        assert working_days.until(date(2026, 9, 25), due) == count


def test_a_holiday_is_one_with_its_bridging_days_and_a_common_weekend_is_not() -> None:
    assert working_days.is_holiday(date(2026, 10, 1))
    assert working_days.is_holiday(date(2026, 10, 7))
    assert not working_days.is_holiday(date(2026, 10, 10))
    assert not working_days.is_holiday(date(2026, 11, 21))
    assert not working_days.is_holiday(date(2026, 11, 20))
