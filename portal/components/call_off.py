"""A class that is called off: how it was, and the way to do it."""

from typing import Any

import reflex as rx

from portal.components.decisions import ASKS, act_form, result_note
from portal.components.desk import quiet_button
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, problem_note
from portal.locale import t

_SMALL = "text-sm text-neutral"


def called_off_note(view: Any) -> rx.Component:
    """Who called the class off, when and why; shown only when somebody did."""
    return rx.fragment(
        result_note(view.done, "call-off-done"),
        rx.cond(
            view.is_off,
            card(
                rx.el.h2(
                    glyph(
                        "circle-x", class_name="size-5 inline-block me-1 align-[-0.2em] text-error"
                    ),
                    t("call_off.heading"),
                    class_name="text-lg font-semibold",
                ),
                rx.el.p(t("call_off.reason_line"), view.why, class_name="break-words"),
                rx.el.p(view.who, class_name=_SMALL),
                rx.el.p(view.people, class_name=_SMALL),
                rx.el.p(view.progress, class_name=_SMALL),
                custom_attrs={"data-testid": "called-off"},
            ),
        ),
    )


def call_off_fold(view: Any) -> rx.Component:
    """The way to call the class off, folded at the end of its page."""
    return rx.cond(
        view.is_offered,
        rx.fragment(
            problem_note(view.problem),
            rx.cond(
                view.effects.length() > 0,
                _question(view),
                card(fold(t("call_off.title"), _form(view))),
            ),
        ),
    )


def _form(view: Any) -> rx.Component:
    return rx.cond(
        view.why_not != "",
        rx.el.p(view.why_not, custom_attrs={"data-testid": "call-off-why-not"}),
        rx.el.div(
            rx.el.p(t("call_off.lead"), class_name=_SMALL),
            act_form(
                t("call_off.ask"),
                view.ask,
                reason=t("call_off.reason"),
                look="btn-primary",
                testid="call-off-ask",
            ),
            class_name="space-y-3",
        ),
    )


def _question(view: Any) -> rx.Component:
    """What would happen, before it does."""
    return card(
        rx.el.h2(t("call_off.sure"), class_name="font-semibold"),
        rx.el.ul(
            rx.foreach(view.effects, lambda line: rx.el.li(line)),
            class_name="list-disc ps-5 space-y-2",
            custom_attrs={"data-testid": "call-off-effects"},
        ),
        rx.el.p(
            t("call_off.reason_line"),
            view.reason,
            class_name="text-sm text-neutral break-words",
        ),
        rx.el.button(
            t("call_off.confirm"),
            type="button",
            on_click=view.confirm,
            custom_attrs={"data-testid": "call-off-confirm"},
            class_name="btn btn-error w-full text-base",
        ),
        quiet_button(t("call_off.step_back"), view.step_back),
        custom_attrs=ASKS,
    )
