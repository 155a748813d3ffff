"""Another region for an account of the authority: only by two."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AccountMove,
    AuditEvent,
    LoginSession,
    Notice,
    ReviewAssignment,
)
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.domain.staff_errors import MoveOver, MoveWaits, OutOfReach, OwnAccount, ProposerGone
from portal.services.staff import consent, moves
from portal.services.times import day_of
from tests.support import factories as make

NOW = make.NOW
WHY = "调往高昌区工作"


@pytest.fixture(autouse=True)
def regions(session: Session) -> None:
    from portal.services.publishing import load_reference

    load_reference(session)


@pytest.fixture
def keeper(session: Session) -> Actor:
    return make.make_actor(session, Role.SYSTEM_ADMIN)


@pytest.fixture
def guard(session: Session) -> Actor:
    return make.make_actor(session, Role.SECURITY_ADMIN)


def moved(session: Session, by: Actor, of: Account, region: str = "650402") -> None:
    moves.propose(session, by, account_id=of.id, region_code=region, reason=WHY, now=NOW)


def open_move(session: Session) -> UUID:
    return session.scalars(select(AccountMove.id).where(AccountMove.state == "proposed")).one()


def told(session: Session, to: Actor) -> list[str]:
    return list(session.scalars(select(Notice.kind).filter_by(person_id=to.person_id)))


@pytest.mark.parametrize(
    "role",
    [Role.OFFICER, Role.REVIEWER, Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN],
)
def test_every_move_waits_for_another_kind(
    session: Session, keeper: Actor, guard: Actor, role: Role
) -> None:
    of = make.make_account(session, role)
    make.log_in(session, of)
    moved(session, keeper, of)
    assert of.region_code == "650400"
    assert told(session, guard) == ["consent_asked"]
    (seen,) = moves.waiting(session, guard, now=NOW)
    assert (seen.can_agree, seen.reason) == (True, WHY)
    with pytest.raises(MoveWaits):
        moved(session, keeper, of)
    with pytest.raises(Forbidden):
        moves.agree(session, keeper, move_id=seen.move_id, now=NOW)
    moves.agree(session, guard, move_id=seen.move_id, now=NOW)
    assert of.region_code == "650402"
    assert told(session, keeper) == ["consent_given"]
    ends = select(LoginSession.revoked_at).where(LoginSession.account_id == of.id)
    assert session.scalars(ends).all() == [NOW]
    kinds = select(Notice.kind).where(Notice.person_id == of.person_id)
    assert session.scalars(kinds).all() == ["account_looked_after"]
    query = select(AuditEvent.action).where(AuditEvent.object_id == str(of.id))
    assert set(session.scalars(query)) == {"accounts.propose_region", "accounts.change_region"}
    with pytest.raises(MoveOver):
        moves.agree(session, guard, move_id=seen.move_id, now=NOW)


def test_no_one_agrees_to_the_own_move(session: Session, keeper: Actor, guard: Actor) -> None:
    moved(session, keeper, session.get_one(Account, guard.account_id))
    with pytest.raises(OwnAccount):
        moves.agree(session, guard, move_id=open_move(session), now=NOW)
    assert [one.can_agree for one in moves.waiting(session, guard, now=NOW)] == [False]
    # Nobody is asked to agree to the own move.
    assert told(session, guard) == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
def test_it_is_declined_or_taken_back_and_may_be_proposed_again(
    session: Session, keeper: Actor, guard: Actor, role: Role
) -> None:
    of = make.make_account(session, role)
    moved(session, keeper, of)
    moves.decline(session, guard, move_id=open_move(session), reason="审计未结束", now=NOW)
    assert told(session, keeper) == ["consent_refused"]
    for who in (keeper, guard):
        (seen,) = moves.waiting(session, who, now=NOW)
        assert (seen.state, seen.answer) == ("declined", "审计未结束")
        assert (seen.can_agree, seen.can_revoke) == (False, False)
        assert moves.waiting(session, who, now=NOW + consent.SHOWN_FOR) == ()
    moved(session, keeper, of)
    moves.revoke(session, keeper, move_id=open_move(session), now=NOW + timedelta(hours=1))
    states = session.scalars(select(AccountMove.state).order_by(AccountMove.id)).all()
    assert sorted(states) == ["declined", "revoked"]
    assert of.region_code == "650400"


def test_a_reviewer_who_works_here_for_a_time_stays_at_home(
    session: Session, keeper: Actor, guard: Actor
) -> None:
    reviewer = make.make_account(session, Role.REVIEWER, region_code="650000")
    session.add(
        ReviewAssignment(
            region_code="650400", reviewer_account_id=reviewer.id, title="抽查", unit="session",
            reach={}, period_from=day_of(NOW), period_to=day_of(NOW), seed="s",
            population_count=1, population_hash="h", sample_size=1, shows_names=False,
            from_on=day_of(NOW), until_on=day_of(NOW), made_by=keeper.the_account(), made_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(OutOfReach):
        moved(session, keeper, reviewer)
    above = make.make_actor(session, Role.SYSTEM_ADMIN, region_code="650000")
    moved(session, above, reviewer)
    with pytest.raises(Forbidden):
        moves.agree(session, guard, move_id=open_move(session), now=NOW)


def test_a_move_of_a_proposer_who_was_held_is_not_agreed_to(
    session: Session, keeper: Actor, guard: Actor
) -> None:
    moved(session, keeper, make.make_account(session, Role.OFFICER))
    session.get_one(Account, keeper.account_id).status = "held"
    session.flush()
    with pytest.raises(ProposerGone):
        moves.agree(session, guard, move_id=open_move(session), now=NOW)


def test_not_to_elsewhere_not_from_elsewhere(session: Session, keeper: Actor, guard: Actor) -> None:
    auditor = make.make_account(session, Role.AUDITOR)
    for region, refusal in (("430100", OutOfReach), ("650400", OutOfReach), ("999999", BadInput)):
        with pytest.raises(refusal):
            moved(session, keeper, auditor, region)
    with pytest.raises(NotFound):
        moved(session, keeper, make.make_account(session, Role.AUDITOR, region_code="430100"))
    school = make.make_institution(session)
    with pytest.raises(NotFound):
        moved(session, keeper, make.make_account(session, Role.INSTRUCTOR, institution=school))
    with pytest.raises(OwnAccount):
        moved(session, keeper, session.get_one(Account, keeper.account_id))
    for role in (Role.OFFICER, Role.AUDITOR, Role.SECURITY_ADMIN):
        with pytest.raises(Forbidden):
            moved(session, make.make_actor(session, role), auditor)
    moved(session, keeper, auditor)
    elsewhere = make.make_actor(session, Role.SECURITY_ADMIN, region_code="430100")
    with pytest.raises(NotFound):
        moves.agree(session, elsewhere, move_id=open_move(session), now=NOW)
    assert moves.waiting(session, elsewhere, now=NOW) == ()
    with pytest.raises(Forbidden):
        moves.waiting(session, make.make_actor(session, Role.OFFICER), now=NOW)
