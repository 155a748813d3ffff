"""Parts that the pages of cases, complaints, recoveries and samples share."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from portal.components.deadline import due_line
from portal.components.views import badge
from portal.locale import t

SMALL = "text-sm text-neutral"
_CARD = "block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1"


def hidden(name: str, value: Any) -> rx.Component:
    """What a form is about travels with it, so that a lost link loses nothing."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def long_text(name: str, label: str, *, shortest: int = 4, hint: str = "") -> rx.Component:
    """Several lines of text."""
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.span(hint, class_name=f"block {SMALL}") if hint else rx.fragment(),
        rx.el.textarea(
            name=name,
            required=shortest > 0,
            min_length=shortest,
            max_length=2_000,
            rows=4,
            class_name="textarea w-full text-base mt-1",
        ),
        class_name="block",
    )


def select_of(name: str, label: str, entries: Iterable[tuple[str, str]]) -> rx.Component:
    """One of a few fixed words: (value, word)."""
    return _select(name, label, *(rx.el.option(word, value=value) for value, word in entries))


def select_from(name: str, label: str, options: Any) -> rx.Component:
    """One of a list of the state with ``value`` and ``label``."""
    return _select(
        name,
        label,
        rx.el.option(t("casework.choose_one"), value=""),
        rx.foreach(options, lambda one: rx.el.option(one.label, value=one.value)),
    )


def _select(name: str, label: str, *options: rx.Component) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(*options, name=name, class_name="select w-full h-12 text-base mt-1"),
        class_name="block",
    )


def file_card(item: Any) -> rx.Component:
    """A case, complaint, recovery or assignment in a list: title, lines, state, day."""
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.title, class_name="font-semibold leading-snug grow break-words"),
            badge(item.tone, item.word),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.foreach(item.lines, lambda line: rx.el.p(line, class_name=f"{SMALL} break-words")),
        due_line(item),
        href=item.href,
        custom_attrs={"data-testid": "file-card"},
        class_name=_CARD,
    )


def shows(items: Any, label: str) -> rx.Component:
    """What a list is narrowed to: links, the present one marked."""
    return rx.el.nav(
        rx.foreach(
            items,
            lambda one: rx.el.a(
                one.label,
                href=one.href,
                aria_current=rx.cond(one.is_here, "page", "false"),
                class_name=rx.cond(
                    one.is_here,
                    "btn btn-primary text-base",
                    "btn text-base bg-base-100 border-base-300",
                ),
            ),
        ),
        aria_label=label,
        class_name="flex flex-wrap gap-2",
    )


def texts(lines: Any) -> rx.Component:
    """Lines of plain text."""
    return rx.foreach(lines, lambda line: rx.el.p(line, class_name="break-words"))


def entry(item: Any) -> rx.Component:
    """A finding, a hearing, a line of history: heading, state, lines."""
    return rx.el.div(
        rx.el.div(
            rx.el.h3(item.title, class_name="font-semibold leading-snug grow break-words"),
            rx.cond(item.word != "", badge(item.tone, item.word)),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.foreach(item.lines, lambda line: rx.el.p(line, class_name=f"{SMALL} break-words")),
        class_name="space-y-1",
    )
