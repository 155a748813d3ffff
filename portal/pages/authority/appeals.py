"""``/admin/appeals``: appeals that wait, and sheets that nobody confirmed in time."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, pager
from portal.components.parts import card, empty
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.appeals_oversight import OverseenState

# Off the class come Vars, whatever its annotations say.
view: Any = OverseenState

_SMALL = "text-sm text-neutral"


def _choice(one: Any) -> rx.Component:
    return rx.el.a(
        one.label,
        href=one.href,
        aria_current=rx.cond(one.chosen, "true", "false"),
        class_name=rx.cond(one.chosen, "btn btn-primary text-base px-3", f"{QUIET} px-3"),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        rx.el.nav(
            rx.foreach(view.choices, _choice),
            aria_label=t("overseen.filter"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(
            view.places.length() > 0,
            rx.el.nav(
                rx.foreach(view.places, _choice),
                aria_label=t("overseen.region"),
                class_name="flex flex-wrap gap-2",
            ),
        ),
        class_name="space-y-3",
    )


def _row(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(row.institution, class_name="font-semibold leading-snug min-w-0"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.course),
        rx.cond(row.says != "", rx.el.p(row.says, class_name=_SMALL)),
        rx.el.p(row.when, class_name=_SMALL),
        rx.el.p(row.place, " · ", row.due, class_name=_SMALL),
        key=row.key,
        custom_attrs={"data-testid": "overseen-row"},
    )


def index() -> rx.Component:
    """The list."""
    nothing = rx.cond(
        view.shows_sheets, empty(t("overseen.sheets_empty")), empty(t("overseen.empty"))
    )
    found = rx.el.div(
        rx.el.p(view.count, class_name=_SMALL),
        rx.el.div(rx.foreach(view.rows, _row), class_name="grid gap-3 md:grid-cols-2"),
        pager(view.previous, view.place, view.next),
        class_name="space-y-3",
    )
    return frame(
        "appeals",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(
                rx.cond(view.shows_sheets, t("overseen.sheets"), t("overseen.appeals")),
                class_name="text-xl font-semibold",
            ),
            rx.el.p(
                rx.cond(view.shows_sheets, t("overseen.sheets_lead"), t("overseen.lead")),
                class_name="text-neutral",
            ),
            class_name="space-y-1",
        ),
        _filters(),
        rx.cond(view.rows.length() > 0, found, nothing),
        hint=t("admin.not_staff"),
    )


PAGES = [Page("/admin/appeals", t("overseen.appeals"), index, (view.load,))]
