"""The kinds of rules that the engine evaluates, each a function of a rule and a case."""

from types import MappingProxyType
from typing import Final

from portal.domain.rules.case import Check
from portal.domain.rules.kinds import benefits, caps, person

CHECKS: Final = MappingProxyType[str, Check](
    {
        "allowance": benefits.allowance,
        "annual_cap": caps.annual_cap,
        "employer_commitment": person.employer_commitment,
        "exclude_if": person.exclude_if,
        "free_training": benefits.free_training,
        "hired_within": person.hired_within,
        "in_range": person.in_range,
        "no_repeat": caps.no_repeat,
        "priority": person.priority,
        "region_exception": person.region_exception,
    }
)

# Kinds that tell, count or govern offices; no single person's case can meet or break them.
INFORMATIVE: Final = frozenset(
    {
        "coverage_right", "equivalence", "evaluation_kinds", "fewer_documents", "frequency",
        "information", "lead_department", "min_share", "neutral_order", "open_to_all",
        "periodic_coverage", "quality_standard", "recover", "report_periods", "selection_ratio",
    }
)  # fmt: skip
EVALUATED: Final = frozenset(CHECKS)
