"""What is due, on top of the institution's day; and whose hours run short in a class."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.views import badge
from portal.locale import t

_LIST = "rounded-2xl bg-base-100 border divide-y divide-base-300"


def overdue(view: Any) -> rx.Component:
    """Overdue sheets on top of everything, one line; their names are one tap below."""
    return rx.cond(
        view.overdue.length() > 0,
        rx.el.details(
            rx.el.summary(
                glyph("triangle-alert", class_name="size-5 shrink-0"),
                rx.el.span(view.overdue_title, class_name="grow font-semibold"),
                glyph("chevron-down", class_name="size-5 shrink-0 group-open:rotate-180"),
                class_name="flex items-center gap-3 p-4 min-h-14 text-error cursor-pointer "
                "list-none [&::-webkit-details-marker]:hidden",
            ),
            rx.el.p(t("duties.overdue_more"), class_name="px-4 pb-3 text-sm"),
            rx.el.ul(rx.foreach(view.overdue, _duty), class_name="divide-y divide-error/20"),
            rx.cond(
                view.overdue_rest != "",
                rx.el.p(view.overdue_rest, class_name="p-4 text-sm text-neutral"),
            ),
            custom_attrs={"data-testid": "overdue-sheets"},
            class_name="group rounded-2xl border border-error/40 bg-error/5",
        ),
    )


def duties(view: Any) -> rx.Component:
    """Appeals, second opinions and short hours, after today's sessions; nothing, no card."""
    return rx.cond(
        view.duties.length() > 0,
        rx.el.section(
            rx.el.h2(t("duties.title"), class_name="text-lg font-semibold"),
            rx.el.ul(rx.foreach(view.duties, _duty), class_name=f"{_LIST} border-base-300"),
            custom_attrs={"data-testid": "duties"},
            class_name="space-y-3",
        ),
    )


def own_overlaps(rows: Any) -> rx.Component:
    """What is in two places at once; shown only when something is."""
    return rx.cond(
        rows.length() > 0,
        rx.el.section(
            rx.el.h2(
                glyph("triangle-alert", class_name="size-5 inline-block me-1 align-[-0.2em]"),
                t("overlaps.own_title"),
                class_name="font-semibold text-accent px-4 pt-4",
            ),
            rx.el.ul(
                rx.foreach(
                    rows,
                    lambda row: rx.el.li(
                        rx.el.a(row.text, href=row.href, class_name="block px-4 py-3 min-h-11")
                    ),
                ),
                class_name="divide-y divide-accent/20",
            ),
            custom_attrs={"data-testid": "own-overlaps"},
            class_name="rounded-2xl border border-accent/40 bg-accent/5",
        ),
    )


def _duty(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            glyph(one.icon, class_name="size-5 shrink-0 text-accent"),
            rx.el.span(
                rx.el.span(one.text, class_name="block leading-snug"),
                rx.cond(
                    one.more != "",
                    rx.el.span(one.more, class_name="block text-sm text-neutral"),
                ),
                class_name="grow min-w-0",
            ),
            glyph("chevron-right", class_name="size-5 shrink-0 text-neutral"),
            href=one.href,
            class_name="flex items-center gap-3 p-4 min-h-14",
        ),
        key=one.key,
    )


def warned_list(view: Any) -> rx.Component:
    """Trainees whose hours run short; none, no card."""
    return rx.cond(
        view.rows.length() > 0,
        card(
            rx.el.h2(t("warned.title"), class_name="font-semibold"),
            rx.el.p(t("warned.lead"), class_name="text-sm text-neutral"),
            rx.el.ul(rx.foreach(view.rows, _warned), class_name="divide-y divide-base-300"),
            custom_attrs={"data-testid": "warned"},
        ),
    )


def _warned(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="font-medium break-words"),
            rx.el.p(row.told, class_name="text-sm text-neutral"),
            class_name="grow min-w-0",
        ),
        badge(row.tone, row.level),
        key=row.key,
        class_name="flex flex-wrap items-center gap-2 py-2",
    )
