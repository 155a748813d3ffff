"""A photo for certificates: by consent, sealed, gone when its owner says."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, ConsentRecord, PersonPhoto
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services import own_photo
from tests.support import papers
from tests.support.factories import make_actor, make_person

PHOTO = own_photo.as_stored_photo(papers.photo(size=(900, 1200)))


@pytest.fixture
def me(session: Session) -> Actor:
    return make_actor(session)


def put(session: Session, actor: Actor, now: datetime, image: bytes = PHOTO) -> None:
    own_photo.set_photo(session, actor, image=image, agreed=True, now=now)


def consents(session: Session, actor: Actor) -> list[datetime | None]:
    query = select(ConsentRecord.withdrawn_at).where(
        ConsentRecord.person_id == actor.person_id, ConsentRecord.purpose == own_photo.PURPOSE
    )
    return list(session.scalars(query.order_by(ConsentRecord.granted_at)))


def test_a_photo_is_kept_sealed_with_the_consent(
    session: Session, me: Actor, now: datetime
) -> None:
    put(session, me, now)
    assert own_photo.has_photo(session, me)
    assert own_photo.my_photo(session, me) == PHOTO
    row = session.get_one(PersonPhoto, me.the_person())
    assert PHOTO not in row.image_enc
    assert consents(session, me) == [None]


def test_another_photo_takes_its_place(session: Session, me: Actor, now: datetime) -> None:
    put(session, me, now)
    other = own_photo.as_stored_photo(papers.photo(size=(200, 300)))
    later = now + timedelta(days=1)
    put(session, me, later, other)
    assert own_photo.my_photo(session, me) == other
    assert consents(session, me) == [later, None]


def test_deleted_it_is_gone_and_the_consent_ended(
    session: Session, me: Actor, now: datetime
) -> None:
    put(session, me, now)
    for _ in range(2):
        own_photo.delete_photo(session, me, now=now)
    assert not own_photo.has_photo(session, me)
    assert consents(session, me) == [now]
    with pytest.raises(NotFound):
        own_photo.my_photo(session, me)
    acts = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.on_behalf_of == me.person_id)
        .order_by(AuditEvent.id)
    )
    assert list(acts) == ["photo.set", "photo.delete"]


def test_without_consent_nothing_is_kept(session: Session, me: Actor, now: datetime) -> None:
    with pytest.raises(BadInput) as refusal:
        own_photo.set_photo(session, me, image=PHOTO, agreed=False, now=now)
    assert refusal.value.field == "agreed"
    assert not own_photo.has_photo(session, me)


def test_what_is_no_photo_or_too_large_is_refused() -> None:
    for raw, reason in (
        (b"x", "own_photo.unreadable"),
        (papers.photo() + bytes(own_photo.MOST_BYTES), "own_photo.large"),
    ):
        with pytest.raises(BadInput) as refusal:
            own_photo.as_stored_photo(raw)
        assert refusal.value.reason == reason


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.HELPER])
def test_staff_has_none(session: Session, now: datetime, role: Role) -> None:
    with pytest.raises(Forbidden):
        put(session, make_actor(session, role), now)


def test_a_photo_that_a_merged_record_brought_can_be_deleted(
    session: Session, me: Actor, now: datetime
) -> None:
    """It is printed on certificates: whoever the record counts as says when that ends."""
    put(session, me, now)
    kept = make_person(session)
    whole = replace(me, person_id=kept.id, merged=(me.the_person(),))
    assert own_photo.my_photo(session, whole) == PHOTO
    own_photo.delete_photo(session, whole, now=now)
    assert not own_photo.has_photo(session, me)
    assert consents(session, me) == [now]
