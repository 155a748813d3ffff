"""Unannounced inspections: which lesson is going on, the count, what it was compared with."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import inspection_views, inspections
from portal.services.inspection_views import InspectionRow, InspectionView, RunningSession
from portal.services.times import moment_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of
from portal.state.pager import page_number, pager

_HOME = "/admin/inspections"
_TONES = {"red": "bad", "yellow": "warn", "none": "good"}


@dataclass(frozen=True)
class LessonCard:
    """A lesson that is going on."""

    key: str
    title: str
    institution: str
    place: str
    when: str
    class_no: str
    begun: bool


@dataclass(frozen=True)
class PastCard:
    """A counted inspection."""

    href: str
    title: str
    institution: str
    when: str
    result: str
    tone: str
    card: str


def lesson_card(row: RunningSession) -> LessonCard:
    """A running lesson as its card shows it."""
    return LessonCard(
        key=str(row.session_id),
        title=row.title,
        institution=row.institution_name,
        place=row.place,
        when=row.when,
        class_no=row.class_no,
        begun=row.begun is not None,
    )


def past_card(row: InspectionRow) -> PastCard:
    """A counted inspection as its card shows it."""
    return PastCard(
        href=f"{_HOME}/{row.inspection_id}",
        title=row.title,
        institution=row.institution_name,
        when=row.when,
        result=t("inspection.counted", heads=row.heads, sheet=row.sheet_count),
        tone=_TONES[row.card],
        card=t(f"inspection.card_{row.card}"),
    )


class InspectionsState(PageState, rx.State):
    """What goes on in the region now, and what was inspected before."""

    lessons: list[LessonCard] = []
    can_inspect: bool = False
    words: str = ""
    cards: list[PastCard] = []
    past_title: str = ""
    one_institution: bool = False
    previous: str = ""
    next: str = ""
    place: str = ""

    # Officers and auditors share the page; only officers go to the door.
    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show what the address names: words to search by, an institution, a page."""
        forget(self)
        query, now = self.router.url.query, self._now()
        raw = query_value(query, "institution")
        of = parse_id(raw, "institution") if raw else None
        page = page_number(query_value(query, "page"))
        found = await self._run(inspection_views.past, institution_id=of, page=page, now=now)
        self.cards = [past_card(row) for row in found.items]
        self.one_institution = of is not None
        names = {row.institution_name for row in found.items} if of else set()
        self.past_title = t("inspection.past")
        if names:
            self.past_title = t("inspection.past_of", institution=names.pop())
        here = {"institution": str(of)} if of else {}
        ways = pager(
            lambda n: f"{_HOME}?{urlencode({**here, 'page': n})}",
            page=found.page,
            size=found.size,
            total=found.total,
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text
        self.words = query_value(query, "q")[:40]
        await self._running()

    async def _running(self) -> None:
        """The lessons, for officers; an auditor has none to go to."""
        self.can_inspect = await self._run(inspections.may_inspect)
        if self.can_inspect:
            rows = await self._run(inspections.running, q=self.words, now=self._now())
            self.lessons = [lesson_card(row) for row in rows]

    @rx.event
    @handler(Permission.SUPERVISE)
    async def find(self, form: dict[str, object]) -> Any:
        """Search among the running lessons."""
        words = text_of(form, "q")[:40]
        return rx.redirect(f"{_HOME}?{urlencode({'q': words})}" if words else _HOME)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def begin(self, key: str) -> Any:
        """Open an inspection, or go on with one's own."""
        wanted = parse_id(clean(key), "session_id")
        made = await self._run(inspections.open_inspection, session_id=wanted, now=self._now())
        return rx.redirect(f"{_HOME}/{made}")


class InspectionState(PageState, rx.State):
    """One inspection: the question for the heads, then the comparison."""

    title: str = ""
    lines: list[str] = []
    # count | waits | missed | counted
    step: str = "waits"
    waits: str = ""
    result: str = ""
    percent: str = ""
    roster: str = ""
    tone: str = "plain"
    card: str = ""
    card_why: str = ""
    counted_at: str = ""
    note: str = ""
    can_note: bool = False
    year: str = ""
    weighs: bool = False
    risk_href: str = ""
    institution_href: str = ""
    saved: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Read the inspection that the address names."""
        forget(self)
        ask = inspections.inspection
        self._show(await self._run(ask, inspection_id=self._id(), now=self._now()))

    @rx.event
    @handler(Permission.SUPERVISE)
    async def count(self, form: dict[str, object]) -> None:
        """Enter the heads; the sheet comes with the answer."""
        typed = text_of(form, "heads")
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
            raise BadInput("heads", "inspection.bad_heads", most=inspections.MOST_HEADS)
        view = await self._run(
            inspections.count, inspection_id=self._id(), heads=int(typed), now=self._now()
        )
        self._show(view)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def write_note(self, form: dict[str, object]) -> None:
        """Keep what else was seen."""
        view = await self._run(
            inspections.write_note,
            inspection_id=self._id(),
            note=text_of(form, "note"),
            now=self._now(),
        )
        self._show(view)
        self.saved = t("inspection.note_saved")

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "inspection_id")

    def _show(self, view: InspectionView) -> None:
        self.title = view.title
        number = f"{t('inspection.class_no')} {view.class_no}"
        self.lines = [view.institution_name, view.when, view.place, number]
        self.saved = ""
        if view.counted_at is None:
            self.step = "count" if view.can_count else "missed" if view.mine else "waits"
            self.waits = t("inspection.not_yours", officer=view.officer)
            return
        self.step = "counted"
        self.result = t("inspection.counted", heads=view.heads, sheet=view.sheet_count)
        self.percent = (
            t("inspection.no_sheet")
            if view.percent is None
            else t("inspection.percent", percent=view.percent)
        )
        self.roster = t("inspection.roster", roster=view.roster_count)
        self.tone = _TONES[view.card or "none"]
        self.card = t(f"inspection.card_{view.card}")
        yellow, red = (f"{float(share * 100):g}" for share in (view.lines.yellow, view.lines.red))
        self.card_why = t("inspection.card_why", yellow=yellow, red=red)
        self.counted_at = t("inspection.counted_at", time=moment_text(view.counted_at))
        self.note, self.can_note = view.note, view.mine
        self._institution(view)

    def _institution(self, view: InspectionView) -> None:
        """Its cards of the year, as information."""
        self.risk_href = f"/admin/risk/{view.session_id}"
        self.institution_href = f"{_HOME}?institution={view.institution_id}"
        if view.year is not None:
            counts = {"inspected": view.year.inspected, "yellow": view.year.yellow}
            self.year = t("inspection.year", year=view.year.year, red=view.year.red, **counts)
            self.weighs = view.year.weighs
