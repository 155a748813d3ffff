"""The authority sees every mandate of its region and can end it at once."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services import mandates, mandates_oversight
from portal.services.mandates_oversight import OverseenMandate
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.helping import NOW, introduce, make_helper


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


def officer(session: Session, region: str = "650400", role: Role = Role.OFFICER) -> Actor:
    made = make.make_actor(session, role, region_code=region)
    session.commit()
    return made


def seen(actor: Actor) -> dict[UUID, OverseenMandate]:
    page = as_actor(mandates_oversight.overseen, actor, now=NOW, size=100)
    return {one.mandate_id: one for one in page.items}


def test_an_officer_sees_who_acts_for_whom_and_on_what_proof(saved: Session) -> None:
    mandate_id = introduce(make_helper(saved), evidence="witness", witness="阿依古丽")
    one = seen(officer(saved))[mandate_id]
    assert (one.helper, one.person_masked, one.evidence, one.state, one.acts) == (
        "热依汗",
        "买*·艾*",
        "witness",
        "open",
        0,
    )


def test_mandates_of_another_region_do_not_exist(saved: Session) -> None:
    mandate_id = introduce(make_helper(saved))
    elsewhere = officer(saved, "370200")
    assert mandate_id not in seen(elsewhere)
    with pytest.raises(NotFound):
        as_actor(
            mandates_oversight.revoke,
            elsewhere,
            mandate_id=mandate_id,
            reason="核查后收回",
            now=NOW,
        )


def test_an_officer_ends_it_at_once_with_a_reason(saved: Session) -> None:
    helper, actor = make_helper(saved), officer(saved)
    mandate_id = introduce(helper)
    with pytest.raises(BadInput):
        as_actor(mandates_oversight.revoke, actor, mandate_id=mandate_id, reason="", now=NOW)
    for _ in range(2):
        as_actor(
            mandates_oversight.revoke,
            actor,
            mandate_id=mandate_id,
            reason="本人到窗口要求收回",
            now=NOW,
        )
    assert seen(actor)[mandate_id].state == "ended"
    with pytest.raises(NotFound):
        as_actor(mandates.in_force, helper, mandate_id=mandate_id, now=NOW)
    event = saved.scalars(
        select(AuditEvent).filter_by(object_id=str(mandate_id), action="mandate.revoke")
    ).one()
    assert (event.actor_account_id, event.reason) == (actor.account_id, "本人到窗口要求收回")


def test_nobody_but_officers_looks_at_mandates(saved: Session) -> None:
    for role in (Role.AUDITOR, Role.HELPER, Role.TRAINEE):
        with pytest.raises(Forbidden):
            seen(officer(saved, role=role) if role is not Role.TRAINEE else trainee(saved))


def trainee(session: Session) -> Actor:
    made = make.make_actor(session)
    session.commit()
    return made
