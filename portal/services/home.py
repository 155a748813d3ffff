"""What the home page shows: one question, so that a phone waits for one answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.services import times
from portal.services.catalogue import QuickChoice, quick_choices
from portal.services.enrolment_cards import LIVE_STATES, EnrolmentCard
from portal.services.offer_page import OfferHint, open_offer
from portal.services.own_enrolments import my_enrolments
from portal.services.own_sessions import OwnMeeting, today

Audience = Literal[
    "guest",
    "trainee",
    "teacher",
    "employer",
    "helper",
    "authority",
    "reviewer",
    "accounts",
    "security",
]
# Nobody attends more classes at once.
_CLASSES = 3


@dataclass(frozen=True, slots=True)
class HomeView:
    """``audience`` is who looks; ``date`` is today in words; ``offer`` is a seat to be
    confirmed. The rest is empty for the others."""

    audience: Audience
    name: str
    date: str
    choices: tuple[QuickChoice, ...]
    meetings: tuple[OwnMeeting, ...]
    classes: tuple[EnrolmentCard, ...]
    offer: OfferHint | None = None


def home(session: Session, actor: Actor, *, now: datetime) -> HomeView:
    """The home page for whoever opens it."""
    audience = _audience(actor)
    own = audience == "trainee"
    mine = my_enrolments(session, actor, now=now, size=_CLASSES).items if own else ()
    return HomeView(
        audience=audience,
        name=actor.name,
        date=times.day_text(times.day_of(now)),
        choices=quick_choices(session, actor, now=now),
        meetings=today(session, actor, now=now) if own else (),
        classes=tuple(card for card in mine if card.status in LIVE_STATES),
        offer=open_offer(session, actor, now=now) if own else None,
    )


def _audience(actor: Actor) -> Audience:
    if not actor.is_signed_in:
        return "guest"
    if actor.may(Permission.CHECK_IN):
        return "trainee"
    if actor.may(Permission.RUN_SESSION):
        return "teacher"
    if actor.may(Permission.HELP_OTHERS):
        return "helper"
    if actor.may(Permission.SUBMIT_ROSTER):
        return "employer"
    if actor.may(Permission.SEE_SAMPLE):
        return "reviewer"
    if actor.may(Permission.KEEP_ACCOUNTS):
        return "accounts"
    return "security" if actor.may(Permission.KEEP_SECURITY) else "authority"
