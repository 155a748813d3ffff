"""What a person sees of money: what others ask for in their name, and what they may ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine, Enrolment, SubsidyClaim, TrainingClass
from portal.domain import claim_kinds
from portal.domain.claims import OPEN
from portal.domain.permissions import Actor, Permission
from portal.services import rule_book
from portal.services.claims import answers, filing, opening, rows
from portal.services.claims import asking as asks
from portal.services.claims.answers import Question
from portal.services.claims.judging import propose
from portal.services.paging import MAX_SIZE
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class OwnRight:
    """Money that the person may ask for: a class, the kind, the amount in fen."""

    class_id: UUID
    title: str
    kind: str
    amount_fen: int
    learned_hours: int
    days: int
    file_by: date


@dataclass(frozen=True, slots=True)
class MyClaims:
    """Questions that wait for an answer, the answered ones, what the person asked for, and what
    he or she may ask for."""

    asked: tuple[Question, ...]
    answered: tuple[Question, ...]
    own: tuple[Question, ...]
    rights: tuple[OwnRight, ...]


def my_claims(session: Session, actor: Actor, *, now: datetime) -> MyClaims:
    """All about the actor's own money, newest first."""
    actor.require(Permission.ENROL)
    found = lines(session, actor, now=now)
    theirs = [one for one in found if not one.is_own]
    return MyClaims(
        asked=tuple(one for one in theirs if one.can_answer),
        answered=tuple(one for one in theirs if not one.can_answer),
        own=tuple(one for one in found if one.is_own),
        rights=tuple(_rights(session, actor, now=now)),
    )


def claim_own(session: Session, actor: Actor, *, class_id: UUID, kind: str, now: datetime) -> None:
    """Ask for the own money: draws the claim up and files it; again changes nothing.

    Raises what both raise.
    """
    actor.require(Permission.ENROL)
    made = opening.open_claim(session, actor, class_id=class_id, kind=kind, now=now)
    if session.get_one(SubsidyClaim, made).state in OPEN:
        filing.submit(session, actor, claim_id=made, now=now)


def lines(session: Session, actor: Actor, *, now: datetime) -> list[Question]:
    """Every line about the actor that was put to them, newest first."""
    actor.require(Permission.ENROL)
    query = (
        select(ClaimLine)
        .where(ClaimLine.person_id.in_(actor.the_records()), ClaimLine.asked_at.is_not(None))
        .order_by(ClaimLine.asked_at.desc(), ClaimLine.id.desc())
        .limit(MAX_SIZE)
    )
    return [
        answers.view(session, rows.of_line(session, line.id, now=now), line.id)
        for line in session.scalars(query).all()
    ]


def _rights(session: Session, actor: Actor, *, now: datetime) -> Iterable[OwnRight]:
    """The rules are asked about every class that the person finished in time."""
    query = (
        select(TrainingClass)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            Enrolment.person_id.in_(actor.the_records()),
            Enrolment.status.in_(("completed", "failed")),
            TrainingClass.status == "closed",
        )
        .order_by(TrainingClass.ends_on.desc(), TrainingClass.id)
        .limit(20)
    )
    for made in session.scalars(query).all():
        yield from _rights_in(session, actor, made, now=now)


def _rights_in(
    session: Session, actor: Actor, made: TrainingClass, *, now: datetime
) -> Iterable[OwnRight]:
    book = rule_book.book_for(session, made.region_code, made.starts_on)
    last = rows.file_by(made, book)
    if last < day_of(now):
        return
    training_type = asks.training_type_of(session, made)
    claimed = _claimed(session, actor, made.id)
    for kind in claim_kinds.kinds_for("person", training_type):
        if kind in claimed:
            continue
        ask = asks.asking(
            session, made, book, kind=kind, payee="person", today=day_of(now),
            payee_person_id=actor.the_person(),
        )  # fmt: skip
        for one in propose(session, ask) if ask else []:
            if not one.refused:
                yield OwnRight(made.id, made.title, kind, one.amount_fen, one.hours, one.days, last)


def _claimed(session: Session, actor: Actor, class_id: UUID) -> set[str]:
    """Kinds that the person asked for already, for this class."""
    query = select(SubsidyClaim.kind).where(
        SubsidyClaim.class_id == class_id,
        SubsidyClaim.payee_person_id.in_(actor.the_records()),
        SubsidyClaim.state.not_in(("closed", "rejected")),
    )
    return set(session.scalars(query))
