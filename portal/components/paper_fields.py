"""The fields of a certificate on an officer's form; ``fields`` is a ``PaperFields``, choices are
``Option``s."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from portal.components.choices import day_field, text_field
from portal.locale import t


def select_field(
    name: str, label: str, options: Iterable[Any], value: Any = "", *, testid: str = ""
) -> rx.Component:
    """One of a few that are known before the page is: a list that folds out."""
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(
            *[rx.el.option(option.label, value=option.value) for option in options],
            name=name,
            default_value=value,
            custom_attrs={"data-testid": testid} if testid else {},
            class_name="select w-full h-12 text-base mt-1",
        ),
        class_name="block",
    )


def paper_fields(
    fields: Any, levels: Iterable[Any], editions: Iterable[Any], *, with_number: bool = True
) -> rx.Component:
    """Everything that a certificate says; which of it a kind needs the service tells."""
    number = _text("number", fields) if with_number else rx.fragment()
    return rx.el.div(
        _text("title", fields),
        _text("institution_name", fields),
        number,
        _text("result", fields),
        _text("remark", fields),
        _text("occupation_code", fields),
        select_field("edition", t("papers.field.edition"), editions, _value(fields, "edition")),
        _text("occupation_name", fields),
        select_field("level", t("papers.field.level"), levels, _value(fields, "level")),
        _day("issued_on", fields, hint=t("papers.field.issued_on_hint")),
        _day("expires_on", fields, hint=t("papers.field.expires_on_hint")),
        # Begins and ends stand side by side, however many fields come before.
        rx.el.div(class_name="hidden md:block") if with_number else rx.fragment(),
        _day("starts_on", fields),
        _day("ends_on", fields),
        text_field(
            "hours_planned", t("papers.field.hours_planned"), _value(fields, "hours_planned")
        ),
        text_field(
            "hours_credited", t("papers.field.hours_credited"), _value(fields, "hours_credited")
        ),
        class_name="grid gap-4 md:grid-cols-2 items-end",
    )


_HINTED = ("title", "institution_name", "number", "occupation_code", "occupation_name")


def _text(name: str, fields: Any) -> rx.Component:
    hint = t(f"papers.field.{name}_hint") if name in (*_HINTED, "result", "remark") else ""
    return text_field(name, t(f"papers.field.{name}"), _value(fields, name), hint=hint)


def _day(name: str, fields: Any, *, hint: str = "") -> rx.Component:
    return day_field(name, t(f"papers.field.{name}"), _value(fields, name), hint=hint)


def _value(fields: Any, name: str) -> Any:
    return "" if fields is None else getattr(fields, name)
