"""A photo that a person wants on certificates: only by consent, deleted whenever one says."""

import base64
import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ConsentRecord, PersonPhoto
from portal.db.vault import get_vault
from portal.documents import pictures
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, people

_PERMISSION = Permission.SEE_OWN_ARCHIVE
MOST_BYTES = 5_000_000
# 2.5 x 3.5 cm at 300 dpi, twice.
_LONGEST_SIDE = 800
SEALED_AS = "person_photo"
PURPOSE = "certificate_photo"
VERSION = "1"


def as_stored_photo(raw: bytes) -> bytes:
    """A portrait as it is kept. Not in a transaction. Raises BadInput("image")."""
    if len(raw) > MOST_BYTES:
        raise BadInput("image", "own_photo.large")
    try:
        return pictures.as_photo(raw, longest=_LONGEST_SIDE)
    except pictures.NotAPicture:
        raise BadInput("image", "own_photo.unreadable") from None


def set_photo(session: Session, actor: Actor, *, image: bytes, agreed: bool, now: datetime) -> None:
    """Keep the actor's photo (from ``as_stored_photo``) in place of any before.

    Raises BadInput without the consent, which is kept with its exact text.
    """
    actor.require(_PERMISSION)
    if not agreed:
        raise BadInput("agreed", "own_photo.agree_first")
    people.hold_open(session, actor)
    person_id = actor.the_person()
    sealed = get_vault().seal(SEALED_AS, base64.b64encode(image).decode())
    row = session.get(PersonPhoto, person_id, with_for_update=True)
    if row is None:
        session.add(PersonPhoto(person_id=person_id, image_enc=sealed, added_at=now))
    else:
        row.image_enc, row.added_at = sealed, now
    _end_consent(session, (person_id,), now)
    text = t("own_photo.consent")
    consent = ConsentRecord(
        id=new_id(),
        person_id=person_id,
        purpose=PURPOSE,
        version=VERSION,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
        granted_at=now,
    )
    session.add(consent)
    session.flush()
    _trace(session, actor, "photo.set", now)


def delete_photo(session: Session, actor: Actor, *, now: datetime) -> None:
    """Delete it and end the consent; again changes nothing."""
    actor.require(_PERMISSION)
    rows = session.scalars(_of(actor).with_for_update()).all()
    if not rows:
        return
    for row in rows:
        session.delete(row)
    _end_consent(session, actor.the_records(), now)
    session.flush()
    _trace(session, actor, "photo.delete", now)


def has_photo(session: Session, actor: Actor) -> bool:
    """Whether the actor has one."""
    actor.require(_PERMISSION)
    return session.scalar(_of(actor)) is not None


def my_photo(session: Session, actor: Actor) -> bytes:
    """The actor's own photo (JPEG). Raises NotFound."""
    actor.require(_PERMISSION)
    row = session.scalar(_of(actor))
    if row is None:
        raise NotFound
    return base64.b64decode(get_vault().open(SEALED_AS, row.image_enc))


def _of(actor: Actor) -> Select[PersonPhoto]:
    """The actor's photos, the one that is printed first: a merged record may have brought one."""
    mine = select(PersonPhoto).where(PersonPhoto.person_id.in_(actor.the_records()))
    return mine.order_by(PersonPhoto.added_at.desc())


def _end_consent(session: Session, records: tuple[UUID, ...], now: datetime) -> None:
    query = select(ConsentRecord).where(
        ConsentRecord.person_id.in_(records),
        ConsentRecord.purpose == PURPOSE,
        ConsentRecord.withdrawn_at.is_(None),
    )
    for consent in session.scalars(query):
        consent.withdrawn_at = now


def _trace(session: Session, actor: Actor, action: str, now: datetime) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="person",
        object_id=actor.the_person(),
        on_behalf_of=actor.the_person(),
    )
