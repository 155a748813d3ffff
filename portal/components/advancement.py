"""A level that an honour suggests: what officers read of it, and what its owner reads."""

from typing import Any

import reflex as rx

from portal.components.folds import fold, source
from portal.components.parts import card
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t


def suggestion_facts(row: Any) -> rx.Component:
    """For an officer: the level, what was won, and the rule with what of it is our own."""
    return rx.el.div(
        _heading(row),
        rx.el.p(row.won, class_name="break-words"),
        rx.el.div(
            rx.el.p(row.rule),
            source(row.source, row.quote),
            optional(row.caveat, "text-sm text-neutral"),
            class_name="rounded-xl bg-base-200 p-3 space-y-1",
        ),
        class_name="space-y-2",
    )


def own_suggestion(row: Any) -> rx.Component:
    """For the owner: where it stands in plain words, the rule one tap below."""
    return card(
        _heading(row),
        rx.el.p(row.said, class_name="break-words"),
        optional(row.ask, "text-sm text-neutral"),
        fold(
            t("advancement.own.why"),
            rx.el.p(row.rule, class_name="pb-1"),
            source(row.source, row.quote),
        ),
        key=row.key,
        custom_attrs={"data-testid": "own-advancement"},
    )


def _heading(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(row.level, class_name="font-semibold min-w-0 break-words"),
        badge(row.tone, row.state),
        class_name="flex flex-wrap items-start justify-between gap-2",
    )
