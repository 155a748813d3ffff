"""Two cards on the page of the own data: who may act for me, and what was done."""

from typing import Any

import reflex as rx

from portal.components.parts import card, problem_note
from portal.components.views import badge, some
from portal.locale import t


def helpers_card(helpers: Any, problem: Any, *, confirm: Any, revoke: Any) -> rx.Component:
    """Who may act for me, and who asks to; nothing while nobody does."""
    return rx.cond(
        some(helpers),
        card(
            rx.el.h2(t("own_helpers.title"), class_name="font-semibold"),
            problem_note(problem),
            rx.el.div(
                rx.foreach(helpers, lambda row: _helper(row, confirm, revoke)),
                class_name="divide-y divide-base-300",
            ),
        ),
    )


def acts_card(helpers: Any, acts: Any) -> rx.Component:
    """What others did for me."""
    return card(
        rx.el.h2(t("own_helpers.acts"), class_name="font-semibold"),
        rx.cond(some(helpers), rx.fragment(), rx.el.p(t("own_helpers.none"))),
        rx.cond(
            some(acts),
            rx.el.ul(rx.foreach(acts, rx.el.li), class_name="list-disc ps-5 space-y-1"),
            rx.el.p(t("own_helpers.no_acts"), class_name="text-neutral"),
        ),
        rx.el.p(t("own_helpers.acts_hint"), class_name="text-sm text-neutral"),
    )


def _helper(row: Any, confirm: Any, revoke: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(row.name, class_name="font-medium"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        rx.el.p(row.dates, class_name="text-sm text-neutral"),
        rx.cond(
            row.is_asked,
            rx.el.div(
                rx.el.p(t("own_helpers.asks_what")),
                _button(t("own_helpers.yes"), confirm(row.key), "btn-primary"),
                _button(t("own_helpers.no"), revoke(row.key), ""),
                class_name="space-y-2",
            ),
            _button(t("own_helpers.take_back"), revoke(row.key), ""),
        ),
        key=row.key,
        custom_attrs={"data-testid": "own-helper"},
        class_name="py-3 space-y-2",
    )


def _button(label: str, event: Any, look: str) -> rx.Component:
    return rx.el.button(
        label, type="button", on_click=event, class_name=f"btn w-full text-base {look}"
    )
