"""A class in a list: one large link."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph


def note(icon: str, sentence: str | rx.Var, colour: str) -> rx.Component:
    """A short state: icon and words, so that colour is never the only cue."""
    return rx.el.span(
        glyph(icon, class_name="size-4 shrink-0"),
        sentence,
        class_name=f"inline-flex items-center gap-1 text-sm font-medium {colour}",
    )


def free_note(free: Any, sentence: Any) -> rx.Component:
    """Who pays: see ``FreeStatus`` of the catalogue; empty where nothing is said of it."""
    return rx.match(
        free,
        ("", rx.fragment()),
        ("fee", note("wallet", sentence, "text-neutral")),
        ("subsidised", note("hand-coins", sentence, "text-info")),
        note("circle-check", sentence, "text-success"),
    )


def seats_note(status: Any, sentence: Any) -> rx.Component:
    """Whether one can still enrol: see ``SeatStatus`` of the catalogue."""
    return rx.match(
        status,
        ("open", note("users", sentence, "text-base-content")),
        ("few", note("clock-alert", sentence, "text-accent")),
        ("soon", note("calendar-clock", sentence, "text-info")),
        note("circle-x", sentence, "text-neutral"),
    )


def fit_note(fit: Any, sentence: Any) -> rx.Component:
    """What the rules say to the person who looks: see ``ClassRow.fit``."""
    return rx.match(
        fit,
        ("eligible", note("user-check", sentence, "text-success")),
        ("needs_review", note("clock", sentence, "text-info")),
        ("enrolled", note("user-check", sentence, "text-primary")),
        note("circle-x", sentence, "text-neutral"),
    )


def class_card(item: Any) -> rx.Component:
    """A row of a list of classes; ``item`` is a ``ClassRow``."""
    return rx.el.a(
        rx.el.span(
            rx.el.span(item.title, class_name="font-semibold text-base leading-snug"),
            rx.cond(
                item.badge != "",
                rx.el.span(item.badge, class_name="badge badge-ghost whitespace-nowrap shrink-0"),
            ),
            class_name="flex items-start justify-between gap-2",
        ),
        rx.el.span(item.where, class_name="text-sm text-neutral"),
        rx.el.span(item.when, class_name="text-sm text-neutral"),
        rx.cond(item.why != "", rx.el.span(item.why, class_name="text-sm text-neutral")),
        rx.el.span(
            free_note(item.free, item.free_text),
            seats_note(item.status, item.seats),
            class_name="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 pt-1 mt-auto",
        ),
        rx.cond(
            item.fit != "",
            rx.el.span(
                fit_note(item.fit, item.fit_text),
                custom_attrs={"data-testid": "class-fit", "data-fit": item.fit},
            ),
        ),
        href=item.href,
        custom_attrs={"data-testid": "class-card"},
        class_name="flex flex-col gap-1.5 h-full rounded-2xl bg-base-100 border border-base-300 p-4"
        " hover:border-primary",
    )
