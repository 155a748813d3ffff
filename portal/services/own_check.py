"""What a class means to whoever looks at it: may I, why, for how much, and what would help.

Ready to print, for the class page and for the page where the commitment is signed. Only the
person's own facts are read, and only for that person.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import eligibility, eligibility_facts, rule_book, standards
from portal.services.catalogue import ClassDetail, class_detail
from portal.services.eligibility import Answer, BucketLeft, Preflight
from portal.services.search_index import is_closed_channel
from portal.services.standards import Estimate
from portal.services.times import day_of

Audience = Literal["guest", "trainee", "other"]
# Where a fact is stated that a rule looks at, by the kind of the rule.
_FACTS = "/me/facts"
PLACES = {
    "exclude_if": f"{_FACTS}#pension",
    "hired_within": f"{_FACTS}#employment",
    "employer_commitment": f"{_FACTS}#employment",
    "subsidised": f"{_FACTS}#education",
}


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One rule's answer: ``outcome`` pass, fail, unknown or note, ``word`` the same in a word.

    A note neither lets in nor stands in the way.

    ``help`` is what would change it and what one can do, without repeating; ``fix_href`` where
    the fact behind it is stated.
    """

    rule_id: str
    kind: str
    outcome: str
    word: str
    message: str
    plain: str
    help: tuple[str, ...]
    papers: str
    ask: str
    source: str
    quote: str
    policy_href: str
    fix_href: str


@dataclass(frozen=True, slots=True)
class AmountView:
    """An amount in words: what it is called, how much, and a note of the catalogue."""

    name: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """The answer about one class for one person.

    ``headline`` says verdict and reason in a sentence. ``free``: by right of a group, or because
    the class costs nobody anything. ``left`` is what the year still allows of its bucket;
    ``money`` says in words where no amount is published; to who is refused, neither speaks of
    money. ``help`` is the first thing that would change what stands in the way.
    ``enrolled``: the person is in already, or waits, and what is set aside for this very class
    does not count against it.
    """

    verdict: str
    word: str
    headline: str
    free: bool
    free_text: str
    enrolled: bool
    can_ask: bool
    asks_pension: bool
    answers: tuple[AnswerView, ...]
    left: tuple[str, ...]
    amounts: tuple[AmountView, ...]
    money: tuple[str, ...]
    help: str
    fix_href: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at a class; ``check`` only for whoever could enrol."""

    audience: Audience
    check: OwnCheck | None = None


def visit(
    session: Session, actor: Actor, *, class_id: UUID | str, now: datetime
) -> tuple[ClassDetail, Visit]:
    """A class and what it means to its visitor. Raises NotFound."""
    found = class_detail(session, actor, class_id=class_id, now=now)
    if not actor.is_signed_in:
        return found, Visit("guest")
    if not actor.may(Permission.ENROL):
        return found, Visit("other")
    return found, Visit("trainee", own_check(session, actor, class_id=UUID(found.id), now=now))


def own_check(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> OwnCheck:
    """The actor and a class that everybody may see. Raises NotFound."""
    found, enrolled, estimate = asked(session, actor, class_id=class_id, now=now)
    refused = found.verdict == "not_eligible"
    no_fee = found.judged.facts.training.fee_fen == 0
    free = not refused and (found.free is True or no_fee)
    told = tuple(_told(found))
    barrier = told[0] if told and found.verdict != "eligible" else None
    return OwnCheck(
        verdict=found.verdict,
        word=t(f"preflight.verdict.{found.verdict}"),
        headline=found.headline,
        free=free,
        free_text=found.free_text or t("preflight.no_fee" if no_fee else "preflight.not_free"),
        enrolled=enrolled,
        can_ask=found.can_ask,
        asks_pension=any(one.kind == "exclude_if" and one.outcome == "unknown" for one in told),
        answers=told,
        left=() if enrolled else _left(found, today=day_of(now)),
        amounts=()
        if refused
        else tuple(AmountView(one.name, one.text, one.note) for one in estimate.amounts),
        money=() if refused else _money(estimate, free=free),
        help=barrier.help[0] if barrier and barrier.help else "",
        fix_href=barrier.fix_href if barrier else "",
    )


def asked(
    session: Session, actor: Actor, *, class_id: UUID, now: datetime
) -> tuple[Preflight, bool, Estimate]:
    """The rules' answer, whether the actor is in the class already, and the money behind it.

    Raises NotFound, also for what the public may not see.
    """
    actor.require(Permission.ENROL)
    _visible(session, class_id)
    today = day_of(now)
    asking = eligibility_facts.read_asking(session, actor.the_person(), today=today)
    row = eligibility_facts.read_classes(session, [class_id])[class_id]
    book = rule_book.book_from(session, asking.packs, row.region_code, today)
    mine = asking.enrolled.get(class_id)
    past = asking.person.history_without(mine)
    judged = eligibility.judge(book, row, asking.person.facts, past, today)
    estimate = standards.estimate(session, judged.facts.training, benefits=judged.decision.benefits)
    return eligibility.view(judged, class_id), mine is not None, estimate


def left_text(left: BucketLeft, year: int, *, today: date) -> str:
    """您今年还能免费学 1 次（职业培训）, or what it went to."""
    when = t("preflight.this_year") if year == today.year else t("preflight.year", year=year)
    key = "preflight.left" if left.left else "preflight.none_left"
    titles = t("rules.comma").join(title for title in left.titles if title)
    went = t("preflight.went_to", titles=titles) if titles else ""
    return t(key, when=when, left=left.left, name=left.name) + went


def _visible(session: Session, class_id: UUID) -> None:
    row = session.execute(
        select(TrainingClass.status, TrainingClass.group_codes).where(TrainingClass.id == class_id)
    ).one_or_none()
    if row is None or row.status == "draft" or is_closed_channel(row.group_codes):
        raise NotFound


def _left(found: Preflight, *, today: date) -> tuple[str, ...]:
    """What the year of the class still allows of the bucket that the class draws on."""
    training = found.judged.facts.training
    drawn = [one for one in found.left if one.bucket == training.bucket]
    if found.verdict == "not_eligible":
        # That something is left is no comfort to who is refused for another reason.
        drawn = [one for one in drawn if not one.left]
    return tuple(left_text(one, training.starts_on.year, today=today) for one in drawn)


def _told(found: Preflight) -> Iterator[AnswerView]:
    """The answers; that somebody does not go free by a document is a note, where there is a fee."""
    silent = {
        (result.rule.id, result.rule.pack_id)
        for result in found.judged.decision.results
        if result.rule.kind == "free_training" and not result.params.get("free")
    }
    said = found.free is True or found.judged.facts.training.fee_fen == 0
    for one in found.answers:
        if (one.rule_id, one.pack_id) not in silent:
            yield _answer(one)
        elif not said:
            # Once is enough, by the most local document.
            said = True
            yield replace(_answer(one), outcome="note", word=t("preflight.outcome.note"))


def _answer(one: Answer) -> AnswerView:
    blocks = one.outcome != "pass"
    return AnswerView(
        rule_id=one.rule_id,
        kind=one.kind,
        outcome=one.outcome,
        word=t(f"preflight.outcome.{one.outcome}"),
        message=one.message,
        plain=one.plain,
        help=tuple(dict.fromkeys(filter(None, (one.change, one.remedy)))),
        papers=_papers(one),
        ask=t("preflight.ask_at", ask=one.ask) if blocks and one.ask else "",
        source=one.legal_basis,
        quote=one.quote,
        policy_href=f"/policies/{one.pack_id}",
        fix_href=PLACES.get(one.kind, "") if blocks else "",
    )


def _papers(one: Answer) -> str:
    listed = t("rules.comma").join(one.papers)
    return t("preflight.papers", papers=listed) if listed else ""


def _money(estimate: Estimate, *, free: bool) -> tuple[str, ...]:
    """What the amounts mean, and where nobody published one."""
    said: list[str] = []
    if estimate.training is None:
        said.append(t("preflight.money.unpublished"))
    elif free:
        said.append(t("preflight.money.free"))
    else:
        said.append(t(f"preflight.money.{estimate.payee}"))
    if estimate.has_allowance and estimate.allowance is None:
        said.append(t("preflight.money.allowance_unpublished"))
    if estimate.allowance is not None:
        said.append(t("preflight.money.allowance_days"))
        if not estimate.allowance_sure:
            said.append(t("preflight.money.allowance_after_check"))
    return tuple(said)
