"""An appeal as staff see it: what is said, what is known, and the two answers."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.desk import QUIET
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.views import badge
from portal.domain.attendance import AttendanceState
from portal.locale import t

_SMALL = "text-sm text-neutral"
# In the order in which an answer mostly is one of them.
_STATES = (
    AttendanceState.PRESENT,
    AttendanceState.LATE,
    AttendanceState.EARLY_LEAVE,
    AttendanceState.EXCUSED,
    AttendanceState.MAKEUP,
    AttendanceState.ABSENT,
)


def open_card(row: Any, *, uphold: Any, refuse: Any) -> rx.Component:
    """One that waits for its answer."""
    return card(
        _head(row),
        rx.el.p(row.says, class_name="font-medium"),
        rx.el.p(row.note, class_name="break-words"),
        rx.el.p(row.stands),
        _evidence(row),
        rx.el.a(t("appeals.desk.see_sheet"), href=row.sheet, class_name=f"w-full {QUIET}"),
        rx.cond(
            row.is_proposed,
            rx.el.p(
                glyph("clock", class_name="size-5 shrink-0 mt-0.5"),
                t("appeals.desk.proposed"),
                class_name="flex gap-2 rounded-xl bg-info/10 p-3",
            ),
            rx.el.div(
                fold(t("appeals.desk.uphold_fold"), _uphold(row, uphold)),
                fold(t("appeals.desk.refuse_fold"), _refuse(row, refuse)),
                class_name="divide-y divide-base-300",
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "appeal-card"},
    )


def answered_card(row: Any) -> rx.Component:
    """One that was answered."""
    return card(
        rx.el.div(
            rx.el.h3(row.course, class_name="font-semibold leading-snug min-w-0"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.when, class_name=_SMALL),
        rx.el.p(row.answer, class_name="break-words"),
        key=row.key,
    )


def _head(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(row.course, class_name="font-semibold leading-snug"),
        rx.el.p(row.when, class_name=_SMALL),
        rx.el.p(row.asked, class_name=_SMALL),
        rx.el.p(
            rx.cond(
                row.is_late,
                glyph("triangle-alert", class_name="size-5 shrink-0"),
                glyph("clock", class_name="size-5 shrink-0"),
            ),
            row.due,
            class_name=rx.cond(
                row.is_late, "flex gap-2 text-error font-medium", "flex gap-2 text-accent"
            ),
        ),
        class_name="space-y-1",
    )


def _evidence(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h4(t("appeals.desk.evidence"), class_name="text-sm font-medium"),
        rx.cond(
            row.evidence.length() > 0,
            rx.el.ul(
                rx.foreach(row.evidence, lambda line: rx.el.li(line, class_name="break-words")),
                class_name="list-disc ps-5 text-sm space-y-1",
            ),
            rx.el.p(t("appeals.desk.no_evidence"), class_name="text-sm"),
        ),
        class_name="rounded-xl bg-base-200 p-3 space-y-1",
    )


def _uphold(row: Any, on_submit: Any) -> rx.Component:
    look = "select select-lg w-full text-base"
    state = rx.el.select(
        *[rx.el.option(t(f"sheet.state_{one}"), value=one.value) for one in _STATES],
        name="state",
        default_value="present",
        class_name=look,
    )
    hours = rx.el.select(
        rx.foreach(row.hours, lambda n: rx.el.option(n, value=n)),
        name="hours",
        default_value=row.full,
        class_name=look,
    )
    return rx.el.form(
        _key(row),
        rx.el.div(
            _labelled(t("teach.sheet.new_state"), state),
            _labelled(t("teach.sheet.new_hours"), hours),
            class_name="grid grid-cols-2 gap-3",
        ),
        _answer(),
        rx.el.button(
            t("appeals.desk.uphold"),
            type="submit",
            custom_attrs={"data-testid": "appeal-uphold"},
            class_name="btn btn-primary w-full text-base",
        ),
        on_submit=on_submit,
        class_name="space-y-3 pb-3",
    )


def _refuse(row: Any, on_submit: Any) -> rx.Component:
    return rx.el.form(
        _key(row),
        _answer(),
        rx.el.button(
            t("appeals.desk.refuse"),
            type="submit",
            custom_attrs={"data-testid": "appeal-refuse"},
            class_name="btn btn-error w-full text-base",
        ),
        on_submit=on_submit,
        class_name="space-y-3 pb-3",
    )


def _key(row: Any) -> rx.Component:
    return rx.el.input(type="hidden", name="appeal_id", value=row.key, read_only=True)


def _answer() -> rx.Component:
    return reason_field(
        "reason", t("appeals.desk.answer"), hint=t("appeals.desk.answer_hint"), shortest=2
    )


def _labelled(label: str, control: rx.Component) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block text-sm font-medium mb-1"),
        control,
        class_name="block",
    )
