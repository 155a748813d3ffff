"""Joining the talent pool (技能人才库) and leaving it: by consent, one's own act alone."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import ConsentRecord, Person
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, people
from portal.services.hot import LOCK_PERSON
from portal.services.one_person import ids_of

PURPOSE = "talent_pool"
# Changes whenever the text does: a consent is to these very words.
VERSION = "2026-12"


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether the actor is in the pool, since when, and the words that are agreed to."""

    since: datetime | None
    version: str
    text: str

    @property
    def joined(self) -> bool:
        return self.since is not None


def consent_text() -> str:
    """What is agreed to; its hash is stored with the consent."""
    return t("talent.consent.text")


def text_hash() -> str:
    """SHA-256 of the text."""
    return hashlib.sha256(consent_text().encode()).hexdigest()


def my_membership(session: Session, actor: Actor) -> Membership:
    """The actor's own."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    standing = _standing(session, actor)
    return Membership(standing[0].granted_at if standing else None, VERSION, consent_text())


def join(session: Session, actor: Actor, *, version: str, now: datetime) -> Membership:
    """Join; effective at once. Again changes nothing.

    Raises BadInput when another text was read than the one in force.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    if version != VERSION:
        raise BadInput("version", "talent.consent.changed")
    _lock(session, actor)
    if not _standing(session, actor):
        session.add(
            ConsentRecord(
                person_id=actor.the_person(),
                purpose=PURPOSE,
                version=VERSION,
                text_hash=text_hash(),
                granted_at=now,
            )
        )
        _trace(session, actor, "talent.join", now)
        session.flush()
    return my_membership(session, actor)


def leave(session: Session, actor: Actor, *, now: datetime) -> Membership:
    """Leave; effective at once. Again changes nothing."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    _lock(session, actor)
    standing = _standing(session, actor)
    for consent in standing:
        consent.withdrawn_at = now
    if standing:
        _trace(session, actor, "talent.leave", now)
    session.flush()
    return my_membership(session, actor)


def _standing(session: Session, actor: Actor) -> list[ConsentRecord]:
    query = (
        select(ConsentRecord)
        .where(
            ConsentRecord.person_id.in_(ids_of(session, actor.the_person())),
            ConsentRecord.purpose == PURPOSE,
            ConsentRecord.withdrawn_at.is_(None),
        )
        .order_by(ConsentRecord.granted_at)
    )
    return list(session.scalars(query))


def _lock(session: Session, actor: Actor) -> None:
    person = session.get_one(Person, actor.the_person())
    session.execute(text(LOCK_PERSON), {"person_no": person.no})
    people.hold_open(session, actor)


def _trace(session: Session, actor: Actor, action: str, now: datetime) -> None:
    person_id = actor.the_person()
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="person",
        object_id=person_id,
        on_behalf_of=person_id,
        detail={"version": VERSION},
    )
