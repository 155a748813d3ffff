"""``/admin/mandates``: who acts for whom in the region, and an end to it."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.desk import QUIET, pager, quiet_button
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.helping import OverseenMandatesState

# Off the class come Vars, whatever its annotations say.
view: Any = OverseenMandatesState

_SMALL = "text-sm text-neutral"


def _question(row: Any) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="key", value=row.key, read_only=True),
        rx.el.label(
            rx.el.span(t("mandates_page.reason"), class_name="block font-medium"),
            rx.el.input(
                name="reason",
                required=True,
                min_length=4,
                max_length=200,
                auto_complete="off",
                class_name="input w-full text-base mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(
            t("mandates_page.confirm"), type="submit", class_name="btn btn-error w-full text-base"
        ),
        quiet_button(t("teach.results.step_back"), view.ask("")),
        on_submit=view.revoke,
        class_name="space-y-2",
    )


def _mandate(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(row.person, class_name="font-semibold grow"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(row.helper),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.el.p(row.acts, class_name=_SMALL),
        rx.cond(
            row.is_live,
            rx.cond(
                view.asking == row.key,
                _question(row),
                rx.el.button(
                    t("mandates_page.end"),
                    type="button",
                    on_click=view.ask(row.key),
                    class_name=QUIET,
                ),
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "overseen-mandate"},
    )


def index() -> rx.Component:
    """The list, the latest first."""
    return frame(
        "mandates",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("mandates_page.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("mandates_page.lead"), class_name="text-neutral"),
        ),
        problem_note(view.problem),
        result_note(view.done, "mandates-done"),
        rx.cond(
            view.rows.length() > 0,
            rx.el.div(
                rx.el.p(view.count, class_name=_SMALL),
                rx.el.div(
                    rx.foreach(view.rows, _mandate),
                    class_name="grid gap-3 md:grid-cols-2 items-start",
                ),
                pager(view.previous, view.place, view.next),
                class_name="space-y-3",
            ),
            empty(t("mandates_page.empty")),
        ),
        hint=t("facts.officers_only"),
    )


PAGES = [Page("/admin/mandates", t("mandates_page.title"), index, (view.load,))]
