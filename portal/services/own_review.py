"""What keeps an enrolment under review, and where its person can answer it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.services import eligibility
from portal.services.enrolment_cards import own_card
from portal.services.own_check import PLACES


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """What one rule leaves open, in a sentence; ``href`` is where the person can state the fact
    behind it, empty where only an officer can find it out."""

    message: str
    href: str


def open_points(
    session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime
) -> tuple[OpenPoint, ...]:
    """What the rules leave open by now about an enrolment of the actor's own. Raises NotFound.

    They are asked anew: what was stated since the enrolment is no longer open.
    """
    actor.require(Permission.ENROL)
    enrolment = own_card(session, actor, enrolment_id, now).Enrolment
    judged = eligibility.decide(
        session,
        person_id=enrolment.person_id,
        class_id=enrolment.class_id,
        enrolment_id=enrolment_id,
        now=now,
    )
    answers = eligibility.view(judged, enrolment.class_id).answers
    return tuple(
        OpenPoint(one.message, PLACES.get(one.kind, "") if one.outcome == "unknown" else "")
        for one in answers
        if one.outcome != "pass"
    )
