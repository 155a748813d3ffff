"""The people whom an employer has entered, and how far each of them is. States only: why somebody
was refused, withdrew or is looked at by an officer is between that person and the authority."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Employer, Enrolment, Institution, Person, TrainingClass
from portal.domain.errors import Forbidden
from portal.domain.permissions import Actor, Permission
from portal.services.paging import Page, bounds


@dataclass(frozen=True, slots=True)
class SentPerson:
    """One person in one class; ``place`` is the enrolment's state."""

    enrolment_id: UUID
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class SentClass:
    """A class with the people whom this employer sent."""

    class_id: UUID
    title: str
    institution_name: str
    starts_on: date
    ends_on: date
    people: tuple[SentPerson, ...]


@dataclass(frozen=True, slots=True)
class EmployerView:
    """The employer as its own people read it. Counts are of enrolments that it made."""

    name: str
    uscc: str
    waiting_for_answer: int
    learning: int
    finished: int


def employer_view(session: Session, actor: Actor) -> EmployerView:
    """Who we are, and how many people are where."""
    employer = session.get_one(Employer, _employer(actor))
    rows = session.execute(
        select(Enrolment.status, func.count()).where(_sent_by(actor)).group_by(Enrolment.status)
    )
    counts = dict(rows.tuples().all())

    def number(*states: str) -> int:
        return sum(counts.get(state, 0) for state in states)

    return EmployerView(
        name=employer.name,
        uscc=employer.uscc,
        waiting_for_answer=number("offered", "waitlisted", "needs_review"),
        learning=number("accepted", "active"),
        finished=number("completed"),
    )


def my_people(session: Session, actor: Actor, *, page: int = 1, size: int = 10) -> Page[SentClass]:
    """Classes to which the employer sent people, the latest first, each with its people."""
    limit, offset = bounds(page, size)
    sent = select(Enrolment.class_id).where(_sent_by(actor)).distinct().subquery()
    classes = session.execute(
        select(TrainingClass, Institution.name)
        .join(sent, sent.c.class_id == TrainingClass.id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .order_by(TrainingClass.starts_on.desc(), TrainingClass.id)
        .limit(limit)
        .offset(offset)
    ).all()
    total = session.scalar(select(func.count()).select_from(sent)) or 0
    people = _people_of(session, actor, [row[0].id for row in classes])
    found = tuple(_class(row, people.get(row[0].id, [])) for row in classes)
    return Page(found, max(page, 1), limit, total)


def _people_of(
    session: Session, actor: Actor, class_ids: list[UUID]
) -> dict[UUID, list[SentPerson]]:
    rows = session.execute(
        select(Enrolment.class_id, Enrolment.id, Person.name, Enrolment.status)
        .join(Person, Person.id == Enrolment.person_id)
        .where(_sent_by(actor), Enrolment.class_id.in_(class_ids))
        .order_by(Person.name, Enrolment.id)
    )
    found: dict[UUID, list[SentPerson]] = {}
    for class_id, enrolment_id, name, status in rows:
        found.setdefault(class_id, []).append(SentPerson(enrolment_id, name, status))
    return found


def _class(row: Row[*tuple[Any, ...]], people: list[SentPerson]) -> SentClass:
    of: TrainingClass = row[0]
    return SentClass(of.id, of.title, row[1], of.starts_on, of.ends_on, tuple(people))


def _employer(actor: Actor) -> UUID:
    actor.require(Permission.SUBMIT_ROSTER)
    if actor.employer_id is None:
        raise Forbidden
    return actor.employer_id


def _sent_by(actor: Actor) -> Any:
    """Enrolments that an account of the actor's employer made, whoever pressed the button."""
    ours = select(Account.id).where(Account.employer_id == _employer(actor))
    return Enrolment.acting_account_id.in_(ours)
