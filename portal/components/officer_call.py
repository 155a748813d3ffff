"""The roll-call that an officer starts, in the card of a lesson that is going on."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET
from portal.components.folds import fold
from portal.components.parts import problem_note
from portal.locale import t


def officer_call(view: Any, key: Any) -> rx.Component:
    """One tap below the card, since it stirs a whole class; ``view`` is its state."""
    said = rx.cond(
        view.lesson == key,
        rx.fragment(
            problem_note(view.problem),
            rx.cond(
                view.said != "",
                rx.el.p(
                    view.said,
                    role="status",
                    custom_attrs={"data-testid": "officer-call-result"},
                ),
            ),
        ),
    )
    return fold(
        t("extras.officer"),
        rx.el.div(
            rx.el.p(t("extras.officer_lead"), class_name="text-sm text-neutral"),
            said,
            rx.el.button(
                rx.cond(
                    (view.lesson == key) & (view.said != ""),
                    t("extras.officer_look"),
                    t("extras.call_start"),
                ),
                type="button",
                on_click=view.call_roll(key),
                custom_attrs={"data-testid": "officer-call"},
                class_name=f"w-full {QUIET}",
            ),
            class_name="space-y-2 pb-2",
        ),
    )
