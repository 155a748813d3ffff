"""The working day of an institution's staff: today's sessions, open sheets, classes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import rosters_scope
from portal.services.attendance import SessionCard, today_sessions
from portal.services.teaching_classes import OwnClass, own_classes
from portal.services.times import clock_text, day_of, day_text, moment_text
from portal.state.base import PageState, handler
from portal.state.texts import date_text

_SESSION_TONES = {"running": "info", "to_confirm": "warn", "confirmed": "good"}
_STAGE_TONES = {"over": "warn", "running": "info", "closed": "good", "cancelled": "bad"}

# So many coming sessions stand open; the rest is folded, or the classes below are never seen.
SOON = 5

# A lesson counts as due so long before its next window opens: time enough to find the projector.
_DUE_BEFORE = timedelta(hours=1)
# Somebody who answers for the whole institution has many at once; their own come first.
_MOST_DUE = 3


@dataclass(frozen=True)
class SessionRow:
    """A session in a list. ``screen_open``: scans count now; ``window`` says so in words, or when
    they will."""

    key: str
    title: str
    when: str
    place: str
    present: int
    roster: int
    status: str
    tone: str
    is_ahead: bool
    window: str
    screen_open: bool
    screen: str
    scan: str
    sheet: str


@dataclass(frozen=True)
class ClassRow:
    """A class in a list."""

    key: str
    title: str
    facts: str
    seats: str
    stage: str
    tone: str
    sheets: str
    href: str


def session_row(card: SessionCard, *, with_day: bool = False) -> SessionRow:
    """A session as its card shows it; ``with_day`` where the day is not today."""
    clock = t("teach.span", start=clock_text(card.starts_at), end=clock_text(card.ends_at))
    path = f"/teach/sessions/{card.session_id}"
    return SessionRow(
        key=str(card.session_id),
        title=t("teach.session_title", title=card.class_title, n=card.seq_no),
        when=card.when if with_day else clock,
        place=" · ".join(part for part in (card.room, card.topic) if part),
        present=card.present_count,
        roster=card.roster_count,
        status=t(f"sheet.status_{card.status}"),
        tone=_SESSION_TONES.get(card.status, "plain"),
        is_ahead=card.status == "upcoming",
        window=_window(card.phase, card.opens_at, with_day=with_day),
        screen_open=card.phase is not None,
        screen=f"{path}/screen",
        scan=f"{path}/scan",
        sheet=path,
    )


def is_due(card: SessionCard, now: datetime) -> bool:
    """Whether a session takes scans now, or will within the hour."""
    if card.phase is not None:
        return True
    return card.opens_at is not None and card.opens_at - now <= _DUE_BEFORE


def _window(phase: str | None, opens_at: datetime | None, *, with_day: bool) -> str:
    """Which window is open, or when the next one opens."""
    if phase is not None:
        return t(f"teach.window_{phase}")
    if opens_at is None:
        return ""
    return t("teach.window_at", when=(moment_text if with_day else clock_text)(opens_at))


def class_row(of: OwnClass) -> ClassRow:
    """A class as its card shows it."""
    days = t("teach.days", starts=date_text(of.starts_on), ends=date_text(of.ends_on))
    sheets = t("teach.open_sheets", count=of.open_sheets) if of.open_sheets else ""
    return ClassRow(
        key=str(of.class_id),
        title=of.title,
        facts=days,
        seats=t("teach.seats", taken=of.seats_taken, capacity=of.capacity),
        stage=t(f"teach.stage_{of.stage}"),
        tone=_STAGE_TONES.get(of.stage, "plain"),
        sheets=sheets if of.stage not in ("closed", "cancelled") else "",
        href=f"/teach/classes/{of.class_id}",
    )


class TeachState(PageState, rx.State):
    """What to do today; asked anew when the page opens or is refreshed by hand. ``due``: the
    lessons that take scans now or soon; ``today``: the others of the day."""

    day: str = ""
    due: list[SessionRow] = []
    today: list[SessionRow] = []
    unconfirmed: list[SessionRow] = []
    unconfirmed_label: str = ""
    upcoming: list[SessionRow] = []
    later: list[SessionRow] = []
    later_label: str = ""
    classes: list[ClassRow] = []
    # Only those who answer for the institution send rosters.
    may_send: bool = False

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Load the day and the classes."""
        self.status = "loading"
        now = self._now()
        found = await self._run(today_sessions, now=now)
        own = await self._run(own_classes, now=now)
        self.day = day_text(day_of(now))
        due = [card for card in found.today if is_due(card, now)][:_MOST_DUE]
        self.due = [session_row(card) for card in due]
        self.today = [session_row(card) for card in found.today if card not in due]
        self.unconfirmed = [session_row(card, with_day=True) for card in found.unconfirmed]
        self.unconfirmed_label = t("teach.unconfirmed_count", count=len(self.unconfirmed))
        coming = [session_row(card, with_day=True) for card in found.upcoming]
        self.upcoming, self.later = coming[:SOON], coming[SOON:]
        self.later_label = t("teach.later", count=len(self.later))
        self.classes = [class_row(one) for one in own]
        self.may_send = await self._run(rosters_scope.may_send)
