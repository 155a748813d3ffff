"""Which money may be asked for by whom, and what is had only once for a training."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from portal.domain.rules import params, payments
from portal.domain.rules.calendar import add_months
from portal.domain.rules.facts import Payee
from portal.domain.rules.rule import Rule

WORK_AS_TRAINING: Final = "WORK_AS_TRAINING"
APPRENTICE: Final = "APPRENTICE"
_EMPLOYER_KIND: Final = {
    WORK_AS_TRAINING: payments.WORK_AS_TRAINING,
    APPRENTICE: payments.APPRENTICESHIP,
}
# What only ever goes to the person, whoever was paid for the training.
OWN_KINDS: Final = (
    payments.LIVING_ALLOWANCE,
    payments.INSURED_SKILL_UP_SUBSIDY,
    payments.ASSESSMENT_SUBSIDY,
    payments.PROMOTION_GRANT,
)
# Only people in need get these: to be named in such a claim says so (reference.md B8.1).
TELLS_OF_NEED: Final = frozenset({payments.LIVING_ALLOWANCE, payments.WORK_AS_TRAINING})


def payee_of(type_payee: str, *, fee_fen: int, free: bool, sent_by_employer: bool) -> Payee:
    """Who is paid for one person's training: whoever bore its cost.

    The training type decides where it names an institution (项目制) or an employer. Otherwise it
    is the employer that sent the person; the person, where a fee was paid; and else the
    institution, which taught without one.
    """
    if type_payee == "institution":
        return "institution"
    if type_payee == "employer" or sent_by_employer:
        return "employer"
    return "person" if fee_fen > 0 and not free else "institution"


def main_kind(training_type: str) -> str:
    """The kind of money that the training itself is paid by."""
    return _EMPLOYER_KIND.get(training_type, payments.VOCATIONAL_SUBSIDY)


def kinds_for(payee: Payee, training_type: str) -> tuple[str, ...]:
    """What this side may ask for, the training's own money first."""
    kind = main_kind(training_type)
    if payee == "person":
        return (kind, *OWN_KINDS)
    if payee == "institution" and kind in _EMPLOYER_KIND.values():
        return ()
    return (kind,)


def exclusive_group(rules: Sequence[Rule], kind: str) -> str:
    """Claims with one name exclude each other for a training: R07's kinds together, others alone.

    All kinds that any rule binds to this one share the name, in whatever order packs list them.
    """
    bound: set[str] = {kind}
    for rule in rules:
        if rule.kind == "one_of_subsidies" and kind in params.texts(rule, "kinds"):
            bound |= set(params.texts(rule, "kinds"))
    return "|".join(sorted(bound))


def names_people(kind: str) -> bool:
    """Whether the public notice may carry (masked) names, and the institution see the claim."""
    return kind not in TELLS_OF_NEED


def full_months(first: date, last: date) -> int:
    """Full months from a day to another, both counted: 1 January to 31 July are seven."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    while months > 0 and add_months(first, months).toordinal() - 1 > last.toordinal():
        months -= 1
    return max(0, months)


def claimed_fen(unit: str, amount_fen: int, *, days: int, months: int) -> int:
    """An amount of the standard catalogue for one person: by person, day, month or year."""
    match unit:
        case "day":
            return amount_fen * max(0, days)
        case "month":
            return amount_fen * max(0, months)
        case "year":
            return amount_fen * max(0, months) // 12
        case _:
            return amount_fen


def rule_amount(rules: Iterable[Rule], kind: str) -> tuple[str, int, str] | None:
    """Unit, fen and fund where a rule itself names the amount (R08 a month, R09 a year)."""
    names = {
        payments.WORK_AS_TRAINING: ("limit", "month", ("max_amount_fen_per_month",)),
        payments.APPRENTICESHIP: (
            "apprenticeship", "year", ("amount_fen_per_year", "min_amount_fen_per_year"),
        ),
    }  # fmt: skip
    if kind not in names:
        return None
    rule_kind, unit, keys = names[kind]
    for rule in rules:
        if rule.kind == rule_kind:
            for key in keys:
                fen = params.whole(rule, key)
                if fen is not None:
                    return unit, fen, params.text(rule, "fund")
    return None
