"""Waiting lists for tests: a full class, people in line, seats that come free, and the books."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.engine import transaction
from portal.db.models import Enrolment, SeatOffer, TrainingClass
from portal.db.models.classes import SEATED
from portal.services import commitment, offers, own_enrolments, seats, waiting_list
from portal.services.enrolment import EnrolmentView
from portal.services.offers import Answered
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, listed_class, trainee
from tests.support.tasks import run_pending

NOW = make.NOW


def full_class(session: Session, **fields: Any) -> tuple[TrainingClass, bytes, EnrolmentView]:
    """A class of one seat, and who sits in it."""
    klass = listed_class(session, **{"capacity": 1} | fields)
    who = trainee(session)
    return klass, who, enrol(who, klass.id)


def wait(who: bytes, class_id: UUID, *, now: datetime = NOW) -> EnrolmentView:
    """Get in line, or have the seat when there is one and nobody waits."""
    return enrol(who, class_id, wait=True, now=now)


def cancel(session: Session, who: bytes, enrolment_id: UUID, *, now: datetime = NOW) -> None:
    """Give a place up, whatever it is."""
    actor = policy.actor_of(session, who)
    as_actor(own_enrolments.cancel, actor, enrolment_id=enrolment_id, reason="", now=now)


def accept(
    session: Session, who: bytes, enrolment_id: UUID, *, now: datetime = NOW, **kwargs: Any
) -> Answered:
    """Take an offered seat, with the commitment signed."""
    values = {"commitment_version": commitment.current().version} | kwargs
    actor = policy.actor_of(session, who)
    return as_actor(offers.accept, actor, enrolment_id=enrolment_id, now=now, **values)


def decline(session: Session, who: bytes, enrolment_id: UUID, *, now: datetime = NOW) -> Answered:
    """Do without it."""
    actor = policy.actor_of(session, who)
    return as_actor(offers.decline, actor, enrolment_id=enrolment_id, now=now)


def leave(session: Session, who: bytes, enrolment_id: UUID, *, now: datetime = NOW) -> None:
    """Stand in line no more."""
    actor = policy.actor_of(session, who)
    as_actor(waiting_list.leave, actor, enrolment_id=enrolment_id, now=now)


def offered(session: Session, **fields: Any) -> tuple[TrainingClass, bytes, EnrolmentView]:
    """A class, and somebody who was offered its one seat."""
    klass, sits, seat = full_class(session, **fields)
    who = trainee(session)
    view = wait(who, klass.id)
    cancel(session, sits, seat.id)
    run_pending(now=NOW)
    session.rollback()
    return klass, who, view


def free_a_seat(session: Session, class_id: UUID, *, now: datetime = NOW) -> None:
    """Somebody whom no row names gives a seat up, and whoever is first is offered it."""
    seats.give_back(session, class_id=class_id, now=now)
    session.commit()
    run_pending(now=now)
    session.rollback()


def status(session: Session, enrolment_id: UUID) -> str:
    """The state of an enrolment, as it is saved."""
    session.rollback()
    found = session.scalar(select(Enrolment.status).where(Enrolment.id == enrolment_id))
    assert found is not None
    return found


def offer_of(session: Session, enrolment_id: UUID) -> SeatOffer:
    """Its one offer."""
    session.rollback()
    query = select(SeatOffer).where(SeatOffer.enrolment_id == enrolment_id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def books(class_id: UUID) -> dict[str, int]:
    """How many enrolments of a class there are in each state."""
    with transaction() as session:
        rows = session.execute(
            select(Enrolment.status, func.count())
            .where(Enrolment.class_id == class_id)
            .group_by(Enrolment.status)
        )
        return dict(rows.tuples().all())


def check_books(class_id: UUID) -> None:
    """What must hold of a class whatever was done, and in whatever order."""
    with transaction() as session:
        klass = session.get_one(TrainingClass, class_id)
        rows = session.scalars(select(Enrolment).where(Enrolment.class_id == class_id)).all()
        open_offers = session.scalars(
            select(SeatOffer.enrolment_id).where(
                SeatOffer.class_id == class_id, SeatOffer.state == "open"
            )
        ).all()
        seated = [row for row in rows if row.status in SEATED]
        in_line = [row for row in rows if row.status == "waitlisted"]
        assert klass.seats_taken == len(seated) <= klass.capacity
        assert klass.waiting == len(in_line)
        assert sorted(open_offers) == sorted(row.id for row in rows if row.status == "offered")
        numbers = [row.waiting_no for row in rows if row.waiting_no is not None]
        assert len(numbers) == len(set(numbers))
        assert klass.last_waiting_no == max(numbers, default=0)
        for row in rows:
            holds_time = row.status in ("accepted", "active", "needs_review")
            assert (row.busy == klass.meets) or not holds_time
            assert row.ended_at is None or row.status not in (*SEATED, "waitlisted")


HOUR = timedelta(hours=1)
