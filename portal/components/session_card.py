"""A session in a list of the institution's staff."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t

MAIN = "btn btn-primary text-base"
OTHER = "btn text-base border-base-300"


def today_card(row: Any) -> rx.Component:
    """A session of today with its large actions; what is due now stands out."""
    return card(
        _head(row),
        rx.el.div(
            rx.el.p(
                rx.el.span(t("teach.present_label"), class_name="text-sm text-neutral me-2"),
                rx.el.span(row.present, class_name="text-3xl font-semibold tabular-nums"),
                rx.el.span("/ ", row.roster, class_name="text-neutral ms-1"),
            ),
            rx.cond(row.window != "", rx.el.p(row.window, class_name="text-sm text-neutral")),
            class_name="flex flex-wrap items-baseline justify-between gap-x-4",
        ),
        rx.el.div(
            plain_link(
                glyph("qr-code", class_name="size-5"),
                t("teach.open_screen"),
                href=row.screen,
                class_name=rx.cond(row.screen_open, f"{MAIN} grow", f"{OTHER} grow"),
            ),
            plain_link(
                glyph("scan-line", class_name="size-5"),
                t("staff_scan.open"),
                href=row.scan,
                class_name=f"{OTHER} grow",
            ),
            rx.el.a(
                glyph("list-checks", class_name="size-5"),
                t("teach.open_sheet"),
                href=row.sheet,
                class_name=f"{OTHER} grow",
            ),
            # Two abreast on a phone, and the third across: no hole beside it.
            class_name="flex flex-wrap gap-2 pt-1",
        ),
        custom_attrs={"data-testid": "today-session"},
    )


def session_line(row: Any) -> rx.Component:
    """A session of another day: one large link to its sheet."""
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(row.title, class_name="font-medium leading-snug block"),
                rx.el.span(row.when, class_name="text-sm block"),
                rx.el.span(row.place, class_name="text-sm text-neutral block"),
                class_name="grow basis-40 min-w-0",
            ),
            rx.cond(row.is_ahead, rx.fragment(), badge(row.tone, row.status)),
            glyph("chevron-right", class_name="size-5 shrink-0 text-neutral"),
            href=row.sheet,
            class_name="p-4 flex items-center gap-2",
        ),
        custom_attrs={"data-testid": "session-line"},
    )


def _head(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h3(row.title, class_name="font-semibold leading-snug"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.when, class_name="text-base"),
        rx.el.p(row.place, class_name="text-sm text-neutral"),
        class_name="space-y-1",
    )
