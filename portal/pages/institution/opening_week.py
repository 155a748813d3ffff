"""The second step of an application: a week that becomes sessions, and the sessions one by one."""

from typing import Any

import reflex as rx

from portal.components.choices import choice, day_field, text_field
from portal.components.desk import QUIET, section
from portal.components.openings import SMALL
from portal.components.trainee import optional
from portal.locale import t
from portal.state.opening_steps import OpeningStepState

# Off the class come Vars, whatever its annotations say.
view: Any = OpeningStepState
_ASK = "min-h-12 py-3 text-primary font-medium cursor-pointer"


def _clock(name: Any, value: Any, label: Any) -> rx.Component:
    return rx.el.input(
        type="time",
        name=name,
        default_value=value,
        aria_label=label,
        class_name="input grow min-w-0 h-12 text-base tabular-nums",
    )


def _span(item: Any) -> rx.Component:
    name = t("opening.when.span", number="")
    return rx.el.div(
        _clock(f"starts{item.number}", item.starts, f"{name}{t('opening.when.starts')}"),
        rx.el.span(t("opening.when.to")),
        _clock(f"ends{item.number}", item.ends, f"{name}{t('opening.when.ends')}"),
        class_name="flex items-center gap-2",
    )


def _number(name: str, label: str, value: Any, hint: str = "") -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.span(hint, class_name=f"block {SMALL}") if hint else rx.fragment(),
        rx.el.input(
            name=name,
            default_value=value,
            input_mode="numeric",
            max_length=2,
            class_name="input w-full h-12 text-base mt-1 tabular-nums",
        ),
        class_name="block",
    )


def _day(item: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=item.value,
            value="1",
            default_checked=item.checked,
            class_name="checkbox checkbox-primary rounded-md shrink-0",
        ),
        rx.el.span(item.label),
        key=item.value,
        class_name="flex items-center gap-2 rounded-xl border border-base-300 bg-base-100 p-3 "
        "min-h-12 cursor-pointer has-checked:border-primary has-checked:bg-primary/5",
    )


def _week() -> rx.Component:
    return rx.el.form(
        rx.el.p(view.needed),
        day_field("first_day", t("opening.when.first_day"), view.first_day),
        rx.el.fieldset(
            rx.el.legend(t("opening.when.weekdays"), class_name="font-medium mb-1"),
            rx.el.div(rx.foreach(view.weekdays, _day), class_name="grid grid-cols-3 gap-2"),
        ),
        rx.el.fieldset(
            rx.el.legend(t("opening.when.spans"), class_name="font-medium mb-1"),
            rx.el.p(t("opening.when.spans_hint"), class_name=SMALL),
            rx.foreach(view.spans, _span),
            class_name="space-y-2",
        ),
        _number(
            "hours_per_day",
            t("opening.when.hours_per_day"),
            view.hours_per_day,
            t("opening.when.hours_per_day_hint"),
        ),
        rx.foreach(view.options, lambda item: choice("", item, several=True)),
        rx.cond(
            view.is_editable,
            rx.el.div(
                rx.cond(
                    view.meetings.length() > 0,
                    rx.el.p(t("opening.when.again_hint"), class_name=f"{SMALL} mb-2"),
                ),
                rx.el.button(
                    rx.cond(
                        view.meetings.length() > 0,
                        t("opening.when.plan_again"),
                        t("opening.when.plan"),
                    ),
                    type="submit",
                    custom_attrs={"data-testid": "opening-plan"},
                    class_name=rx.cond(
                        view.meetings.length() > 0,
                        f"w-full {QUIET}",
                        "btn btn-primary btn-lg w-full text-base",
                    ),
                ),
            ),
        ),
        on_submit=view.save_week,
        class_name="space-y-4",
    )


def _select(name: str, label: str, *options: rx.Component) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(*options, name=name, class_name="select w-full h-12 text-base mt-1"),
        class_name="block min-w-0",
    )


def _option(item: Any, held: Any) -> rx.Component:
    return rx.el.option(item.label, value=item.value, selected=item.value == held)


def _meeting_form() -> rx.Component:
    """One session, new or to be changed."""
    return rx.el.form(
        rx.el.input(type="hidden", name="key", default_value=view.edit.key),
        day_field("day", t("opening.when.day"), view.edit.day),
        rx.el.div(
            _clock("starts", view.edit.starts, t("opening.when.starts")),
            rx.el.span(t("opening.when.to")),
            _clock("ends", view.edit.ends, t("opening.when.ends")),
            class_name="flex items-center gap-2",
        ),
        rx.el.div(
            _number("hours", t("opening.when.hours"), view.edit.hours),
            _select(
                "kind",
                t("opening.when.kind"),
                rx.foreach(view.kinds, lambda item: _option(item, view.edit.kind)),
            ),
            class_name="grid grid-cols-2 gap-3",
        ),
        text_field("topic", t("opening.when.topic"), view.edit.topic),
        text_field("room", t("opening.when.room"), view.edit.room),
        _select(
            "teacher",
            t("opening.when.teacher"),
            rx.el.option(t("opening.when.same"), value=""),
            rx.foreach(view.teachers, lambda item: _option(item, view.edit.teacher)),
        ),
        rx.el.div(
            rx.el.button(
                t("opening.when.save"),
                type="submit",
                custom_attrs={"data-testid": "meeting-save"},
                class_name="btn btn-primary grow text-base",
            ),
            rx.el.button(
                t("opening.when.close"),
                type="button",
                on_click=view.open_meeting(""),
                class_name=QUIET,
            ),
            class_name="flex gap-2",
        ),
        on_submit=view.save_meeting,
        class_name="space-y-3 rounded-xl border border-primary p-3",
    )


def _meeting(row: Any) -> rx.Component:
    line = rx.el.div(
        rx.el.div(
            rx.el.p(row.number, ". ", row.when, class_name="font-medium"),
            rx.el.p(row.what, class_name=SMALL),
            optional(row.where, SMALL),
            class_name="min-w-0 grow",
        ),
        rx.cond(
            view.is_editable,
            rx.el.div(
                rx.el.button(
                    t("opening.when.change"),
                    type="button",
                    on_click=view.open_meeting(row.key),
                    class_name="btn btn-sm min-h-11 bg-base-100 border-base-300 text-base",
                ),
                rx.el.button(
                    t("opening.when.remove"),
                    type="button",
                    on_click=view.remove_meeting(row.key),
                    class_name="btn btn-sm min-h-11 bg-base-100 border-base-300 text-base",
                ),
                class_name="flex gap-2 shrink-0",
            ),
        ),
        class_name="flex flex-wrap items-start justify-between gap-2",
    )
    return rx.el.li(
        rx.cond(view.edit.key == row.key, _meeting_form(), line),
        key=row.key,
        custom_attrs={"data-testid": "opening-meeting"},
        class_name="py-2",
    )


def when() -> rx.Component:
    """The week, the days that were left out, and the sessions."""
    add = rx.cond(
        view.edit.key == "new",
        _meeting_form(),
        rx.el.button(
            t("opening.when.add"),
            type="button",
            on_click=view.open_meeting("new"),
            class_name=f"w-full {QUIET}",
        ),
    )
    return rx.el.div(
        _week(),
        rx.cond(
            view.skipped.length() > 0,
            rx.el.details(
                rx.el.summary(
                    t("opening.when.skipped"), "：", view.skipped.length(), class_name=_ASK
                ),
                rx.el.ul(
                    rx.foreach(view.skipped, lambda text: rx.el.li(text)),
                    class_name="list-disc ps-5 space-y-1",
                ),
            ),
        ),
        section(
            t("opening.when.meetings"),
            rx.cond(
                view.meetings.length() > 0,
                rx.el.ol(
                    rx.foreach(view.meetings, _meeting), class_name="divide-y divide-base-300"
                ),
                rx.el.p(t("opening.when.no_meetings"), class_name="text-neutral"),
            ),
            rx.cond(view.is_editable, add),
        ),
        rx.cond(
            view.meetings.length() > 0,
            rx.el.a(
                t("opening.go_on"),
                href=view.next_href,
                custom_attrs={"data-testid": "opening-next"},
                class_name="btn btn-primary btn-lg w-full text-base",
            ),
        ),
        class_name="space-y-4",
    )
