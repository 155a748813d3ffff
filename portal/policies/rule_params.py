"""What a rule of each kind must say, so that no slip of the pen makes it speak of nothing.

The engine gives no answer where a parameter is missing or of another type; a pack is refused
before it comes to that. Parameters that are not named here are kept and left alone.
"""

from collections.abc import Iterator, Mapping

from portal.domain import advancement
from portal.domain.levels import SkillLevel
from portal.policies import reference
from portal.policies.models import ParamValue, Rule

# At least one of these must stand in a rule of the kind.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "advance": ("ratio",),
    "allowance": ("groups", "by"),
    "annual_cap": ("total", "buckets"),
    "apprenticeship": ("amount_fen_per_year", "min_amount_fen_per_year"),
    "combined_content": ("contents",),
    "credential_from_award": ("ranks", "honours"),
    "delivery_forms": ("modes",),
    "employer_commitment": ("commitment",),
    "exclude_if": ("pension_kinds",),
    "free_training": ("groups",),
    "fund_order": ("order",),
    "fund_sources": ("sources",),
    "hired_within": ("months",),
    "level_exception": ("levels",),
    "limit": ("max_months", "max_amount_fen_per_month"),
    "min_hours": ("hours",),
    "months_range": ("min_months", "max_months"),
    "one_of_subsidies": ("kinds",),
    "place_and_certificate": ("place", "certificate_required"),
    "priority": ("groups",),
    "prohibited_uses": ("uses",),
    "record_needs": ("fields", "employer_flags"),
    "region_exception": ("groups",),
    "versioned_catalogue": ("catalogues",),
}
_WHOLE = (
    "total", "hours", "months", "min_months", "max_months", "max_amount_fen_per_month",
    "amount_fen_per_year", "min_amount_fen_per_year", "presumed_none_below_age",
)  # fmt: skip
_RATIOS = ("ratio", "min_ratio", "max_ratio")
_LISTS = (
    "groups", "any_payee_groups", "insured_enterprise_groups", "training_types", "consumes",
    "except_training_types", "contents", "modes", "order", "sources", "kinds", "uses", "fields",
    "employer_flags", "catalogues", "pension_kinds", "levels", "two_after_only", "regions",
)  # fmt: skip
# Whole numbers by grade.
_BY_GRADE = {
    "places": advancement.COMPETITION_GRADES,
    "ranks": advancement.COMPETITION_GRADES,
    "honours": advancement.HONOUR_GRADES,
}
_GROUPS = ("groups", "any_payee_groups", "insured_enterprise_groups")
_TYPES = ("training_types", "consumes", "except_training_types")

Found = Iterator[tuple[str, dict[str, object]]]
"""Reason and its parameters; the place is always ``params`` of the rule."""


def faults_in(rule: Rule) -> Found:
    """What is wrong with the parameters of a rule."""
    needed = _NEEDS.get(rule.kind, ())
    if needed and not any(name in rule.params for name in needed):
        yield "param_missing", {"names": "、".join(needed)}
    for name, value in rule.params.items():
        if not _is_typed(name, value):
            yield "param_mistyped", {"name": name, "value": str(value)}
        else:
            yield from _codes(name, value)


def _is_typed(name: str, value: ParamValue) -> bool:
    if name in _WHOLE:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    if name in _RATIOS:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
    if name in _LISTS:
        return isinstance(value, tuple) and bool(value) and all(isinstance(v, str) for v in value)
    if name in _BY_GRADE:
        return isinstance(value, Mapping) and bool(value) and _is_by_grade(name, value)
    if name == "buckets":
        return isinstance(value, Mapping) and bool(value)
    return name != "credential" or value in advancement.CREDENTIALS


def _is_by_grade(name: str, value: Mapping[str, int]) -> bool:
    most = max(SkillLevel) if name != "places" else 1000
    return set(value) <= set(_BY_GRADE[name]) and all(1 <= one <= most for one in value.values())


def _codes(name: str, value: ParamValue) -> Found:
    codes = [str(code) for code in value] if isinstance(value, tuple) else []
    if name in _GROUPS:
        for code in codes:
            if reference.group(code) is None:
                yield "unknown_group", {"code": code}
    if name in _TYPES:
        for code in codes:
            if reference.training_type(code) is None:
                yield "unknown_training_type", {"code": code}
    if name == "levels":
        for code in codes:
            if code.upper() not in SkillLevel.__members__:
                yield "param_mistyped", {"name": name, "value": code}
