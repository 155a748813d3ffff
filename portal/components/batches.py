"""The card that makes the certificate files of a class and hands them out."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, bar, quiet_button
from portal.components.icons import glyph
from portal.components.parts import card, problem_note
from portal.components.shell import plain_link
from portal.locale import t


def batch_card(view: Any) -> rx.Component:
    """By how far the files are; nothing for who may not have them."""
    return rx.cond(
        view.stage != "",
        card(
            rx.el.h2(t("batches.title"), class_name="text-lg font-semibold"),
            problem_note(view.problem),
            rx.match(view.stage, ("none", _offer(view)), ("working", _moving(view)), _made(view)),
            custom_attrs={"data-testid": "batch-card"},
        ),
    )


def _offer(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(t("batches.intro")),
        quiet_button(t("batches.start"), view.start),
        class_name="space-y-3",
    )


def _moving(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(t("batches.working")),
        bar(view.percent, view.percent_text),
        rx.el.p(t("batches.stays"), class_name="text-sm text-neutral"),
        role="status",
        class_name="space-y-2",
        custom_attrs={"data-testid": "batch-progress"},
    )


def _made(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(view.done_text, role="status"),
        rx.cond(
            view.failed.length() > 0,
            rx.el.div(
                rx.el.p(t("batches.failed"), class_name="text-error"),
                rx.el.ul(
                    rx.foreach(view.failed, lambda name: rx.el.li(name, class_name="break-words")),
                    class_name="list-disc ps-5",
                ),
                quiet_button(t("batches.again"), view.start),
                class_name="rounded-xl bg-base-200 p-3 space-y-2",
            ),
        ),
        _way("file-text", "print", view.print_href),
        _way("award", "zip", view.zip_href),
        class_name="space-y-3",
    )


def _way(icon: str, name: str, href: Any) -> rx.Component:
    return plain_link(
        glyph(icon, class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(t(f"batches.{name}"), class_name="font-medium block"),
            rx.el.span(t(f"batches.{name}_more"), class_name="text-sm text-neutral font-normal"),
            class_name="text-start",
        ),
        href=href,
        class_name=f"w-full h-auto py-3 justify-start gap-3 {QUIET}",
    )
