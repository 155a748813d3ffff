"""Tells people that somebody entered them on a roster, and how to say yes or no."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.models import Employer, Enrolment, Institution, Person
from portal.db.vault import get_vault
from portal.domain.errors import TooManyAttempts
from portal.services import notices, sms
from portal.services.rosters_scope import Owner
from portal.services.times import moment_text
from portal.settings import get_settings


def sender_of(session: Session, owner: Owner) -> str:
    """The name of the institution or employer."""
    if owner.employer_id is not None:
        return session.get_one(Employer, owner.employer_id).name
    return session.get_one(Institution, owner.institution_id).name


def phone_of(person: Person) -> str:
    """The phone that a person's row holds; empty for none."""
    return get_vault().open("phone", person.phone_enc) if person.phone_enc else ""


def send_code(
    session: Session, phone: str, *, sender: str, title: str, until: datetime, now: datetime
) -> str | None:
    """Send a code to a phone, by which whoever holds it can answer without a log-in.

    None without a phone, or when it was written to often enough this hour: then the person
    confirms at the desk.
    """
    if not phone:
        return None
    code = sms.new_code()
    filled: dict[str, object] = {
        "sender": sender,
        "title": title,
        "until": moment_text(until),
        "code": code,
        "address": f"{get_settings().public_url}/confirm",
    }
    try:
        sms.send(session, phone, "roster.sms.invited", filled, now, until=until)
    except TooManyAttempts:
        return None
    return code


def tell_invited(
    session: Session,
    enrolment: Enrolment,
    *,
    sender: str,
    title: str,
    until: datetime,
    now: datetime,
) -> None:
    """Tell of an offer, for whoever logs in."""
    notices.tell(
        session,
        enrolment.person_id,
        "roster_invited",
        params={"sender": sender, "title": title},
        ref=("enrolment", enrolment.id),
        until=until,
        now=now,
    )


def tell_waiting(
    session: Session, enrolment: Enrolment, *, title: str, sender: str, now: datetime
) -> None:
    """Tell of a place in line."""
    notices.tell(
        session,
        enrolment.person_id,
        "roster_waiting",
        params={"sender": sender, "title": title},
        ref=("enrolment", enrolment.id),
        now=now,
    )
