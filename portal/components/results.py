"""The end of a class: a trainee's result, and the card that closes the class."""

from typing import Any

import reflex as rx

from portal.components.decisions import ASKS
from portal.components.desk import QUIET, main_button, quiet_button
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t


def trainee_result(row: Any, record: Any, *, is_open: Any) -> rx.Component:
    """One trainee: hours, result, what is missing, certificate; two buttons while results are
    taken."""
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(row.name, class_name="font-medium break-words"),
                rx.el.p(row.hours, class_name="text-sm text-neutral tabular-nums"),
                rx.foreach(
                    row.parts,
                    lambda part: rx.el.p(part, class_name="text-sm text-neutral tabular-nums"),
                ),
                class_name="grow min-w-0",
            ),
            # While results are taken, the pressed button says it.
            rx.cond(is_open, rx.fragment(), badge(row.tone, row.exam_label)),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.foreach(row.unmet, lambda text: rx.el.p(text, class_name="text-sm text-accent")),
        rx.cond(
            row.number != "",
            plain_link(
                glyph("award", class_name="size-5"),
                rx.el.span(row.number, class_name="tabular-nums break-all"),
                href=row.verify,
                aria_label=t("teach.results.certificate"),
                class_name="btn btn-ghost text-primary text-base px-0 h-auto min-h-11",
            ),
        ),
        rx.cond(
            is_open,
            rx.el.div(
                _choice(row, record, passed=True),
                _choice(row, record, passed=False),
                role="group",
                aria_label=row.name,
                class_name="grid grid-cols-2 gap-2 pt-1",
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "result-row"},
        class_name="p-4 space-y-1",
    )


def _choice(row: Any, record: Any, *, passed: bool) -> rx.Component:
    chosen = row.exam == ("passed" if passed else "failed")
    look = "btn-success" if passed else "btn-error"
    return rx.el.button(
        rx.cond(chosen, glyph("check", class_name="size-5")),
        t("teach.results.pass_button" if passed else "teach.results.fail_button"),
        type="button",
        aria_pressed=chosen,
        on_click=record(row.key, passed),
        class_name=rx.cond(chosen, f"btn text-base {look}", QUIET),
    )


def finish_card(view: Any) -> rx.Component:
    """What stands between the class and its end, or the end itself."""
    return card(
        rx.el.h2(t("teach.results.title"), class_name="text-lg font-semibold"),
        rx.match(
            view.stage,
            ("closed", _closed(view)),
            (
                "over",
                rx.cond(view.may_finish, _over(view), rx.el.p(t("teach.results.not_manager"))),
            ),
            rx.el.p(t("teach.results.running"), class_name="text-neutral"),
        ),
        custom_attrs={"data-testid": "finish-card"},
    )


def _closed(view: Any) -> rx.Component:
    return rx.el.p(
        glyph("circle-check", class_name="size-5 inline-block me-1 align-[-0.2em] text-success"),
        rx.cond(view.done != "", view.done, view.closed),
        role="status",
        custom_attrs={"data-testid": "finish-result"},
    )


def _over(view: Any) -> rx.Component:
    return rx.cond(
        view.asking,
        _question(view),
        rx.cond(
            view.can_finish,
            rx.el.div(
                rx.el.p(t("teach.results.ready")),
                main_button(t("teach.results.ask"), view.ask, testid="finish-ask"),
                class_name="space-y-3",
            ),
            rx.el.p(view.obstacle),
        ),
    )


def _question(view: Any) -> rx.Component:
    """How many get a certificate, who does not and why; then the button."""
    return rx.el.div(
        rx.el.p(t("teach.results.ask_title"), class_name="font-semibold"),
        rx.el.p(view.earned),
        rx.cond(
            view.left_out.length() > 0,
            rx.el.div(
                rx.el.p(view.left_out_title),
                rx.el.ul(
                    rx.foreach(
                        view.left_out,
                        lambda one: rx.el.li(
                            rx.el.b(one.name), " ", one.why, class_name="break-words"
                        ),
                    ),
                    class_name="text-sm space-y-1 mt-1",
                ),
                class_name="rounded-xl bg-base-200 p-3",
            ),
        ),
        rx.el.p(t("teach.results.final"), class_name="text-sm text-neutral"),
        main_button(view.finish_label, view.finish, testid="finish-confirm"),
        quiet_button(t("teach.results.step_back"), view.step_back),
        custom_attrs=ASKS,
        class_name="space-y-3",
    )
