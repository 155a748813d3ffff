"""What is one tap below: the clause behind a sentence, a long list."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph

_FOLD = (
    "cursor-pointer list-none min-h-11 flex items-center justify-between gap-2 text-primary "
    "[&::-webkit-details-marker]:hidden"
)


def fold(summary: Any, *children: rx.Component) -> rx.Component:
    """Something one tap below: the browser's own details, so that it works with any keyboard."""
    return rx.el.details(
        rx.el.summary(
            rx.el.span(summary),
            glyph("chevron-down", class_name="size-5 shrink-0 fold-mark"),
            class_name=_FOLD,
        ),
        *children,
    )


def source(clause: Any, quote: Any) -> rx.Component:
    """Where a rule stands and what it says there."""
    return rx.el.p(
        clause,
        rx.cond(quote != "", rx.el.q(quote, class_name="ms-1")),
        class_name="text-sm text-neutral",
    )
