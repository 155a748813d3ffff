"""Complaints at the office: the list, and one with all that may be done about it."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.domain.receipt import spaced
from portal.locale import t
from portal.policies.regions import regions
from portal.services.casework import choosing, complaint_desk
from portal.services.casework.complaint_desk import ComplaintRow, ComplaintView
from portal.services.times import day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.casework_rows import Choice, Entry, FileCard, Narrow, narrowed
from portal.state.deadlines import due_text
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of
from portal.state.pager import page_number, pager

_HOME = "/admin/complaints"
_TONES = {"sent": "warn", "accepted": "info", "asked": "plain", "answered": "good"}
P = Permission


def complaint_card(row: ComplaintRow, today: date) -> FileCard:
    """A complaint in the list."""
    runs = row.state in ("sent", "accepted")
    kind = t(f"complaints.kind.{row.kind}")
    again = [t("complaints.again")] if row.again else []
    sent = t("complaints.sent_at", time=moment_text(row.sent_at))
    return FileCard(
        href=f"{_HOME}/{row.complaint_id}",
        title=f"{kind} · {row.about}" if row.about else kind,
        lines=[f"{spaced(row.receipt)} · {row.region}", sent, *again],
        tone="bad" if row.late else _TONES.get(row.state, "plain"),
        word=t(f"complaints.state.{row.state}"),
        due=due_text(row.due_on, today) if runs else "",
        is_late=row.late,
    )


class ComplaintsState(PageState, rx.State):
    """The list as the address narrows it."""

    cards: list[FileCard] = []
    narrow: list[Narrow] = []
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """List them, the most urgent first."""
        forget(self)
        query, now = self.router.url.query, self._now()
        show = query_value(query, "show") or "open"
        page = page_number(query_value(query, "page"))
        found = await self._run(complaint_desk.listed, show=show, page=page, now=now)
        self.cards = [complaint_card(row, day_of(now)) for row in found.items]
        self.narrow = narrowed(complaint_desk.SHOWS, show, _HOME, "complaints.show")
        ways = pager(
            lambda n: f"{_HOME}?{urlencode({'show': show, 'page': n})}",
            page=found.page, size=found.size, total=found.total,
        )  # fmt: skip
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text


class ComplaintState(PageState, rx.State):
    """One complaint; every act reads it anew."""

    card: FileCard = FileCard("", "", [], "plain", "")
    step: str = ""
    text: str = ""
    who: str = ""
    has_contact: bool = False
    contact_name: str = ""
    contact_phone: str = ""
    photo: str = ""
    institution: str = ""
    institutions: list[Choice] = []
    case_href: str = ""
    case_no: str = ""
    new_case: str = ""
    said: list[Entry] = []
    judged: str = ""
    places: list[Choice] = []
    done: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """Read the complaint that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(P.HANDLE_CASES)
    async def take(self, form: dict[str, object]) -> None:
        """Take it up."""
        note = text_of(form, "note")
        await self._run(complaint_desk.take, complaint_id=self._id(), note=note, now=self._now())
        await self._read(t("complaints.done.take"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def ask(self, form: dict[str, object]) -> None:
        """Ask the complainant."""
        text = text_of(form, "text")
        await self._run(
            complaint_desk.ask_back, complaint_id=self._id(), text=text, now=self._now()
        )
        await self._read(t("complaints.done.ask"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def answer(self, form: dict[str, object]) -> None:
        """Answer it."""
        text = text_of(form, "text")
        await self._run(complaint_desk.answer, complaint_id=self._id(), text=text, now=self._now())
        await self._read(t("complaints.done.answer"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def forward(self, form: dict[str, object]) -> None:
        """Pass it on; then it is another office's."""
        await self._run(
            complaint_desk.forward,
            complaint_id=self._id(),
            region_code=text_of(form, "region"),
            why=text_of(form, "reason"),
            now=self._now(),
        )
        self.step, self.done = "gone", t("complaints.done.forward")

    @rx.event
    @handler(P.HANDLE_CASES)
    async def name_institution(self, form: dict[str, object]) -> None:
        """Say which institution it is about."""
        await self._run(
            complaint_desk.name_institution,
            complaint_id=self._id(),
            institution_id=parse_id(text_of(form, "institution"), "institution"),
            now=self._now(),
        )
        await self._read(t("complaints.done.institution"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def reveal(self, form: dict[str, object]) -> None:
        """Show who complained, for a reason."""
        found = await self._run(
            complaint_desk.contact,
            complaint_id=self._id(),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        nothing = t("complaints.not_given")
        self.contact_name, self.contact_phone = found.name or nothing, found.phone or nothing

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "complaint_id")

    async def _read(self, done: str = "") -> None:
        now = self._now()
        found = await self._run(complaint_desk.complaint, complaint_id=self._id(), now=now)
        rows = await self._run(choosing.institutions)
        self.institutions = [Choice(str(key), name) for key, name in rows]
        self.places = [Choice(one.code, one.name) for one in regions()]
        self._show(found, day_of(now))
        self.done = done

    def _show(self, found: ComplaintView, today: date) -> None:
        self.card = complaint_card(found.row, today)
        self.step, self.text = found.row.state, found.text
        self.who = found.name or t("complaints.anonymous")
        self.has_contact = bool(found.name) or found.has_phone
        key = found.row.complaint_id
        self.photo = f"{_HOME}/{key}/photo" if found.has_photo else ""
        self.institution, self.case_no = found.institution, found.case_no
        self.case_href = f"/admin/cases/{found.case_id}" if found.case_id else ""
        may_open = found.institution_id is not None and not found.case_id
        address = urlencode({"source": "complaint", "id": str(key)})
        self.new_case = f"/admin/cases?{address}" if may_open else ""
        self.said = [
            Entry("", f"{t(f'complaints.said.{one.kind}')} · {moment_text(one.at)}", [one.text])
            for one in found.said
        ]
        self.judged = (
            "" if found.satisfied is None else t(f"complaints.judged_{found.satisfied}".lower())
        )
