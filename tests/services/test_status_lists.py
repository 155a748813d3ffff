"""Places in status lists, and the lists as anybody may fetch them."""

from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import Certificate, StatusList
from portal.documents import status_list
from portal.documents.signature import verify_compact
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import certificates, issuers, status_lists
from tests.support.acts import together
from tests.support.factories import NOW, enrol, make_actor, make_class, person_of


def issued(session: Session, holder: Actor) -> Certificate:
    made = make_class(session, first_start=NOW - timedelta(days=7))
    enrolment = enrol(session, person_of(session, holder), made)
    return certificates.issue(
        session, Actor(role=Role.MANAGER), enrolment_id=enrolment.id, hours_credited=7, now=NOW
    )


def fetched(session: Session, no: int) -> dict[str, object]:
    token = status_lists.signed_list(session, ANONYMOUS, no=no, now=NOW)
    return verify_compact(token, issuers.public_keys(session))


def test_only_what_was_revoked_is_set(session: Session) -> None:
    first, second = (issued(session, make_actor(session)) for _ in range(2))
    officer = make_actor(session, Role.OFFICER, region_code="000000")
    before = fetched(session, first.status_list_no or 0)
    certificates.revoke(session, officer, number=first.number or "", reason="考核材料不实", now=NOW)
    after = fetched(session, first.status_list_no or 0)
    assert first.status_index is not None
    assert second.status_index is not None
    assert not status_list.is_set(status_list.bits_of(before), first.status_index)
    bits = status_list.bits_of(after)
    assert status_list.is_set(bits, first.status_index)
    assert sum(byte.bit_count() for byte in bits) == 1
    assert int(str(after["version"])) == int(str(before["version"])) + 1


def test_every_certificate_names_its_own_place(session: Session) -> None:
    made = [issued(session, make_actor(session)) for _ in range(3)]
    named = set()
    for one in made:
        payload = verify_compact(one.signature or "", issuers.public_keys(session))
        named.add(status_list.entry_of(payload))
        assert status_list.entry_of(payload) == (
            status_lists.list_url(one.status_list_no or 0),
            one.status_index,
        )
    assert len(named) == 3


def test_places_are_all_different_and_tell_no_order(session: Session) -> None:
    places = [status_lists.take_place(session, now=NOW) for _ in range(300)]
    assert len(set(places)) == 300
    indexes = [index for _, index in places]
    steps = {(b - a) % status_list.PLACES for a, b in pairwise(indexes)}
    assert len(steps) > 250
    assert max(indexes) > status_list.PLACES // 2


def test_a_full_list_is_shuffled_one_to_one() -> None:
    shuffled = {status_lists._scatter(3, place) for place in range(status_list.PLACES)}
    assert len(shuffled) == status_list.PLACES


def test_places_taken_at_once_are_all_different(engine: Engine) -> None:
    take = partial(in_transaction, lambda session: status_lists.take_place(session, now=NOW))
    taken = together([take] * 24)
    assert len(set(taken)) == 24
    with Session(engine) as session:
        session.execute(delete(StatusList))
        session.commit()


def test_revocations_at_once_all_stay_set(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        made = [issued(session, make_actor(session)) for _ in range(6)]
        session.commit()

    def revoke(one: Certificate) -> None:
        in_transaction(lambda session: status_lists.revoke(session, one, now=NOW))

    together([partial(revoke, one) for one in made])
    with Session(engine) as session:
        found = session.scalars(select(StatusList)).one()
        assert all(status_list.is_set(found.bits, one.status_index or 0) for one in made)


@pytest.mark.parametrize("no", [99, -1, 2**31, 10**30])
def test_a_list_that_was_never_begun_is_not_found(session: Session, no: int) -> None:
    with pytest.raises(NotFound):
        status_lists.signed_list(session, ANONYMOUS, no=no, now=NOW)
