"""In line: one strict order, by number and verified group; leaving; what may be expected."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent, Enrolment, PersonGroup, SeatOffer, TrainingClass
from portal.domain.errors import NotFound
from portal.services import waiting_list
from portal.services.enrolment import EnrolmentView, my_enrolments
from portal.services.unit import as_actor
from portal.services.waiting_list import WaitingPlace, leave, my_place
from tests.support import factories as make
from tests.support import policy
from tests.support.acts import enrol, listed_class, together, trainee
from tests.support.tasks import run_pending

NOW = make.NOW
SOON = NOW + timedelta(days=7)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session that commits, because hot acts have connections of their own."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def full(session: Session, **fields: object) -> TrainingClass:
    """A class without a free seat."""
    return listed_class(session, capacity=1, seats_taken=1, **fields)


def wait(who: bytes, klass: TrainingClass) -> EnrolmentView:
    return enrol(who, klass.id, wait=True)


def place_of(session: Session, who: bytes, view: EnrolmentView) -> WaitingPlace:
    actor = policy.actor_of(session, who)
    return as_actor(my_place, actor, enrolment_id=view.id, now=NOW)


def go(session: Session, who: bytes, view: EnrolmentView) -> None:
    as_actor(leave, policy.actor_of(session, who), enrolment_id=view.id, now=NOW)


def line(session: Session, klass: TrainingClass) -> list[tuple[int, int]]:
    """Rank and number of everybody in line, in order."""
    session.rollback()
    rows = session.execute(
        select(Enrolment.waiting_rank, Enrolment.waiting_no)
        .where(Enrolment.class_id == klass.id, Enrolment.status == "waitlisted")
        .order_by(Enrolment.waiting_rank, Enrolment.waiting_no)
    )
    return [(row[0] or 0, row[1] or 0) for row in rows]


def waiting(session: Session, klass: TrainingClass) -> int:
    session.refresh(klass)
    return klass.waiting


def test_who_joins_first_stands_first(saved: Session) -> None:
    klass = full(saved)
    people = [trainee(saved) for _ in range(3)]
    views = [wait(who, klass) for who in people]
    assert [view.waitlist_position for view in views] == [1, 2, 3]
    places = [place_of(saved, who, view) for who, view in zip(people, views, strict=True)]
    assert [(p.position, p.ahead, p.waiting) for p in places] == [(1, 0, 3), (2, 1, 3), (3, 2, 3)]


def test_everybody_who_joins_at_once_stands_somewhere_else(saved: Session) -> None:
    klass = full(saved)
    people = [trainee(saved) for _ in range(60)]
    views = together([partial(wait, who, klass) for who in people])
    assert [no for _, no in line(saved, klass)] == list(range(1, 61))
    found = zip(people, views, strict=True)
    places = [place_of(saved, w, v).position for w, v in found if isinstance(v, EnrolmentView)]
    assert sorted(places) == list(range(1, 61))


def test_leaving_moves_everybody_behind_up_and_nobody_else(saved: Session) -> None:
    klass = full(saved)
    people = [trainee(saved) for _ in range(3)]
    views = [wait(who, klass) for who in people]
    go(saved, people[1], views[1])
    assert place_of(saved, people[0], views[0]).position == 1
    assert place_of(saved, people[2], views[2]).position == 2
    gone = saved.get_one(Enrolment, views[1].id)
    assert (gone.status, gone.ended_at) == ("withdrawn", NOW)
    assert waiting(saved, klass) == 2
    query = select(AuditEvent).where(AuditEvent.object_id == str(gone.id))
    query = query.order_by(AuditEvent.id)
    actions = [row.action for row in saved.scalars(query)]
    assert actions == ["enrolment.enrol", "waiting_list.leave"]


def test_leaving_again_does_no_harm(saved: Session) -> None:
    klass, who = full(saved), trainee(saved)
    view = wait(who, klass)
    together([partial(go, saved, who, view)])
    answers = together([partial(go, saved, who, view)] * 3)
    assert answers == [None] * 3
    assert waiting(saved, klass) == 0


def test_whoever_left_may_join_again_at_the_end(saved: Session) -> None:
    klass = full(saved)
    one, two = trainee(saved), trainee(saved)
    first = wait(one, klass)
    wait(two, klass)
    go(saved, one, first)
    assert wait(one, klass).waitlist_position == 2


def test_nobody_leaves_for_somebody_else(saved: Session) -> None:
    klass, who = full(saved), trainee(saved)
    view = wait(who, klass)
    with pytest.raises(NotFound):
        go(saved, trainee(saved), view)
    with pytest.raises(NotFound):
        place_of(saved, trainee(saved), view)
    assert waiting(saved, klass) == 1


def test_leaving_keeps_a_seat_that_was_accepted(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    view = enrol(who, klass.id)
    go(saved, who, view)
    assert saved.get_one(Enrolment, view.id).status == "accepted"


def test_the_list_of_enrolments_tells_the_place(saved: Session) -> None:
    klass, who = full(saved), trainee(saved)
    wait(trainee(saved), klass)
    wait(who, klass)
    (card,) = as_actor(my_enrolments, policy.actor_of(saved, who), now=NOW).items
    assert (card.status, card.waitlist_position) == ("waitlisted", 2)


def test_a_seat_has_no_place_in_line(saved: Session) -> None:
    klass, who = listed_class(saved), trainee(saved)
    view = enrol(who, klass.id)
    place = place_of(saved, who, view)
    assert (place.position, place.odds, place.swaps) == (0, None, ())
    (card,) = as_actor(my_enrolments, policy.actor_of(saved, who), now=NOW).items
    assert card.waitlist_position is None


# Priority (R55)


def aided(session: Session, *, verified: bool) -> bytes:
    who = trainee(session)
    person = policy.person_behind(session, who)
    policy.set_group(session, person.id, "AIDED_FAMILY", verified=verified)
    return who


def rerank(session: Session, who: bytes) -> None:
    """As verifying a group asks for it, and the worker does it."""
    waiting_list.rerank(session, policy.person_behind(session, who).id)
    session.commit()
    run_pending(now=NOW)
    session.rollback()


@pytest.fixture
def ruled(saved: Session) -> Session:
    policy.publish_packs(saved, "rural-*.toml")
    return saved


def test_a_verified_group_goes_first_and_a_declared_one_does_not(ruled: Session) -> None:
    klass = full(ruled)
    plain, declared = trainee(ruled), aided(ruled, verified=False)
    verified, second = aided(ruled, verified=True), aided(ruled, verified=True)
    assert wait(plain, klass).waitlist_position == 1
    assert wait(declared, klass).waitlist_position == 2
    assert wait(verified, klass).waitlist_position == 1
    # Within a rank the number goes on to count.
    assert wait(second, klass).waitlist_position == 2
    assert line(ruled, klass) == [(0, 3), (0, 4), (1, 1), (1, 2)]


def test_a_group_verified_while_waiting_moves_to_the_front_by_its_number(ruled: Session) -> None:
    klass = full(ruled)
    early, first = aided(ruled, verified=False), aided(ruled, verified=True)
    wait(trainee(ruled), klass)
    view = wait(early, klass)
    wait(first, klass)
    assert place_of(ruled, early, view).position == 3
    person = policy.person_behind(ruled, early)
    of_person = ruled.query(PersonGroup).filter_by(person_id=person.id)
    of_person.update({"status": "verified", "verified_at": NOW})
    ruled.commit()
    rerank(ruled, early)
    assert line(ruled, klass) == [(0, 2), (0, 3), (1, 1)]
    assert place_of(ruled, early, view).first


def test_a_group_that_ended_goes_back_to_its_number(ruled: Session) -> None:
    klass, who = full(ruled), aided(ruled, verified=True)
    wait(trainee(ruled), klass)
    wait(who, klass)
    person = policy.person_behind(ruled, who)
    ruled.query(PersonGroup).filter_by(person_id=person.id).update({"status": "ended"})
    ruled.commit()
    rerank(ruled, who)
    assert line(ruled, klass) == [(1, 1), (1, 2)]


def test_verifying_somebody_who_waits_nowhere_asks_for_nothing(ruled: Session) -> None:
    waiting_list.rerank(ruled, policy.person_behind(ruled, trainee(ruled)).id)
    ruled.commit()
    assert run_pending(now=NOW) == []


# What may be expected


def past(
    session: Session, like: TrainingClass, leavers: int, *, before: timedelta = timedelta(days=1)
) -> TrainingClass:
    """A class of the same programme that began, and whose people left so long before it did."""
    start = NOW - timedelta(days=30)
    made = listed_class(
        session, programme_id=like.programme_id, first_start=start, status="finished"
    )
    for _ in range(leavers):
        left(session, made, start - before)
    session.commit()
    return made


def left(session: Session, of: TrainingClass, at: datetime, **fields: object) -> Enrolment:
    gone = make.enrol(session, make.make_person(session), of)
    of.seats_taken -= 1
    for name, value in ({"status": "withdrawn", "ended_at": at} | fields).items():
        setattr(gone, name, value)
    session.flush()
    return gone


def test_odds_come_from_earlier_classes_of_the_programme(saved: Session) -> None:
    klass, who = full(saved), trainee(saved)
    for leavers in (2, 2, 1, 1, 0):
        past(saved, klass, leavers)
    view = wait(who, klass)
    odds = place_of(saved, who, view).odds
    assert odds is not None
    assert (odds.word, odds.classes, odds.enough, odds.freed) == ("likely", 5, 4, 1.2)


def test_four_classes_are_too_few(saved: Session) -> None:
    klass, who = full(saved, programme_id=rare(saved)), trainee(saved)
    for _ in range(4):
        past(saved, klass, 3)
    odds = place_of(saved, who, wait(who, klass)).odds
    assert odds is not None
    assert odds.word == "too_few"


def rare(session: Session) -> object:
    """A programme whose subject no other class of the tests has."""
    return make.make_programme(session, occupation_code=None, topic_code=f"T{new_id().hex}").id


def test_only_seats_that_came_free_in_the_time_that_is_left_count(saved: Session) -> None:
    klass, who = full(saved, programme_id=rare(saved)), trainee(saved)
    for _ in range(5):
        made = past(saved, klass, 1, before=timedelta(days=9))
        # After the start nobody could have moved up any more.
        left(saved, made, NOW - timedelta(days=29))
        # Whoever only stood in line freed nothing.
        left(saved, made, NOW - timedelta(days=31), waiting_rank=1, waiting_no=1)
    saved.commit()
    odds = place_of(saved, who, wait(who, klass)).odds
    assert odds is not None
    assert (odds.classes, odds.freed, odds.word) == (5, 0.0, "unlikely")


def test_an_offer_that_was_declined_counts_as_a_place_that_came_free(saved: Session) -> None:
    klass, who = full(saved, programme_id=rare(saved)), trainee(saved)
    for _ in range(5):
        made = past(saved, klass, 0)
        at = NOW - timedelta(days=31)
        gone = left(saved, made, at, waiting_rank=1, waiting_no=1, status="expired")
        saved.add(
            SeatOffer(
                enrolment_id=gone.id,
                class_id=made.id,
                source="waiting_list",
                offered_at=at,
                expires_at=at,
                state="expired",
                answered_at=at,
            )
        )
    saved.commit()
    odds = place_of(saved, who, wait(who, klass)).odds
    assert odds is not None
    assert odds.freed == 1.0
