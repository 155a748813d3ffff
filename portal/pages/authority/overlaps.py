"""``/admin/overlaps``: the same teacher, room or trainee in two sessions at once."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, section
from portal.components.parts import card, empty
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.overlaps import OverlapsState

# Off the class come Vars, whatever its annotations say.
view: Any = OverlapsState


def _side(side: Any) -> rx.Component:
    """One of the two sessions; the class itself says more."""
    return rx.el.div(
        rx.el.p(side.institution, class_name="font-medium break-words"),
        rx.el.p(side.when, class_name="text-sm tabular-nums"),
        rx.el.p(side.place, class_name="text-sm text-neutral break-words"),
        rx.cond(side.note != "", rx.el.p(side.note, class_name="text-sm text-neutral")),
        rx.el.a(
            side.title,
            href=side.href,
            class_name="inline-flex items-center min-h-11 text-primary underline break-words",
        ),
        class_name="rounded-xl bg-base-200 p-3 min-w-0",
    )


def _overlap(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(row.sentence, class_name="font-medium grow basis-40"),
            badge(row.tone, row.badge),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.div(_side(row.one), _side(row.other), class_name="grid gap-2 sm:grid-cols-2"),
        key=row.key,
        custom_attrs={"data-testid": "overlap"},
    )


def _group(of: Any) -> rx.Component:
    return section(
        of.title,
        rx.cond(
            of.count != "",
            rx.el.div(
                rx.el.p(of.count, class_name="text-sm text-neutral"),
                rx.el.div(
                    rx.foreach(of.rows, _overlap),
                    class_name="grid gap-3 lg:grid-cols-2 items-start",
                ),
                class_name="space-y-3",
            ),
            empty(of.nothing),
        ),
    )


def _period(choice: Any) -> rx.Component:
    return rx.el.a(
        choice.label,
        href=choice.href,
        aria_current=rx.cond(choice.chosen, "page", ""),
        class_name=rx.cond(choice.chosen, "btn btn-primary text-base px-2", f"{QUIET} px-2"),
    )


def index() -> rx.Component:
    """What to ask about, by kind."""
    return frame(
        "overlaps",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("overlaps.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("overlaps.lead"), class_name="text-neutral"),
            class_name="space-y-1",
        ),
        rx.el.nav(
            rx.foreach(view.periods, _period),
            aria_label=t("overlaps.period"),
            class_name="grid grid-cols-3 gap-2 sm:max-w-lg",
        ),
        rx.foreach(view.groups, _group),
        hint=t("overlaps.officers_only"),
    )


PAGES = [Page("/admin/overlaps", t("overlaps.title"), index, (view.load,))]
