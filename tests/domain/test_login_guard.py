"""The login guard: attackers wait, owners get in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.login_guard import NONE, WAIT_CAP, Failures, wait_seconds

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
CAP = int(WAIT_CAP.total_seconds())
COUNTS = st.integers(0, 100_000)
AGES = st.integers(-100, 90_000)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def failed(count: int, seconds: float = 0) -> Failures:
    return Failures(count, ago(seconds))


FAILURES = st.just(NONE) | st.builds(failed, COUNTS, AGES)


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (13, 512), (14, CAP), (15, CAP), (10**9, CAP)],
)
def test_the_wait_of_a_pair_doubles_after_five_failures(count: int, seconds: int) -> None:
    assert wait_seconds(pair=failed(count), now=NOW) == seconds


def test_the_wait_counts_from_the_last_failure_and_ends() -> None:
    assert wait_seconds(pair=failed(7, 3.5), now=NOW) == 5
    assert wait_seconds(pair=failed(7, 8), now=NOW) == 0


def test_a_new_source_waits_for_an_account_under_attack() -> None:
    assert wait_seconds(pair=NONE, account=failed(19), now=NOW) == 0
    assert wait_seconds(pair=NONE, account=failed(20), now=NOW) == 2
    assert wait_seconds(pair=NONE, account=failed(500), now=NOW) == CAP


def test_a_source_that_tries_many_accounts_waits_for_all_of_them() -> None:
    assert wait_seconds(pair=NONE, source=failed(99), now=NOW) == 0
    assert wait_seconds(pair=NONE, source=failed(500), now=NOW) == CAP


@given(FAILURES, FAILURES, FAILURES)
def test_a_known_source_waits_for_its_own_failures_only(
    pair: Failures, account: Failures, source: Failures
) -> None:
    waits = wait_seconds(pair=pair, account=account, source=source, known_source=True, now=NOW)
    assert waits == wait_seconds(pair=pair, now=NOW)


@given(COUNTS, COUNTS)
def test_whoever_has_waited_gets_a_try_although_others_failed_a_moment_ago(
    account: int, source: int
) -> None:
    assert (
        wait_seconds(
            pair=failed(4, 2000),
            account=failed(account),
            source=failed(source),
            waiting_since=ago(CAP),
            now=NOW,
        )
        == 0
    )


def test_waiting_does_not_excuse_ones_own_failures() -> None:
    waits = wait_seconds(pair=failed(20), account=failed(500), waiting_since=ago(CAP), now=NOW)
    assert waits == CAP


@given(FAILURES, FAILURES, FAILURES, st.booleans(), st.none() | st.builds(ago, AGES))
def test_no_wait_is_longer_than_the_cap(
    pair: Failures, account: Failures, source: Failures, known: bool, since: datetime | None
) -> None:
    waits = wait_seconds(
        pair=pair,
        account=account,
        source=source,
        known_source=known,
        waiting_since=since,
        now=NOW,
    )
    assert 0 <= waits <= CAP


@given(FAILURES, COUNTS, COUNTS, AGES)
def test_more_failures_never_mean_a_shorter_wait(
    pair: Failures, first: int, second: int, age: int
) -> None:
    fewer, more = (
        wait_seconds(pair=pair, account=failed(count, age), now=NOW)
        for count in sorted((first, second))
    )
    assert fewer <= more


def test_a_guesser_at_one_place_gets_about_a_hundred_tries_a_day() -> None:
    now, tries = NOW, 0
    while now < NOW + timedelta(days=1):
        tries += 1
        now += timedelta(seconds=wait_seconds(pair=Failures(tries, now), now=now))
    assert tries < 120
