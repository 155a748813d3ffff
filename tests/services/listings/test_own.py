"""A manager reads how the own institution stands, and applies anew once nothing bars it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.errors import BadInput, Forbidden
from portal.domain.listing_errors import AlreadyApplied, AlreadyListed, Banned
from portal.domain.permissions import Actor, Role
from portal.services.casework import sources
from portal.services.listings import admission, applications, lifting, own
from tests.services.listings.test_admission import visited
from tests.services.listings.test_decisions import (
    NOW,
    PAPER,
    TODAY,
    WHY,
    decided,
    listed,
    officer,
    standing,
)
from tests.support import factories as make

DAY = timedelta(days=1)
PAPERS = [("办学许可证", "人社民0001号")]


@pytest.fixture
def of(session: Session) -> Any:
    from portal.services.publishing import load_reference

    load_reference(session)
    return listed(session, region_code="650402")


@pytest.fixture
def manager(session: Session, of: Any) -> Actor:
    return make.make_actor(session, Role.MANAGER, institution=of)


def seen(session: Session, manager: Actor, days: int = 0) -> own.OwnListing:
    return own.own_listing(session, manager, now=NOW + days * DAY)


def test_whoever_is_listed_or_suspended_does_not_apply(
    session: Session, of: Any, manager: Actor
) -> None:
    assert (seen(session, manager).standing, seen(session, manager).may_apply) == ("listed", False)
    decided(session, officer(session), of, "suspended")
    assert not seen(session, manager).may_apply
    with pytest.raises(AlreadyListed):
        own.apply_anew(session, manager, papers=PAPERS, now=NOW)


def test_after_the_ban_it_applies_is_visited_and_is_listed_again(
    session: Session, of: Any, manager: Actor
) -> None:
    by = officer(session)
    decided(session, by, of, "removed", ban_until=TODAY + 3 * DAY)
    barred = seen(session, manager, 3)
    assert (barred.may_apply, bool(barred.ban)) == (False, True)
    assert [(one.state, one.document) for one in barred.decisions] == [("移出目录", PAPER)]
    with pytest.raises(Banned):
        own.apply_anew(session, manager, papers=PAPERS, now=NOW + 3 * DAY)
    free = NOW + 4 * DAY
    assert seen(session, manager, 4).may_apply
    with pytest.raises(BadInput):
        own.apply_anew(session, manager, papers=[("办学许可证", " ")], now=free)
    key = own.apply_anew(session, manager, papers=PAPERS, now=free)
    with pytest.raises(AlreadyApplied):
        own.apply_anew(session, manager, papers=PAPERS, now=free)
    assert not seen(session, manager, 4).may_apply
    assert [one.application_id for one in applications.applications(session, by, now=free)] == [key]
    kinds = {row.kind for row in sources.work(session, by, kind="admission", now=free).rows}
    assert kinds == {"admission"}
    admission.note_visit(
        session, by, application_id=key, visited_on=TODAY + 4 * DAY, visited_by="两位核查员",
        passed=True, note="与材料一致", now=free,
    )  # fmt: skip
    admission.admit(
        session, by, application_id=key, reason=WHY, document_no=PAPER,
        effective_on=TODAY + 4 * DAY, now=free,
    )  # fmt: skip
    assert standing(session, of, TODAY + 4 * DAY) == "listed"
    told = seen(session, manager, 4)
    assert told.application is not None
    assert (told.application.state, told.application.answer) == ("listed", WHY)


def test_a_refusal_is_read_with_its_reason_and_not_who_said_so(
    session: Session, of: Any, manager: Actor
) -> None:
    by = officer(session)
    key = decided(session, by, of, "withdrawn")
    assert seen(session, manager).may_apply
    asked = own.apply_anew(session, manager, papers=PAPERS, now=NOW)
    visited(session, by, asked, passed=False)
    admission.refuse(session, by, application_id=asked, reason="场地不符", now=NOW)
    told = seen(session, manager)
    assert told.application is not None
    assert (told.application.answer, told.may_apply) == ("场地不符", True)
    assert make.person_of(session, by).name not in told.application.closed
    assert not told.decisions[0].is_lifted
    assert not lifting.can_be_lifted(session, session.get_one(lifting.ListingDecision, key))


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.TRAINEE, Role.OFFICER, Role.AUDITOR])
def test_only_its_manager(session: Session, of: Any, role: Role) -> None:
    more = {"institution": of} if role is Role.INSTRUCTOR else {}
    actor = make.make_actor(session, role, **more)
    with pytest.raises(Forbidden):
        own.own_listing(session, actor, now=NOW)
    with pytest.raises(Forbidden):
        own.apply_anew(session, actor, papers=PAPERS, now=NOW)
