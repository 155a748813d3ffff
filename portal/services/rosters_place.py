"""Gives somebody of a roster what there is: a seat to confirm, or a place in line.

What is entered is an offer: the person has not been asked yet, and confirms by login, by the code
on their phone, or at the institution's desk. Whoever sent the roster is the one who acts, the
person the one on whose behalf; the two are never the same column.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Enrolment, Person, SeatOffer, TrainingClass
from portal.db.vault import get_vault
from portal.domain.permissions import Actor
from portal.services import audit, eligibility, rosters_notices
from portal.services.enrolment_locks import begins, locked_class
from portal.services.offer_terms import list_closes_at
from portal.services.offering import make, phone_key
from portal.services.one_person import same_person
from portal.services.people import Identity
from portal.services.rosters_scope import Owner, named_classes
from portal.services.rosters_words import reason

# Long enough for somebody who works nights; the seat is nobody else's meanwhile.
OFFER_LASTS = timedelta(hours=72)
CHANNEL = "roster"
# Families share phones; one phone for a whole sheet is that of whoever wrote the sheet.
SHARED_BY = 3


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a row: ``state`` as ``db.models.RosterRow.commit_state``."""

    state: str
    reasons: tuple[dict[str, Any], ...] = ()
    enrolment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a roster on the way to an enrolment; ``uploader`` acts for ``owner``."""

    session: Session
    uploader: Actor
    owner: Owner
    upload_id: UUID
    identity: Identity
    now: datetime


def place(entry: Entry, person: Person, class_id: UUID) -> Entered:
    """A seat that is offered, or a place in line, or the reason why neither.

    The person is held. Locks the class: nothing may follow that locks a person.
    """
    session, now = entry.session, entry.now
    judged = eligibility.decide(session, person_id=person.id, class_id=class_id, now=now)
    phone = _phone(entry, person)
    of = locked_class(session, class_id)
    (found,) = named_classes(session, entry.owner, ids=[class_id], now=now)
    if found.refusal:
        return Entered("refused", (reason("refused.class_closed"),))
    has_seat = of.seats_taken < of.capacity and of.waiting == 0
    if not has_seat and now >= list_closes_at(session, of, now):
        return Entered("refused", (reason("refused.class_full"),))
    enrolment = _enrolment(entry, person, of)
    if has_seat:
        _offer(entry, enrolment, of, phone)
    else:
        _queue(entry, enrolment, of, rank=0 if judged.has_priority else 1)
    eligibility.snapshot(session, judged, enrolment_id=enrolment.id, now=now)
    audit.record(
        session,
        entry.uploader,
        "roster.enrol",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=person.id,
        detail={"upload": str(entry.upload_id), "status": enrolment.status},
    )
    return Entered("offered" if has_seat else "waitlisted", enrolment_id=enrolment.id)


def _enrolment(entry: Entry, person: Person, of: TrainingClass) -> Enrolment:
    """An unsigned enrolment: who acts stands beside whom it is about."""
    return Enrolment(
        person_id=person.id,
        person_no=person.no,
        class_id=of.id,
        busy=TimestamptzMultirange([]),
        channel=CHANNEL,
        acting_account_id=entry.uploader.account_id,
        created_at=entry.now,
    )


def _offer(entry: Entry, enrolment: Enrolment, of: TrainingClass, phone: str) -> None:
    session, now = entry.session, entry.now
    of.seats_taken += 1
    enrolment.status = "offered"
    session.add(enrolment)
    session.flush()
    until = min(now + OFFER_LASTS, begins(of))
    told = {"sender": rosters_notices.sender_of(session, entry.owner), "title": of.title}
    code = None
    if not _answers_for_many(session, phone):
        code = rosters_notices.send_code(session, phone, until=until, now=now, **told)
    make(
        session,
        enrolment,
        source="roster",
        expires_at=until,
        now=now,
        code=code,
        phone=phone if code else None,
    )
    rosters_notices.tell_invited(session, enrolment, until=until, now=now, **told)


def _answers_for_many(session: Session, phone: str) -> bool:
    """Whether codes for a whole family wait on this phone already; more confirm at the desk."""
    if not phone:
        return False
    waiting = select(func.count()).where(
        SeatOffer.phone_hash == phone_key(phone), SeatOffer.state == "open"
    )
    return (session.scalar(waiting) or 0) >= SHARED_BY


def _queue(entry: Entry, enrolment: Enrolment, of: TrainingClass, *, rank: int) -> None:
    session = entry.session
    of.waiting, of.last_waiting_no = of.waiting + 1, of.last_waiting_no + 1
    enrolment.status, enrolment.waiting_rank = "waitlisted", rank
    enrolment.waiting_no = of.last_waiting_no
    session.add(enrolment)
    session.flush()
    sender = rosters_notices.sender_of(session, entry.owner)
    rosters_notices.tell_waiting(session, enrolment, title=of.title, sender=sender, now=entry.now)


def _phone(entry: Entry, person: Person) -> str:
    """Where the code goes: to the phone that the owner of an account gave, never to one that
    somebody else wrote into a sheet; without an account the sheet is all there is."""
    account = exists().where(same_person(Account.person_id, person.id), Account.status == "active")
    own = rosters_notices.phone_of(person)
    if entry.session.scalar(select(account)):
        return own
    if entry.identity.phone and not own:
        # Where somebody who waits is told when a seat comes free.
        person.phone_enc = get_vault().seal("phone", entry.identity.phone)
    return entry.identity.phone or own
