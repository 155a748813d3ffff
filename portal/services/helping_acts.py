"""What a helper does for somebody: enrol, answer, leave, wish. The mandate is asked each time.

The helper stands in the audit as the one who acts, the person as the one on whose behalf; an
enrolment names both, and the mandate.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine, Enrolment, Mandate
from portal.domain.errors import BadInput, CannotCancel, NotFound
from portal.domain.mandate import ON_PAPER
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import (
    audit,
    commitment,
    desk_enrolment,
    mandate_asking,
    mandates,
    needs,
    notices,
    offers,
    seats,
)
from portal.services.claims import answers
from portal.services.commitment import CommitmentView
from portal.services.desk_enrolment import By, Entered
from portal.services.enrolment_cards import can_cancel, cards
from portal.services.enrolment_locks import locked_enrolment
from portal.services.need_terms import Wish
from portal.services.needs import Recorded
from portal.services.one_person import same_person

CHANNEL: Final = "helper"
_OVER = ("withdrawn", "rejected", "expired")


def enrol_for(
    session: Session,
    actor: Actor,
    *,
    mandate_id: UUID,
    class_id: UUID,
    commitment_version: str | None,
    evidence: str,
    ask_review: bool = False,
    now: datetime,
) -> Entered:
    """Enrol the person, to whom the commitment was read and who signed it on paper.

    ``evidence`` is how: signature, fingerprint or witness. Raises NotFound (mandate, class),
    BadInput (commitment, evidence), and what ``desk_enrolment.enrol_person`` raises.
    """
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    signed = _signed(commitment_version, evidence)
    entered = desk_enrolment.enrol_person(
        session,
        actor,
        person_id=mandate.person_id,
        class_id=class_id,
        by=By(CHANNEL, actor.the_account(), mandate.id, {"evidence": evidence}),
        signed=signed,
        ask_review=ask_review,
        now=now,
    )
    _tell(session, mandate, entered, now)
    return entered


def accept_offer(
    session: Session,
    actor: Actor,
    *,
    mandate_id: UUID,
    enrolment_id: UUID,
    commitment_version: str | None,
    evidence: str,
    now: datetime,
) -> None:
    """Take the seat that is kept for the person, who signed. Raises NotFound, BadInput
    (commitment, evidence), OfferGone, EnrolmentClosed, NotEligible, TimeConflict."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    signed = _signed(commitment_version, evidence)
    _must_be_theirs(session, mandate, enrolment_id)
    offers.accept_for(
        session,
        actor,
        enrolment_id=enrolment_id,
        commitment_version=signed.version,
        via=CHANNEL,
        now=now,
    )
    enrolment = session.get_one(Enrolment, enrolment_id)
    # Who made the enrolment stays; one that nobody made for the person was signed through us.
    if enrolment.acting_account_id is None:
        enrolment.acting_account_id, enrolment.mandate_id = actor.account_id, mandate.id
    _trace(session, actor, mandate, "helping.answer", enrolment_id, now, evidence=evidence)


def decline_offer(
    session: Session, actor: Actor, *, mandate_id: UUID, enrolment_id: UUID, now: datetime
) -> None:
    """Do without the seat that is kept for the person. Raises NotFound, OfferGone."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    _must_be_theirs(session, mandate, enrolment_id)
    offers.decline_for(session, actor, enrolment_id=enrolment_id, via=CHANNEL, now=now)
    _trace(session, actor, mandate, "helping.answer", enrolment_id, now)


def leave(
    session: Session, actor: Actor, *, mandate_id: UUID, enrolment_id: UUID, now: datetime
) -> None:
    """Give up the person's place, in the class or in line; again does no harm.

    Raises NotFound, CannotCancel (with the institution's phone) once the class has begun.
    """
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    row = _seat(session, mandate, enrolment_id, now)
    enrolment = locked_enrolment(session, enrolment_id)
    if enrolment.status in _OVER:
        return
    if not can_cancel(enrolment, row.TrainingClass, row.first_meeting, now):
        raise CannotCancel(phone=row.contact_phone)
    seats.end(session, enrolment, status="withdrawn", now=now, offer="declined")
    _trace(session, actor, mandate, "helping.leave", enrolment_id, now)


def answer_question(
    session: Session,
    actor: Actor,
    *,
    mandate_id: UUID,
    line_id: UUID,
    agrees: bool,
    wrong: str = "",
    note: str = "",
    now: datetime,
) -> None:
    """Pass on the person's yes or no about money in their name. Raises NotFound, and what
    ``claims.answers.answer`` raises."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    line = session.get(ClaimLine, line_id)
    if line is None or line.person_id != mandate.person_id:
        raise NotFound
    answers.answer_for(
        session, actor, line_id=line_id, agrees=agrees, wrong=wrong, note=note, now=now
    )
    _trace(session, actor, mandate, "helping.confirm_claim", line_id, now)


def record_need(
    session: Session, actor: Actor, *, mandate_id: UUID, wish: Wish, now: datetime
) -> Recorded:
    """Write down what the person would like to learn. Raises NotFound, BadInput."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    return needs.record_for(
        session, actor, person_id=mandate.person_id, wish=wish, channel=CHANNEL, now=now
    )


def withdraw_need(
    session: Session, actor: Actor, *, mandate_id: UUID, need_id: UUID, now: datetime
) -> None:
    """The person does not wish for it any more. Raises NotFound."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    needs.withdraw_for(session, actor, person_id=mandate.person_id, need_id=need_id, now=now)


def _signed(version: str | None, evidence: str) -> CommitmentView:
    """The commitment in force, if that is what was signed. Raises BadInput."""
    signed = commitment.current()
    if version != signed.version:
        raise BadInput("commitment", "helping.signed_first")
    if evidence not in ON_PAPER:
        raise BadInput("evidence", "helping.evidence_first")
    return signed


def _seat(session: Session, mandate: Mandate, enrolment_id: UUID, now: datetime) -> Row[object]:
    """A place of the mandate's person. Raises NotFound for anybody else's."""
    query = cards(now).where(
        Enrolment.id == enrolment_id, same_person(Enrolment.person_id, mandate.person_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _must_be_theirs(session: Session, mandate: Mandate, enrolment_id: UUID) -> None:
    """Raise NotFound unless the place is the mandate's person's."""
    query = select(Enrolment.id).where(
        Enrolment.id == enrolment_id, same_person(Enrolment.person_id, mandate.person_id)
    )
    if session.scalar(query) is None:
        raise NotFound


def _tell(session: Session, mandate: Mandate, entered: Entered, now: datetime) -> None:
    """The person reads it, now or once they have an account; the family's phone gets a line."""
    outcome = t(f"helping.outcome.{entered.status}", position=entered.position or 0)
    params: dict[str, str | int] = {
        "helper": mandate_asking.helper_name(session, mandate),
        "title": entered.title,
        "outcome": outcome,
    }
    ref = ("enrolment", entered.enrolment_id)
    notices.tell(
        session, mandate.person_id, "helped_enrolment", params=params, ref=ref, now=now, sms=True
    )


def _trace(
    session: Session,
    actor: Actor,
    mandate: Mandate,
    action: str,
    object_id: UUID,
    now: datetime,
    *,
    evidence: str = "",
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="claim_line" if action == "helping.confirm_claim" else "enrolment",
        object_id=object_id,
        on_behalf_of=mandate.person_id,
        detail={"mandate": str(mandate.id)} | ({"evidence": evidence} if evidence else {}),
    )
    session.flush()
