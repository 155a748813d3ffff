"""May this person learn this with a subsidy: asked before signing, kept with the enrolment.

The rules are those in force in the region of the class; the portal checks beforehand, and an
officer decides what the rules leave open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import EligibilityDecision
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.rules.engine import evaluate, priority_of
from portal.domain.rules.facts import Facts, PastSubsidy, PersonFacts
from portal.domain.rules.rule import Decision, Result, Rule
from portal.locale import t
from portal.locale.rules import bucket_name, change, sentence
from portal.services import eligibility_facts, rule_book
from portal.services.rule_book import RuleBook
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision of the rules with all that it rests on."""

    decision: Decision
    book: RuleBook
    facts: Facts

    @property
    def has_priority(self) -> bool:
        """Whether the person goes first on a waiting list (R55)."""
        return priority_of(self.book.rules, self.facts)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule says to the person. ``outcome`` is pass, fail or unknown.

    ``change`` is what would change the answer, ``remedy`` what a refused person can do,
    ``papers`` what helps, ``ask`` where; ``overridable``: an officer may decide otherwise.
    """

    rule_id: str
    kind: str
    outcome: str
    message: str
    change: str
    remedy: str
    papers: tuple[str, ...]
    ask: str
    plain: str
    clause: str
    quote: str
    document: str
    pack_id: str
    overridable: bool

    @property
    def legal_basis(self) -> str:
        """Document and clause, as one cites them."""
        return f"{self.document} {self.clause}"


@dataclass(frozen=True, slots=True)
class BucketLeft:
    """What is left of one bucket in a year; ``titles`` are the trainings it went to."""

    bucket: str
    name: str
    limit: int
    used: int
    left: int
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preflight:
    """The answer before anything is signed. ``verdict`` is eligible, not_eligible or needs_review.

    ``headline`` says it in one sentence; ``answers`` are the rules, what stands in the way first.
    ``free``: the seat costs this person nothing by right of a group; None when no rule speaks of
    it. ``can_ask``: refused, but an officer may decide otherwise when asked.
    """

    class_id: UUID
    verdict: str
    headline: str
    answers: tuple[Answer, ...]
    free: bool | None
    free_text: str
    left: tuple[BucketLeft, ...]
    can_ask: bool
    judged: Judged


@dataclass(frozen=True, slots=True)
class Badge:
    """The verdict on a card of the list, or ``enrolled``, and whether it would be free."""

    verdict: str
    free: bool


def preflight(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> Preflight:
    """Whether the actor may take this class, and why. Raises NotFound."""
    actor.require(Permission.ENROL)
    judged = decide(session, person_id=actor.the_person(), class_id=class_id, now=now)
    return view(judged, class_id)


def badges(
    session: Session, actor: Actor, *, class_ids: Sequence[UUID], now: datetime
) -> dict[UUID, Badge]:
    """The verdicts for the cards of a list, by two queries; none for whoever cannot enrol."""
    if not class_ids or not actor.may(Permission.ENROL):
        return {}
    today = day_of(now)
    asking = eligibility_facts.read_asking(session, actor.the_person(), today=today)
    found: dict[UUID, Badge] = {}
    for class_id, row in eligibility_facts.read_classes(session, class_ids).items():
        if class_id in asking.enrolled:
            found[class_id] = Badge("enrolled", free=False)
            continue
        book = rule_book.book_from(session, asking.packs, row.region_code, today)
        decision = judge(book, row, asking.person.facts, asking.person.history, today).decision
        found[class_id] = Badge(decision.verdict, free=decision.benefits.free is True)
    return found


def decide(
    session: Session,
    *,
    person_id: UUID,
    class_id: UUID,
    now: datetime,
    enrolment_id: UUID | None = None,
) -> Judged:
    """Ask the rules about one person and class. Raises NotFound.

    What is held for ``enrolment_id`` itself does not count against it.
    """
    pairs = [(person_id, class_id)]
    (judged,) = decide_many(session, pairs, now=now, enrolment_id=enrolment_id)
    if judged is None:
        raise NotFound
    return judged


def decide_many(
    session: Session,
    pairs: Sequence[tuple[UUID, UUID]],
    *,
    now: datetime,
    enrolment_id: UUID | None = None,
) -> list[Judged | None]:
    """The same for many (person, class), in a constant number of queries; None for unknown ones."""
    today = day_of(now)
    people = eligibility_facts.read_people(session, [p for p, _ in pairs], today=today)
    classes = eligibility_facts.read_classes(session, [c for _, c in pairs])
    books = rule_book.books_for(session, {row.region_code for row in classes.values()}, today)
    found: list[Judged | None] = []
    for person_id, class_id in pairs:
        person, row = people.get(person_id), classes.get(class_id)
        if person is None or row is None:
            found.append(None)
            continue
        past = person.history_without(enrolment_id)
        found.append(judge(books[row.region_code], row, person.facts, past, today))
    return found


def judge(
    book: RuleBook,
    class_row: Any,
    person: PersonFacts,
    history: Sequence[PastSubsidy],
    today: date,
) -> Judged:
    """Ask the rules of a book about facts at hand; ``class_row`` has the class columns."""
    training = eligibility_facts.training_facts(class_row)
    facts = Facts(on=today, person=person, training=training, history=tuple(history))
    return Judged(evaluate(book.rules, facts, where="enrol"), book, facts)


def snapshot(
    session: Session,
    judged: Judged,
    *,
    enrolment_id: UUID,
    now: datetime,
    act: str = "auto",
    decided_by: UUID | None = None,
    reason: str | None = None,
    document_ref: str | None = None,
) -> None:
    """Keep a decision with its enrolment: pack versions, facts used, every answer."""
    session.add(
        EligibilityDecision(
            enrolment_id=enrolment_id,
            act=act,
            decided_by=decided_by,
            decided_at=now,
            reason=reason,
            document_ref=document_ref,
            **snapshot_values(judged),
        )
    )


def snapshot_values(judged: Judged) -> dict[str, Any]:
    """The columns of a decision that come from the rules."""
    return {
        "verdict": judged.decision.verdict,
        "packs": [
            {"id": pack_id, "hash": digest}
            for pack_id, digest in zip(judged.book.pack_ids, judged.book.hashes, strict=True)
        ],
        "inputs": eligibility_facts.facts_as_json(judged.facts),
        "results": [_result_as_json(result) for result in judged.decision.results],
    }


def view(judged: Judged, class_id: UUID) -> Preflight:
    """The decision as the person is told it."""
    decision = judged.decision
    rank = {"fail": 0, "unknown": 1, "pass": 2}
    results = sorted(decision.results, key=lambda result: rank[result.outcome])
    benefits = decision.benefits
    free_by = benefits.free_by
    return Preflight(
        class_id=class_id,
        verdict=decision.verdict,
        headline=headline(decision),
        answers=tuple(answer(result) for result in results),
        free=benefits.free,
        free_text=sentence(free_by) if free_by else "",
        left=buckets_left(
            judged.book.rules, judged.facts.history, judged.facts.training.starts_on.year
        ),
        can_ask=decision.verdict == "not_eligible" and decision.overridable,
        judged=judged,
    )


def headline(decision: Decision) -> str:
    """The decision in one sentence, the reason in it."""
    result = decision.first_in_the_way()
    if result is None:
        return t("eligibility.free" if decision.benefits.free else "eligibility.eligible")
    return t(f"eligibility.{decision.verdict}", why=sentence(result))


def reason(decision: Decision) -> str:
    """What stands in the way, for whoever has acted already; empty when nothing does."""
    result = decision.first_in_the_way()
    return sentence(result) if result else ""


def answer(result: Result) -> Answer:
    """One rule's answer in words."""
    rule = result.rule
    return Answer(
        rule_id=rule.id,
        kind=rule.kind,
        outcome=result.outcome,
        message=sentence(result),
        change=change(result) if result.outcome != "pass" else "",
        remedy=rule.remedy if result.outcome != "pass" else "",
        papers=rule.papers if result.outcome != "pass" else (),
        ask=rule.ask,
        plain=rule.plain,
        clause=rule.clause,
        quote=rule.quote,
        document=rule.document,
        pack_id=rule.pack_id,
        overridable=result.overridable,
    )


def buckets_left(
    rules: Sequence[Rule], history: Sequence[PastSubsidy], year: int
) -> tuple[BucketLeft, ...]:
    """What the year still allows by bucket, as the most local cap says; none where none does."""
    cap = next((rule for rule in rules if rule.kind == "annual_cap"), None)
    if cap is None:
        return ()
    of_year = [past for past in history if past.year == year and past.counts and past.bucket]
    free_in_all = max(0, int(cap.params.get("total", len(of_year) + 1000)) - len(of_year))
    found = []
    for bucket, limit in cap.params.get("buckets", {}).items():
        own = [past for past in of_year if past.bucket == bucket]
        left = min(max(0, int(limit) - len(own)), free_in_all)
        titles = tuple(past.title for past in own)
        found.append(BucketLeft(bucket, bucket_name(bucket), int(limit), len(own), left, titles))
    return tuple(found)


def _result_as_json(result: Result) -> dict[str, Any]:
    return {
        "rule_id": result.rule.id,
        "pack_id": result.rule.pack_id,
        "outcome": result.outcome,
        "reason": result.reason,
        "change": result.change,
        "params": _plain(dict(result.params)),
        "inputs": _plain(dict(result.inputs)),
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it; the rules give dates and tuples."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
