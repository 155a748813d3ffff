"""Fields of a form that choose one of several, or hold one line that must be there."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from portal.components.choices import labelled, text_field


def line_field(
    name: str, label: str, value: Any = "", *, required: bool = True, longest: int = 60
) -> rx.Component:
    """One line of text, asked for unless it is told otherwise."""
    return text_field(name, label, value, limit=longest, required=required)


def choice_field(
    name: str, label: str, rows: Any, value: Any = "", *, hint: str = ""
) -> rx.Component:
    """One of ``rows`` of a state, each with a key and a label."""
    options = rx.foreach(rows, lambda row: rx.el.option(row.label, value=row.key))
    return _select(name, label, options, hint=hint, default_value=value)


def pick_field(
    name: str, label: str, options: Sequence[tuple[str, str]], *, required: bool = True
) -> rx.Component:
    """One of what never changes, each a value and its word."""
    rows = [rx.el.option(word, value=value) for value, word in options]
    return _select(name, label, *rows, required=required)


def offered_field(
    name: str,
    label: str,
    source: str,
    *,
    hint: str,
    value: Any = "",
    required: bool = True,
    longest: int = 60,
) -> rx.Component:
    """A line that is typed, helped by the words that ``offered_words`` holds under ``source``."""
    return labelled(
        label,
        hint,
        rx.el.input(
            name=name,
            default_value=value,
            required=required,
            max_length=longest,
            auto_complete="off",
            custom_attrs={"list": source},
            class_name="input w-full h-12 text-base mt-1",
        ),
    )


def offered_words(source: str, names: Any) -> rx.Component:
    """What fields of a page offer, once for all of them: ``names``, a list of a state."""
    return rx.el.datalist(rx.foreach(names, lambda one: rx.el.option(value=one)), id=source)


def _select(
    name: str, label: str, *options: Any, hint: str = "", required: bool = True, **props: Any
) -> rx.Component:
    return labelled(
        label,
        hint,
        rx.el.select(
            *options,
            name=name,
            required=required,
            class_name="select w-full h-12 text-base mt-1",
            **props,
        ),
    )
