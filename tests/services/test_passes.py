"""The pass on one's own phone: one a person, renewed at will, its key told to nobody else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, PersonPass
from portal.domain import person_pass
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import passes
from portal.services.passes import PhonePass
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together

NOW = make.NOW


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


def test_the_first_visit_makes_the_pass_and_the_next_answers_it(saved: Session) -> None:
    actor = make.make_actor(saved)
    saved.commit()
    first = as_actor(passes.my_pass, actor, now=NOW)
    again = as_actor(passes.my_pass, actor, now=NOW + timedelta(days=9))
    assert (first.pass_id, first.key, first.generation) == (again.pass_id, again.key, 1)
    assert (first.name_masked, len(first.key)) == ("王*强", 32)
    assert first.code == person_pass.pass_at(first.key, first.pass_id, NOW)
    assert first.url.endswith(f"/p/{first.code.token}")
    acts = saved.scalars(select(AuditEvent).where(AuditEvent.actor_account_id == actor.account_id))
    assert [act.action for act in acts] == ["pass.issue"]


def test_visits_at_once_make_one_pass(saved: Session) -> None:
    actor = make.make_actor(saved)
    saved.commit()
    found = together([lambda: as_actor(passes.my_pass, actor, now=NOW)] * 12)
    assert len({one.key for one in found if isinstance(one, PhonePass)}) == 1
    query = select(func.count()).where(PersonPass.person_id == actor.person_id)
    assert saved.scalar(query) == 1


def test_a_renewed_pass_has_another_key(saved: Session) -> None:
    actor = make.make_actor(saved)
    saved.commit()
    before = as_actor(passes.my_pass, actor, now=NOW)
    after = as_actor(passes.renew, actor, now=NOW)
    assert after.pass_id == before.pass_id
    assert (after.generation, after.key == before.key) == (2, False)
    assert as_actor(passes.my_pass, actor, now=NOW).key == after.key


def test_the_key_never_shows_when_a_pass_is_printed_or_logged(saved: Session) -> None:
    actor = make.make_actor(saved)
    saved.commit()
    found = as_actor(passes.my_pass, actor, now=NOW)
    assert repr(found.key) not in repr(found)
    assert found.code.token not in repr(found)


def test_staffs_devices_get_the_ids_of_passes_and_nothing_that_makes_one(saved: Session) -> None:
    actor, nobody = make.make_actor(saved), make.make_person(saved)
    saved.commit()
    own = as_actor(passes.my_pass, actor, now=NOW)
    found = passes.pass_ids(saved, [actor.the_person(), nobody.id])
    assert found == {actor.the_person(): own.pass_id}


def test_a_key_of_one_day_judges_the_passes_of_that_day(saved: Session) -> None:
    actor, nobody = make.make_actor(saved), make.make_person(saved)
    saved.commit()
    own = as_actor(passes.my_pass, actor, now=NOW)
    day = person_pass.day_of(NOW)
    found = passes.day_keys(saved, [actor.the_person(), nobody.id], day=day)
    assert set(found) == {actor.the_person()}
    of_day = found[actor.the_person()]
    read = person_pass.read_pass(own.code.token)
    tomorrow = person_pass.pass_at(own.key, own.pass_id, NOW + timedelta(days=1))
    assert person_pass.pass_is_genuine(of_day, read)
    assert not person_pass.pass_is_genuine(of_day, person_pass.read_pass(tomorrow.token))


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.OFFICER, Role.HELPER, Role.AUDITOR])
def test_only_trainees_have_a_pass(saved: Session, role: Role) -> None:
    teaches = role is Role.INSTRUCTOR
    actor = make.make_actor(
        saved, role, institution=make.make_institution(saved) if teaches else None
    )
    for act in (passes.my_pass, passes.renew):
        with pytest.raises(Forbidden):
            act(saved, actor, now=NOW)
        with pytest.raises(Unauthenticated):
            act(saved, ANONYMOUS, now=NOW)
