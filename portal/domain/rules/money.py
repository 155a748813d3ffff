"""What is payable. All amounts are whole fen and non-negative; a part of a fen is left away.

Ratios are decimals or whole numbers: a float's 0.4 could pay a fen too much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from portal.domain.rules import params
from portal.domain.rules.facts import Payee
from portal.domain.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Settlement:
    """What remains when the confirmed lines are known: pay the balance, or take back the rest.

    At most one of ``balance_fen`` and ``recover_fen`` is above zero.
    """

    confirmed_fen: int
    advance_fen: int
    balance_fen: int
    recover_fen: int


def settle(advance_fen: int, confirmed_fen: Iterable[int]) -> Settlement:
    """Net an advance against the lines that were confirmed; lines dropped are not given."""
    confirmed = sum(max(0, line) for line in confirmed_fen)
    paid = max(0, advance_fen)
    return Settlement(confirmed, paid, max(0, confirmed - paid), max(0, paid - confirmed))


def part(amount_fen: int, ratio: Decimal | int) -> int:
    """A share of an amount, rounded down."""
    exact = Decimal(max(0, amount_fen)) * ratio
    return max(0, int(exact.to_integral_value(rounding=ROUND_FLOOR)))


def work_as_training(
    months: int,
    monthly_fen: int,
    *,
    max_months: int | None = None,
    max_monthly_fen: int | None = None,
    months_before: int = 0,
) -> int:
    """R08: months times monthly amount, each up to its limit; months paid earlier count."""
    left = months if max_months is None else min(months, max_months - months_before)
    amount = monthly_fen if max_monthly_fen is None else min(monthly_fen, max_monthly_fen)
    return max(0, left) * max(0, amount)


def apprenticeship(months: int, yearly_fen: int) -> int:
    """R09: the yearly amount for so many months; no months told is one year."""
    return max(0, yearly_fen) * (months if months > 0 else 12) // 12


def in_advance_scope(rule: Rule, payee: Payee, training_type: str) -> bool:
    """Whether R40 lets this payee have an advance: ``enterprise`` is any employer, other words
    are training types run by whoever."""
    scope = params.texts(rule, "applies_to")
    return (payee == "employer" and "enterprise" in scope) or training_type in scope


def advance_ceiling(
    rules: Sequence[Rule], amount_fen: int, payee: Payee, training_type: str
) -> int:
    """The most that may be paid before acceptance (R40), in fen; 0 where no rule allows any.

    The first rule that allows one counts, so the most local. Rules of single plans are left to
    ``evaluate``, which knows the class.
    """
    for rule in rules:
        if rule.kind != "advance" or rule.plans:
            continue
        ratio = params.share(rule, "ratio")
        if ratio is not None and in_advance_scope(rule, payee, training_type):
            return part(amount_fen, ratio)
    return 0
