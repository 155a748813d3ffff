"""``/help``: the people whom I help."""

from typing import Any

import reflex as rx

from portal.components.desk import staff_page
from portal.components.icons import glyph
from portal.components.parts import empty
from portal.components.shell import plain_link, shell
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.table import Page
from portal.state.helping import HelpedState

# Off the class come Vars, whatever its annotations say.
view: Any = HelpedState


def _person(row: Any) -> rx.Component:
    return plain_link(
        rx.el.div(
            rx.el.h2(row.name, class_name="text-lg font-semibold"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        rx.cond(
            row.todo != "",
            rx.el.p(
                glyph("bell", class_name="size-5 inline-block me-1 align-[-0.2em]"),
                row.todo,
                class_name="font-medium text-accent",
            ),
        ),
        optional(row.seats, "text-sm text-neutral"),
        href=row.href,
        data_testid="helped-person",
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.cond(
            view.people.length() > 0,
            rx.el.div(rx.foreach(view.people, _person), class_name="grid gap-3 md:grid-cols-2"),
            empty(t("help_page.list_empty")),
        ),
        optional(view.run_out, "text-sm text-neutral"),
        optional(view.left, "text-sm text-neutral"),
        class_name="space-y-4",
    )


def index() -> rx.Component:
    """The list, and the one button at the thumb."""
    add = plain_link(
        t("help_page.list_new"),
        href="/help/new",
        data_testid="help-new",
        class_name="btn btn-primary btn-lg w-full text-base",
    )
    return shell(
        staff_page(
            view.status,
            view.problem,
            _ready(),
            next_path="/help",
            back=(t("admin.back_home"), "/"),
            hint=t("help_page.not_helper"),
        ),
        title=t("help_page.title"),
        active="help",
        action=rx.cond((view.status == "ready") & view.can_add, add, rx.fragment()),
        wide=True,
    )


PAGES = [Page("/help", t("help_page.title"), index, (view.load,))]
