"""Ways to what belongs together: a card of links, each with a title and a note."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card


def way_link(item: Any) -> rx.Component:
    """A row that leads on; ``item`` has ``href``, ``title`` and ``note``."""
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(item.title, class_name="block"),
                rx.el.span(item.note, class_name="text-sm text-neutral break-words block"),
                class_name="grow min-w-0",
            ),
            glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
            href=item.href,
            class_name="flex items-center gap-3 py-3 min-h-12",
        )
    )


def way_card(title: Any, items: Any, *rest: rx.Component) -> rx.Component:
    """A card of them; nothing where there are none."""
    return rx.cond(
        items.length() > 0,
        card(
            rx.el.h3(title, class_name="font-semibold"),
            rx.el.ul(rx.foreach(items, way_link), class_name="divide-y divide-base-300"),
            *rest,
        ),
    )
