"""/me/corrections: which line of my archive is wrong, and what was answered."""

from typing import Any

import reflex as rx

from portal.components.choices import text_field
from portal.components.decisions import result_note
from portal.components.desk import section
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, empty, problem_note
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.corrections import CorrectionsState

# Off the class come Vars, whatever its annotations say.
view: Any = CorrectionsState

_SMALL = "text-sm text-neutral"


def _wish() -> rx.Component:
    return rx.el.label(
        rx.el.span(t("rights.corrections.wish"), class_name="block font-medium"),
        rx.el.span(t("rights.corrections.wish_hint"), class_name=f"block {_SMALL}"),
        rx.el.textarea(
            name="wish",
            required=True,
            min_length=4,
            max_length=500,
            rows=3,
            custom_attrs={"data-testid": "correction-wish"},
            class_name="textarea w-full text-base mt-1",
        ),
        class_name="block",
    )


def _form(row: Any) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="entry_id", value=row.key, read_only=True),
        _wish(),
        text_field(
            "right_value",
            t("rights.corrections.right"),
            "",
            hint=t("rights.corrections.right_hint"),
            limit=500,
        ),
        rx.el.button(
            t("rights.corrections.send"),
            type="submit",
            custom_attrs={"data-testid": "correction-send"},
            class_name="btn btn-primary w-full text-base",
        ),
        on_submit=view.ask,
        class_name="space-y-3 pb-3",
    )


def _line(row: Any) -> rx.Component:
    return card(
        rx.el.h3(row.title, class_name="font-semibold break-words"),
        rx.el.p(row.meta, class_name=_SMALL),
        optional(row.hours, "text-sm"),
        rx.cond(row.fold != "", fold(row.fold, _form(row)), rx.el.p(row.note, class_name=_SMALL)),
        key=row.key,
        custom_attrs={"data-testid": "correction-line"},
    )


def _request(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.title, class_name="font-semibold leading-snug min-w-0 break-words"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.asked, class_name=_SMALL),
        rx.el.p(row.said, class_name="break-words"),
        optional(row.right, "break-words"),
        rx.cond(
            row.due != "",
            rx.el.p(
                rx.cond(
                    row.is_late,
                    glyph("triangle-alert", class_name="size-5 shrink-0"),
                    glyph("clock", class_name="size-5 shrink-0"),
                ),
                row.due,
                class_name=rx.cond(row.is_late, "flex gap-2 text-error", "flex gap-2 text-neutral"),
            ),
        ),
        optional(row.answer, "font-medium break-words"),
        rx.cond(
            row.is_open,
            rx.el.button(
                t("rights.corrections.withdraw"),
                type="button",
                on_click=view.withdraw(row.key),
                class_name="btn w-full text-base",
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "correction-request"},
    )


def corrections() -> rx.Component:
    """The page."""
    asked = rx.cond(
        some(view.requests),
        section(
            t("rights.corrections.requests"),
            rx.el.div(rx.foreach(view.requests, _request), class_name="space-y-3"),
        ),
    )
    lines = rx.cond(
        some(view.lines),
        section(
            t("rights.corrections.lines"),
            rx.el.div(rx.foreach(view.lines, _line), class_name="space-y-3"),
        ),
        empty(t("rights.corrections.empty")),
    )
    ready = rx.el.div(
        rx.el.p(t("rights.corrections.lead"), class_name="text-neutral"),
        problem_note(view.problem),
        result_note(view.done, "correction-done"),
        asked,
        lines,
        class_name="space-y-5",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/corrections"),
        title=t("rights.corrections.title"),
        active="archive",
        back="/me/archive",
    )


PAGES = [
    Page("/me/corrections", t("rights.corrections.title"), corrections, (CorrectionsState.load,))
]
