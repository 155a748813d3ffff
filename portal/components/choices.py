"""Fields of a plain question: answers to choose from, a line of text, a day."""

from typing import Any

import reflex as rx

_ROW = (
    "flex items-start gap-3 rounded-xl border border-base-300 bg-base-100 p-3 min-h-12 "
    "cursor-pointer has-checked:border-primary has-checked:bg-primary/5"
)


def choice(name: Any, item: Any, *, several: bool = False) -> rx.Component:
    """One answer; ``item`` is an ``Option``. Of ``several`` any number may be chosen."""
    look = "checkbox checkbox-primary rounded-md" if several else "radio radio-primary"
    return rx.el.label(
        rx.el.input(
            type="checkbox" if several else "radio",
            name=item.value if several else name,
            value="1" if several else item.value,
            default_checked=item.checked,
            class_name=f"{look} shrink-0 mt-0.5",
        ),
        rx.el.span(
            rx.el.span(item.label, class_name="block"),
            rx.cond(
                item.hint != "", rx.el.span(item.hint, class_name="block text-sm text-neutral")
            ),
            class_name="min-w-0 break-words",
        ),
        key=item.value,
        class_name=_ROW,
    )


def choices(name: str, legend: str, items: Any, *, hint: str = "") -> rx.Component:
    """A question with its answers, one of which is chosen."""
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="font-medium mb-1"),
        rx.el.p(hint, class_name="text-sm text-neutral") if hint else rx.fragment(),
        rx.foreach(items, lambda item: choice(name, item)),
        class_name="space-y-2",
    )


def text_field(
    name: str, label: str, value: Any, *, hint: str = "", limit: int = 80, required: bool = False
) -> rx.Component:
    """A line of text."""
    return labelled(
        label,
        hint,
        rx.el.input(
            name=name,
            default_value=value,
            max_length=limit,
            required=required,
            auto_complete="off",
            class_name="input w-full h-12 text-base mt-1",
        ),
    )


def day_field(
    name: str, label: str, value: Any = "", *, hint: str = "", on_change: Any = None
) -> rx.Component:
    """A day, picked as the phone does it."""
    return labelled(
        label,
        hint,
        rx.el.input(
            type="date",
            name=name,
            default_value=value,
            on_change=on_change,
            class_name="input w-full h-12 text-base mt-1",
        ),
    )


def reason_field(
    name: str, label: str, *, hint: str = "", shortest: int = 4, testid: str = ""
) -> rx.Component:
    """A reason in a sentence or two; with ``shortest`` 0 it may be left out."""
    return labelled(
        label,
        hint,
        rx.el.textarea(
            name=name,
            required=shortest > 0,
            min_length=shortest,
            max_length=200,
            rows=3,
            custom_attrs={"data-testid": testid} if testid else {},
            class_name="textarea w-full text-base mt-1",
        ),
    )


def labelled(label: str, hint: str, control: rx.Component) -> rx.Component:
    """A control below what it is called and what is worth knowing about it."""
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.span(hint, class_name="block text-sm text-neutral") if hint else rx.fragment(),
        control,
        class_name="block",
    )
