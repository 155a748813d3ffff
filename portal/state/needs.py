"""Wishes: the person's own, and their sum for the authority."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import needs, needs_report
from portal.services.needs import NeedView
from portal.services.needs_report import Count, MonthCount, NeedsReport, SkillRow
from portal.services.supervision import area_name
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value
from portal.state.texts import date_text

_TONES = {"open": "info", "told": "now", "met": "good"}


@dataclass(frozen=True)
class NeedRow:
    """A wish in the person's list; ``href`` leads to the class that opened, or to a search."""

    key: str
    skill: str
    place: str
    tone: str
    state: str
    news: str
    href: str
    link: str
    since: str
    is_open: bool


def need_row(need: NeedView) -> NeedRow:
    """A wish as its person reads it."""
    told = need.state == "told" and need.class_id is not None
    since = t("needs.since", day=date_text(day_of(need.since)))
    return NeedRow(
        key=str(need.id),
        skill=need.skill,
        place=f"{need.region} · {t('needs.from', month=need.month)}",
        tone=_TONES[need.state],
        state=t(f"needs.state.{need.state}"),
        news=need.class_title if told else "",
        href=f"/classes/{need.class_id}" if told else need.search,
        link=t("needs.see_class" if told else "needs.search"),
        since=" · ".join((since, t("needs.by_helper"))) if need.by_helper else since,
        is_open=need.state in ("open", "told"),
    )


class NeedsState(PageState, rx.State):
    """What I would like to learn."""

    rows: list[NeedRow] = []
    done: str = ""

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load the list."""
        forget(self)
        self._show(await self._run(needs.my_needs, now=self._now()))

    @rx.event
    @handler(Permission.ENROL)
    async def withdraw(self, key: str) -> None:
        """Take one back."""
        left = await self._run(needs.withdraw, need_id=parse_id(key), now=self._now())
        self._show(left)
        self.done = t("needs.withdrawn")

    def _show(self, found: tuple[NeedView, ...]) -> None:
        self.rows = [need_row(need) for need in found]


@dataclass(frozen=True)
class CellText:
    """A count in words; ``aided`` is empty when there is none. ``place`` is the column."""

    place: str
    people: str
    aided: str


@dataclass(frozen=True)
class SkillLine:
    """What is wished for, in all and by place."""

    skill: str
    total: CellText
    cells: list[CellText]


@dataclass(frozen=True)
class PlaceHead:
    """A column; ``href`` opens the place where it has parts of its own."""

    name: str
    href: str


@dataclass(frozen=True)
class MonthBar:
    """A month of the trend; ``percent`` of the fullest one."""

    month: str
    people: str
    percent: int


@dataclass(frozen=True)
class Total:
    """A figure at the top of the page, in the shape of ``components.desk.figure``."""

    label: str
    value: str
    note: str = ""
    alert: bool = False


def cell_text(place: str, count: Count, *, exact: bool, of: str = "") -> CellText:
    """A count as a cell shows it; a sum that is not exact says so."""
    few = t("needs.report.hidden_sum" if of == "sum" else "needs.report.hidden")
    people = few if count.people is None else f"{count.people:,}"
    if of == "sum" and not exact and count.people:
        people = t("needs.report.about", count=people)
    aided = t("needs.report.of_aided", count=count.aided) if count.aided else ""
    return CellText(place, people if count.people != 0 else "", aided)


def skill_line(row: SkillRow, names: list[str], *, exact: bool) -> SkillLine:
    """A row of the table; the same as a card on a phone."""
    cells = zip(names, row.cells, strict=True)
    return SkillLine(
        skill=row.skill,
        total=cell_text(t("needs.report.total"), row.total, exact=exact, of="sum"),
        cells=[cell_text(name, cell, exact=exact) for name, cell in cells],
    )


def month_bar(one: MonthCount, most: int) -> MonthBar:
    """A month of the trend."""
    people = t("needs.report.hidden") if one.people is None else str(one.people)
    return MonthBar(
        month=t("needs.report.month", month=one.month.month),
        people=people,
        percent=(one.people or 0) * 100 // most,
    )


def totals_of(report: NeedsReport) -> list[Total]:
    """The figures at the top."""

    def figure(name: str, count: int | None, *, alert: bool = False) -> Total:
        shown = Count(count, 0)
        value = cell_text("", shown, exact=report.exact, of="sum").people or "0"
        note = "" if name == "people" else t(f"needs.report.{name}_note")
        return Total(t(f"needs.report.{name}"), value, note, alert)

    return [
        figure("people", report.total.people),
        figure("aided", report.total.aided),
        figure("waiting", report.aided_waiting, alert=bool(report.aided_waiting)),
    ]


class NeedsReportState(PageState, rx.State):
    """The sum of wishes in a region; which one stands in the address."""

    region: str = ""
    up: str = ""
    up_label: str = ""
    totals: list[Total] = []
    heads: list[PlaceHead] = []
    lines: list[SkillLine] = []
    months: list[MonthBar] = []
    sheet: str = ""
    is_rounded: bool = False

    # Officers and auditors share the page, so the service tells who of the signed-in may see it.
    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Count anew."""
        forget(self)
        within = query_value(self.router.url.query, "region")
        report = await self._run(needs_report.needs_report, within=within, now=self._now())
        self._show(report, within)
        if within:
            self.up = "/admin/needs"
            self.up_label = t("needs.report.up", region=await self._run(area_name))

    def _show(self, report: NeedsReport, within: str) -> None:
        exact = report.exact
        self.region, self.is_rounded = report.region_name, not exact
        self.totals = totals_of(report)
        self.heads = [
            PlaceHead(part.name, f"/admin/needs?region={part.code}" if part.can_open else "")
            for part in report.parts
        ]
        names = [part.name for part in report.parts]
        self.lines = [skill_line(row, names, exact=exact) for row in report.rows]
        most = max((one.people or 0 for one in report.months), default=0) or 1
        self.months = [month_bar(one, most) for one in report.months]
        self.sheet = f"/files/needs.csv?region={within}" if exact else ""
