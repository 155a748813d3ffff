"""My enrolments: the list, one of them with its sessions, and leaving a class."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import appeals, own_enrolments
from portal.services.enrolment_cards import LIVE_STATES, OPEN_STATES, EnrolmentCard
from portal.services.offer_page import OfferHint
from portal.services.own_enrolments import EnrolmentDetail
from portal.services.own_hours import own_hours
from portal.services.own_review import OpenPoint, open_points
from portal.services.swaps import swaps
from portal.services.times import day_of, day_text, moment_text, span_text
from portal.services.waiting_list import my_place
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, text_of
from portal.state.own_records import HoursNote, RecordRow, hours_note, record_row
from portal.state.texts import date_text, span_of_days
from portal.state.waiting import OfferNote, PlaceRow, SwapRow, offer_note, place_row, swap_row

_PAGE = 20
_MOST = 100
_NEAR = 4
_TONES = {
    "enrolled": "info",
    "learning": "good",
    "completed": "good",
    "failed": "warn",
    "withdrawn": "plain",
    "removed": "bad",
    "cancelled": "bad",
    "waitlisted": "info",
    "offered": "warn",
    "needs_review": "info",
    "rejected": "bad",
    "expired": "warn",
}


@dataclass(frozen=True)
class EnrolmentRow:
    """A card of the list."""

    href: str = ""
    title: str = ""
    institution: str = ""
    status: str = ""
    tone: str = "plain"
    dates: str = ""
    next_meeting: str = ""
    # What is next for whoever waits: for a seat, for an answer of theirs, for an officer.
    pending: str = ""
    is_live: bool = False
    # The class does not take place.
    is_off: bool = False
    hours: int = 0
    planned: int = 0
    progress: str = ""


def enrolment_row(card: EnrolmentCard, now: datetime) -> EnrolmentRow:
    """An enrolment as its card shows it."""
    word = _status(card, day_of(now))
    next_meeting = ""
    if card.next_starts_at and card.next_ends_at and word != "cancelled":
        when = span_text(card.next_starts_at, card.next_ends_at)
        next_meeting = t("trainee.enrolments.next", when=when, room=card.next_room or card.site)
    return EnrolmentRow(
        href=f"/me/enrolments/{card.id}",
        title=card.title,
        institution=card.institution_name,
        status=t(f"trainee.enrolments.status.{word}"),
        tone=_TONES[word],
        dates=span_of_days(card.starts_on, card.ends_on),
        next_meeting=next_meeting,
        pending=_pending(card, word),
        is_live=word in ("enrolled", "learning"),
        is_off=word == "cancelled",
        hours=card.hours_credited,
        planned=card.hours_planned,
        progress=t(
            "trainee.enrolments.progress", planned=card.hours_planned, hours=card.hours_credited
        ),
    )


def _status(card: EnrolmentCard, today: date) -> str:
    if card.class_status == "cancelled" and card.status in (*OPEN_STATES, "removed"):
        return "cancelled"
    if card.status not in OPEN_STATES:
        return card.status
    if card.status not in LIVE_STATES:
        return card.status
    return "learning" if card.starts_on <= today else "enrolled"


def _pending(card: EnrolmentCard, word: str) -> str:
    """The place in line, until when to confirm, or by when an officer answers."""
    if word == "waitlisted" and card.waitlist_position:
        return t("trainee.enrolments.place", position=card.waitlist_position)
    if word == "offered" and card.offer_until:
        return t("trainee.enrolments.offer_until", when=moment_text(card.offer_until))
    if word == "needs_review" and card.review_due_on:
        return t("trainee.enrolments.review_due", day=day_text(card.review_due_on))
    return ""


def _standing(card: EnrolmentCard, today: date) -> str:
    """What the enrolment waits for; why it is over, and what that means."""
    word = _status(card, today)
    part = "open" if word in OPEN_STATES else "ended"
    return t(f"trainee.enrolment.{part}.{word}")


class EnrolmentsState(PageState, rx.State):
    """The list, live ones first."""

    rows: list[EnrolmentRow] = []
    has_more: bool = False
    _size: int = _PAGE

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load the beginning of the list."""
        forget(self)
        await self._show(_PAGE)

    @rx.event
    @handler(Permission.ENROL)
    async def more(self) -> None:
        """Show twenty more."""
        await self._show(min(self._size + _PAGE, _MOST))

    async def _show(self, size: int) -> None:
        now = self._now()
        page = await self._run(own_enrolments.my_enrolments, now=now, size=size)
        self._size = size
        self.rows = [enrolment_row(card, now) for card in page.items]
        self.has_more = len(page.items) < min(page.total, _MOST)


class EnrolmentState(PageState, rx.State):
    """One enrolment. Its id comes from the address of the page."""

    row: EnrolmentRow = EnrolmentRow()
    waiting: PlaceRow = PlaceRow()
    swaps: list[SwapRow] = []
    offer: OfferNote = OfferNote()
    class_href: str = ""
    place: str = ""
    phone: str = ""
    signed: str = ""
    hours: HoursNote = HoursNote()
    # How theory and practice stand, where something is asked of them alone.
    parts: list[str] = []
    ended: str = ""
    why: str = ""
    # What an officer has to find out, and until when; a point may be answered by oneself.
    review_due: str = ""
    points: list[OpenPoint] = []
    # Those next to today stand open, the others are one tap below.
    coming: list[RecordRow] = []
    later: list[RecordRow] = []
    later_label: str = ""
    past: list[RecordRow] = []
    earlier: list[RecordRow] = []
    earlier_label: str = ""
    has_no_sessions: bool = False
    can_cancel: bool = False
    can_scan: bool = False
    done: str = ""
    # What became of a tap on one of the sessions.
    told: str = ""

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load the enrolment of the address."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.CHECK_IN)
    async def appeal(self, session_id: object, kind: object) -> None:
        """Have a record checked, in one tap."""
        self.told = ""
        await self._run(
            appeals.appeal,
            session_id=parse_id(session_id, "session_id"),
            enrolment_id=self._route_id(),
            kind=clean(kind),
            now=self._now(),
        )
        await self._show()
        self.told = t("appeals.own.sent")

    @rx.event
    @handler(Permission.CHECK_IN)
    async def explain_appeal(self, form: dict[str, object]) -> None:
        """Say something to an appeal that waits."""
        self.told = ""
        await self._run(
            appeals.explain,
            appeal_id=parse_id(text_of(form, "appeal_id"), "appeal_id"),
            note=text_of(form, "note"),
            now=self._now(),
        )
        await self._show()
        self.told = t("appeals.own.noted")

    @rx.event
    @handler(Permission.CHECK_IN)
    async def withdraw_appeal(self, appeal_id: object) -> None:
        """Take an appeal back."""
        self.told = ""
        wanted = parse_id(appeal_id, "appeal_id")
        await self._run(appeals.withdraw, appeal_id=wanted, now=self._now())
        await self._show()
        self.told = t("appeals.own.withdrawn")

    @rx.event
    @handler(Permission.ENROL)
    async def cancel(self) -> None:
        """Leave the class of the address."""
        now = self._now()
        await self._run(own_enrolments.cancel, enrolment_id=self._route_id(), now=now)
        await self._show()
        key = "waiting.left" if self.waiting.place else "trainee.enrolment.cancelled"
        self.waiting, self.swaps, self.offer = PlaceRow(), [], OfferNote()
        # Said once, where the button was pressed.
        self.ended, self.done = "", t(key)

    def _route_id(self) -> UUID:
        return parse_id(self.router.url.path.rstrip("/").rsplit("/", 1)[-1], "enrolment_id")

    async def _show(self) -> None:
        now = self._now()
        enrolment_id = self._route_id()
        detail = await self._run(own_enrolments.my_enrolment, enrolment_id=enrolment_id, now=now)
        card = detail.card
        self.row = enrolment_row(card, now)
        self.class_href = f"/classes/{card.class_id}"
        self.place = " ".join(part for part in (card.address, card.site) if part)
        self.phone = detail.contact_phone
        self.signed = date_text(day_of(detail.signed_at)) if detail.signed_at else ""
        self.hours, self.told = HoursNote(), ""
        if self.row.is_live:
            mine = await self._run(own_hours, enrolment_id=enrolment_id, now=now)
            self.hours = hours_note(mine)
        self.parts = list(detail.parts)
        self.ended = "" if self.row.is_live else _standing(card, day_of(now))
        # Some reasons are words of the portal's own, of no use to a reader.
        told = self.row.is_off or card.status in ("rejected", "expired")
        told = told and not card.why.isascii()
        self.why = card.why if told else ""
        # An offer is declined where it is accepted.
        self.can_cancel = card.can_cancel and card.status != "offered"
        self._show_sessions(detail, now)
        self.review_due, self.points = "", []
        if card.status == "needs_review":
            found = await self._run(open_points, enrolment_id=enrolment_id, now=now)
            self.review_due, self.points = self.row.pending, list(found)
        await self._show_elsewhere(card, now)
        if card.status == "offered" and card.offer_until and card.offer_until > now:
            self.offer = offer_note(OfferHint(card.id, card.title, card.offer_until))

    async def _show_elsewhere(self, card: EnrolmentCard, now: datetime) -> None:
        """Where to go instead: for who waits, and for who was in a class that is called off."""
        if self.row.is_off:
            found = await self._run(swaps, enrolment_id=card.id, now=now)
            self.swaps = [swap_row(swap, f"/classes/{swap.class_id}") for swap in found]
        elif card.status == "waitlisted":
            place = await self._run(my_place, enrolment_id=card.id, now=now)
            self.waiting = place_row(place)
            self.swaps = [
                swap_row(swap, f"/offers/{card.id}/swap/{swap.class_id}") for swap in place.swaps
            ]

    def _show_sessions(self, detail: EnrolmentDetail, now: datetime) -> None:
        """What is still to come while I belong to the class; what is over, latest first."""
        is_over = [meeting.phase is None and meeting.ends_at <= now for meeting in detail.sessions]
        rows = [record_row(meeting, now) for meeting in detail.sessions]
        coming = [row for row, over in zip(rows, is_over, strict=True) if not over]
        coming = coming if self.row.is_live else []
        past = [row for row, over in zip(rows, is_over, strict=True) if over][::-1]
        self.coming, self.later = coming[:_NEAR], coming[_NEAR:]
        self.past, self.earlier = past[:_NEAR], past[_NEAR:]
        self.later_label = t("trainee.enrolment.later", count=len(self.later))
        self.earlier_label = t("trainee.enrolment.earlier", count=len(self.earlier))
        self.has_no_sessions = not rows
        self.can_scan = self.row.is_live and any(row.meeting.can_scan for row in rows)
