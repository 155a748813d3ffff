"""``/admin``: the figures of the region and the plans against their targets."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, bar, figure, section
from portal.components.icons import glyph
from portal.components.parts import card, empty
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.supervision import FIGURES, SupervisionState

# Off the class come Vars, whatever its annotations say.
view: Any = SupervisionState


def head() -> rx.Component:
    """Which region, counted when, and the button to count anew."""
    return rx.el.div(
        rx.el.div(
            rx.el.p(view.region, class_name="text-2xl font-semibold"),
            rx.el.p(view.updated, class_name="text-sm text-neutral"),
            class_name="grow",
        ),
        rx.el.button(
            glyph("refresh-cw", class_name="size-5"),
            t("admin.refresh"),
            type="button",
            on_click=view.load,
            class_name=QUIET,
        ),
        class_name="flex flex-wrap items-center gap-3",
    )


def region_card(row: Any) -> rx.Component:
    """A region on a phone."""
    return card(
        rx.el.h3(row.name, class_name="font-semibold"),
        rx.el.dl(
            rx.foreach(row.figures, _line),
            class_name="grid grid-cols-2 gap-x-4 gap-y-2",
        ),
    )


def _line(item: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(item.label, class_name="text-sm text-neutral"),
        rx.el.dd(item.value, class_name=_alarm(item)),
    )


def _alarm(item: Any) -> rx.Var:
    return rx.cond(item.alert, "tabular-nums font-semibold text-error", "tabular-nums")


def region_table() -> rx.Component:
    """The regions on a desk."""
    labels = [t("admin.figure.region"), *(t(f"admin.figure.{name}") for name in FIGURES)]
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    *[
                        rx.el.th(
                            label,
                            scope="col",
                            class_name="p-3 text-sm font-medium text-end first:text-start",
                        )
                        for label in labels
                    ],
                    class_name="text-neutral border-b border-base-300",
                )
            ),
            rx.el.tbody(
                rx.foreach(
                    view.regions,
                    lambda row: rx.el.tr(
                        rx.el.th(row.name, scope="row", class_name="p-3 font-medium text-start"),
                        rx.foreach(
                            row.figures,
                            lambda item: rx.el.td(
                                rx.el.span(item.value, class_name=_alarm(item)),
                                class_name="p-3 text-end",
                            ),
                        ),
                        class_name="border-b border-base-300 last:border-0",
                    ),
                )
            ),
            class_name="w-full",
        ),
        class_name="hidden lg:block rounded-2xl bg-base-100 border border-base-300 overflow-hidden",
    )


def regions() -> rx.Component:
    """Figures by region: cards on a phone, a table on a desk."""
    return rx.cond(
        view.regions.length() > 0,
        rx.fragment(
            rx.el.div(
                rx.foreach(view.regions, region_card),
                class_name="grid gap-3 sm:grid-cols-2 lg:hidden",
            ),
            region_table(),
        ),
        empty(t("admin.regions.empty")),
    )


def pack_card(pack: Any) -> rx.Component:
    """A policy document: its whole target, then each plan."""
    return card(
        rx.el.h3(pack.title, class_name="font-semibold leading-snug"),
        rx.el.p(pack.doc_no, class_name="text-sm text-neutral"),
        rx.el.p(
            rx.el.b(pack.target),
            rx.el.span(pack.done, class_name="block sm:inline sm:ms-3 text-neutral"),
        ),
        bar(pack.percent, pack.percent_text),
        rx.el.ol(rx.foreach(pack.plans, plan_line), class_name="divide-y divide-base-300"),
        custom_attrs={"data-testid": "pack-progress"},
    )


def plan_line(plan: Any) -> rx.Component:
    """A plan: number, name, who leads it, target and progress."""
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(plan.number, class_name="font-semibold me-2"),
                plan.name,
                class_name="leading-snug",
            ),
            rx.el.p(plan.lead, class_name="text-sm text-neutral"),
            class_name="lg:w-1/2",
        ),
        rx.el.div(
            rx.el.p(
                rx.el.span(plan.target, class_name="me-3"),
                rx.el.span(plan.done, class_name="text-neutral"),
                class_name="text-sm",
            ),
            rx.cond(plan.has_target, bar(plan.percent, plan.percent_text)),
            class_name="lg:w-1/2 space-y-1",
        ),
        class_name="py-3 space-y-1 lg:space-y-0 lg:flex lg:gap-6",
    )


def index() -> rx.Component:
    """The overview."""
    return frame(
        "overview",
        view.status,
        view.problem,
        head(),
        rx.el.dl(
            rx.foreach(view.figures, figure),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-3",
            custom_attrs={"data-testid": "overview-figures"},
        ),
        rx.el.p(t("admin.lead"), class_name="text-sm text-neutral"),
        section(t("admin.regions.title"), regions()),
        section(
            t("admin.plans.title"),
            rx.cond(
                view.packs.length() > 0,
                rx.foreach(view.packs, pack_card),
                empty(t("admin.plans.empty")),
            ),
        ),
        hint=t("admin.not_staff"),
    )


PAGES = [Page("/admin", t("admin.title"), index, (view.load,))]
