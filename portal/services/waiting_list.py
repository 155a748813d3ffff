"""Waiting for a seat: where one stands in line, how likely it comes, leaving, going first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment
from portal.domain.permissions import Actor, Permission
from portal.domain.waiting_list import Odds
from portal.services import audit, eligibility, queue, seats
from portal.services.enrolment_cards import own_card
from portal.services.enrolment_locks import locked_class, locked_enrolment
from portal.services.offer_terms import list_closes_at
from portal.services.one_person import same_person
from portal.services.swaps import Swap, swaps
from portal.services.waiting_odds import odds_for
from portal.services.waiting_order import position_of

_WAITS = "waitlisted"


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """A place in line. ``status`` is waitlisted while there is one; else position is 0 and the
    rest empty.

    ``position`` counts from 1, ``ahead`` are those before; ``waiting`` is everybody in line.
    ``first`` says that the person goes before others by a verified group (R55). Nobody is
    offered a seat after ``closes_at``.
    """

    enrolment_id: UUID
    class_id: UUID
    title: str
    institution_name: str
    status: str
    position: int
    ahead: int
    waiting: int
    first: bool
    closes_at: datetime
    odds: Odds | None
    swaps: tuple[Swap, ...]


def position(session: Session, enrolment: Enrolment) -> int:
    """The place in line of an enrolment that waits, counted from 1."""
    return session.scalar(select(position_of(Enrolment)).where(Enrolment.id == enrolment.id)) or 0


def my_place(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> WaitingPlace:
    """Where the person stands, what to expect, and where to go instead. Raises NotFound."""
    actor.require(Permission.ENROL)
    row = own_card(session, actor, enrolment_id, now)
    enrolment, of = row.Enrolment, row.TrainingClass
    place = position(session, enrolment)
    return WaitingPlace(
        enrolment_id=enrolment_id,
        class_id=of.id,
        title=of.title,
        institution_name=row.institution_name,
        status=enrolment.status,
        position=place,
        ahead=max(place - 1, 0),
        waiting=of.waiting,
        first=enrolment.waiting_rank == 0,
        closes_at=list_closes_at(session, of, now),
        odds=odds_for(session, of, position=place, now=now) if place else None,
        swaps=swaps(session, actor, enrolment_id=enrolment_id, now=now) if place else (),
    )


def leave(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
    """Stand in line no more, and do without a seat that is offered; again does no harm.

    Whoever has accepted a seat keeps it. Raises NotFound.
    """
    actor.require(Permission.ENROL)
    own_card(session, actor, enrolment_id, now)
    enrolment = locked_enrolment(session, enrolment_id)
    if enrolment.status not in (_WAITS, "offered"):
        return
    seats.end(session, enrolment, status="withdrawn", now=now, offer="declined")
    audit.record(
        session,
        actor,
        "waiting_list.leave",
        now=now,
        object_type="enrolment",
        object_id=enrolment_id,
        on_behalf_of=enrolment.person_id,
    )


def rerank(session: Session, person_id: UUID) -> None:
    """A group of the person was verified, or ended: have their places looked at anew.

    In the background, since it locks classes; does nothing for whoever waits nowhere.
    """
    if session.scalar(_waiting_of(person_id).limit(1)) is not None:
        queue.defer(session, "rerank_waiting", key=str(person_id), person_id=person_id)


def rerank_place(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
    """Go first, or not any more: by a verified group that the region's rules name (R55).

    Within a rank the number drawn at joining goes on to count.
    """
    actor.require(Permission.RUN_TASKS)
    enrolment = locked_enrolment(session, enrolment_id)
    judged = eligibility.decide(
        session, person_id=enrolment.person_id, class_id=enrolment.class_id, now=now
    )
    # Nobody may be found first in line meanwhile.
    locked_class(session, enrolment.class_id)
    rank = 0 if judged.has_priority else 1
    if enrolment.status != _WAITS or enrolment.waiting_rank == rank:
        return
    enrolment.waiting_rank = rank
    audit.record(
        session,
        actor,
        "waiting_list.rerank",
        now=now,
        object_type="enrolment",
        object_id=enrolment_id,
        on_behalf_of=enrolment.person_id,
        detail={"rank": rank},
    )


def places_of(session: Session, actor: Actor, *, person_id: UUID) -> tuple[UUID, ...]:
    """The enrolments by which a person waits."""
    actor.require(Permission.RUN_TASKS)
    return tuple(session.scalars(_waiting_of(person_id)))


def _waiting_of(person_id: UUID) -> Select[UUID]:
    return (
        select(Enrolment.id)
        .where(same_person(Enrolment.person_id, person_id), Enrolment.status == _WAITS)
        .order_by(Enrolment.id)
    )
