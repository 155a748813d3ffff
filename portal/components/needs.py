"""The way out where no class suits: say what you would like to learn."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.shell import plain_link
from portal.locale import t


def need_link(href: Any) -> rx.Component:
    """没有合适的班？告诉我们; ``href`` carries what was searched for."""
    return plain_link(
        glyph("bell", class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(t("needs.link"), class_name="font-medium block"),
            rx.el.span(t("needs.link_more"), class_name="text-sm text-neutral block"),
            class_name="grow min-w-0 text-start",
        ),
        glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
        href=href,
        data_testid="need-link",
        class_name="flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )
