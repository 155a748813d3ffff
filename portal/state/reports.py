"""Quarterly and annual reports as officers and auditors see them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.documents.report_tables import ShownTable, shown
from portal.domain.errors import PortalError
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.domain.report_period import parse_period
from portal.locale import has, t
from portal.services.reports import background, freezing, funds, reading
from portal.services.reports.reading import ReportLine, ReportPage
from portal.services.times import day_text
from portal.services.unit import guarded
from portal.state.base import PageState, handler
from portal.state.following import keep_looking
from portal.state.inputs import path_part, text_of

HOME = "/admin/reports"
# How often to look while the background freezes, and for how long at most: two hours.
_EVERY_S, _LOOKS = 2.0, 3600
_TONES = {"frozen": "good", "superseded": "plain", "draft": "warn", "freezing": "warn"}


@dataclass(frozen=True)
class ReportCard:
    """A report in the list."""

    href: str
    title: str
    region: str
    kind: str
    version: str
    state: str
    tone: str
    gave_up: bool
    when: str
    signed: str
    told: str


@dataclass(frozen=True)
class ShownCell:
    """A cell with the name of its column; ``number`` is set to the right."""

    name: str
    value: str
    number: bool


@dataclass(frozen=True)
class ShownRow:
    """A row; a sum is set off."""

    title: str
    cells: list[ShownCell]
    is_sum: bool


@dataclass(frozen=True)
class TableText:
    """A table in words."""

    title: str
    heads: list[ShownCell]
    rows: list[ShownRow]
    note: str


@dataclass(frozen=True)
class Choice:
    """A value of a list to choose from."""

    value: str
    label: str


@dataclass(frozen=True)
class FactText:
    """A name and what it is."""

    name: str
    value: str


def report_card(line: ReportLine) -> ReportCard:
    """A report as its card shows it."""
    signed = "countersigned" if line.countersigned else "waiting"
    is_frozen = line.state == "frozen"
    return ReportCard(
        href=f"{HOME}/{line.id}",
        title=line.title,
        region=line.region,
        kind=t(f"reports.kind.{line.kind}"),
        version=t("reports.page.version", version=line.version),
        state=t(f"reports.state.{line.state}"),
        tone=_TONES[line.state],
        gave_up=line.gave_up,
        when=t("reports.page.frozen_on", day=day_text(line.frozen_on)) if line.frozen_on else "",
        signed=t(f"reports.page.{signed}") if is_frozen else "",
        told=t("reports.page.published") if line.published else "",
    )


def table_text(table: ShownTable) -> TableText:
    """A table as the page shows it, a row also as a card: its texts are the card's title."""
    texts = [n for n, column in enumerate(table.columns) if column.kind == "text"]
    last = len(table.rows) - table.sums
    rows = [
        ShownRow(
            title=" · ".join(str(row[n]) for n in texts if row[n]),
            cells=[
                ShownCell(column.name, shown(value, column.kind), True)
                for column, value in zip(table.columns, row, strict=True)
                if column.kind != "text"
            ],
            is_sum=number >= last,
        )
        for number, row in enumerate(table.rows)
    ]
    first = " · ".join(table.columns[n].name for n in texts)
    heads = [ShownCell(first, "", False)]
    heads += [ShownCell(one.name, "", True) for one in table.columns if one.kind != "text"]
    return TableText(table.title, heads, rows, table.note)


def part_word(name: str) -> str:
    """A part of a report that is not as it was frozen, in words."""
    table = name.removeprefix("sum_")
    if table != name:
        return t("reports.part.sum", table=t(f"reports.table.{table}"))
    own = f"reports.part.{name}"
    return t(own) if has(own) else t(f"reports.table.{name}")


class ReportsState(PageState, rx.State):
    """The list, and the beginning of a draft."""

    area: str = ""
    cards: list[ReportCard] = []
    regions: list[Choice] = []
    periods: list[Choice] = []
    may_write: bool = False

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """The reports of the area."""
        found = await self._run(reading.reports, now=self._now())
        self.area, self.may_write = found.area, found.may_write
        self.cards = [report_card(line) for line in found.lines]
        self.regions = [Choice(code, name) for code, name in found.regions]
        self.periods = [Choice(code, name) for code, name in found.periods]

    @rx.event
    @handler(Permission.SUPERVISE)
    async def draft(self, form: dict[str, Any]) -> Any:
        """Begin a draft and go there."""
        made = await self._run(
            freezing.draft,
            region_code=text_of(form, "region"),
            period=parse_period(text_of(form, "period")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        return rx.redirect(f"{HOME}/{made}")


class ReportState(PageState, rx.State):
    """One report, and what is done with it."""

    heading: str = ""
    card: ReportCard = ReportCard("", "", "", "", "", "", "plain", False, "", "", "")
    facts: list[FactText] = []
    tables: list[TableText] = []
    notes: list[str] = []
    hash_text: str = ""
    can: list[str] = []
    is_frozen: bool = False
    is_freezing: bool = False
    percent: int = 0
    percent_text: str = ""
    trouble: str = ""
    broken: str = ""
    moved: str = ""
    unexplained: str = ""
    xlsx: str = ""
    pdf: str = ""
    done: str = ""
    _watch_no: int = 0

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> Any:
        """The report of the address; goes on looking while it is being frozen."""
        self.done = ""
        return await self._follow()

    @rx.event(background=True)
    @guarded(Permission.SIGNED_IN)
    async def watch(self) -> None:
        """Look again until the freeze has ended, or a later look has begun."""
        await keep_looking(self, every_s=_EVERY_S, looks=_LOOKS)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def freeze(self) -> Any:
        """Freeze it."""
        await self._run(freezing.freeze, report_id=self._id(), now=self._now())
        following = await self._follow()
        self.done = "" if self.is_freezing else t("reports.page.done_freeze")
        return following

    @rx.event
    @handler(Permission.SUPERVISE)
    async def call_back(self) -> None:
        """Make it a draft again while it still waits for its turn."""
        await self._run(background.call_back, report_id=self._id(), now=self._now())
        await self._show()

    @rx.event
    @handler(Permission.SUPERVISE)
    async def discard(self) -> Any:
        """Throw the draft away."""
        await self._run(freezing.discard, report_id=self._id(), now=self._now())
        return rx.redirect(HOME)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def countersign(self) -> None:
        """Stand for it as the second."""
        await self._run(freezing.countersign, report_id=self._id(), now=self._now())
        await self._show()
        self.done = t("reports.page.done_countersign")

    @rx.event
    @handler(Permission.SUPERVISE)
    async def publish(self) -> None:
        """Tell the public."""
        await self._run(funds.publish, report_id=self._id(), now=self._now())
        await self._show()
        self.done = t("reports.page.done_publish")

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2))

    async def _follow(self) -> Any:
        await self._show()
        self._watch_no += 1
        return ReportState.watch if self.is_freezing else None

    async def _look(self) -> bool:
        """One look; whether it is still being frozen. A refusal ends it."""
        try:
            await self._show()
        except PortalError:
            return False
        if self.is_frozen:
            self.done = t("reports.page.done_freeze")
        return self.is_freezing

    async def _show(self) -> None:
        wanted = self._id()
        found = await self._run(reading.report, report_id=wanted, now=self._now())
        self._tell(found)
        self.heading, self.card = found.heading, report_card(found.line)
        self.facts = [FactText(name, value) for name, value in found.facts]
        self.tables = [table_text(one) for one in found.tables]
        self.notes, self.hash_text, self.can = list(found.notes), found.hash, list(found.can)
        self.is_frozen = found.line.state in ("frozen", "superseded")
        self.is_freezing = found.line.state == "freezing"
        self.trouble = found.trouble if found.line.state == "draft" else ""
        self.percent = found.step * 100 // (freezing.STEPS + 1)
        self.percent_text = t(f"reports.step.{found.step}")
        self.xlsx, self.pdf = (f"/files/reports/{wanted}.{form}" for form in reading.FORMS)

    def _tell(self, found: ReportPage) -> None:
        parts = "、".join(part_word(name) for name in found.broken)
        self.broken = t("reports.page.broken", parts=parts) if found.broken else ""
        self.moved = t("reports.page.moved", count=found.moved) if found.moved else ""
        self.unexplained = (
            t("reports.page.unexplained", count=found.unexplained) if found.unexplained else ""
        )
