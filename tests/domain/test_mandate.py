"""What a mandate is worth, moment by moment."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.mandate import ANSWER_WITHIN, TERMS_DAYS, State, last_day, state_of

ASKED = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
LAST = date(2027, 3, 1)


def state(
    *,
    confirmed: bool = True,
    revoked: bool = False,
    now: datetime = ASKED,
    expires_on: date = LAST,
) -> State:
    return state_of(
        asked_at=ASKED,
        confirmed_at=ASKED if confirmed else None,
        revoked_at=ASKED if revoked else None,
        expires_on=expires_on,
        now=now,
        today=now.date(),
    )


def test_a_confirmed_mandate_is_open_to_its_last_day() -> None:
    assert state(now=datetime(2027, 3, 1, 12, tzinfo=UTC)) == "open"
    assert state(now=datetime(2027, 3, 2, 0, tzinfo=UTC)) == "expired"


def test_an_unconfirmed_mandate_waits_seven_days_and_is_then_nothing() -> None:
    assert state(confirmed=False) == "asked"
    assert state(confirmed=False, now=ASKED + ANSWER_WITHIN) == "lapsed"


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_ended_mandate_is_ended_whatever_else_holds(confirmed: bool) -> None:
    assert state(confirmed=confirmed, revoked=True) == "ended"


def test_no_mandate_lasts_longer_than_a_year() -> None:
    assert max(TERMS_DAYS) == 365
    assert last_day(date(2026, 12, 1), 365) == date(2027, 11, 30)


@given(
    confirmed=st.booleans(),
    revoked=st.booleans(),
    later=st.timedeltas(timedelta(0), timedelta(days=800)),
)
def test_only_a_confirmed_unrevoked_mandate_within_its_days_is_open(
    confirmed: bool, revoked: bool, later: timedelta
) -> None:
    now = ASKED + later
    is_open = state(confirmed=confirmed, revoked=revoked, now=now) == "open"
    assert is_open == (confirmed and not revoked and now.date() <= LAST)
