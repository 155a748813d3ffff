"""A trainee's own records: the hours bar, sessions, and the one tap that has them checked."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.trainee import meeting_facts, optional
from portal.components.views import hours_bar
from portal.locale import t

_TONES = {
    "good": "border-success/40 bg-success/5",
    "warn": "border-warning bg-warning/10",
    "info": "border-info/40 bg-info/5",
}
_BOX = "rounded-xl border p-3 space-y-2 text-base"


@dataclass(frozen=True)
class RecordActs:
    """What can be done with an appeal."""

    appeal: Any
    explain: Any
    withdraw: Any


def hours_card(note: Any) -> rx.Component:
    """How far the hours have come, and what is still possible."""
    return rx.el.div(
        hours_bar(note.value, note.most, note.words, t("trainee.enrolments.hours_label")),
        optional(note.waiting, "text-sm text-neutral"),
        rx.cond(
            note.ahead != "",
            rx.match(
                note.tone,
                ("warn", _alarm(note.ahead, "bg-warning/15")),
                ("bad", _alarm(note.ahead, "bg-error/10 text-error")),
                rx.el.p(note.ahead),
            ),
        ),
        custom_attrs={"data-testid": "hours-note"},
        class_name="space-y-1",
    )


def _alarm(text: Any, look: str) -> rx.Component:
    return rx.el.p(
        glyph("triangle-alert", class_name="size-5 shrink-0 mt-0.5"),
        rx.el.span(text),
        class_name=f"flex gap-2 rounded-xl p-3 {look}",
    )


def record_list(
    heading: str, rows: Any, acts: RecordActs, *, rest: Any, rest_label: Any
) -> rx.Component:
    """Sessions with what is recorded of each; ``rest`` is one tap below."""
    look = "rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300"
    return rx.el.section(
        rx.el.h2(heading, class_name="text-lg font-semibold"),
        rx.el.ul(rx.foreach(rows, lambda row: _record(row, acts)), class_name=look),
        rx.cond(
            rest.length() > 0,
            fold(
                rest_label,
                rx.el.ul(rx.foreach(rest, lambda row: _record(row, acts)), class_name=look),
            ),
        ),
        class_name="space-y-3",
    )


def _record(row: Any, acts: RecordActs) -> rx.Component:
    return rx.el.li(
        meeting_facts(row.meeting),
        optional(row.how, "text-sm text-neutral -mt-1"),
        rx.cond(row.meeting.can_scan, _scan()),
        rx.match(
            row.appeal,
            ("open", _open(row, acts)),
            ("upheld", _answered(row)),
            ("refused", _answered(row, more=t("appeals.own.refused_more"))),
            rx.fragment(),
        ),
        rx.cond(
            (row.until != "") | (row.more != ""),
            rx.el.div(
                rx.cond(row.until != "", _button(row, acts)),
                rx.cond(row.more != "", _more(row)),
                class_name="flex flex-wrap items-start gap-x-3",
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "own-record"},
        class_name="p-4 space-y-2",
    )


def _scan() -> rx.Component:
    """The open window waits for this person: the way to the camera."""
    return rx.el.a(
        glyph("scan-line", class_name="size-5"),
        t("trainee.me.scan"),
        href="/scan",
        class_name="btn btn-primary w-full text-base",
    )


def _more(row: Any) -> rx.Component:
    """The session's own page: leave beforehand, making it up afterwards."""
    return rx.el.a(
        row.more,
        glyph("chevron-right", class_name="size-5"),
        href=row.href,
        class_name="inline-flex items-center min-h-12 text-primary grow justify-end",
    )


def _button(row: Any, acts: RecordActs) -> rx.Component:
    """One tap; it can be taken back. Where nothing is missing it does not stand out."""
    return rx.el.div(
        rx.el.button(
            glyph("circle-alert", class_name="size-5"),
            row.label,
            type="button",
            on_click=acts.appeal(row.key, row.kind),
            custom_attrs={"data-testid": "appeal"},
            class_name=rx.cond(
                row.kind == "missing", "btn text-base px-3", "btn btn-ghost text-base px-0"
            ),
        ),
        rx.el.span(row.until, class_name="text-sm text-neutral block"),
        class_name="grow",
    )


def _open(row: Any, acts: RecordActs) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            glyph("clock", class_name="size-5 shrink-0 mt-0.5"),
            rx.el.span(row.said),
            class_name="flex gap-2",
        ),
        rx.cond(
            row.own_note != "",
            rx.el.p(
                t("appeals.own.your_note"),
                row.own_note,
                class_name="text-sm break-words",
            ),
        ),
        fold(t("appeals.own.note_fold"), _explain(row, acts)),
        rx.el.button(
            t("appeals.own.withdraw"),
            type="button",
            on_click=acts.withdraw(row.appeal_id),
            custom_attrs={"data-testid": "appeal-withdraw"},
            class_name="btn btn-ghost text-base px-0",
        ),
        custom_attrs={"data-testid": "appeal-open"},
        class_name=f"{_BOX} {_TONES['info']}",
    )


def _explain(row: Any, acts: RecordActs) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="appeal_id", value=row.appeal_id, read_only=True),
        rx.el.label(
            rx.el.span(t("appeals.own.note_label"), class_name="block text-sm font-medium"),
            rx.el.input(
                name="note",
                default_value=row.own_note,
                max_length=200,
                auto_complete="off",
                placeholder=t("appeals.own.note_hint"),
                class_name="input w-full h-12 text-base mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(
            t("appeals.own.note_save"), type="submit", class_name="btn btn-primary w-full text-base"
        ),
        on_submit=acts.explain,
        class_name="space-y-2 pb-1",
    )


def _answered(row: Any, more: str = "") -> rx.Component:
    sign = "check" if not more else "circle-alert"
    return rx.el.div(
        rx.el.p(
            glyph(sign, class_name="size-5 shrink-0 mt-0.5"),
            rx.el.span(row.said, class_name="break-words"),
            class_name="flex gap-2",
        ),
        rx.el.p(more, class_name="text-sm") if more else rx.fragment(),
        custom_attrs={"data-testid": "appeal-answered"},
        class_name=f"{_BOX} {_TONES['warn' if more else 'good']}",
    )
