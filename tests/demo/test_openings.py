"""The demo shows class openings on both sides."""

from collections import Counter

from sqlalchemy.orm import Session

from portal.demo import cast
from portal.domain.permissions import Actor, Role
from portal.services.accounts import find_account
from portal.services.opening import views
from tests.support.demo import NOW


def someone(session: Session, number: int) -> Actor:
    account = find_account(session, cast.phone(number), today=NOW.date())
    assert account is not None
    return Actor(
        Role(account.role),
        account_id=account.id,
        person_id=account.person_id,
        institution_id=account.institution_id,
        region_code=account.region_code,
    )


def test_the_school_has_one_of_each_and_the_office_has_two_to_decide(session: Session) -> None:
    own = views.own_openings(session, someone(session, 101), now=NOW)
    assert Counter(one.state for one in own) == {"draft": 1, "returned": 1, "submitted": 2}
    officer = someone(session, 201)
    waiting = views.queue(session, officer, now=NOW).items
    assert len(waiting) == 2
    for one in waiting:
        found = views.desk(session, officer, opening_id=one.id, now=NOW)
        assert [each for each in found.checks if each.outcome == "fail"] == []
