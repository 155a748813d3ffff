"""/me/messages: what is coming and what has arrived."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.shell import shell
from portal.components.views import by_status, nothing, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.messages import MessagesState


def _message(item: Any) -> rx.Component:
    return rx.el.a(
        rx.match(
            item.kind,
            ("session", glyph("calendar-clock", class_name="size-6 shrink-0 text-primary")),
            ("certificate", glyph("award", class_name="size-6 shrink-0 text-success")),
            glyph("circle-alert", class_name="size-6 shrink-0 text-error"),
        ),
        rx.el.span(
            rx.el.span(item.heading, class_name="block font-semibold"),
            rx.el.span(item.when, class_name="block text-sm text-neutral"),
            rx.el.span(item.sentence, class_name="block mt-1"),
            class_name="min-w-0 break-words",
        ),
        href=item.href,
        custom_attrs={"data-testid": "message"},
        class_name="flex gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def messages() -> rx.Component:
    """The page."""
    ready = rx.cond(
        some(MessagesState.rows),
        rx.el.div(
            rx.foreach(MessagesState.rows, _message),
            rx.el.p(t("trainee.messages.hint"), class_name="text-sm text-neutral"),
            class_name="space-y-3",
        ),
        nothing(t("trainee.messages.empty"), t("trainee.messages.find"), "/classes"),
    )
    return shell(
        by_status(MessagesState.status, MessagesState.problem, ready, next_path="/me/messages"),
        title=t("trainee.messages.title"),
        active="me",
        back="/me",
    )


PAGES = [Page("/me/messages", t("trainee.messages.title"), messages, (MessagesState.load,))]
