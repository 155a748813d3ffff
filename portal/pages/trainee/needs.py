"""``/me/needs``: what I would like to learn, and what became of it."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.parts import card, empty
from portal.components.shell import plain_link, shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, refusal, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.needs import NeedsState

# Off the class come Vars, whatever its annotations say.
view: Any = NeedsState


def _need(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(row.skill, class_name="text-lg font-semibold min-w-0 break-words"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.place),
        optional(row.news, "font-medium"),
        rx.el.p(row.since, class_name="text-sm text-neutral"),
        rx.el.a(row.link, href=row.href, class_name="btn w-full text-base"),
        rx.cond(
            row.is_open,
            rx.el.button(
                t("needs.withdraw"),
                type="button",
                on_click=view.withdraw(row.key),
                class_name="btn btn-ghost w-full text-base",
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "need"},
    )


def needs() -> rx.Component:
    """The page."""
    new = plain_link(
        t("needs.new"), href="/needs/new", class_name="btn btn-primary btn-lg w-full text-base"
    )
    ready = rx.el.div(
        refusal(view.problem),
        result_note(view.done, "needs-done"),
        rx.cond(
            some(view.rows),
            rx.el.div(rx.foreach(view.rows, _need), class_name="space-y-3"),
            empty(
                t("needs.empty"),
                rx.el.a(
                    t("trainee.me.find_class"), href="/classes", class_name="btn w-full text-base"
                ),
            ),
        ),
        class_name="space-y-4",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/needs"),
        title=t("needs.title"),
        active="me",
        back="/me",
        action=rx.cond(view.status == "ready", new, rx.fragment()),
    )


PAGES = [Page("/me/needs", t("needs.title"), needs, (view.load,))]
