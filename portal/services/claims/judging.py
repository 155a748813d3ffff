"""What one person's training is worth in a claim, and whether the rules let it be paid.

The engine is asked about every person with ``where="claim"``. What an officer set aside when the
person enrolled stays set aside; everything else is asked anew, by the facts and results of now.
"""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from portal.domain import claim_kinds
from portal.domain.rules import payments
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import ClaimFacts, Facts, Payee
from portal.domain.rules.rule import Decision, Result
from portal.policies import reference
from portal.services import eligibility_facts
from portal.services.claims.asking import Asking
from portal.services.claims.roster import Learner, learners

# These are paid for the time of learning or working, whatever the exam said.
_PAID_FOR_TIME = frozenset(
    {payments.LIVING_ALLOWANCE, payments.WORK_AS_TRAINING, payments.APPRENTICESHIP}
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person's line as the records give it. ``refused`` is a word below ``claims.out`` where
    there is none, with the rule's ``results`` behind it; ``open_results`` are for an officer."""

    learner: Learner
    hours: int = 0
    days: int = 0
    months: int = 0
    amount_fen: int = 0
    refused: str = ""
    results: tuple[Result, ...] = ()
    open_results: tuple[Result, ...] = ()

    @property
    def figures(self) -> tuple[int, int, int, int]:
        """What the person is asked about."""
        return self.hours, self.days, self.months, self.amount_fen


def propose(session: Session, ask: Asking) -> list[Proposal]:
    """A proposal for everybody whom the payee could ask for, by name."""
    found = learners(
        session,
        ask.class_id,
        kind=ask.kind,
        claim_id=ask.claim_id,
        person_id=ask.payee_person_id,
    )
    people = eligibility_facts.read_people(
        session, [one.person_id for one in found], today=ask.today
    )
    made = []
    for learner in found:
        known = people[learner.person_id]
        history = known.history_without(learner.enrolment_id)
        outcome = None if ask.ahead else learner.outcome
        facts = Facts(ask.today, known.facts, ask.training, history, outcome)
        proposal = _proposal(ask, learner, facts)
        if proposal is not None:
            made.append(proposal)
    return made


def _proposal(ask: Asking, learner: Learner, facts: Facts) -> Proposal | None:
    """None for somebody who is no business of this payee at all: another employer's people."""
    if not _is_theirs(ask, learner):
        return None
    months = claim_kinds.full_months(ask.training.starts_on, ask.training.ends_on)
    days = learner.outcome.days_attended
    asked = claim_kinds.claimed_fen(
        ask.tariff.unit, ask.tariff.amount_fen, days=days, months=months
    )
    decision = evaluate(
        ask.book.rules, replace(facts, claim=_claim(ask, learner, months, asked)), where="claim"
    )
    amount, paid_months = _cut(learner, decision, asked, months)
    by_month = ask.tariff.unit in ("month", "year")
    proposal = Proposal(
        learner,
        hours=ask.training.hours if ask.ahead else learner.outcome.credited_hours,
        days=days,
        months=paid_months if by_month else 0,
        amount_fen=amount,
        open_results=_open(learner, decision, "unknown"),
    )
    refused, results = _refusal(ask, proposal, decision)
    return replace(proposal, refused=refused, results=results)


def _cut(learner: Learner, decision: Decision, asked_fen: int, months: int) -> tuple[int, int]:
    """Amount and months within the limits that rules set (R08: so many months in a life)."""
    for result in decision.results:
        payable, most = result.params.get("payable_fen"), result.params.get("max_months")
        if isinstance(payable, int):
            asked_fen = min(asked_fen, payable)
        if isinstance(most, int):
            months = min(months, max(0, most - learner.months_before))
    return asked_fen, months


def _claim(ask: Asking, learner: Learner, months: int, asked_fen: int) -> ClaimFacts:
    monthly = ask.tariff.amount_fen if ask.tariff.unit == "month" else 0
    payer = ask.employer
    return ClaimFacts(
        payee=ask.payee,
        kind=ask.kind,
        amount_fen=asked_fen,
        months=months,
        monthly_fen=monthly,
        months_before=learner.months_before,
        payee_kind=payer.kind if payer else None,  # type: ignore[arg-type]  # a check constraint
        payee_insured=payer.insured if payer else None,
        level_linked_pay=payer.level_linked_pay if payer else None,
        kinds_paid=tuple(kind for kind, _ in learner.other_claims),
        fund=ask.fund,
    )


def _is_theirs(ask: Asking, learner: Learner) -> bool:
    payer = ask.employer
    if ask.payee != "employer":
        return True
    return payer is not None and (
        learner.sent_by == payer.id or (learner.sent_by is None and learner.works_for == payer.uscc)
    )


def _refusal(ask: Asking, proposal: Proposal, decision: Decision) -> tuple[str, tuple[Result, ...]]:
    """Why this person has no line: the first reason, the claimer's own faults first."""
    learner = proposal.learner
    if not _has_ended(ask, learner):
        return "not_completed", ()
    if _payee(ask, learner, decision) != ask.payee:
        return "other_payee", ()
    if any(group == ask.group for _, group in learner.other_claims):
        return "claimed", ()
    failing = _open(learner, decision, "fail")
    if failing:
        return "rule", failing
    if not _has_right(ask, decision):
        return "no_right", ()
    draws = decision.quota.bucket is not None and ask.kind not in payments.ADDED_PAYMENTS
    if draws and not learner.reserved:
        return "not_reserved", ()
    if proposal.amount_fen <= 0:
        return "no_time", ()
    return ("refuted", ()) if proposal.figures in learner.refuted else ("", ())


def _has_ended(ask: Asking, learner: Learner) -> bool:
    if ask.ahead:
        return learner.status in ("accepted", "active")
    return learner.status == "completed" or (learner.is_over and ask.kind in _PAID_FOR_TIME)


def _payee(ask: Asking, learner: Learner, decision: Decision) -> Payee:
    if ask.kind in claim_kinds.OWN_KINDS:
        return "person"
    kind = reference.training_type(ask.training.training_type)
    return claim_kinds.payee_of(
        kind.payee if kind else "person",
        fee_fen=ask.training.fee_fen,
        free=decision.benefits.free is True,
        sent_by_employer=learner.sent_by is not None,
    )


def _has_right(ask: Asking, decision: Decision) -> bool:
    """What is paid beside the training needs a rule that gives it."""
    if ask.kind == payments.LIVING_ALLOWANCE:
        return any(result.rule.kind == "allowance" for result in decision.results)
    if ask.kind in (payments.ASSESSMENT_SUBSIDY, payments.PROMOTION_GRANT):
        return ask.kind in decision.benefits.adds
    return True


def _open(learner: Learner, decision: Decision, outcome: str) -> tuple[Result, ...]:
    """Answers of this kind that no officer set aside when the person enrolled."""
    return tuple(
        result
        for result in decision.results
        if result.outcome == outcome and not _set_aside(learner, result)
    )


def _set_aside(learner: Learner, result: Result) -> bool:
    decided, rule_id = learner.decided, result.rule.id
    # Whoever overrode a refusal has all the more decided the doubt.
    weaker = result.outcome == "unknown" and (rule_id, "fail") in decided
    return weaker or (rule_id, result.outcome) in decided
