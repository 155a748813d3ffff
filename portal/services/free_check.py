"""Could I go free? Asked by anybody, answered by the rules, and forgotten at once.

Nothing of this is stored or written to the audit: whoever asks whether a poor family trains free
has told the portal something that it has no reason to keep.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import Facts, GroupFact, PastSubsidy, Pension, PersonFacts
from portal.domain.rules.facts import TrainingFacts as Training
from portal.domain.rules.rule import Decision, Result
from portal.locale import t
from portal.locale.rules import change, sentence
from portal.policies import models, reference
from portal.services import facts_terms, rule_book
from portal.services.catalogue.cards import applies
from portal.services.rule_book import RuleBook
from portal.services.times import day_of

# Free; a subsidy, so that it may cost something; an office must look; not in range.
Outcome = Literal["free", "subsidy", "review", "out"]


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody told: place, target groups, pension, buckets had this year, training type."""

    region_code: str
    groups: tuple[str, ...]
    pension: Pension
    had: tuple[str, ...]
    training_type: str


@dataclass(frozen=True, slots=True)
class Basis:
    """Where it stands: the rule in plain words, document, clause and quotation."""

    plain: str
    document: str
    clause: str
    quote: str
    pack_id: str


@dataclass(frozen=True, slots=True)
class FreeAnswer:
    """The answer. ``change`` says what would change it; ``papers`` what to bring; ``ask`` where.

    ``allowance`` is empty, or says that money to live on comes with it.
    """

    outcome: Outcome
    reason: str
    change: str
    allowance: str
    basis: tuple[Basis, ...]
    papers: tuple[str, ...]
    ask: str
    region_code: str
    region_name: str


def could_i_go_free(
    session: Session, actor: Actor, *, question: Question, now: datetime
) -> FreeAnswer:
    """What the policies of a region promise to somebody like that, today."""
    today = day_of(now)
    book = rule_book.book_for(session, question.region_code, today)
    if not book.packs:
        return _answer(question, book, "review", t("free.no_policy"), change=t("free.ask_there"))
    facts = _facts(question, today)
    decision = evaluate(book.rules, facts, where="enrol")
    barrier = decision.first_in_the_way()
    if barrier is not None:
        return _answer(
            question,
            book,
            "out" if barrier.outcome == "fail" else "review",
            sentence(barrier),
            change=change(barrier),
            basis=(_basis_of(barrier),),
            papers=barrier.rule.papers,
        )
    if decision.benefits.free_by is not None:
        return _free(question, book, decision, decision.benefits.free_by)
    promise = next(_promises(book, facts), None)
    if promise is None:
        return _answer(question, book, "review", t("free.not_written"), change=t("free.ask_there"))
    allowance, papers = _allowance(decision)
    return _answer(
        question,
        book,
        "subsidy",
        t("free.subsidy"),
        allowance=allowance,
        basis=(promise,),
        papers=(*papers, *_proofs(question.groups)),
    )


def _free(question: Question, book: RuleBook, decision: Decision, by: Result) -> FreeAnswer:
    allowance, papers = _allowance(decision)
    groups = by.inputs["groups"]
    proofs = _proofs(groups if isinstance(groups, list | tuple) else ())
    return _answer(
        question,
        book,
        "free",
        sentence(by),
        allowance=allowance,
        basis=(_basis_of(by),),
        papers=(*proofs, *papers),
    )


def _answer(
    question: Question,
    book: RuleBook,
    outcome: Outcome,
    reason: str,
    *,
    change: str = "",
    allowance: str = "",
    basis: tuple[Basis, ...] = (),
    papers: Iterable[str] = (),
) -> FreeAnswer:
    return FreeAnswer(
        outcome=outcome,
        reason=reason,
        change=change,
        allowance=allowance,
        basis=basis,
        papers=tuple(dict.fromkeys(papers)),
        ask=next((rule.ask for rule in book.rules if rule.ask), t("free.ask_anywhere")),
        region_code=question.region_code,
        region_name=" ".join(reference.region_path(question.region_code)),
    )


def _facts(question: Question, today: date) -> Facts:
    """The answers as facts: declared today, a training that begins today in that place."""
    kind = reference.training_type(question.training_type)
    return Facts(
        on=today,
        person=PersonFacts(
            pension=question.pension,
            groups=tuple(GroupFact(code, today) for code in question.groups),
        ),
        training=Training(
            region_code=question.region_code,
            starts_on=today,
            ends_on=today,
            hours=0,
            training_type=question.training_type,
            bucket=kind.bucket if kind else None,
        ),
        history=tuple(PastSubsidy(bucket, today.year, None, None) for bucket in question.had),
    )


def _promises(book: RuleBook, facts: Facts) -> Iterator[Basis]:
    """What promises a subsidy, to groups of the person first, the most local document first."""
    own = {group.code for group in facts.person.groups}
    for pack in book.packs:
        for benefit in pack.pack.subsidised_training:
            covers = applies(benefit, facts.training.training_type)
            if covers and own & set(benefit.group_codes):
                yield _basis_in(pack.pack, benefit)
    for result in evaluate(book.rules, facts, where="claim").results:
        # Whoever trains there and brings the certificate: that is still to come.
        if result.rule.kind == "place_and_certificate" and result.outcome != "fail":
            yield _basis_of(result)


def _basis_in(pack: models.PolicyPack, benefit: models.Benefit) -> Basis:
    document = pack.document
    return Basis(
        plain=benefit.summary_plain,
        document=document.doc_no or document.short_title,
        clause=benefit.clause,
        quote=benefit.quote,
        pack_id=document.id,
    )


def _basis_of(result: Result) -> Basis:
    rule = result.rule
    return Basis(rule.plain, rule.document, rule.clause, rule.quote, rule.pack_id)


def _allowance(decision: Decision) -> tuple[str, Sequence[str]]:
    """Whether there is money to live on, and the papers for it."""
    for result in (*decision.benefits.allowance, *decision.benefits.allowance_open):
        return sentence(result), result.rule.papers
    return "", ()


def _proofs(groups: Iterable[object]) -> list[str]:
    return [facts_terms.paper_of(str(code)) for code in groups]
