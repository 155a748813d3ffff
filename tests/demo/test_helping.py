"""The demo's helper with the people who gave a mandate, and the wishes of a region."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, TrainingNeed
from portal.db.vault import get_vault
from portal.demo import cast, loader, officers
from portal.domain.permissions import Actor, Role
from portal.services import accounts, helping, needs, needs_report, own_helpers
from tests.support.demo import NOW


@pytest.fixture
def helper(session: Session) -> Actor:
    hashed = get_vault().lookup_hash("phone", cast.phone(104))
    account = session.scalars(select(Account).where(Account.phone_hash == hashed)).one()
    return Actor(
        Role.HELPER,
        account_id=account.id,
        person_id=account.person_id,
        region_code=account.region_code,
    )


def test_the_helper_of_the_demo_logs_in(session: Session, helper: Actor) -> None:
    outcome = accounts.log_in(
        session,
        Actor(),
        login=cast.phone(104),
        password=cast.PASSWORD,
        source=b"",
        kind="web",
        device="test",
        now=NOW,
    )
    assert outcome.login is not None
    assert "13900000104" in {one.login for one in loader.demo_accounts()}


def test_the_helper_has_people_in_every_state_to_try(session: Session, helper: Actor) -> None:
    people = helping.my_people(session, helper, now=NOW).people
    assert sorted(one.state for one in people) == ["asked", *["open"] * 4]
    seats = [
        seat.status
        for one in people
        if one.state == "open"
        for seat in helping.person(session, helper, mandate_id=one.mandate_id, now=NOW).seats
    ]
    assert set(seats) == {"accepted", "waitlisted"}


def test_a_trainee_is_asked_by_the_helper(session: Session, helper: Actor) -> None:
    hashed = get_vault().lookup_hash("phone", cast.phone(15))
    account = session.scalars(select(Account).where(Account.phone_hash == hashed)).one()
    own = Actor(Role.TRAINEE, account_id=account.id, person_id=account.person_id)
    found = own_helpers.my_helpers(session, own, now=NOW)
    assert [one.state for one in found.helpers] == ["asked"]
    assert [act.action for act in found.acts] == ["请本人确认委托"]


def test_the_officer_sees_wishes_by_what_and_where_over_the_months(
    session: Session, helper: Actor
) -> None:
    officer, _ = officers.ensure(session, now=NOW)
    report = needs_report.needs_report(session, officer, now=NOW)
    assert report.total.people == session.query(TrainingNeed.person_id).distinct().count() > 50
    assert len(report.parts) == 3
    assert len(report.rows) > 5
    assert report.aided_waiting
    assert sum(1 for one in report.months if one.people) > 5


def test_two_trainees_wish_for_something(session: Session, helper: Actor) -> None:
    trainees = cast.ensure(session, now=NOW).trainees
    for index in (15, 13):
        own = Actor(Role.TRAINEE, person_id=trainees[index])
        assert len(needs.my_needs(session, own, now=NOW)) == 1
