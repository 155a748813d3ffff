"""What is payable, in whole fen."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.rules import money
from tests.support.rules import rule, rules_of

FEN = st.integers(0, 10**12)
MONTHS = st.integers(0, 60)


@given(FEN, st.lists(FEN))
def test_advance_and_what_follows_are_together_what_was_confirmed(
    advance: int, lines: list[int]
) -> None:
    done = money.settle(advance, lines)
    assert advance + done.balance_fen - done.recover_fen == sum(lines) == done.confirmed_fen
    assert 0 in (done.balance_fen, done.recover_fen)
    assert min(done.balance_fen, done.recover_fen) >= 0


def test_when_people_drop_out_the_rest_of_the_advance_comes_back() -> None:
    assert money.settle(40_000, [30_000]).recover_fen == 10_000
    assert money.settle(40_000, [30_000, 20_000]).balance_fen == 10_000
    assert money.settle(40_000, []).recover_fen == 40_000


@given(FEN, st.decimals(0, 1, places=4))
def test_a_part_is_rounded_down_and_never_more_than_the_whole(amount: int, share: Decimal) -> None:
    payable = money.part(amount, share)
    assert 0 <= payable <= amount
    assert payable <= amount * share < payable + 1


@pytest.mark.parametrize(
    ("amount", "share", "payable"),
    [
        (10_000_000, "0.40", 4_000_000),
        (3, "0.40", 1),
        (1, "0.40", 0),
        (10**17 + 1, "0.3", 3 * 10**16),
    ],
)
def test_a_part_is_exact_where_a_float_is_not(amount: int, share: str, payable: int) -> None:
    assert money.part(amount, Decimal(share)) == payable


@given(MONTHS, st.integers(0, 10**6), MONTHS)
def test_work_as_training_never_passes_months_times_amount(
    months: int, monthly: int, before: int
) -> None:
    payable = money.work_as_training(
        months, monthly, max_months=6, max_monthly_fen=30_000, months_before=before
    )
    assert 0 <= payable <= min(180_000, months * monthly)
    assert payable == 0 or before < 6


def test_without_limits_work_as_training_pays_what_is_asked() -> None:
    assert money.work_as_training(8, 50_000) == 400_000


@pytest.mark.parametrize(
    ("months", "payable"), [(0, 400_000), (12, 400_000), (18, 600_000), (1, 33_333)]
)
def test_an_apprentices_year_is_paid_by_the_month(months: int, payable: int) -> None:
    assert money.apprenticeship(months, 400_000) == payable


def test_nothing_is_advanced_where_no_rule_allows_it() -> None:
    turpan = rules_of("turpan-2019")
    assert money.advance_ceiling(turpan, 100_000, "person", "JOB_SKILL") == 0
    assert money.advance_ceiling(turpan, 100_000, "employer", "ON_JOB_UP") == 40_000
    assert money.advance_ceiling(rules_of("hunan-2018"), 100_000, "employer", "PROJECT") == 0


def test_the_most_local_share_counts() -> None:
    half = rule("advance", params={"ratio": 0.5, "applies_to": ("PROJECT",)})
    rules = (half, *rules_of("turpan-2019"))
    assert money.advance_ceiling(rules, 100_000, "institution", "PROJECT") == 50_000
