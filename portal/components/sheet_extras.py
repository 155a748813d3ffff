"""Beside an attendance sheet: leave to answer, guests, and the roll-call in the middle.

``view`` is their state, which the page of the sheet loads together with its own.
"""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t


def leave_panel(view: Any) -> rx.Component:
    """Requests for leave, the open ones first; none, no panel."""
    return rx.cond(
        view.requests.length() > 0,
        card(
            rx.el.div(
                rx.el.h2(t("extras.leave"), class_name="font-semibold grow"),
                rx.cond(view.open_requests != "", badge("warn", view.open_requests)),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.el.ul(
                rx.foreach(view.requests, lambda row: _request(row, view)),
                class_name="divide-y divide-base-300",
            ),
            custom_attrs={"data-testid": "leave-panel"},
        ),
    )


def _request(row: Any, view: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="font-medium break-words"),
            rx.cond(row.is_open, rx.el.span(row.kind), badge(row.tone, row.status)),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        rx.cond(row.note != "", rx.el.p(row.note, class_name="break-words")),
        rx.cond(
            row.answer != "", rx.el.p(row.answer, class_name="text-sm text-neutral break-words")
        ),
        rx.cond(row.is_open, _decide(row, view)),
        key=row.key,
        custom_attrs={"data-testid": "leave-request"},
        class_name="py-3 space-y-2",
    )


def _decide(row: Any, view: Any) -> rx.Component:
    """One tap to grant; to refuse one says why."""
    refuse = rx.el.form(
        rx.el.input(type="hidden", name="leave_id", value=row.key, read_only=True),
        rx.el.label(
            rx.el.span(t("extras.why"), class_name="block text-sm font-medium mb-1"),
            rx.el.input(
                name="answer",
                required=True,
                min_length=2,
                max_length=200,
                auto_complete="off",
                class_name="input input-lg w-full text-base",
            ),
            class_name="block",
        ),
        rx.el.button(
            t("extras.refuse_send"),
            type="submit",
            custom_attrs={"data-testid": "leave-refuse"},
            class_name="btn btn-error w-full text-base",
        ),
        on_submit=view.refuse,
        class_name="space-y-2 pb-2",
    )
    return rx.fragment(
        rx.el.button(
            glyph("check", class_name="size-5"),
            t("extras.grant"),
            type="button",
            on_click=view.grant(row.key),
            custom_attrs={"data-testid": "leave-grant"},
            class_name=f"w-full {QUIET}",
        ),
        fold(t("extras.refuse"), refuse),
    )


def guests_panel(view: Any) -> rx.Component:
    """Who makes up a session here, and who makes this one up elsewhere."""
    return rx.fragment(
        _visits(t("extras.guests"), t("extras.guests_lead"), view.guests, "guests-panel"),
        _visits(t("extras.elsewhere"), "", view.elsewhere, "elsewhere-panel"),
    )


def _visits(title: str, lead: str, rows: Any, testid: str) -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        card(
            rx.el.h2(title, class_name="font-semibold"),
            rx.el.p(lead, class_name="text-sm text-neutral") if lead else rx.fragment(),
            rx.el.ul(rx.foreach(rows, _visit), class_name="divide-y divide-base-300"),
            custom_attrs={"data-testid": testid},
        ),
    )


def _visit(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="font-medium break-words"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        rx.el.p(row.facts, class_name="text-sm text-neutral break-words"),
        key=row.key,
        class_name="py-2",
    )


def call_panel(view: Any) -> rx.Component:
    """The roll-call: one button while it is possible, then who answered."""
    start = rx.el.button(
        glyph("users", class_name="size-5"),
        t("extras.call_start"),
        type="button",
        on_click=view.start_call,
        custom_attrs={"data-testid": "call-start"},
        class_name=f"w-full {QUIET}",
    )
    look = rx.el.button(
        glyph("refresh-cw", class_name="size-5"),
        t("extras.call_look"),
        type="button",
        on_click=view.look,
        custom_attrs={"data-testid": "call-look"},
        class_name=f"w-full {QUIET}",
    )
    people = rx.fragment(
        rx.cond(
            view.missing.length() > 0,
            rx.fragment(
                rx.el.h3(view.missing_label, class_name="font-medium text-accent"),
                rx.el.ul(
                    rx.foreach(view.missing, lambda row: _missing(row, view)),
                    class_name="divide-y divide-base-300",
                ),
            ),
        ),
        rx.cond(
            view.answered.length() > 0,
            fold(view.answered_label, rx.el.ul(rx.foreach(view.answered, _answered))),
            rx.el.p(view.answered_label, class_name="text-neutral"),
        ),
    )
    screen = plain_link(
        glyph("qr-code", class_name="size-5"),
        t("teach.open_screen"),
        href=view.screen,
        class_name="btn btn-primary w-full text-base",
    )
    is_open = view.call_status == "open"
    held = rx.fragment(rx.cond(is_open, screen), people, rx.cond(is_open, look))
    return card(
        rx.el.h2(t("extras.call"), class_name="font-semibold"),
        rx.el.p(view.call),
        rx.match(
            view.call_status,
            ("possible", rx.fragment(rx.el.p(view.call_rule, class_name="text-sm"), start)),
            ("open", held),
            ("over", held),
            rx.fragment(),
        ),
        custom_attrs={"data-testid": "call-panel"},
    )


def _missing(row: Any, view: Any) -> rx.Component:
    """Who has no phone answers by the teacher's tap, as long as the call is open."""
    return rx.el.li(
        rx.el.span(row.name, class_name="grow min-w-0 break-words"),
        rx.cond(
            view.call_status == "open",
            rx.el.button(
                t("extras.call_tap"),
                type="button",
                on_click=view.tap(row.key),
                custom_attrs={"data-testid": "call-tap"},
                class_name=QUIET,
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "call-missing"},
        class_name="flex items-center gap-3 min-h-12 py-1",
    )


def _answered(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.name, class_name="grow min-w-0 break-words"),
        rx.el.span(row.at, class_name="text-neutral tabular-nums"),
        key=row.key,
        class_name="flex gap-3 py-1",
    )
