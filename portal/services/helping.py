"""What a helper sees: the people who gave a mandate, and of each what there is to do.

Never the archive, the subsidies, or what the person told others: open enrolments, wishes,
questions that wait for an answer, and what this helper filled in. Every reading leaves a row.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine, Enrolment, Mandate, Person, SeatOffer
from portal.db.models.classes import OPEN
from portal.db.vault import get_vault
from portal.domain.mandate import State
from portal.domain.masking import mask_id_no, mask_name, mask_phone
from portal.domain.permissions import Actor, Permission
from portal.services import audit, helping_facts, mandate_rows, mandates, needs
from portal.services.claims import answers, rows
from portal.services.claims.answers import Question
from portal.services.enrolment_cards import EnrolmentCard, card, cards
from portal.services.need_terms import region_text
from portal.services.needs import NeedView
from portal.services.one_person import same_person

_WAITING = ("asked", "no_answer")


@dataclass(frozen=True, slots=True)
class HelpedCard:
    """Somebody in the helper's list. ``state`` is asked or open; ``open_seats`` counts places
    that are not over, ``to_answer`` what waits for the person's word: offers and questions."""

    mandate_id: UUID
    name_masked: str
    state: State
    until: date
    open_seats: int
    to_answer: int


@dataclass(frozen=True, slots=True)
class Helped:
    """The helper's people. Of those whose mandate ran out only the number is told;
    ``left_today`` is how many more can be registered."""

    people: tuple[HelpedCard, ...]
    run_out: int
    left_today: int


@dataclass(frozen=True, slots=True)
class HelpedPerson:
    """Somebody whom the helper may act for now. Empty strings for what is not held.

    ``stated`` is what this helper filled in for the person, and nothing that anybody else did.
    """

    mandate_id: UUID
    name: str
    id_no_masked: str
    phone_masked: str
    region_code: str
    residence: str
    evidence: str
    witness: str
    since: date
    until: date
    seats: tuple[EnrolmentCard, ...]
    questions: tuple[Question, ...]
    needs: tuple[NeedView, ...]
    stated: tuple[str, ...]


def my_people(session: Session, actor: Actor, *, now: datetime) -> Helped:
    """Everybody who gave the helper a mandate, or is asked for one."""
    actor.require(Permission.HELP_OTHERS)
    found = session.execute(
        select(
            Mandate,
            Person.name,
            _open_seats().label("open_seats"),
            (_offers(now) + _questions()).label("to_answer"),
        )
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.helper_account_id == actor.the_account(), Mandate.revoked_at.is_(None))
        .order_by(Mandate.created_at.desc())
    ).all()
    states = [(row, mandate_rows.state_at(row.Mandate, now)) for row in found]
    shown = [_card(row, state) for row, state in states if state in ("asked", "open")]
    # Whoever waits for an answer first, then the latest.
    shown.sort(key=lambda one: one.to_answer == 0)
    return Helped(tuple(shown), len(states) - len(shown), mandates.left_today(session, actor, now))


def person(session: Session, actor: Actor, *, mandate_id: UUID, now: datetime) -> HelpedPerson:
    """One of them with all that there is to do. Raises NotFound once the mandate is over."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    who = session.get_one(Person, mandate.person_id)
    audit.record(
        session,
        actor,
        "helping.read",
        now=now,
        object_type="mandate",
        object_id=mandate.id,
        on_behalf_of=who.id,
        fields_read=["name", "id_no", "phone", "enrolments", "needs"],
    )
    return _person(session, mandate, who, now)


def asked_name(session: Session, actor: Actor, *, mandate_id: UUID, now: datetime) -> str:
    """The masked name of somebody who has not confirmed yet; empty when there is no such one."""
    actor.require(Permission.HELP_OTHERS)
    row = session.execute(
        select(Mandate, Person.name)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.id == mandate_id, Mandate.helper_account_id == actor.the_account())
    ).one_or_none()
    if row is None or mandate_rows.state_at(row.Mandate, now) != "asked":
        return ""
    return mask_name(row.name)


def _person(session: Session, mandate: Mandate, who: Person, now: datetime) -> HelpedPerson:
    vault = get_vault()
    phone = vault.open("phone", who.phone_enc) if who.phone_enc else ""
    return HelpedPerson(
        mandate_id=mandate.id,
        name=who.name,
        id_no_masked=mask_id_no(vault.open("id_no", who.id_no_enc)),
        phone_masked=mask_phone(phone) if phone else "",
        region_code=who.residence_region or "",
        residence=region_text(who.residence_region) if who.residence_region else "",
        evidence=mandate.evidence,
        witness=mandate.witness_name or "",
        since=mandate.granted_on,
        until=mandate.expires_on,
        seats=_seats(session, who.id, now),
        questions=_asked(session, who.id, now),
        needs=needs.needs_of(session, who.id),
        stated=helping_facts.stated_by(session, mandate),
    )


def _seats(session: Session, person_id: UUID, now: datetime) -> tuple[EnrolmentCard, ...]:
    """Places that are not over; what ended belongs to the archive."""
    query = cards(now).where(
        same_person(Enrolment.person_id, person_id), Enrolment.status.in_(OPEN)
    )
    found = session.execute(query.order_by(Enrolment.created_at.desc()))
    return tuple(card(row, now) for row in found)


def _asked(session: Session, person_id: UUID, now: datetime) -> tuple[Question, ...]:
    """Questions about money in the person's name that still wait for an answer."""
    query = select(ClaimLine.id).where(
        same_person(ClaimLine.person_id, person_id), ClaimLine.state.in_(_WAITING)
    )
    found = [
        answers.view(session, rows.of_line(session, line_id, now=now), line_id)
        for line_id in session.scalars(query.order_by(ClaimLine.asked_at)).all()
    ]
    return tuple(one for one in found if one.can_answer)


def _card(row: Any, state: State) -> HelpedCard:
    # Before the person said yes, nothing is told but that they are asked.
    told = state == "open"
    return HelpedCard(
        mandate_id=row.Mandate.id,
        name_masked=mask_name(row.name),
        state=state,
        until=row.Mandate.expires_on,
        open_seats=row.open_seats if told else 0,
        to_answer=row.to_answer if told else 0,
    )


def _open_seats() -> Any:
    query = select(func.count()).where(
        same_person(Enrolment.person_id, Mandate.person_id), Enrolment.status.in_(OPEN)
    )
    return query.correlate(Mandate).scalar_subquery()


def _offers(now: datetime) -> Any:
    query = (
        select(func.count())
        .select_from(SeatOffer)
        .join(Enrolment, Enrolment.id == SeatOffer.enrolment_id)
        .where(
            same_person(Enrolment.person_id, Mandate.person_id),
            SeatOffer.state == "open",
            SeatOffer.expires_at > now,
        )
    )
    return query.correlate(Mandate).scalar_subquery()


def _questions() -> Any:
    query = select(func.count()).where(
        same_person(ClaimLine.person_id, Mandate.person_id), ClaimLine.state.in_(_WAITING)
    )
    return query.correlate(Mandate).scalar_subquery()
