"""``/admin/needs``: what people would like to learn and find no class for, by what and where."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, figure, section
from portal.components.icons import glyph
from portal.components.parts import card, empty
from portal.components.shell import plain_link
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.needs import NeedsReportState

# Off the class come Vars, whatever its annotations say.
view: Any = NeedsReportState

_SMALL = "text-sm text-neutral"
_CELL = "p-3 text-end align-top"


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h2(t("needs.report.title"), class_name="text-xl font-semibold"),
            rx.el.p(view.region, class_name="font-medium"),
            class_name="grow",
        ),
        rx.cond(view.up != "", rx.el.a(view.up_label, href=view.up, class_name=QUIET)),
        rx.cond(
            view.sheet != "",
            plain_link(
                glyph("download", class_name="size-5"),
                t("needs.report.export"),
                href=view.sheet,
                class_name=QUIET,
            ),
        ),
        class_name="flex flex-wrap items-center gap-3",
    )


def _count(cell: Any) -> rx.Component:
    return rx.fragment(
        rx.el.span(cell.people, class_name="tabular-nums"),
        rx.cond(cell.aided != "", rx.el.span(cell.aided, class_name=f"block {_SMALL}")),
    )


def _place(head: Any) -> rx.Component:
    name = rx.cond(
        head.href != "",
        rx.el.a(head.name, href=head.href, class_name="link text-primary"),
        head.name,
    )
    return rx.el.th(name, scope="col", class_name="p-3 text-sm font-medium text-end")


def _table() -> rx.Component:
    """What by where, on a desk."""

    def row(line: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(line.skill, scope="row", class_name="p-3 font-medium text-start align-top"),
            rx.el.td(_count(line.total), class_name=f"{_CELL} font-semibold"),
            rx.foreach(line.cells, lambda cell: rx.el.td(_count(cell), class_name=_CELL)),
            class_name="border-b border-base-300 last:border-0",
        )

    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(
                        t("needs.report.skill"),
                        scope="col",
                        class_name="p-3 text-sm font-medium text-start",
                    ),
                    rx.el.th(
                        t("needs.report.total"),
                        scope="col",
                        class_name="p-3 text-sm font-medium text-end",
                    ),
                    rx.foreach(view.heads, _place),
                    class_name="text-neutral border-b border-base-300",
                )
            ),
            rx.el.tbody(rx.foreach(view.lines, row)),
            class_name="w-full",
        ),
        class_name="hidden lg:block rounded-2xl bg-base-100 border border-base-300 overflow-x-auto",
    )


def _cards() -> rx.Component:
    """The same on a phone, a card for each thing that is wished for."""

    def line(cell: Any) -> rx.Component:
        return rx.cond(
            cell.people != "",
            rx.el.div(
                rx.el.dt(cell.place, class_name=_SMALL),
                rx.el.dd(_count(cell), class_name="text-end"),
                class_name="flex items-baseline justify-between gap-3",
            ),
        )

    def one(row: Any) -> rx.Component:
        return card(
            rx.el.div(
                rx.el.h3(row.skill, class_name="font-semibold"),
                rx.el.p(_count(row.total), class_name="text-end font-semibold"),
                class_name="flex items-baseline justify-between gap-3",
            ),
            rx.el.dl(rx.foreach(row.cells, line), class_name="space-y-1"),
        )

    return rx.el.div(rx.foreach(view.lines, one), class_name="grid gap-3 sm:grid-cols-2 lg:hidden")


def _month(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.month, class_name=f"{_SMALL} w-12 shrink-0"),
        rx.el.progress(
            value=one.percent,
            max=100,
            aria_label=one.month,
            class_name="progress progress-primary grow min-w-0",
        ),
        rx.el.span(one.people, class_name="tabular-nums w-16 shrink-0 text-end"),
        class_name="flex items-center gap-3",
    )


def index() -> rx.Component:
    """The sum."""
    return frame(
        "needs",
        view.status,
        view.problem,
        _head(),
        rx.el.dl(
            rx.foreach(view.totals, figure),
            class_name="grid sm:grid-cols-3 gap-3",
            custom_attrs={"data-testid": "needs-totals"},
        ),
        rx.el.p(t("needs.report.lead"), class_name=_SMALL),
        rx.cond(view.is_rounded, rx.el.p(t("needs.report.rounded"), class_name=_SMALL)),
        section(
            t("needs.report.table"),
            rx.cond(
                view.lines.length() > 0,
                rx.fragment(_cards(), _table()),
                empty(t("needs.report.empty")),
            ),
        ),
        section(
            t("needs.report.trend"),
            card(rx.el.ol(rx.foreach(view.months, _month), class_name="space-y-1 max-w-2xl")),
        ),
        hint=t("admin.not_staff"),
    )


PAGES = [Page("/admin/needs", t("needs.report.title"), index, (view.load,))]
