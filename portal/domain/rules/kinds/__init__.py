"""The kinds of rules that the engine evaluates, each a function of a rule and a case."""

from types import MappingProxyType
from typing import Final

from portal.domain.rules.case import Check
from portal.domain.rules.kinds import (
    benefits,
    caps,
    classes,
    funds,
    money,
    outcome,
    person,
    subsidised,
)

CHECKS: Final = MappingProxyType[str, Check](
    {
        "advance": money.advance,
        "allowance": benefits.allowance,
        "annual_cap": caps.annual_cap,
        "apprenticeship": money.apprenticeship,
        "combined_content": classes.combined_content,
        "delivery_forms": classes.delivery_forms,
        "employer_commitment": person.employer_commitment,
        "exclude_if": person.exclude_if,
        "free_training": benefits.free_training,
        "fund_order": funds.fund_order,
        "fund_sources": funds.fund_sources,
        "hired_within": person.hired_within,
        "in_range": person.in_range,
        "level_exception": classes.level_exception,
        "limit": money.limit,
        "min_hours": classes.min_hours,
        "months_range": classes.months_range,
        "no_repeat": caps.no_repeat,
        "one_of_subsidies": money.one_of_subsidies,
        "place_and_certificate": outcome.place_and_certificate,
        "priority": person.priority,
        "prohibited_uses": funds.prohibited_uses,
        "record_needs": outcome.record_needs,
        "region_exception": person.region_exception,
        "requires_pass": outcome.requires_pass,
        "subsidised": subsidised.subsidised,
        "supplement_filing": classes.supplement_filing,
        "versioned_catalogue": classes.versioned_catalogue,
    }
)

# Kinds that tell, count or govern offices; no single person's case can meet or break them.
INFORMATIVE: Final = frozenset(
    {
        "coverage_right", "credential_from_award", "equivalence", "evaluation_kinds",
        "fewer_documents", "frequency", "information", "lead_department", "min_share",
        "neutral_order", "open_to_all", "periodic_coverage", "quality_standard", "recover",
        "report_periods", "selection_ratio",
    }
)  # fmt: skip
EVALUATED: Final = frozenset(CHECKS)
