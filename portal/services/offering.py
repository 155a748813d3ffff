"""The portal's side of the waiting list: seats that come free are offered, one person at a time.

Each step is a transaction of its own and locks in the common order (``enrolment_locks``), so it
can be killed anywhere and run again, beside itself too. Whoever is first is found before any
lock, and looked for again once the class is locked.
"""

import contextlib
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Account,
    EligibilityDecision,
    Enrolment,
    Person,
    SeatOffer,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.domain.errors import TooManyAttempts
from portal.domain.identity import normalise_phone
from portal.domain.permissions import Actor, Permission
from portal.domain.waiting_list import kept_until
from portal.services import audit, eligibility, notices, seats, sms
from portal.services.eligibility import Judged
from portal.services.enrolment_locks import begins, locked_class, locked_enrolment
from portal.services.listing import listing_of
from portal.services.offer_terms import TAKING, terms_of
from portal.services.one_person import same_person
from portal.services.people import IS_KEPT
from portal.services.rule_book import RuleBook
from portal.services.times import day_of, moment_text
from portal.settings import get_settings

# What became of the first in line: a seat, not entitled any more, somebody else was faster, or
# there is nothing to offer.
Step = Literal["offered", "passed_over", "again", "nothing"]

# Wrong codes a text message's reader may type before the code is worthless.
CODE_TRIES = 5


def make(
    session: Session,
    enrolment: Enrolment,
    *,
    source: str,
    expires_at: datetime,
    now: datetime,
    code: str | None = None,
    phone: str | None = None,
) -> SeatOffer:
    """Offer the enrolment's seat to its person until ``expires_at``; tells nobody.

    The caller has taken the seat and holds the enrolment's lock. ``source`` is waiting_list or
    roster; with ``code``, sent to ``phone``, somebody without a login can answer.
    """
    enrolment.status = "offered"
    offer_id = new_id()
    offer = SeatOffer(
        id=offer_id,
        enrolment_id=enrolment.id,
        class_id=enrolment.class_id,
        source=source,
        offered_at=now,
        expires_at=expires_at,
        state="open",
        code_hash=sms.hash_code(code, subject=offer_id) if code else None,
        phone_hash=phone_key(phone) if phone else None,
        code_tries=CODE_TRIES if code else 0,
    )
    session.add(offer)
    session.flush()
    return offer


def phone_key(phone: str) -> bytes:
    """By what an offer is found whose code went to this phone. Raises BadInput."""
    return get_vault().lookup_hash("sms_phone", normalise_phone(phone))


def offer_next(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> Step:
    """Offer one free seat of a class to whoever is first in line.

    The rules are asked again: somebody who may not have the seat any more leaves the list, is
    told why, and keeps nobody waiting. To be called again until it answers ``nothing``.
    """
    actor.require(Permission.RUN_TASKS)
    first = _first_in_line(session, class_id)
    if first is None:
        return "nothing"
    enrolment = locked_enrolment(session, first)
    judged = eligibility.decide(
        session, person_id=enrolment.person_id, class_id=class_id, now=now, enrolment_id=first
    )
    of = locked_class(session, class_id)
    until = _offered_until(session, of, judged.book, now)
    if until is None or of.seats_taken >= of.capacity:
        return "nothing"
    if _first_in_line(session, class_id) != first:
        return "again"
    if not may_have(session, enrolment, judged):
        _pass_over(session, actor, enrolment, of, judged, now)
        return "passed_over"
    seats.leave_queue(session, enrolment, now=now)
    of.seats_taken = TrainingClass.seats_taken + 1
    _offer(session, actor, enrolment, of, until, now)
    return "offered"


def may_have(session: Session, enrolment: Enrolment, judged: Judged) -> bool:
    """Whether the rules let the person have the seat, an officer deciding where they may.

    Who joined although a soft rule refused has asked for an officer's decision (原则上).
    """
    if judged.decision.verdict != "not_eligible":
        return True
    asked = select(EligibilityDecision.id).where(
        EligibilityDecision.enrolment_id == enrolment.id,
        EligibilityDecision.verdict == "not_eligible",
    )
    return judged.decision.overridable and session.scalar(asked.limit(1)) is not None


def _first_in_line(session: Session, class_id: UUID) -> UUID | None:
    """Whoever is first, if there is a seat."""
    return session.scalar(
        select(Enrolment.id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.class_id == class_id,
            Enrolment.status == "waitlisted",
            TrainingClass.seats_taken < TrainingClass.capacity,
        )
        .order_by(Enrolment.waiting_rank, Enrolment.waiting_no)
        .limit(1)
    )


def _offered_until(
    session: Session, of: TrainingClass, book: RuleBook, now: datetime
) -> datetime | None:
    """Until when an offer made now would last; None when the class offers nothing."""
    listed = listing_of(session, of.institution_id, today=day_of(now)).takes_trainees
    if of.status not in TAKING or not listed:
        return None
    return kept_until(now, begins(of), terms_of(book))


def _offer(
    session: Session,
    actor: Actor,
    enrolment: Enrolment,
    of: TrainingClass,
    until: datetime,
    now: datetime,
) -> None:
    """Keep the seat for the person, and tell them at once."""
    phone = _phone_without_login(session, enrolment)
    code = sms.new_code() if phone else None
    make(
        session,
        enrolment,
        source="waiting_list",
        expires_at=until,
        now=now,
        code=code,
        phone=phone,
    )
    trace(session, actor, "offer.make", enrolment, now)
    tell(session, enrolment, "offer_made", now, sms=code is None, until=until, title=of.title)
    if phone and code:
        words: dict[str, object] = {
            "title": of.title,
            "until": moment_text(until),
            "code": code,
            "address": f"{get_settings().public_url}/confirm",
        }
        # A phone that was written to too often still has its offer; the desk can answer it.
        with contextlib.suppress(TooManyAttempts):
            sms.send(session, phone, "waiting.sms_code", words, now, until=until)


def _pass_over(
    session: Session,
    actor: Actor,
    enrolment: Enrolment,
    of: TrainingClass,
    judged: Judged,
    now: datetime,
) -> None:
    why = eligibility.headline(judged.decision)
    seats.end(session, enrolment, status="rejected", now=now, reason=why)
    eligibility.snapshot(session, judged, enrolment_id=enrolment.id, now=now)
    trace(session, actor, "offer.pass_over", enrolment, now)
    tell(session, enrolment, "seat_lost_not_eligible", now, title=of.title, why=why)


def _phone_without_login(session: Session, enrolment: Enrolment) -> str | None:
    """The phone of somebody whom a roster or a helper registered, and who cannot log in."""
    person = session.get_one(Person, enrolment.person_id)
    account = select(Account.id).where(same_person(Account.person_id, person.id), IS_KEPT)
    if person.phone_enc is None or session.scalar(account) is not None:
        return None
    return get_vault().open("phone", person.phone_enc)


def trace(session: Session, actor: Actor, action: str, enrolment: Enrolment, now: datetime) -> None:
    """Write down what became of somebody in line."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
    )


def tell(
    session: Session,
    enrolment: Enrolment,
    kind: str,
    now: datetime,
    *,
    sms: bool = False,
    until: datetime | None = None,
    **params: object,
) -> None:
    """Tell the person, with a link to their enrolment."""
    notices.tell(
        session,
        enrolment.person_id,
        kind,
        params=params,
        ref=("enrolment", enrolment.id),
        now=now,
        until=until,
        sms=sms,
    )
