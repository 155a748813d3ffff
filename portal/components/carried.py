"""The card of hours that people of a class have had elsewhere."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.desk import QUIET
from portal.components.parts import card, problem_note
from portal.locale import t

_SMALL = "text-sm text-neutral"


def carried_card(view: Any) -> rx.Component:
    """Who brought what, what counts of it, and what the pack says; nobody, no card."""
    return rx.cond(
        view.rows.length() > 0,
        card(
            rx.el.h2(t("carry.desk_title"), class_name="font-semibold"),
            rx.el.p(view.policy, class_name=_SMALL),
            problem_note(view.problem),
            result_note(view.done, "carried-done"),
            rx.cond(~view.is_open, rx.el.p(t("carry.desk_closed"), class_name=_SMALL)),
            rx.el.ul(
                rx.foreach(view.rows, lambda row: _line(view, row)),
                class_name="divide-y divide-base-300",
            ),
            custom_attrs={"data-testid": "carried"},
        ),
    )


def _line(view: Any, row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.name, class_name="font-medium break-words"),
        rx.el.p(row.text, class_name="text-sm break-words"),
        rx.el.p(row.source, class_name=_SMALL),
        rx.cond(row.why != "", rx.el.p(row.why, class_name="text-sm text-accent")),
        rx.cond(row.counted != "", _counted(view, row)),
        rx.cond(view.is_open & (row.most > 0), _form(view, row)),
        key=row.key,
        custom_attrs={"data-testid": "carried-line"},
        class_name="py-3 space-y-1",
    )


def _counted(view: Any, row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(row.counted, class_name="grow font-medium text-success tabular-nums"),
        rx.cond(
            view.is_open,
            rx.el.button(
                t("carry.desk_withdraw"),
                type="button",
                on_click=view.withdraw(row.carried),
                class_name=QUIET,
            ),
        ),
        class_name="flex flex-wrap items-center gap-2",
    )


def _form(view: Any, row: Any) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="enrolment", value=row.enrolment, read_only=True),
        rx.el.input(type="hidden", name="entry", value=row.entry, read_only=True),
        rx.el.label(
            rx.el.span(row.label, class_name="block text-sm"),
            rx.el.input(
                name="hours",
                type="number",
                min=1,
                max=row.most,
                default_value=row.most.to_string(),
                required=True,
                input_mode="numeric",
                class_name="input w-full text-base mt-1",
            ),
            class_name="block grow",
        ),
        rx.el.button(t("carry.desk_accept"), type="submit", class_name="btn btn-primary text-base"),
        on_submit=view.accept,
        class_name="flex items-end gap-2",
    )
