"""What a claim asks for: the class and its rules, the kind of money, its amount and its fund."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Employer, SubsidyClaim, TrainingClass
from portal.domain import claim_kinds
from portal.domain.rules import params
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import ClaimFacts, Facts, Payee, PersonFacts, TrainingFacts
from portal.domain.rules.rule import Result
from portal.services import eligibility_facts, standards
from portal.services.catalogue.shortages import was_listed
from portal.services.rule_book import RuleBook

# Rules about a claim as a whole: the advance, the funds, the uses (R40 to R43).
_ABOUT_ALL = frozenset({"advance", "fund_sources", "fund_order", "prohibited_uses"})


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a kind of money is worth by unit (person, day, month, year), and its usual fund."""

    unit: str
    amount_fen: int
    fund: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked for: the class, its rules, the kind of money, and on whose behalf."""

    class_id: UUID
    training: TrainingFacts
    book: RuleBook
    kind: str
    payee: Payee
    tariff: Tariff
    group: str
    today: date
    ahead: bool = False
    employer: Employer | None = None
    claim_id: UUID | None = None
    fund: str = ""
    payee_person_id: UUID | None = None


def asking(
    session: Session,
    made: TrainingClass,
    book: RuleBook,
    *,
    kind: str,
    payee: Payee,
    today: date,
    **more: Any,
) -> Asking | None:
    """The question; None where neither catalogue nor rule names an amount."""
    row = eligibility_facts.read_classes(session, [made.id])[made.id]
    training = _with_list(session, eligibility_facts.training_facts(row), row.occupation_code)
    tariff = _tariff(session, training, book, kind)
    if tariff is None:
        return None
    return Asking(
        class_id=made.id,
        training=training,
        book=book,
        kind=kind,
        payee=payee,
        tariff=tariff,
        group=claim_kinds.exclusive_group(book.rules, kind),
        today=today,
        **{"fund": tariff.fund} | more,
    )


def _with_list(
    session: Session, training: TrainingFacts, occupation_code: str | None
) -> TrainingFacts:
    """The class with what the list of urgent trades said on its first day (R13)."""
    listed = was_listed(
        session,
        occupation_code=occupation_code,
        region=training.region_code,
        on=training.starts_on,
    )
    if listed is None:
        return training
    return replace(training, listed={**training.listed, "shortage": listed})


def asking_of(
    session: Session, row: SubsidyClaim, made: TrainingClass, book: RuleBook, *, today: date
) -> Asking | None:
    """The question that a claim asks."""
    employer = session.get(Employer, row.payee_employer_id) if row.payee_employer_id else None
    return asking(
        session,
        made,
        book,
        kind=row.kind,
        payee=row.payee_type,  # type: ignore[arg-type]  # a check constraint of the table
        today=today,
        ahead=made.status != "closed",
        employer=employer,
        claim_id=row.id,
        fund=row.fund,
        payee_person_id=row.payee_person_id,
    )


def class_results(ask: Asking, **claim: Any) -> tuple[Result, ...]:
    """What the rules say about a claim as a whole: funds, uses, the advance (R40 to R43)."""
    given: dict[str, Any] = {"amount_fen": 0, "fund": ask.fund} | claim
    asked = ClaimFacts(payee=ask.payee, kind=ask.kind, **given)
    facts = Facts(ask.today, PersonFacts(), ask.training, claim=asked)
    decision = evaluate(ask.book.rules, facts, where="claim")
    return tuple(result for result in decision.results if result.rule.kind in _ABOUT_ALL)


def funds(book: RuleBook) -> tuple[str, ...]:
    """The funds that the most local rule names (R42), in its order; none where there is no rule."""
    for rule in book.rules:
        if rule.kind == "fund_sources" and "claim" in rule.where:
            return params.texts(rule, "sources")
    return ()


def _tariff(session: Session, training: TrainingFacts, book: RuleBook, kind: str) -> Tariff | None:
    amount = standards.amounts_for(session, training).get(kind)
    named = funds(book)
    if amount is not None:
        fund = amount.fund if amount.fund in named or not named else named[0]
        return Tariff(amount.unit, amount.amount_fen, fund)
    ruled = claim_kinds.rule_amount(book.rules, kind)
    if ruled is None:
        return None
    unit, fen, fund = ruled
    return Tariff(unit, fen, fund if fund in named else next(iter(named), fund))


def training_type_of(session: Session, made: TrainingClass) -> str:
    """The training type of a class's programme."""
    row = eligibility_facts.read_classes(session, [made.id])[made.id]
    return str(row.training_type)


def advance_possible(ask: Asking) -> bool:
    """Whether a rule lets this payee have a part before the end (R40)."""
    found = class_results(ask, amount_fen=100)
    return any(one.rule.kind == "advance" and one.outcome == "pass" for one in found)
