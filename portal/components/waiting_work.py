"""What waits for an officer: a tile for each kind, with the earliest deadline."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET
from portal.components.icons import glyph
from portal.components.views import some
from portal.locale import t


def _tile(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(one.label, class_name="block leading-snug"),
            rx.el.span(one.count, class_name="text-2xl font-semibold tabular-nums"),
            rx.cond(
                one.late != "",
                rx.el.span(
                    glyph("triangle-alert", class_name="size-4 inline-block me-1"),
                    one.late,
                    class_name="ms-2 text-sm text-error break-keep",
                ),
            ),
            rx.cond(
                one.due != "",
                rx.el.span(one.due, class_name="block text-sm text-neutral break-keep"),
            ),
            href=one.href,
            custom_attrs={"data-testid": "waiting-kind"},
            class_name="block h-full rounded-2xl bg-base-100 border border-base-300 p-3"
            " hover:border-primary",
        )
    )


def waiting_work(kinds: Any, total: Any, late: Any) -> rx.Component:
    """How much waits in all, then kind by kind, the most urgent first."""
    heading = rx.el.div(
        rx.el.h2(
            t("oversight.waits.title"),
            rx.cond(some(kinds), rx.el.span(" ", total)),
            class_name="text-xl font-semibold grow",
        ),
        rx.cond(late != "", rx.el.span(late, class_name="text-error font-medium")),
        rx.cond(
            some(kinds), rx.el.a(t("oversight.waits.all"), href="/admin/work", class_name=QUIET)
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
    )
    return rx.el.section(
        heading,
        rx.cond(
            some(kinds),
            rx.el.ul(
                rx.foreach(kinds, _tile),
                class_name="grid gap-2 grid-cols-2 md:grid-cols-4",
            ),
            rx.el.p(t("oversight.waits.nothing"), class_name="text-neutral"),
        ),
        custom_attrs={"data-testid": "waiting-work"},
        class_name="space-y-3",
    )
