"""Saying yes or no without a log-in: by the phone that was written to and the code in the message.

Whoever types both sees the class and a masked name, nothing else; whatever is wrong with them,
the answer is one and the same sentence, so that nobody learns whether a phone was written to.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Employer, Enrolment, Institution, Person, SeatOffer
from portal.db.models import TrainingClass as Class
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotEligible, PortalError, TimeConflict, TooManyAttempts
from portal.domain.masking import mask_name
from portal.domain.offer_errors import OfferCodeSpent, OfferCodeWrong
from portal.domain.permissions import Actor
from portal.domain.roster_errors import ConfirmRefused, ConfirmWrong
from portal.services import login_throttle, offers, sms
from portal.services.enrolment_locks import locked_enrolment
from portal.services.login_throttle import FAILED, SUCCEEDED, Tries
from portal.services.offering import phone_key
from portal.services.offers import Answered


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, and from where (a keyed hash of the network address)."""

    phone: str
    code: str
    source: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """An offer as whoever holds the code may see it; the name is masked."""

    offer_id: UUID
    title: str
    institution_name: str
    sender: str
    name_masked: str
    place: str
    starts_on: date
    first_meeting: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: an invitation to answer, an answer, or a refusal.

    A refusal is a value, because a wrong code must be counted: an error would undo that.
    """

    invitation: Invitation | None = None
    answered: Answered | None = None
    refusal: PortalError | None = None


def look(session: Session, actor: Actor, *, typed: Typed, now: datetime) -> Outcome:
    """The invitation that phone and code open. Raises BadInput (phone, code)."""
    phone_hash, code = phone_key(typed.phone), clean_code(typed.code)
    tries = _tries(phone_hash, typed, now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return Outcome(refusal=TooManyAttempts(seconds=seconds))
    found = _opened(session, phone_hash, code, now)
    login_throttle.note(session, tries, SUCCEEDED if found else FAILED)
    if found is None:
        return Outcome(refusal=ConfirmWrong())
    return Outcome(_invitation(session, found))


def _opened(session: Session, phone_hash: bytes, code: str, now: datetime) -> SeatOffer | None:
    """The offer that a code opens; a wrong one costs every offer of the phone a try."""
    query = select(SeatOffer).where(
        SeatOffer.phone_hash == phone_hash,
        SeatOffer.state == "open",
        SeatOffer.expires_at > now,
        SeatOffer.code_tries > 0,
    )
    rows = session.scalars(query.order_by(SeatOffer.id).with_for_update()).all()
    for row in rows:
        if row.code_hash and sms.code_matches(code, row.code_hash, subject=row.id):
            return row
    for row in rows:
        row.code_tries -= 1
    return None


def answer(
    session: Session,
    actor: Actor,
    *,
    offer_id: UUID,
    typed: Typed,
    accept: bool,
    commitment_version: str | None,
    now: datetime,
) -> Outcome:
    """Accept or decline the offer; the same answer again answers the same.

    The code is asked again: a page that lay open proves nothing. Raises BadInput (phone, code).
    """
    phone_hash, code = phone_key(typed.phone), clean_code(typed.code)
    tries = _tries(phone_hash, typed, now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return Outcome(refusal=TooManyAttempts(seconds=seconds))
    offer = session.get(SeatOffer, offer_id)
    if offer is None or offer.phone_hash != phone_hash:
        login_throttle.note(session, tries, FAILED)
        return Outcome(refusal=ConfirmWrong())
    if not accept:
        return _decline(session, actor, offer, code, tries, now)
    found = offers.accept_by_code(
        session,
        actor,
        enrolment_id=offer.enrolment_id,
        code=code,
        commitment_version=commitment_version,
        now=now,
    )
    return _answered(session, found.answered, found.refusal, tries)


def _decline(
    session: Session, actor: Actor, offer: SeatOffer, code: str, tries: Tries, now: datetime
) -> Outcome:
    enrolment = locked_enrolment(session, offer.enrolment_id)
    session.refresh(offer, with_for_update=True)
    right = offer.code_hash and sms.code_matches(code, offer.code_hash, subject=offer.id)
    if not right or offer.code_tries <= 0:
        offer.code_tries = max(offer.code_tries - 1, 0)
        return _answered(session, None, OfferCodeWrong(left=offer.code_tries), tries)
    try:
        done = offers.decline_for(session, actor, enrolment_id=enrolment.id, via="sms", now=now)
    except PortalError as error:
        return Outcome(refusal=error)
    return _answered(session, done, None, tries)


def _answered(
    session: Session, done: Answered | None, refusal: PortalError | None, tries: Tries
) -> Outcome:
    """The outcome as it may be told to whoever holds the code, and the try written down."""
    if isinstance(refusal, OfferCodeWrong | OfferCodeSpent):
        login_throttle.note(session, tries, FAILED)
        return Outcome(refusal=ConfirmWrong())
    login_throttle.note(session, tries, SUCCEEDED)
    if isinstance(refusal, NotEligible | TimeConflict):
        # Why, is told to the person after a log-in: the phone came from a sheet.
        refusal = ConfirmRefused()
    return Outcome(answered=done, refusal=refusal)


def clean_code(raw: str) -> str:
    """Six digits as they were typed, in any width; raises BadInput("code")."""
    text = "".join(unicodedata.normalize("NFKC", raw[:40]).split())
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise BadInput("code", "roster.confirm.code_form")
    return text


def _tries(phone_hash: bytes, typed: Typed, now: datetime) -> Tries:
    key = get_vault().lookup_hash("confirm", phone_hash.hex())
    return Tries(login_key=key, source_key=typed.source, now=now)


def _invitation(session: Session, offer: SeatOffer) -> Invitation:
    sender = func.coalesce(Employer.name, "")
    row = session.execute(
        select(Class, Institution.name.label("school"), Person.name, sender.label("employer"))
        .select_from(Enrolment)
        .join(Class, Class.id == Enrolment.class_id)
        .join(Institution, Institution.id == Class.institution_id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Account, Account.id == Enrolment.acting_account_id)
        .outerjoin(Employer, Employer.id == Account.employer_id)
        .where(Enrolment.id == offer.enrolment_id)
    ).one()
    of: Any = row[0]
    return Invitation(
        offer_id=offer.id,
        title=of.title,
        institution_name=row.school,
        sender=row.employer or row.school,
        name_masked=mask_name(row.name),
        place=" ".join(part for part in (of.address, of.site) if part),
        starts_on=of.starts_on,
        first_meeting=of.meets[0].lower if of.meets else None,
        until=offer.expires_at,
    )
