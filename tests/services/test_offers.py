"""A freed seat: offered to the first in line, answered in time, never to somebody else."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    InstitutionListing,
    TrainingClass,
)
from portal.domain.errors import (
    BadInput,
    EnrolmentClosed,
    Forbidden,
    NotFound,
    TimeConflict,
)
from portal.domain.offer_errors import OfferGone
from portal.domain.permissions import SYSTEM, Role
from portal.locale.errors import sentence_for
from portal.services import offer_ends, offering, offers, seats
from portal.services.enrolment import EnrolmentView
from portal.services.offers import Answered
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support import lines, policy
from tests.support.acts import enrol, listed_class, together, trainee
from tests.support.lines import HOUR, accept, check_books, decline, offer_of, offered, status, wait
from tests.support.tasks import forget_all, jobs, run_pending, tick

NOW = make.NOW


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits; the queue is emptied afterwards."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
    forget_all()


# Making


def test_a_seat_that_is_given_up_is_offered_to_the_first_in_line(saved: Session) -> None:
    klass, sits, seat = lines.full_class(saved)
    one, two = trainee(saved), trainee(saved)
    first, second = wait(one, klass.id), wait(two, klass.id)
    lines.cancel(saved, sits, seat.id)
    assert run_pending(now=NOW) == ["offer_seats"]
    assert status(saved, first.id) == "offered"
    assert status(saved, second.id) == "waitlisted"
    made = offer_of(saved, first.id)
    assert (made.state, made.source, made.expires_at) == ("open", "waiting_list", NOW + 24 * HOUR)
    check_books(klass.id)


def test_the_offer_is_asked_for_in_the_act_that_frees_the_seat(saved: Session) -> None:
    klass, sits, seat = lines.full_class(saved)
    wait(trainee(saved), klass.id)
    lines.cancel(saved, sits, seat.id)
    # Killed here, the portal finds the job when it is back.
    (job,) = jobs()
    assert (job.task_name, job.args) == ("offer_seats", {"class_id": str(klass.id)})


def test_whoever_comes_while_somebody_waits_stands_behind(saved: Session) -> None:
    klass, sits, seat = lines.full_class(saved)
    first = wait(trainee(saved), klass.id)
    lines.cancel(saved, sits, seat.id)
    late = wait(trainee(saved), klass.id)
    assert (late.status, late.waitlist_position) == ("waitlisted", 2)
    run_pending(now=NOW)
    assert status(saved, first.id) == "offered"
    check_books(klass.id)


def test_an_offered_seat_is_held_and_takes_no_time_yet(saved: Session) -> None:
    klass, who, view = offered(saved)
    row = saved.get_one(Enrolment, view.id)
    assert len(row.busy) == 0
    saved.refresh(klass)
    assert (klass.seats_taken, klass.waiting) == (1, 0)
    # Another class at the same time can be had meanwhile.
    assert enrol(who, listed_class(saved).id).status == "accepted"


def test_a_class_without_free_seats_offers_nothing(saved: Session) -> None:
    klass, _, _ = lines.full_class(saved)
    wait(trainee(saved), klass.id)
    seats.offer_soon(saved, class_id=klass.id)
    saved.commit()
    run_pending(now=NOW)
    check_books(klass.id)
    assert lines.books(klass.id) == {"accepted": 1, "waitlisted": 1}


def test_seats_go_to_people_in_their_order(saved: Session) -> None:
    klass = listed_class(saved, capacity=4)
    seated = [(who, enrol(who, klass.id)) for who in (trainee(saved) for _ in range(4))]
    views = [wait(trainee(saved), klass.id) for _ in range(6)]
    for who, seat in seated[:3]:
        lines.cancel(saved, who, seat.id)
    run_pending(now=NOW)
    assert [status(saved, view.id) for view in views] == ["offered"] * 3 + ["waitlisted"] * 3
    check_books(klass.id)


def test_a_lost_job_is_found_by_the_clock(saved: Session) -> None:
    klass, sits, seat = lines.full_class(saved)
    view = wait(trainee(saved), klass.id)
    lines.cancel(saved, sits, seat.id)
    forget_all()
    tick(now=NOW)
    assert status(saved, view.id) == "offered"


@pytest.mark.parametrize("change", ["cancelled", "finished", "suspended"])
def test_a_class_that_takes_nobody_offers_nothing(saved: Session, change: str) -> None:
    klass, sits, seat = lines.full_class(saved)
    wait(trainee(saved), klass.id)
    lines.cancel(saved, sits, seat.id)
    if change == "suspended":
        of = InstitutionListing.institution_id == klass.institution_id
        saved.scalars(select(InstitutionListing).where(of)).one().status = change
    else:
        saved.get_one(TrainingClass, klass.id).status = change
    saved.commit()
    run_pending(now=NOW)
    assert "offered" not in lines.books(klass.id)


def test_near_the_start_an_offer_is_shorter_and_at_last_there_is_none(saved: Session) -> None:
    start = NOW + 15 * HOUR
    klass, sits, seat = lines.full_class(saved, first_start=start)
    one = wait(trainee(saved), klass.id)
    two = wait(trainee(saved), klass.id)
    lines.cancel(saved, sits, seat.id)
    run_pending(now=NOW)
    # Half of the three hours until the list closes would be too short to answer.
    assert offer_of(saved, one.id).expires_at == NOW + 2 * HOUR
    # Nobody answers; the list closes before the next could be offered the seat.
    tick(now=start - 12 * HOUR)
    assert status(saved, one.id) == "expired"
    assert status(saved, two.id) == "expired"
    check_books(klass.id)


# Accepting


def test_the_same_answer_again_answers_the_same(saved: Session) -> None:
    klass, who, view = offered(saved)
    answers = together([partial(accept, saved, who, view.id)] * 1)
    again = accept(saved, who, view.id, now=NOW + 48 * HOUR)
    assert [getattr(answer, "status", None) for answer in answers] == ["accepted"]
    assert (again.status, again.repeated) == ("accepted", True)
    check_books(klass.id)


def test_two_answers_at_once_are_one(saved: Session, engine: Engine) -> None:
    klass, who, view = offered(saved)

    def act() -> Answered:
        with Session(engine) as own:
            return accept(own, who, view.id)

    answers = together([act] * 8)
    assert all(isinstance(answer, Answered) for answer in answers)
    assert sum(not getattr(answer, "repeated", True) for answer in answers) == 1
    check_books(klass.id)


def test_nobody_answers_for_somebody_else(saved: Session) -> None:
    _, _, view = offered(saved)
    for act in (accept, decline):
        with pytest.raises(NotFound):
            act(saved, trainee(saved), view.id)
    assert status(saved, view.id) == "offered"


def test_staff_do_not_answer_by_this_door(saved: Session) -> None:
    _, _, view = offered(saved)
    manager = make.make_actor(saved, Role.MANAGER, institution=make.make_institution(saved))
    with pytest.raises(Forbidden):
        as_actor(offers.decline, manager, enrolment_id=view.id, now=NOW)


@pytest.mark.parametrize("version", [None, "2019-01"])
def test_without_a_signature_nothing_happens(saved: Session, version: str | None) -> None:
    _, who, view = offered(saved)
    with pytest.raises(BadInput):
        accept(saved, who, view.id, commitment_version=version)
    assert status(saved, view.id) == "offered"


def test_whoever_was_offered_nothing_is_told_to_wait(saved: Session) -> None:
    klass, _, _ = lines.full_class(saved)
    who = trainee(saved)
    view = wait(who, klass.id)
    for act in (accept, decline):
        with pytest.raises(OfferGone) as refused:
            act(saved, who, view.id)
        assert "还没有轮到" in sentence_for(refused.value)
    assert status(saved, view.id) == "waitlisted"


def test_after_its_time_an_offer_is_gone_even_before_the_clock_came_round(saved: Session) -> None:
    _, who, view = offered(saved)
    until = offer_of(saved, view.id).expires_at
    with pytest.raises(OfferGone) as refused:
        accept(saved, who, view.id, now=until)
    assert "给了下一位" in sentence_for(refused.value)
    assert accept(saved, who, view.id, now=until - timedelta(seconds=1)).status == "accepted"


def test_a_class_at_the_same_time_is_named_and_the_offer_stays(saved: Session) -> None:
    klass, who, view = offered(saved)
    other = listed_class(saved, title="焊工班")
    seat = enrol(who, other.id)
    with pytest.raises(TimeConflict) as refused:
        accept(saved, who, view.id)
    assert "焊工班" in sentence_for(refused.value)
    assert status(saved, view.id) == "offered"
    lines.cancel(saved, who, seat.id)
    assert accept(saved, who, view.id).status == "accepted"
    check_books(klass.id)


@pytest.mark.parametrize("change", ["cancelled", "suspended"])
def test_a_class_that_takes_nobody_any_more_refuses(saved: Session, change: str) -> None:
    klass, who, view = offered(saved)
    if change == "suspended":
        of = InstitutionListing.institution_id == klass.institution_id
        saved.scalars(select(InstitutionListing).where(of)).one().status = change
    else:
        saved.get_one(TrainingClass, klass.id).status = change
    saved.commit()
    with pytest.raises(EnrolmentClosed):
        accept(saved, who, view.id)


# Declining, and time


def test_a_declined_seat_goes_to_the_next_at_once(saved: Session) -> None:
    klass, who, view = offered(saved)
    second = wait(trainee(saved), klass.id)
    assert decline(saved, who, view.id).status == "withdrawn"
    run_pending(now=NOW)
    assert status(saved, second.id) == "offered"
    assert offer_of(saved, view.id).state == "declined"
    again = decline(saved, who, view.id)
    assert (again.status, again.repeated) == ("withdrawn", True)
    check_books(klass.id)


def test_whoever_declined_cannot_accept_and_the_other_way_round(saved: Session) -> None:
    _, who, view = offered(saved)
    decline(saved, who, view.id)
    with pytest.raises(OfferGone):
        accept(saved, who, view.id)
    _, who, view = offered(saved)
    accept(saved, who, view.id)
    with pytest.raises(OfferGone):
        decline(saved, who, view.id)
    assert status(saved, view.id) == "accepted"


def test_leaving_the_line_declines_an_offer(saved: Session) -> None:
    klass, who, view = offered(saved)
    lines.leave(saved, who, view.id)
    assert (status(saved, view.id), offer_of(saved, view.id).state) == ("withdrawn", "declined")
    check_books(klass.id)


def test_an_offer_that_nobody_answers_goes_to_the_next(saved: Session) -> None:
    klass, who, view = offered(saved, first_start=NOW + 30 * HOUR)
    second = wait(trainee(saved), klass.id)
    until = offer_of(saved, view.id).expires_at
    tick(now=until - timedelta(seconds=1))
    assert status(saved, view.id) == "offered"
    tick(now=until)
    assert (status(saved, view.id), status(saved, second.id)) == ("expired", "offered")
    assert offer_of(saved, view.id).state == "expired"
    check_books(klass.id)
    # Who let it pass may stand in line again.
    assert wait(who, klass.id, now=until).status == "waitlisted"


def test_an_answer_and_the_clock_at_the_same_moment_leave_one_of_both(
    saved: Session, engine: Engine
) -> None:
    for _ in range(6):
        klass, who, view = offered(saved)
        made = offer_of(saved, view.id)
        until, offer_id = made.expires_at, made.id

        def answer(who: bytes = who, view: EnrolmentView = view, until: datetime = until) -> object:
            with Session(engine) as own:
                return accept(own, who, view.id, now=until - HOUR)

        def clock(offer_id: UUID = offer_id, until: datetime = until) -> object:
            return as_actor(offer_ends.expire, SYSTEM, offer_id=offer_id, now=until)

        acts: list[Callable[[], object]] = [answer, clock]
        together(acts)
        assert status(saved, view.id) in ("accepted", "expired")
        check_books(klass.id)


def test_only_the_portal_makes_and_ends_offers(saved: Session) -> None:
    klass, who, view = offered(saved)
    actor = policy.actor_of(saved, who)
    offer_id = offer_of(saved, view.id).id
    with pytest.raises(Forbidden):
        as_actor(offering.offer_next, actor, class_id=klass.id, now=NOW)
    with pytest.raises(Forbidden):
        as_actor(offer_ends.expire, actor, offer_id=offer_id, now=NOW)
