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
