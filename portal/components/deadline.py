"""By when something has to be done."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph


def due_line(item: Any) -> rx.Component:
    """Its deadline, with a sign and a colour once it has passed; nothing where it has none.

    The line breaks where the sentence does: on a narrow phone a last character would stand alone.
    """
    return rx.cond(
        item.due != "",
        rx.el.p(
            glyph(
                rx.cond(item.is_late, "clock-alert", "clock"),
                class_name="size-5 inline-block me-1 align-[-0.2em]",
            ),
            item.due,
            class_name=rx.cond(
                item.is_late, "text-error font-medium break-keep", "font-medium break-keep"
            ),
        ),
    )
