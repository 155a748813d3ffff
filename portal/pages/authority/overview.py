"""``/admin``: the figures of a region in a year or quarter, part by part and plan by plan."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, figure, section
from portal.components.figures import (
    CELL,
    HEAD,
    LINK,
    TABLE,
    alarm,
    bars,
    numbers,
    select,
    strip,
    way,
)
from portal.components.icons import glyph
from portal.components.parts import card, empty
from portal.components.waiting_work import waiting_work
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.oversight import FIGURES, OversightState
from portal.state.oversight_waiting import WaitingWorkState

# Off the class come Vars, whatever its annotations say.
view: Any = OversightState
desk: Any = WaitingWorkState


def head() -> rx.Component:
    """Which region and period, as of when, and what else may be asked for."""
    return rx.el.div(
        way(view.way, t("oversight.way")),
        rx.el.div(
            rx.el.div(
                rx.el.p(view.region, " · ", view.period, class_name="text-2xl font-semibold"),
                rx.el.p(view.updated, class_name="text-sm text-neutral"),
                class_name="grow",
            ),
            rx.el.button(
                glyph("refresh-cw", class_name="size-5"),
                t("oversight.reload"),
                type="button",
                on_click=view.load,
                class_name=QUIET,
            ),
            class_name="flex flex-wrap items-center gap-3",
        ),
        _period_form(),
        rx.cond(
            view.plan_name != "",
            rx.el.p(
                t("oversight.only_plan"),
                rx.el.b(view.plan_name),
                " ",
                rx.el.a(t("oversight.all_plans"), href=view.without_plan, class_name=LINK),
            ),
        ),
        class_name="space-y-3",
    )


def _period_form() -> rx.Component:
    """Plain GET: the address keeps what was asked for."""
    return rx.el.form(
        rx.el.input(type="hidden", name="area", value=view.area),
        rx.el.input(type="hidden", name="plan", value=view.plan),
        rx.el.div(select("period", t("oversight.period_label"), view.periods), class_name="grow"),
        rx.el.button(
            t("oversight.show"), type="submit", class_name="btn btn-primary text-base h-12"
        ),
        method="get",
        action="/admin",
        on_submit=None,
        class_name="flex items-end gap-3 max-w-md",
    )


def goal(item: Any) -> rx.Component:
    """A total of a document against what was done."""
    return card(
        rx.el.p(item.title, class_name="font-medium"),
        rx.el.p(
            item.target, " · ", t("oversight.reached"), rx.el.b(item.text), class_name="text-sm"
        ),
        strip(item.percent),
        rx.el.a(t("oversight.to_targets"), href=item.path, class_name=LINK),
    )


def part_card(row: Any) -> rx.Component:
    """A part on a phone."""
    return card(
        rx.el.h3(rx.el.a(row.name, href=row.path, class_name=LINK), class_name="font-semibold"),
        numbers(row.figures),
    )


def part_table() -> rx.Component:
    """The parts on a desk, every figure of the chart and more."""
    labels = [t("admin.figure.region"), *(t(f"oversight.figure.{name}") for name in FIGURES)]
    return rx.el.div(
        rx.el.table(
            rx.el.caption(t("oversight.table"), class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(
                    *[rx.el.th(label, scope="col", class_name=HEAD) for label in labels],
                    class_name="text-neutral border-b border-base-300",
                )
            ),
            rx.el.tbody(
                rx.foreach(
                    view.parts,
                    lambda row: rx.el.tr(
                        rx.el.th(
                            rx.el.a(row.name, href=row.path, class_name=LINK),
                            scope="row",
                            class_name="p-3 font-medium text-start",
                        ),
                        rx.foreach(
                            row.figures,
                            lambda item: rx.el.td(
                                rx.el.span(item.value, class_name=alarm(item)), class_name=CELL
                            ),
                        ),
                        class_name="border-b border-base-300 last:border-0",
                    ),
                )
            ),
            class_name="w-full",
        ),
        class_name=TABLE,
    )


def parts() -> rx.Component:
    """By region: a chart, then cards on a phone and a table on a desk."""
    return rx.cond(
        view.parts.length() > 0,
        rx.el.div(
            bars(t("oversight.chart"), view.parts),
            rx.el.div(
                rx.foreach(view.parts, part_card),
                class_name="grid gap-3 sm:grid-cols-2 lg:hidden",
            ),
            part_table(),
            class_name="space-y-3",
        ),
        empty(t("oversight.no_parts")),
    )


def plan_line(plan: Any) -> rx.Component:
    """A plan: what was done, of what target."""
    return rx.el.li(
        rx.el.div(
            rx.el.span(plan.number, class_name="font-semibold shrink-0"),
            rx.el.a(plan.name, href=plan.path, class_name=LINK),
            class_name="lg:w-1/2 leading-snug flex items-baseline gap-2",
        ),
        rx.el.div(
            rx.el.p(
                rx.el.span(plan.done, class_name="me-3"),
                rx.el.span(plan.target, class_name="text-neutral"),
                class_name="text-sm",
            ),
            rx.cond(
                plan.percent != "",
                rx.el.div(
                    rx.el.div(strip(plan.share), class_name="grow"),
                    rx.el.span(plan.percent, class_name="text-sm tabular-nums w-16 text-end"),
                    class_name="flex items-center gap-3",
                ),
            ),
            class_name="lg:w-1/2 space-y-1",
        ),
        class_name="py-3 space-y-1 lg:space-y-0 lg:flex lg:gap-6",
    )


def fund_card(row: Any) -> rx.Component:
    """A fund: asked for, paid, taken back."""
    pairs = (("claimed", row.claimed), ("paid", row.paid), ("recovered", row.recovered))
    return card(
        rx.el.h3(row.name, class_name="font-semibold"),
        rx.el.dl(
            *[
                rx.el.div(
                    rx.el.dt(t(f"oversight.fund.{name}"), class_name="text-sm text-neutral"),
                    rx.el.dd(value, class_name="tabular-nums"),
                    class_name="flex justify-between gap-3",
                )
                for name, value in pairs
            ],
            class_name="space-y-1",
        ),
    )


def index() -> rx.Component:
    """The overview."""
    return frame(
        "overview",
        view.status,
        view.problem,
        rx.cond(
            desk.shown,
            waiting_work(desk.kinds, desk.total, desk.late),
        ),
        head(),
        rx.el.dl(
            rx.foreach(view.figures, figure),
            class_name="grid grid-cols-2 md:grid-cols-4 gap-3",
            custom_attrs={"data-testid": "overview-figures"},
        ),
        rx.el.p(t("oversight.lead"), class_name="text-sm text-neutral"),
        rx.cond(
            view.goals.length() > 0,
            section(
                t("oversight.goals"),
                rx.el.div(rx.foreach(view.goals, goal), class_name="grid gap-3 md:grid-cols-2"),
            ),
        ),
        section(
            t("admin.regions.title"),
            parts(),
            rx.el.a(
                t("oversight.to_institutions"), href=view.institutions, class_name=f"{QUIET} w-full"
            ),
        ),
        section(
            t("oversight.plans"),
            rx.cond(
                view.plans.length() > 0,
                card(
                    rx.el.ol(
                        rx.foreach(view.plans, plan_line), class_name="divide-y divide-base-300"
                    ),
                    custom_attrs={"data-testid": "plan-progress"},
                ),
                empty(t("oversight.no_plans")),
            ),
        ),
        section(
            t("oversight.funds"),
            rx.cond(
                view.funds.length() > 0,
                rx.el.div(
                    rx.foreach(view.funds, fund_card), class_name="grid gap-3 md:grid-cols-2"
                ),
                empty(t("oversight.no_funds")),
            ),
        ),
        hint=t("admin.not_staff"),
    )


PAGES = [Page("/admin", t("admin.title"), index, (desk.load, view.load))]
