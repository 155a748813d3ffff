"""What an officer decides: a form with a reason, and what came of it."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.icons import glyph

# A form for one act: ``assets/device.js`` empties it and folds it away once the act is done.
ONCE = {"data-once": "1"}
# What an act would do, before it is done: brought into sight when it is asked.
ASKS = {"data-asks": "1"}


def act_form(
    label: str,
    on_submit: Any,
    *fields: rx.Component,
    look: str,
    testid: str,
    reason: str = "",
    hint: str = "",
    shortest: int = 4,
) -> rx.Component:
    """One act: its fields, a reason when one is asked for, its button."""
    why = reason_field("reason", reason, hint=hint, shortest=shortest) if reason else rx.fragment()
    return rx.el.form(
        *fields,
        why,
        rx.el.button(
            label,
            type="submit",
            custom_attrs={"data-testid": testid},
            class_name=f"btn {look} w-full text-base",
        ),
        on_submit=on_submit,
        custom_attrs=ONCE,
        class_name="space-y-3",
    )


def result_note(sentence: Any, testid: str) -> rx.Component:
    """What was done; shown only when something was."""
    return rx.cond(
        sentence != "",
        rx.el.div(
            glyph("circle-check", class_name="size-5 shrink-0 mt-0.5"),
            rx.el.p(sentence),
            role="status",
            custom_attrs={"data-testid": testid, "data-told": "1"},
            class_name="rounded-2xl border border-success/40 bg-success/5 text-success p-4 "
            "flex gap-2",
        ),
    )


def decided(sentence: Any, testid: str, *, label: str, href: str) -> rx.Component:
    """The end of a decision: what was done, and the way on."""
    return rx.el.div(
        result_note(sentence, testid),
        rx.el.a(label, href=href, class_name="btn btn-primary w-full text-base"),
        class_name="space-y-4 max-w-2xl",
    )
