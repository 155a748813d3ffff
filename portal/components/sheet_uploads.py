"""What devices without a link brought to a sheet: conflicts and refusals first."""

from typing import Any

import reflex as rx

from portal.components.folds import fold
from portal.components.parts import card
from portal.components.views import badge
from portal.locale import t


def uploads_panel(view: Any) -> rx.Component:
    """The uploads of a session; none, no panel. ``view`` is their state."""
    return rx.cond(
        view.total > 0,
        card(
            rx.el.h2(t("sheet_uploads.title"), class_name="font-semibold"),
            rx.el.p(view.summary, class_name="text-sm text-neutral"),
            rx.el.ul(rx.foreach(view.look_at, _line), class_name="divide-y divide-base-300"),
            rx.cond(
                view.fine.length() > 0,
                fold(
                    t("sheet_uploads.fine"),
                    rx.el.ul(rx.foreach(view.fine, _line), class_name="divide-y divide-base-300"),
                ),
            ),
            custom_attrs={"data-testid": "uploads-panel"},
        ),
    )


def _line(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="font-medium break-words min-w-0"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        rx.el.p(row.facts, class_name="text-sm text-neutral"),
        rx.cond(row.text != "", rx.el.p(row.text, class_name="text-sm break-words")),
        key=row.key,
        class_name="py-2",
    )
