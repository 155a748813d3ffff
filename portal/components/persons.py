"""Two records beside each other, as an officer compares them."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.views import some
from portal.locale import t

# Three columns must fit a phone.
_PAD = "py-2 px-1 sm:px-2"


def _cell(value: Any, differs: Any) -> rx.Component:
    return rx.el.td(
        rx.cond(differs, glyph("triangle-alert", class_name="size-4 inline-block me-1")),
        value,
        class_name=rx.cond(
            differs,
            f"{_PAD} align-top break-words text-error font-medium",
            f"{_PAD} align-top break-words",
        ),
    )


def both_table(pairs: Any) -> rx.Component:
    """Both side by side, a fact a row; ``pairs`` are ``Pair``."""

    def row(pair: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(
                pair.label, scope="row", class_name=f"{_PAD} text-start font-normal text-neutral"
            ),
            _cell(pair.kept, False),
            _cell(pair.merged, pair.differs),
            class_name="border-b border-base-300 last:border-0",
        )

    def head(words: str) -> rx.Component:
        return rx.el.th(words, scope="col", class_name=f"{_PAD} text-start font-semibold")

    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.td(class_name=f"{_PAD} w-1/4"),
                head(t("persons.merge.kept")),
                head(t("persons.merge.merged")),
                class_name="border-b border-base-300",
            )
        ),
        rx.el.tbody(rx.foreach(pairs, row)),
        custom_attrs={"data-testid": "person-both"},
        class_name="w-full table-fixed text-sm sm:text-base rounded-2xl bg-base-100",
    )


def conflict_list(conflicts: Any) -> rx.Component:
    """What both have at once, in sentences, or that there is nothing."""
    return rx.cond(
        some(conflicts),
        rx.el.div(
            rx.el.h3(t("persons.merge.conflicts"), class_name="font-semibold"),
            rx.el.ul(
                rx.foreach(
                    conflicts,
                    lambda words: rx.el.li(
                        glyph("triangle-alert", class_name="size-5 shrink-0 mt-0.5"),
                        rx.el.span(words),
                        class_name="flex gap-2",
                    ),
                ),
                custom_attrs={"data-testid": "person-conflicts"},
                class_name="space-y-2",
            ),
            rx.el.p(t("persons.merge.conflicts_hint"), class_name="text-sm text-neutral"),
            class_name="rounded-2xl border border-warning bg-warning/10 p-4 space-y-2",
        ),
        rx.el.p(
            glyph("circle-check", class_name="size-5 shrink-0 text-success"),
            t("persons.merge.no_conflicts"),
            class_name="flex items-center gap-2",
        ),
    )
