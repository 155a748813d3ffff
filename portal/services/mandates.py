"""Mandates from the helper's side: taking one, confirming it, giving it back.

A helper must not take over strangers. Whoever has no account signs on paper, in front of the
helper, and the authority sees every such mandate. Whoever has an account is asked on their own
phone or in their own account, and until they say yes the mandate is worth nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, Mandate, Person
from portal.domain.errors import BadInput, NotFound, PortalError
from portal.domain.helping_errors import MandateCodeSpent, MandateCodeWrong, MandateLimit
from portal.domain.mandate import A_DAY, CODE_TRIES, CODE_VALID, last_day
from portal.domain.permissions import GRANTS, Actor, Permission, Role
from portal.services import mandate_asking, mandate_text, sms
from portal.services.mandate_forms import Introduction, is_place
from portal.services.mandate_people import person_of, settle_in
from portal.services.mandate_rows import end, own_mandate, put_in_force, state_at
from portal.services.one_person import same_person
from portal.services.people import IS_KEPT
from portal.services.times import day_of

_DAY = timedelta(days=1)
# Mandates of one helper come one after the other, or all would be within the limit.
_ONE_AT_A_TIME = text("SELECT id FROM account WHERE id = :id FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class CodeOutcome:
    """Whether the code was right; the refusal otherwise.

    Not raised, because a wrong code must be counted: the caller raises ``refusal`` once the
    transaction is committed.
    """

    refusal: PortalError | None = None


def introduce(session: Session, actor: Actor, *, form: Introduction, now: datetime) -> UUID:
    """Take somebody's mandate, registering them if nobody knows them; answers its id.

    Again answers the same one. With an account of their own, the person is asked instead: the
    mandate waits for ``confirm_by_code`` or ``own_helpers.confirm``.
    Raises BadInput (name, id_no, region), MandateLimit, TooManyAttempts (text messages).
    """
    actor.require(Permission.HELP_OTHERS)
    if not is_place(actor, form.region_code):
        raise BadInput("region", "helping.not_your_area")
    session.execute(_ONE_AT_A_TIME, {"id": actor.the_account()})
    person = person_of(session, actor, form, now)
    own = select(Account).where(same_person(Account.person_id, person.id), IS_KEPT)
    accounts = session.scalars(own)
    roles = [Role(account.role) for account in accounts]
    if any(Permission.ENROL not in GRANTS[role] for role in roles):
        raise BadInput("id_no", "helping.is_staff")
    former = _standing(session, actor, person.id)
    if former is not None:
        state = state_at(former, now)
        if state == "open":
            return former.id
        # What ran out gives way; what still waits for a yes is asked anew.
        former.revoked_at = now
        session.flush()
    _must_be_within_limit(session, actor, now)
    if not roles:
        settle_in(person, actor, form)
    made = _new_mandate(session, actor, person, form, now)
    if not roles:
        put_in_force(session, actor, made, form.evidence, now)
    else:
        mandate_asking.ask(session, actor, made, person, now)
    return made.id


def confirm_by_code(
    session: Session, actor: Actor, *, mandate_id: UUID, code: str, now: datetime
) -> CodeOutcome:
    """The person read out the code that came to their phone. Raises NotFound."""
    actor.require(Permission.HELP_OTHERS)
    mandate = own_mandate(session, actor, mandate_id)
    state = state_at(mandate, now)
    if state == "open":
        return CodeOutcome()
    if state != "asked":
        raise NotFound
    kept = mandate.code_hash
    if kept is None or mandate.code_tries <= 0 or now >= mandate.created_at + CODE_VALID:
        return CodeOutcome(MandateCodeSpent())
    if not sms.code_matches(code.strip(), kept, subject=mandate.id):
        mandate.code_tries -= 1
        return CodeOutcome(MandateCodeWrong(left=mandate.code_tries))
    put_in_force(session, actor, mandate, "code", now)
    return CodeOutcome()


def give_back(session: Session, actor: Actor, *, mandate_id: UUID, now: datetime) -> None:
    """The person told the helper that it is over; again does no harm. Raises NotFound."""
    actor.require(Permission.HELP_OTHERS)
    mandate = own_mandate(session, actor, mandate_id)
    if mandate.revoked_at is None:
        end(session, actor, mandate, "mandate.end", now)


def in_force(session: Session, actor: Actor, *, mandate_id: UUID, now: datetime) -> Mandate:
    """The actor's own mandate that is worth something now, held until the transaction ends.

    Whoever takes it back waits for what is being done at this instant, and nothing comes after.
    Raises NotFound for every other mandate.
    """
    actor.require(Permission.HELP_OTHERS)
    mandate = own_mandate(session, actor, mandate_id, share=True)
    if state_at(mandate, now) != "open":
        raise NotFound
    return mandate


def in_force_of(session: Session, actor: Actor, *, person_id: UUID, now: datetime) -> Mandate:
    """The same, found by the person. Raises NotFound when there is no such mandate."""
    actor.require(Permission.HELP_OTHERS)
    found = session.scalar(
        select(Mandate.id).where(
            Mandate.person_id == person_id,
            Mandate.helper_account_id == actor.the_account(),
            Mandate.revoked_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return in_force(session, actor, mandate_id=found, now=now)


def left_today(session: Session, actor: Actor, now: datetime) -> int:
    """How many mandates more the helper may take within these 24 hours."""
    taken = select(func.count()).where(
        Mandate.helper_account_id == actor.account_id, Mandate.created_at > now - _DAY
    )
    return max(0, A_DAY - (session.scalar(taken) or 0))


def _must_be_within_limit(session: Session, actor: Actor, now: datetime) -> None:
    if not left_today(session, actor, now):
        raise MandateLimit(most=A_DAY)


def _new_mandate(
    session: Session, actor: Actor, person: Person, form: Introduction, now: datetime
) -> Mandate:
    signed = mandate_text.ensure_stored(session, now)
    today = day_of(now)
    made = Mandate(
        id=new_id(),
        person_id=person.id,
        helper_account_id=actor.the_account(),
        text_version=signed.version,
        text_hash=signed.text_hash,
        evidence=form.evidence,
        witness_name=form.witness or None,
        granted_on=today,
        expires_on=last_day(today, form.days),
        code_tries=CODE_TRIES,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def _standing(session: Session, actor: Actor, person_id: UUID) -> Mandate | None:
    """The mandate of this person that the helper has not given back yet."""
    query = select(Mandate).where(
        Mandate.person_id == person_id,
        Mandate.helper_account_id == actor.account_id,
        Mandate.revoked_at.is_(None),
    )
    return session.scalar(query.with_for_update())
