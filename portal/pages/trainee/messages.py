"""/me/messages: what wants an answer, what is coming and what has arrived."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.shell import shell
from portal.components.views import by_status, nothing, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.messages import MessagesState

# Tone -> sign and its colour; the heading says the same in words.
_SIGNS = {
    "session": ("calendar-clock", "text-primary"),
    "certificate": ("award", "text-success"),
    "act": ("bell", "text-primary"),
    "good": ("circle-check", "text-success"),
    "bad": ("circle-alert", "text-error"),
}


def _sign(tone: Any) -> rx.Component:
    size = "size-6 shrink-0"
    drawn = [
        (name, glyph(icon, class_name=f"{size} {colour}"))
        for name, (icon, colour) in _SIGNS.items()
    ]
    return rx.match(tone, *drawn, glyph("info", class_name=f"{size} text-neutral"))


def _message(item: Any) -> rx.Component:
    state: Any = MessagesState
    unread = rx.el.span(
        t("messages.unread"),
        custom_attrs={"data-testid": "message-unread"},
        class_name="badge badge-primary shrink-0",
    )
    return rx.el.a(
        _sign(item.tone),
        rx.el.span(
            rx.el.span(
                rx.el.span(item.heading, class_name="font-semibold min-w-0"),
                rx.cond(item.unread, unread),
                class_name="flex items-start justify-between gap-2",
            ),
            rx.el.span(item.when, class_name="block text-sm text-neutral"),
            rx.el.span(item.sentence, class_name="block mt-1"),
            class_name="min-w-0 grow break-words",
        ),
        href=item.href,
        reload_document=item.is_plain,
        on_click=state.opened(item.notice_id),
        custom_attrs={"data-testid": "message"},
        class_name="flex gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def _all_read() -> rx.Component:
    return rx.cond(
        MessagesState.has_unread,
        rx.el.button(
            glyph("check", class_name="size-5"),
            t("messages.all_read"),
            type="button",
            on_click=MessagesState.all_read,
            class_name="btn btn-ghost text-primary w-full text-base",
        ),
    )


def messages() -> rx.Component:
    """The page."""
    ready = rx.cond(
        some(MessagesState.rows),
        rx.el.div(
            _all_read(),
            rx.foreach(MessagesState.rows, _message),
            rx.el.p(t("messages.hint"), class_name="text-sm text-neutral"),
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
