"""Charts without a chart library: bars whose length shows what the text beside them says.

They read in grey (dark on light, outlined) and aloud: the bar itself is silent, the words of its
line say name and number, and a table with every figure stands beneath.
"""

from typing import Any

import reflex as rx

CELL = "p-3 text-end tabular-nums whitespace-nowrap"
HEAD = "p-3 text-sm font-medium text-end first:text-start whitespace-nowrap"
TABLE = "hidden lg:block rounded-2xl bg-base-100 border border-base-300 overflow-x-auto"
LINK = "text-primary underline underline-offset-4 inline-flex items-center min-h-11"


def strip(percent: Any) -> rx.Component:
    """A bar of so many per cent; decoration only, words stand beside it."""
    return rx.el.span(
        rx.el.span(
            style={"width": percent.to_string() + "%"},
            class_name="block h-full rounded-sm bg-primary",
        ),
        aria_hidden="true",
        class_name="block h-4 rounded-sm border border-neutral/50 bg-base-200 overflow-hidden",
    )


def bars(title: str, rows: Any) -> rx.Component:
    """A bar for each row: ``name``, ``share`` (per cent of the longest), ``value``, ``said``."""

    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(row.said, class_name="sr-only"),
            rx.el.span(
                rx.el.span(row.name, class_name="break-words"),
                rx.el.span(row.value, class_name="tabular-nums font-semibold"),
                aria_hidden="true",
                class_name="flex justify-between gap-3",
            ),
            strip(row.share),
            class_name="space-y-1",
        )

    return rx.el.figure(
        rx.el.figcaption(title, class_name="font-medium"),
        rx.el.ul(rx.foreach(rows, line), class_name="grid gap-3 lg:grid-cols-2 lg:gap-x-8"),
        class_name="rounded-2xl bg-base-100 border border-base-300 p-4 space-y-3",
    )


def way(steps: Any, label: str) -> rx.Component:
    """Links from the own region down to the present place, which is none."""
    trail = rx.el.nav(
        rx.foreach(
            steps,
            lambda step: rx.cond(
                step.chosen,
                rx.el.span(step.label, aria_current="page", class_name="font-semibold py-2"),
                rx.el.span(
                    rx.el.a(step.label, href=step.path, class_name=LINK),
                    rx.el.span(" › ", aria_hidden="true"),
                ),
            ),
        ),
        aria_label=label,
        class_name="flex flex-wrap items-center gap-x-2",
    )
    # The own region alone is no way.
    return rx.cond(steps.length() > 1, trail)


def select(name: str, label: str, options: Any) -> rx.Component:
    """A choice among ``options`` (value, label, chosen), as the browser has it."""
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(
            rx.foreach(
                options,
                lambda one: rx.el.option(one.label, value=one.value, selected=one.chosen),
            ),
            name=name,
            class_name="select w-full h-12 text-base mt-1",
        ),
        class_name="block min-w-0",
    )


def numbers(figures: Any) -> rx.Component:
    """The figures of a card, two in a row."""
    return rx.el.dl(
        rx.foreach(
            figures,
            lambda item: rx.el.div(
                rx.el.dt(item.label, class_name="text-sm text-neutral"),
                rx.el.dd(item.value, class_name=alarm(item)),
            ),
        ),
        class_name="grid grid-cols-2 sm:grid-cols-3 gap-x-4 gap-y-2",
    )


def alarm(item: Any) -> rx.Var:
    """How a number looks: bold and red where somebody must act."""
    return rx.cond(item.alert, "tabular-nums font-semibold text-error", "tabular-nums")
