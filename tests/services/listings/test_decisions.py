"""What is decided about an institution stands for good, and from its day on it is so."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    Enrolment,
    Institution,
    InstitutionListing,
    ListingDecision,
    ListingEffect,
    Notice,
    SubsidyReservation,
    TrainingClass,
)
from portal.domain.errors import BadInput, EnrolmentClosed, Forbidden, NotFound
from portal.domain.listing_errors import NotFromHere
from portal.domain.listing_states import NEXT, ListingState
from portal.domain.permissions import Actor, Role
from portal.services.listing import listing_of
from portal.services.listings import in_force
from portal.services.listings.decisions import decide, effects
from portal.services.unit import as_actor
from portal.tasks.listings import sweep_listings
from tests.support import factories as make
from tests.support.acts import enrol, listed_class, together, trainee
from tests.support.tasks import run_pending

NOW = make.NOW
TODAY = date(2026, 12, 1)
WHY = "抽查发现场地与申报不符"
PAPER = "吐人社函〔2026〕88号"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


def officer(session: Session, region: str = "650400") -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region)


def listed(session: Session, **fields: Any) -> Institution:
    found = make.make_institution(session, **fields)
    make.list_institution(session, found)
    return found


def decided(session: Session, by: Actor, of: Institution, to: str, **more: Any) -> UUID:
    values: dict[str, Any] = {
        "institution_id": of.id,
        "to": to,
        "reason": WHY,
        "document_no": PAPER,
        "effective_on": TODAY,
        "now": NOW,
    }
    return decide(session, by, **values | more)


def standing(session: Session, of: Institution, day: date = TODAY) -> str:
    return listing_of(session, of.id, today=day).standing


@pytest.mark.parametrize("to", ["warning", "suspended", "removed", "withdrawn"])
def test_a_decision_of_today_stands_at_once(session: Session, to: str) -> None:
    of = listed(session)
    decided(session, officer(session), of, to)
    assert standing(session, of) == to


def test_what_was_suspended_is_listed_again_when_it_is_put_right(session: Session) -> None:
    of, by = listed(session), officer(session)
    decided(session, by, of, "suspended")
    decided(session, by, of, "rectified")
    assert standing(session, of) == "listed"


def test_the_row_says_who_when_why_and_how_it_stood(session: Session) -> None:
    of, by = listed(session), officer(session)
    case = UUID(int=7)
    until = TODAY + timedelta(days=730)
    key = decided(session, by, of, "removed", ban_until=until, case_id=case)
    row = session.get_one(ListingDecision, key)
    assert (row.former, row.state, row.reason, row.document_no) == ("listed", "removed", WHY, PAPER)
    assert (row.decided_by, row.decided_at, row.effective_on) == (by.account_id, NOW, TODAY)
    assert (row.ban_until, row.case_id) == (until, case)
    event = session.scalars(select(AuditEvent).filter_by(object_id=str(of.id))).one()
    assert (event.action, event.reason) == ("listing.removed", WHY)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OFFICER, Role.SYSTEM)])
def test_only_an_officer_decides(session: Session, role: Role) -> None:
    of = listed(session)
    by = Actor(role=role, account_id=UUID(int=1), region_code="650400", institution_id=of.id)
    for act in (partial(decided, session, by, of, "warning"), partial(told, session, by, of)):
        with pytest.raises(Exception) as refused:
            act()
        assert type(refused.value).__name__ in ("Forbidden", "Unauthenticated")


def told(session: Session, by: Actor, of: Institution, to: str = "removed") -> Any:
    return effects(session, by, institution_id=of.id, to=to, effective_on=TODAY, now=NOW)


def test_another_regions_institution_is_not_found(session: Session) -> None:
    of, by = listed(session), officer(session, "653100")
    for act in (partial(decided, session, by, of, "warning"), partial(told, session, by, of)):
        with pytest.raises(NotFound):
            act()


def test_the_province_decides_about_its_cities(session: Session) -> None:
    of = listed(session)
    decided(session, officer(session, "650000"), of, "warning")
    assert standing(session, of) == "warning"


_ALL = [
    (start, to.value)
    for start in ("listed", "warning", "suspended", "removed", "withdrawn")
    for to in ListingState
]


@pytest.mark.parametrize(("start", "to"), _ALL)
def test_the_table_of_standings_decides(session: Session, start: str, to: str) -> None:
    of, by = listed(session), officer(session)
    if start != "listed":
        decided(session, by, of, start)
    if to in NEXT[start]:
        decided(session, by, of, to)
        return
    with pytest.raises(NotFromHere):
        decided(session, by, of, to)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": "deleted"}, "to"),
        ({"effective_on": TODAY - timedelta(days=1)}, "effective_on"),
        ({"effective_on": TODAY + timedelta(days=400)}, "effective_on"),
        ({"reason": "坏"}, "reason"),
        ({"document_no": " "}, "document_no"),
        ({"ban_until": TODAY + timedelta(days=9)}, "ban_until"),
        ({"to": "removed", "ban_until": TODAY}, "ban_until"),
    ],
)
def test_what_is_typed_wrong_is_refused(session: Session, more: dict[str, Any], field: str) -> None:
    of = listed(session)
    with pytest.raises(BadInput) as refused:
        decided(session, officer(session), of, **{"to": "suspended"} | more)
    assert refused.value.field == field


def test_a_later_day_comes_when_it_comes(session: Session) -> None:
    of = listed(session)
    later = TODAY + timedelta(days=3)
    decided(session, officer(session), of, "suspended", effective_on=later)
    assert standing(session, of, later - timedelta(days=1)) == "listed"
    assert standing(session, of, later) == "suspended"


def test_a_new_decision_takes_the_place_of_one_to_come(session: Session) -> None:
    of, by = listed(session), officer(session)
    later = TODAY + timedelta(days=3)
    decided(session, by, of, "suspended", effective_on=later)
    seen = told(session, by, of, "removed")
    assert seen.replaces == (PAPER,)
    decided(session, by, of, "removed")
    assert standing(session, of, later) == "removed"


def test_the_standing_as_it_is_undoes_what_is_to_come_and_nothing_else(session: Session) -> None:
    of, by = listed(session), officer(session)
    with pytest.raises(NotFromHere):
        decided(session, by, of, "listed")
    later = TODAY + timedelta(days=3)
    decided(session, by, of, "suspended", effective_on=later)
    decided(session, by, of, "listed")
    assert standing(session, of, later) == "listed"


def test_a_catalogue_that_comes_into_force_later_does_not_lift_it(session: Session) -> None:
    of = listed(session)
    ahead = make.list_institution(session, of)
    ahead.effective_from = TODAY + timedelta(days=5)
    session.flush()
    decided(session, officer(session), of, "suspended")
    assert standing(session, of, TODAY + timedelta(days=6)) == "suspended"


def test_two_officers_at_once_decide_one_after_the_other(saved: Session) -> None:
    of = listed(saved)
    by = [officer(saved) for _ in range(2)]
    saved.commit()

    def one(who: Actor) -> UUID:
        return as_actor(lambda session, actor: decided(session, actor, of, "withdrawn"), who)

    answers = together([partial(one, who) for who in by])
    assert sorted(type(answer).__name__ for answer in answers) == ["NotFromHere", "UUID"]


# What a removal does.


def planned(session: Session, of: Institution, **fields: Any) -> TrainingClass:
    return listed_class(session, institution=of, **fields)


def begun(session: Session, made: TrainingClass) -> None:
    """The class has begun by today."""
    made.starts_on = TODAY - timedelta(days=1)
    session.commit()


def test_effects_count_what_hangs_on_the_institution(saved: Session) -> None:
    of, by = make.make_institution(saved), officer(saved)
    soon, running = planned(saved, of), planned(saved, of)
    running.meets = []
    one, two = trainee(saved), trainee(saved)
    enrol(one, soon.id), enrol(two, running.id)
    begun(saved, running)
    seen = told(saved, by, of).counts
    assert (seen.running, seen.planned, seen.enrolled, seen.enrolled_planned) == (1, 1, 2, 1)
    assert (seen.reservations, seen.uncertified) == (2, 1)
    assert any("1 个，全部停办" in line for line in told(saved, by, of).sentences)


def test_removal_ends_what_has_not_begun_and_lets_the_others_finish(saved: Session) -> None:
    of, by = make.make_institution(saved), officer(saved)
    soon, running = planned(saved, of), planned(saved, of)
    one, two = trainee(saved), trainee(saved)
    lost, kept = enrol(one, soon.id), enrol(two, running.id)
    begun(saved, running)
    key = decided(saved, by, of, "removed")
    saved.commit()
    run_pending(now=NOW)
    saved.expire_all()
    assert saved.get_one(Enrolment, lost.id).status == "removed"
    assert saved.get_one(Enrolment, kept.id).status == "accepted"
    assert saved.get_one(TrainingClass, soon.id).status == "cancelled"
    assert saved.get_one(TrainingClass, running.id).status in ("enrolling", "running")
    held = {
        row.enrolment_id: row.state
        for row in saved.scalars(select(SubsidyReservation))
        if row.enrolment_id in (lost.id, kept.id)
    }
    assert held == {lost.id: "released", kept.id: "held"}
    assert saved.get_one(ListingEffect, key).counts["planned"] == 1
    kinds = saved.scalars(select(Notice.kind).where(Notice.ref_id == lost.id)).all()
    assert kinds == ["institution_off_seat"]


def test_nobody_new_enrols_once_it_is_removed_or_suspended(saved: Session) -> None:
    for to in ("removed", "suspended"):
        of = make.make_institution(saved)
        made, who = planned(saved, of), trainee(saved)
        decided(saved, officer(saved), of, to)
        saved.commit()
        with pytest.raises(EnrolmentClosed):
            enrol(who, made.id)


def test_suspension_keeps_seats_and_tells_people(saved: Session) -> None:
    of = make.make_institution(saved)
    made, who = planned(saved, of), trainee(saved)
    kept = enrol(who, made.id)
    decided(saved, officer(saved), of, "suspended")
    saved.commit()
    run_pending(now=NOW)
    saved.expire_all()
    assert saved.get_one(Enrolment, kept.id).status == "accepted"
    assert saved.scalars(select(Notice.kind).where(Notice.ref_id == kept.id)).all() == [
        "institution_suspended"
    ]


def test_a_day_to_come_ends_nothing_before_it_comes(saved: Session) -> None:
    of = make.make_institution(saved)
    made, who = planned(saved, of), trainee(saved)
    kept = enrol(who, made.id)
    key = decided(saved, officer(saved), of, "removed", effective_on=TODAY + timedelta(days=2))
    saved.commit()
    run_pending(now=NOW)
    sweep_listings(now=NOW)
    saved.expire_all()
    assert saved.get_one(Enrolment, kept.id).status == "accepted"
    sweep_listings(now=NOW + timedelta(days=2))
    saved.expire_all()
    assert saved.get_one(Enrolment, kept.id).status == "removed"
    assert saved.get(ListingEffect, key) is not None


def test_the_sweep_does_once_what_is_due(saved: Session) -> None:
    of, manager = make.make_institution(saved), Role.MANAGER
    account = make.make_account(saved, manager, institution=of)
    planned(saved, of)
    decided(saved, officer(saved), of, "warning")
    saved.commit()
    together([partial(sweep_listings, now=NOW) for _ in range(4)])
    told_to = select(Notice.id).filter_by(person_id=account.person_id, kind="listing_decided")
    assert len(saved.scalars(told_to).all()) == 1


def test_only_background_work_brings_it_into_force(session: Session) -> None:
    for act in (
        partial(in_force.due, session),
        partial(in_force.to_end, session, decision_id=None),
    ):
        with pytest.raises(Forbidden):
            act(officer(session), now=NOW)  # type: ignore[call-arg]


def test_an_overtaken_decision_never_comes_into_force(saved: Session) -> None:
    of, by = make.make_institution(saved), officer(saved)
    planned(saved, of)
    key = decided(saved, by, of, "removed", effective_on=TODAY + timedelta(days=2))
    decided(saved, by, of, "listed")
    saved.commit()
    sweep_listings(now=NOW + timedelta(days=3))
    saved.expire_all()
    assert saved.get(ListingEffect, key) is None
    rows = saved.scalars(select(InstitutionListing).filter_by(decision_id=key)).all()
    assert rows == []
