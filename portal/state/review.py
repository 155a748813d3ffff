"""A reviewer's own samples: which run, one of them, one thing in it with what was found."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.archive_lines import money_text
from portal.services.third_party import mine, reading
from portal.services.third_party.mine import ItemRow, OwnAssignment
from portal.services.third_party.reading import Line, SampleItem
from portal.services.times import day_text
from portal.state.base import PageState, handler
from portal.state.casework_rows import FileCard
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, text_of
from portal.state.third_parties import VERDICT_TONES

_HOME = "/review"
P = Permission


@dataclass(frozen=True)
class FactRow:
    """A fact about a thing of the sample."""

    label: str
    text: str


@dataclass(frozen=True)
class SheetRow:
    """A line of a sheet."""

    label: str
    times: str
    state: str


def own_card(one: OwnAssignment) -> FileCard:
    """An assignment in the reviewer's list."""
    unit = t(f"third_party.unit.{one.unit}")
    return FileCard(
        href=f"{_HOME}/{one.assignment_id}",
        title=one.title,
        lines=[
            one.region,
            t("third_party.drawn", size=one.size, of=one.population, unit=unit),
            t("third_party.until", day=day_text(one.until_on)),
        ],
        tone="good" if one.report else "info",
        word=t("third_party.looked", looked=one.looked, size=one.size),
    )


def item_card(row: ItemRow) -> FileCard:
    """A thing of the sample by its number."""
    return FileCard(
        href=f"{_HOME}/items/{row.item_id}",
        title=t("third_party.item_no", no=row.seq_no),
        lines=[row.note] if row.note else [],
        tone=VERDICT_TONES[row.verdict],
        word=t(f"third_party.verdict.{row.verdict or 'none'}"),
    )


def fact_row(key: str, value: str) -> FactRow:
    """A fact in words; "" is told as nothing known."""
    if key == "claimed":
        value = money_text(int(value))
    if key == "exam" and value:
        value = t(f"third_party.exam.{value}")
    return FactRow(t(f"third_party.fact.{key}"), value or t("third_party.unknown"))


def sheet_row(one: Line) -> SheetRow:
    """A line of a sheet in words."""
    nothing = "—"
    state = t(f"sheet.state_{one.state}") if one.state else t("third_party.open_sheet")
    parts = [state, t("third_party.hours", hours=one.hours)]
    if one.corrected:
        parts.append(t("third_party.corrected"))
    times = f"{one.signed_in or nothing} – {one.signed_out or nothing}"
    return SheetRow(one.label, times, " · ".join(parts))


class ReviewsOfMineState(PageState, rx.State):
    """What runs for the reviewer."""

    cards: list[FileCard] = []

    @rx.event
    @handler(P.SEE_SAMPLE)
    async def load(self) -> None:
        """List what runs."""
        forget(self)
        found = await self._run(mine.assignments, now=self._now())
        self.cards = [own_card(one) for one in found]


class OwnReviewState(PageState, rx.State):
    """One assignment."""

    card: FileCard = FileCard("", "", [], "plain", "")
    items: list[FileCard] = []
    report: str = ""
    may_report: bool = False
    done: str = ""

    @rx.event
    @handler(P.SEE_SAMPLE)
    async def load(self) -> None:
        """Read the assignment that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(P.SEE_SAMPLE)
    async def write_report(self, form: dict[str, object]) -> None:
        """Close the work."""
        text = text_of(form, "report")
        await self._run(mine.report, assignment_id=self._id(), text=text, now=self._now())
        await self._read(t("third_party.reported"))

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 1)), "assignment_id")

    async def _read(self, done: str = "") -> None:
        found = await self._run(mine.assignment, assignment_id=self._id(), now=self._now())
        self.card = own_card(found)
        self.items = [item_card(row) for row in found.items]
        self.report = found.report
        self.may_report = not found.report and found.looked == found.size
        self.done = done


class SampleItemState(PageState, rx.State):
    """One thing of the sample."""

    title: str = ""
    institution: str = ""
    facts: list[FactRow] = []
    lines: list[SheetRow] = []
    verdict: str = ""
    verdict_word: str = ""
    verdict_tone: str = "plain"
    note: str = ""
    closed: bool = False
    back: str = _HOME
    done: str = ""

    @rx.event
    @handler(P.SEE_SAMPLE)
    async def load(self) -> None:
        """Read it; the reading is written down."""
        forget(self)
        ask = reading.item
        self._show(await self._run(ask, item_id=self._id(), now=self._now()))

    @rx.event
    @handler(P.SEE_SAMPLE)
    async def find(self, form: dict[str, object]) -> Any:
        """Say what was found, and go back to the sample."""
        await self._run(
            mine.find,
            item_id=self._id(),
            verdict=text_of(form, "verdict"),
            note=text_of(form, "note"),
            now=self._now(),
        )
        return rx.redirect(self.back)

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "item_id")

    def _show(self, found: SampleItem) -> None:
        self.title = t("third_party.item_title", no=found.seq_no, title=found.title)
        self.institution = found.institution
        self.facts = [fact_row(key, value) for key, value in found.facts]
        self.lines = [sheet_row(one) for one in found.lines]
        self.verdict, self.note, self.closed = found.verdict, found.note, found.closed
        self.verdict_word = t(f"third_party.verdict.{found.verdict or 'none'}")
        self.verdict_tone = VERDICT_TONES[found.verdict]
        self.back = f"{_HOME}/{found.assignment_id}"
