"""Where the money comes from and what it must not be spent on: R41, R42, R43."""

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.case import Case
from portal.domain.rules.rule import Result, Rule


def fund_sources(rule: Rule, case: Case) -> Result | None:
    """R42: the fund is one that the document names. A fund not chosen yet is no fault."""
    claim = case.facts.claim
    if claim is None or not claim.fund:
        return None
    inputs = {"fund": claim.fund}
    if claim.fund not in params.texts(rule, "sources"):
        return failed(rule, "fund_sources.other", "change.other_fund", inputs, fund=claim.fund)
    return passed(rule, "fund_sources.named", inputs, fund=claim.fund)


def fund_order(rule: Rule, case: Case) -> Result | None:
    """R41: the employer's own money first; what follows needs a look at the shortfall."""
    claim, order = case.facts.claim, params.texts(rule, "order")
    if claim is None or not claim.fund or not order:
        return None
    inputs = {"fund": claim.fund}
    told = {"fund": claim.fund, "first": order[0]}
    if claim.fund == order[0]:
        return passed(rule, "fund_order.first", inputs, **told)
    if claim.fund in order:
        return unsure(rule, "fund_order.shortfall", "change.review_shortfall", inputs, **told)
    return failed(rule, "fund_order.other", "change.other_fund", inputs, **told)


def prohibited_uses(rule: Rule, case: Case) -> Result | None:
    """R43: no buildings, offices, staff, running costs or investments out of training money."""
    claim = case.facts.claim
    if claim is None:
        return None
    uses = sorted(set(claim.expense_kinds) & set(params.texts(rule, "uses")))
    inputs = {"expense_kinds": sorted(claim.expense_kinds)}
    if uses:
        return failed(rule, "prohibited_uses.found", "change.take_out", inputs, uses=uses)
    return passed(rule, "prohibited_uses.none", inputs)
