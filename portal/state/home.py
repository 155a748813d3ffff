"""The home page's state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.catalogue import QuickChoice
from portal.services.enrolment_cards import EnrolmentCard
from portal.services.home import home
from portal.services.own_sessions import OwnMeeting
from portal.state.base import PageState, handler
from portal.state.meetings import MeetingRow, meeting_row
from portal.state.waiting import OfferNote, offer_note

# A day of many short sessions must not push everything else off the page.
_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A chip that leads straight to a list of classes."""

    label: str
    count: str
    href: str


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """Hours of one class so far, in 课时."""

    title: str
    text: str
    credited: int
    planned: int
    href: str


class HomeState(PageState, rx.State):
    """What home shows to whoever opens it; ``audience`` is what the page branches on."""

    audience: str = "guest"
    greeting: str = ""
    date: str = ""
    trades: list[Shortcut] = []
    regions: list[Shortcut] = []
    meetings: list[MeetingRow] = []
    # One of them takes this person's scan now.
    at_the_door: bool = False
    later: str = ""
    progress: list[ProgressRow] = []
    offer: OfferNote = OfferNote()

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Load what concerns the visitor."""
        now = self._now()
        view = await self._run(home, now=now)
        self.audience = view.audience
        self.greeting = t("public.home.greeting", name=view.name) if view.name else ""
        self.date = view.date
        self.trades = [_shortcut(c) for c in view.choices if c.kind == "occupation"]
        self.regions = [_shortcut(c) for c in view.choices if c.kind in ("region", "soon")]
        rows = [meeting_row(meeting, now) for meeting in _next_first(view.meetings, now)]
        self.meetings = rows[:_SHOWN]
        self.at_the_door = any(row.can_scan for row in self.meetings)
        self.later = t("public.home.later", count=len(rows)) if len(rows) > _SHOWN else ""
        self.progress = [_progress(card) for card in view.classes]
        self.offer = offer_note(view.offer)


def _shortcut(choice: QuickChoice) -> Shortcut:
    return Shortcut(choice.label, str(choice.count), f"/classes?{choice.query}")


def _next_first(meetings: Iterable[OwnMeeting], now: datetime) -> list[OwnMeeting]:
    """What can be scanned now, then what is to come, then what is over."""
    return sorted(meetings, key=lambda one: (one.phase is None, one.ends_at < now, one.starts_at))


def _progress(card: EnrolmentCard) -> ProgressRow:
    return ProgressRow(
        title=card.title,
        text=t("public.home.hours", done=card.hours_credited, planned=card.hours_planned),
        credited=card.hours_credited,
        planned=max(card.hours_planned, 1),
        href=f"/me/enrolments/{card.id}",
    )
