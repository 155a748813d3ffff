"""Who taught a session, and the instructor's own tap. Put on the sheet; ``view`` is its state."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET
from portal.components.icons import glyph
from portal.components.parts import card, problem_note
from portal.locale import t


def _person(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(row.name, class_name="font-medium"),
            rx.el.span(row.part, class_name="text-sm text-neutral ms-2"),
        ),
        rx.el.p(row.times, class_name="text-sm text-neutral tabular-nums"),
        rx.foreach(row.odd, lambda text: rx.el.p(text, class_name="text-sm text-accent")),
        key=row.key,
        custom_attrs={"data-testid": "staff-row"},
        class_name="py-1",
    )


def staff_attendance(view: Any) -> rx.Component:
    """The card of the staff; one button, only while this account has something to record."""
    return card(
        rx.el.h2(t("staff.title"), class_name="font-semibold"),
        rx.cond(
            view.rows.length() > 0,
            rx.el.ul(rx.foreach(view.rows, _person)),
            rx.el.p(t("staff.none"), class_name="text-neutral"),
        ),
        rx.cond(view.opens != "", rx.el.p(view.opens, class_name="text-sm text-neutral")),
        problem_note(view.problem),
        rx.cond(
            view.phase != "",
            rx.fragment(
                rx.el.button(
                    glyph("user-check", class_name="size-5"),
                    view.button,
                    type="button",
                    on_click=view.tap(view.phase),
                    custom_attrs={"data-testid": "staff-tap"},
                    class_name=f"w-full {QUIET}",
                ),
                rx.el.p(t("staff.lead"), class_name="text-sm text-neutral"),
            ),
        ),
        custom_attrs={"data-testid": "staff-attendance"},
    )
