"""What a person is told about a mandate: asked to confirm it, told that it is in force."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Mandate, Person
from portal.db.vault import get_vault
from portal.domain.mandate import ANSWER_WITHIN, CODE_VALID
from portal.domain.permissions import Actor
from portal.services import audit, notices, sms
from portal.services.times import clock_text, day_text


def ask(session: Session, actor: Actor, mandate: Mandate, person: Person, now: datetime) -> None:
    """Ask the owner of an account on their own phone, and in their account.

    The code goes to the phone that they gave themselves, never to one that the helper typed.
    Raises TooManyAttempts when that phone was written to often enough this hour.
    """
    mandate.evidence, mandate.witness_name = "own", None
    if person.phone_enc is not None:
        code, until = sms.new_code(), now + CODE_VALID
        mandate.code_hash = sms.hash_code(code, subject=mandate.id)
        phone = get_vault().open("phone", person.phone_enc)
        filled: dict[str, object] = {
            "helper": actor.name,
            "code": code,
            "until": clock_text(until),
        }
        sms.send(session, phone, "helping.sms_code", filled, now, until=until)
    notices.tell(
        session,
        person.id,
        "mandate_asked",
        params={"helper": actor.name},
        now=now,
        until=now + ANSWER_WITHIN,
    )
    audit.record(
        session,
        actor,
        "mandate.ask",
        now=now,
        object_type="mandate",
        object_id=mandate.id,
        on_behalf_of=person.id,
        detail={"by_text_message": mandate.code_hash is not None},
    )
    session.flush()


def tell_given(session: Session, mandate: Mandate, now: datetime) -> None:
    """Tell the person who may act for them; whoever gets an account later reads it then."""
    params = {
        "helper": helper_name(session, mandate),
        "until_day": day_text(mandate.expires_on),
    }
    notices.tell(session, mandate.person_id, "mandate_given", params=params, now=now)


def helper_name(session: Session, mandate: Mandate) -> str:
    """What the helper is called."""
    query = (
        select(Person.name)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == mandate.helper_account_id)
    )
    return session.scalars(query).one()
