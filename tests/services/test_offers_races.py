"""Everything at once on one class: seats are never oversold, the order holds, nobody is lost."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, SeatOffer
from portal.tasks.offers import offer_seats, sweep_offers
from tests.support import factories as make
from tests.support import lines
from tests.support.acts import enrol, listed_class, together, trainee
from tests.support.lines import check_books
from tests.support.tasks import forget_all, run_pending, tick

NOW = make.NOW
SEATS, IN_LINE, NEW = 12, 30, 20
DAY = timedelta(days=1)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits; the queue is emptied afterwards."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
    forget_all()


def alone(engine: Engine, act: Callable[..., object], *args: object, **kwargs: object) -> object:
    """Run an act of the support module with a session of its own thread."""
    with Session(engine) as own:
        return act(own, *args, **kwargs)


@pytest.mark.parametrize("seed", range(4))
def test_cancels_joins_answers_and_the_clock_at_once(
    saved: Session, engine: Engine, seed: int
) -> None:
    rng = random.Random(seed)
    klass = listed_class(saved, capacity=SEATS)
    people = [trainee(saved) for _ in range(SEATS + IN_LINE)]
    views = [lines.wait(who, klass.id) for who in people]
    # Some offers are open already, a few of them over by the time that everybody acts.
    for who, view in list(zip(people, views, strict=True))[:4]:
        lines.cancel(saved, who, view.id)
    run_pending(now=NOW)
    joined = {view.id for view in views}
    later = NOW + DAY - timedelta(minutes=1)
    acts: list[Callable[[], object]] = []
    choices: list[Callable[..., object]] = [lines.cancel, lines.accept, lines.decline, lines.leave]
    for who, view in list(zip(people, views, strict=True))[4:]:
        one = rng.choice(choices)
        acts.append(partial(alone, engine, one, who, view.id, now=later))
    newcomers = [trainee(saved) for _ in range(NEW)]
    acts += [partial(lines.wait, who, klass.id) for who in newcomers]
    acts += [partial(offer_seats, class_id=str(klass.id), now=later)] * 12
    acts += [partial(sweep_offers, now=NOW + DAY)] * 4
    rng.shuffle(acts)
    answers = together(acts)
    check_books(klass.id)
    quiet(klass.id)
    rows = everybody(saved, klass.id)
    assert joined <= set(rows)
    assert len(rows) == len(joined) + sum(is_new(one, joined) for one in answers)
    in_order(saved, klass.id)


def is_new(answer: object, joined: set[UUID]) -> bool:
    return hasattr(answer, "waitlist_position") and getattr(answer, "id", None) not in joined


def quiet(class_id: UUID) -> None:
    """Let the background work come to rest; then no seat is free while somebody waits."""
    tick(now=NOW + DAY)
    check_books(class_id)
    books = lines.books(class_id)
    seated = sum(books.get(state, 0) for state in ("accepted", "offered", "needs_review"))
    assert seated == SEATS or not books.get("waitlisted")


def everybody(session: Session, class_id: UUID) -> dict[UUID, str]:
    session.rollback()
    rows = session.execute(
        select(Enrolment.id, Enrolment.status).where(Enrolment.class_id == class_id)
    )
    return dict(rows.tuples().all())


def in_order(session: Session, class_id: UUID) -> None:
    """Nobody in line was passed by: offers were made in the order of the numbers."""
    numbers = session.scalars(
        select(Enrolment.waiting_no)
        .join(SeatOffer, SeatOffer.enrolment_id == Enrolment.id)
        .where(SeatOffer.class_id == class_id)
        .order_by(SeatOffer.id)
    ).all()
    assert list(numbers) == sorted(no for no in numbers if no is not None)
    waits = session.scalars(
        select(Enrolment.waiting_no).where(
            Enrolment.class_id == class_id, Enrolment.status == "waitlisted"
        )
    ).all()
    assert max([no or 0 for no in numbers], default=0) < min([no or 0 for no in waits], default=1e9)


def test_two_workers_never_offer_one_seat_twice(saved: Session) -> None:
    klass = listed_class(saved, capacity=3)
    seated = [(who, enrol(who, klass.id)) for who in (trainee(saved) for _ in range(3))]
    for _ in range(6):
        lines.wait(trainee(saved), klass.id)
    for who, view in seated[:2]:
        lines.cancel(saved, who, view.id)
    together([partial(offer_seats, class_id=str(klass.id), now=NOW)] * 16)
    assert lines.books(klass.id) == {"accepted": 1, "offered": 2, "waitlisted": 4, "withdrawn": 2}
    check_books(klass.id)
    in_order(saved, klass.id)


def test_everybody_leaving_while_seats_are_offered_loses_nobody(
    saved: Session, engine: Engine
) -> None:
    klass = listed_class(saved, capacity=8)
    seated = [(who, enrol(who, klass.id)) for who in (trainee(saved) for _ in range(8))]
    waits = [(who, lines.wait(who, klass.id)) for who in (trainee(saved) for _ in range(16))]
    acts: list[Callable[[], object]] = []
    for who, view in seated:
        acts.append(partial(alone, engine, lines.cancel, who, view.id))
    for who, view in waits:
        acts.append(partial(alone, engine, lines.leave, who, view.id))
    acts += [partial(offer_seats, class_id=str(klass.id), now=NOW)] * 8
    random.Random(7).shuffle(acts)
    together(acts)
    run_pending(now=NOW)
    check_books(klass.id)
    assert lines.books(klass.id) == {"withdrawn": 24}
