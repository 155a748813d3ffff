"""How much of a claim is payable, to whom, and what excludes what: R07, R08, R09, R40.

A claim above a limit is not refused: ``payable_fen`` among the parameters says what is paid.
"""

from portal.domain.rules import money, params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.case import Case, Sure
from portal.domain.rules.facts import ClaimFacts
from portal.domain.rules.rule import Result, Rule


def one_of_subsidies(rule: Rule, case: Case) -> Result | None:
    """R07: of these subsidies one is had for a training, whichever came first."""
    kinds = params.texts(rule, "kinds")
    claim = case.asks_for(*kinds)
    if claim is None:
        return None
    paid = sorted(set(kinds) & set(claim.kinds_paid))
    inputs = {"kind": claim.kind, "kinds_paid": sorted(claim.kinds_paid)}
    if paid:
        return failed(rule, "one_of_subsidies.had_one", "change.only_one", inputs, paid=paid)
    return passed(rule, "one_of_subsidies.first", inputs)


def limit(rule: Rule, case: Case) -> Result | None:
    """R08: work as training, so many months and so much a month, to whoever employs."""
    claim = case.facts.claim
    if claim is None or case.beside:
        return None
    inputs = _inputs(rule, case, claim)
    if claim.payee != "employer":
        return failed(rule, "limit.not_employer", "change.employer_claims", inputs)
    in_the_way = _payee(rule, case, claim, inputs)
    if in_the_way is not None:
        return in_the_way
    most, monthly = params.whole(rule, "max_months"), params.whole(rule, "max_amount_fen_per_month")
    payable = money.work_as_training(
        claim.months, claim.monthly_fen,
        max_months=most, max_monthly_fen=monthly, months_before=claim.months_before,
    )  # fmt: skip
    payable = min(payable, claim.amount_fen)
    told: dict[str, object] = {"months": claim.months, "max_months": most}
    told |= {"limit_fen": monthly, "payable_fen": payable, "asked_fen": claim.amount_fen}
    if most is not None and claim.months_before >= most:
        return failed(rule, "limit.months_used_up", "change.none_left", inputs, **told)
    reason = "limit.cut" if payable < claim.amount_fen else "limit.within"
    return passed(rule, reason, inputs, **told)


def _inputs(rule: Rule, case: Case, claim: ClaimFacts) -> dict[str, object]:
    return {
        "groups": case.matching(params.texts(rule, "groups")),
        "payee_kind": claim.payee_kind,
        "payee_insured": claim.payee_insured,
        "months": claim.months,
        "months_before": claim.months_before,
        "monthly_fen": claim.monthly_fen,
    }


def _payee(rule: Rule, case: Case, claim: ClaimFacts, inputs: dict[str, object]) -> Result | None:
    """What stands against this employer and this person together; None for nothing.

    Two branches: any producer that takes in one kind of people; only an insured enterprise
    for the other kind. A person in both is judged by the better one.
    """
    anywhere = case.member(params.texts(rule, "any_payee_groups"))
    insured = case.member(params.texts(rule, "insured_enterprise_groups"))
    if not _has_branches(rule):
        codes = params.texts(rule, "groups")
        anywhere = case.member(codes) if codes else "verified"
    if anywhere is None and insured is None:
        return failed(rule, "limit.not_in_group", "change.prove_group", inputs)
    suits = _insured_enterprise(claim)
    if anywhere == "verified" or (insured == "verified" and suits):
        return None
    if anywhere is None and suits is False:
        return failed(rule, "limit.not_insured_enterprise", "change.insured_enterprise", inputs)
    return _open_branch(rule, insured, suits, inputs)


def _open_branch(
    rule: Rule, insured: Sure | None, suits: bool | None, inputs: dict[str, object]
) -> Result:
    if insured == "verified" and suits is None:
        return unsure(rule, "limit.insurance_unknown", "change.prove_insurance", inputs)
    return unsure(rule, "limit.group_unproved", "change.prove_group", inputs)


def _has_branches(rule: Rule) -> bool:
    return "any_payee_groups" in rule.params or "insured_enterprise_groups" in rule.params


def _insured_enterprise(claim: ClaimFacts) -> bool | None:
    if claim.payee_kind not in (None, "enterprise") or claim.payee_insured is False:
        return False
    return True if claim.payee_kind and claim.payee_insured else None


def apprenticeship(rule: Rule, case: Case) -> Result | None:
    """R09: a yearly amount to the employer, exact in one document, a minimum in another."""
    claim = case.facts.claim
    if claim is None or case.beside:
        return None
    inputs = {"payee": claim.payee, "months": claim.months, "amount_fen": claim.amount_fen}
    if claim.payee != params.text(rule, "payee", "employer"):
        return failed(rule, "apprenticeship.not_employer", "change.employer_claims", inputs)
    exact = params.whole(rule, "amount_fen_per_year")
    least = params.whole(rule, "min_amount_fen_per_year")
    yearly = exact if exact is not None else least
    if yearly is None:
        return None
    amount = money.apprenticeship(claim.months, yearly)
    told: dict[str, object] = {"yearly_fen": yearly, "asked_fen": claim.amount_fen}
    if exact is not None:
        payable = min(amount, claim.amount_fen)
        reason = "apprenticeship.cut" if payable < claim.amount_fen else "apprenticeship.within"
        return passed(rule, reason, inputs, **told, payable_fen=payable)
    told |= {"least_fen": amount, "payable_fen": claim.amount_fen}
    if claim.amount_fen < amount:
        return unsure(rule, "apprenticeship.too_little", "change.claim_at_least", inputs, **told)
    return passed(rule, "apprenticeship.at_least", inputs, **told)


def advance(rule: Rule, case: Case) -> Result | None:
    """R40: a part may be paid before acceptance; who may have none is simply not concerned."""
    claim, ratio = case.facts.claim, params.share(rule, "ratio")
    if claim is None or ratio is None or case.beside:
        return None
    if not money.in_advance_scope(rule, claim.payee, case.facts.training.training_type):
        return None
    ceiling = money.part(claim.amount_fen, ratio)
    inputs = {"amount_fen": claim.amount_fen, "advance_fen": claim.advance_fen}
    told = {"ceiling_fen": ceiling, "asked_fen": claim.advance_fen}
    if claim.advance_fen > ceiling:
        return failed(rule, "advance.too_much", "change.smaller_advance", inputs, **told)
    return passed(rule, "advance.possible", inputs, **told)
