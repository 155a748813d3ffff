"""An offer as its person sees it: what is kept for them, until when, and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Enrolment
from portal.domain.permissions import Actor, Permission
from portal.services.enrolment_cards import own_card

State = Literal[
    "open", "waiting", "accepted", "needs_review", "declined", "expired", "rejected", "over"
]
_STATES: dict[str, State] = {
    "waitlisted": "waiting",
    "accepted": "accepted",
    "active": "accepted",
    "needs_review": "needs_review",
    "withdrawn": "declined",
    "expired": "expired",
    "rejected": "rejected",
}


@dataclass(frozen=True, slots=True)
class OfferView:
    """What stands behind ``/offers/[enrolment_id]``, whatever became of it.

    ``until`` and ``seconds_left`` belong to an open offer; ``why`` says how it ended.
    """

    enrolment_id: UUID
    class_id: UUID
    state: State
    title: str
    institution_name: str
    contact_phone: str
    place: str
    starts_on: date
    first_meeting: datetime | None
    until: datetime | None
    seconds_left: int
    review_due_on: date | None
    why: str


def my_offer(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> OfferView:
    """The person's own offer, or the state of the enrolment it was about. Raises NotFound."""
    actor.require(Permission.ENROL)
    row = own_card(session, actor, enrolment_id, now)
    enrolment, of = row.Enrolment, row.TrainingClass
    until: datetime | None = row.offer_until
    is_open = until is not None and now < until
    return OfferView(
        enrolment_id=enrolment.id,
        class_id=of.id,
        state=_state(enrolment, is_open=is_open),
        title=of.title,
        institution_name=row.institution_name,
        contact_phone=row.contact_phone,
        place=" ".join(part for part in (of.address, of.site) if part),
        starts_on=of.starts_on,
        first_meeting=row.first_meeting,
        until=until if is_open else None,
        seconds_left=int((until - now).total_seconds()) if until and is_open else 0,
        review_due_on=enrolment.review_due_on,
        why=enrolment.end_reason or "",
    )


def _state(enrolment: Enrolment, *, is_open: bool) -> State:
    """An offer whose time is over is gone, even before the portal has come round to it."""
    if enrolment.status == "offered":
        return "open" if is_open else "expired"
    return _STATES.get(enrolment.status, "over")
