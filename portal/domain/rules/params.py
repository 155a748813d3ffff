"""Reading the parameters of a rule. A missing or mistyped one is None, never an exception.

A pack is checked when it is published; a rule that still lacks what it needs gives no answer.
What the engine reads, with the default where there is one:

    any kind               training_types (all)
    advance                ratio, applies_to: ``enterprise`` or training types
    allowance              groups, two_after_only: ``rural``, ``urban_dibao``; reading (strict):
                           ``alone`` lets URBAN_DIBAO stand beside TWO_AFTER; by:
                           ``residence_region`` with regions
    annual_cap             total, buckets, consumes (all), year_basis (class_start): ``class_end``
    apprenticeship         amount_fen_per_year or min_amount_fen_per_year, payee (employer)
    combined_content       contents
    credential_from_award  ranks of competitions by grade, places (the last that counts) by grade,
                           honours: ranks by grade, credential (LEVEL): ``QUAL``
    delivery_forms         modes, closed (false): other forms are refused, not looked at
    employer_commitment    commitment: ``wages_kept``, ``level_pay``
    exclude_if             fact (entitled_to_monthly_pension), pension_kinds,
                           presumed_none_below_age (nobody is presumed)
    free_training          groups
    fund_order             order
    fund_sources           sources
    hired_within           months
    level_exception        levels
    limit                  max_months, max_amount_fen_per_month, any_payee_groups,
                           insured_enterprise_groups; groups where there are no branches
    min_hours              hours
    months_range           min_months, max_months
    no_repeat              scope (lifetime): ``year``; block_lower_after_higher (false),
                           except_training_types (NATIONAL_LANG, WORK_AS_TRAINING)
    one_of_subsidies       kinds
    place_and_certificate  place, certificate_required (false), claim_kinds (vocational_subsidy)
    priority               groups
    prohibited_uses        uses
    record_needs           fields, employer_flags: ``level_linked_pay``
    region_exception       groups, check: ``region``
    subsidised             groups, graduation_year: ``calendar``, ``school_year``; levels,
                           occupation_list, occupation_mark, programme_recognised (false),
                           certificate_kind, kinds, adds, payee, before, fund,
                           conditions_stated (true)
    versioned_catalogue    catalogues
"""

from collections.abc import Mapping
from decimal import Decimal

from portal.domain.levels import SkillLevel
from portal.domain.rules.rule import Rule


def whole(rule: Rule, name: str) -> int | None:
    """A whole number."""
    value = rule.params.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def share(rule: Rule, name: str) -> Decimal | None:
    """A ratio as it is written in the pack: 0.40 is exactly two fifths, never a float's guess."""
    value = rule.params.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(str(value))
    return exact if exact.is_finite() and 0 <= exact <= 1 else None


def text(rule: Rule, name: str, default: str = "") -> str:
    """A word."""
    value = rule.params.get(name)
    return value if isinstance(value, str) else default


def texts(rule: Rule, name: str) -> tuple[str, ...]:
    """A list of words; one word alone is a list of one."""
    value = rule.params.get(name)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple | list):
        return tuple(str(item) for item in value)
    return ()


def flag(rule: Rule, name: str, default: bool) -> bool:
    """Yes or no."""
    value = rule.params.get(name)
    return value if isinstance(value, bool) else default


def counts(rule: Rule, name: str) -> dict[str, int]:
    """A table of whole numbers."""
    value = rule.params.get(name)
    if not isinstance(value, Mapping):
        return {}
    return {str(key): number for key, number in value.items() if isinstance(number, int)}


def levels(rule: Rule, name: str) -> frozenset[int]:
    """Ranks of the skill levels that a list names: ``technician``."""
    known = SkillLevel.__members__
    return frozenset(
        int(known[word.upper()]) for word in texts(rule, name) if word.upper() in known
    )
