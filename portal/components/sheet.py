"""The rows of an attendance sheet, and the form that corrects one."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.components.desk import QUIET
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import problem_note
from portal.components.views import badge
from portal.domain.attendance import AttendanceState
from portal.locale import t


@dataclass(frozen=True)
class SheetActions:
    """What a row can do, and what the open row needs to know."""

    edit: Any
    mark: Any
    correct: Any
    approve: Any
    refuse: Any
    take_back: Any
    editing: Any
    hour_choices: Any
    problem: Any


def trainee(row: Any, act: SheetActions) -> rx.Component:
    """One trainee: a tap on the row opens the correction below it."""
    is_open = act.editing == row.key
    words = rx.fragment(
        _who(row),
        # For who has not come yet the tap beside says it all.
        rx.cond(row.mark == "in", rx.fragment(), _state(row)),
    )
    look = "flex flex-wrap grow basis-40 items-center gap-x-2 gap-y-1 min-h-14 py-2"
    return rx.el.li(
        rx.el.div(
            rx.cond(
                row.is_guest | (row.proposal != ""),
                # Nothing to correct: a guest is corrected at home, and one change waits already.
                rx.el.div(words, class_name=look),
                rx.el.button(
                    words,
                    type="button",
                    title=t("teach.sheet.tap_to_correct"),
                    aria_expanded=is_open,
                    on_click=act.edit(row.key),
                    class_name=f"{look} cursor-pointer",
                ),
            ),
            rx.cond(row.mark != "", _mark(row, act)),
            class_name="flex flex-wrap items-center gap-x-3",
        ),
        _remarks(row),
        rx.cond(row.proposal != "", proposal(row, act)),
        rx.cond(is_open, correction(row, act)),
        key=row.key,
        custom_attrs={"data-testid": "attendance-row"},
        class_name="px-4",
    )


def _who(row: Any) -> rx.Component:
    """Name and times."""
    return rx.el.span(
        rx.el.span(row.name, class_name="font-medium break-words"),
        rx.cond(
            row.is_guest,
            rx.el.span(t("teach.sheet.guest"), class_name="text-sm text-primary ms-2"),
        ),
        rx.el.span(
            row.times,
            rx.cond(row.how != "", " · " + row.how.to(str), ""),
            class_name="text-sm text-neutral block tabular-nums",
        ),
        class_name="grow basis-32 text-start",
    )


def _remarks(row: Any) -> rx.Component:
    """What is odd, and why it was corrected: sentences, in the full width of the row."""
    return rx.cond(
        (row.odd.length() > 0) | (row.note != ""),
        rx.el.div(
            rx.foreach(row.odd, lambda text: rx.el.p(text, class_name="text-accent")),
            rx.cond(row.note != "", rx.el.p(row.note, class_name="text-neutral break-words")),
            custom_attrs={"data-testid": "remarks"},
            class_name="text-sm pb-3 space-y-1",
        ),
    )


def shared_reason(one: Any) -> rx.Component:
    """A reason that many rows carry, explained once for all of them."""
    return rx.el.div(
        rx.el.dt(one.word, class_name="font-medium text-accent"),
        rx.el.dd(one.text, class_name="text-neutral"),
        key=one.code,
    )


def proposal(row: Any, act: SheetActions) -> rx.Component:
    """A correction that waits: the second person agrees or not, the first may take it back."""
    return rx.el.div(
        rx.el.p(
            glyph("user-check", class_name="size-5 shrink-0 mt-0.5"),
            rx.el.span(row.waits, class_name="break-words min-w-0"),
            class_name="flex gap-2",
        ),
        rx.cond(
            row.is_mine,
            rx.el.button(
                t("proposal.take_back"),
                type="button",
                on_click=act.take_back(row.proposal),
                custom_attrs={"data-testid": "proposal-take-back"},
                class_name=f"w-full {QUIET}",
            ),
            _second(row, act),
        ),
        custom_attrs={"data-testid": "proposal"},
        class_name="rounded-xl border border-info/40 bg-base-100 p-3 mb-3 space-y-2",
    )


def _second(row: Any, act: SheetActions) -> rx.Component:
    refuse = rx.el.form(
        rx.el.input(type="hidden", name="proposal_id", value=row.proposal, read_only=True),
        _field(
            t("proposal.refuse_reason"),
            rx.el.input(
                name="reason",
                required=True,
                min_length=2,
                max_length=200,
                auto_complete="off",
                class_name="input input-lg w-full text-base",
            ),
        ),
        rx.el.button(t("proposal.refuse"), type="submit", class_name="btn btn-error w-full"),
        on_submit=act.refuse,
        class_name="space-y-2",
    )
    return rx.fragment(
        rx.el.button(
            t("proposal.approve"),
            type="button",
            on_click=act.approve(row.proposal),
            custom_attrs={"data-testid": "proposal-approve"},
            class_name="btn btn-primary w-full text-base",
        ),
        fold(t("proposal.refuse"), refuse),
    )


def _state(row: Any) -> rx.Component:
    """What counts, and the sign that it can be changed."""
    return rx.el.span(
        badge(row.tone, row.badge),
        rx.cond(
            row.is_guest | (row.proposal != ""),
            rx.fragment(),
            glyph("pencil", class_name="size-4 shrink-0 text-neutral"),
        ),
        class_name="flex items-center gap-2",
    )


def _mark(row: Any, act: SheetActions) -> rx.Component:
    """One tap for who has no phone."""
    return rx.el.button(
        row.mark_label,
        type="button",
        on_click=act.mark(row.key, row.mark),
        custom_attrs={"data-testid": "mark-present"},
        class_name=f"my-2 {QUIET}",
    )


def correction(row: Any, act: SheetActions) -> rx.Component:
    """What counts now, and what shall count instead."""
    return rx.el.form(
        problem_note(act.problem),
        rx.el.p(row.id_no, class_name="text-sm text-neutral"),
        rx.el.p(row.old, custom_attrs={"data-testid": "old-value"}),
        rx.el.input(type="hidden", name="enrolment_id", value=row.key, read_only=True),
        _new_value(row, act),
        _field(
            t("teach.sheet.reason"),
            rx.el.input(
                name="reason",
                required=True,
                min_length=2,
                max_length=200,
                auto_complete="off",
                placeholder=t("teach.sheet.reason_hint"),
                class_name="input input-lg w-full text-base",
            ),
        ),
        rx.el.p(t("teach.sheet.keeps"), class_name="text-sm text-neutral"),
        _save_or_not(row, act),
        on_submit=act.correct,
        class_name="space-y-3 pb-4",
    )


def _new_value(row: Any, act: SheetActions) -> rx.Component:
    look = "select select-lg w-full text-base"
    states = [
        rx.el.option(t(f"sheet.state_{state}"), value=state.value) for state in AttendanceState
    ]
    state = rx.el.select(
        *states,
        name="state",
        default_value=row.state,
        # Brings the form into view, clear of the bars above and below.
        auto_focus=True,
        class_name=f"{look} scroll-mt-40 scroll-mb-96",
    )
    hours = rx.el.select(
        rx.foreach(act.hour_choices, lambda n: rx.el.option(n, value=n)),
        name="hours",
        default_value=row.hours,
        class_name=look,
    )
    return rx.el.div(
        _field(t("teach.sheet.new_state"), state),
        _field(t("teach.sheet.new_hours"), hours),
        class_name="grid grid-cols-2 gap-3",
    )


def _save_or_not(row: Any, act: SheetActions) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            t("teach.sheet.cancel"), type="button", on_click=act.edit(row.key), class_name=QUIET
        ),
        rx.el.button(
            t("teach.sheet.save"),
            type="submit",
            custom_attrs={"data-testid": "correction-save"},
            class_name="btn btn-primary text-base",
        ),
        class_name="grid grid-cols-2 gap-2",
    )


def _field(label: str, control: rx.Component) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block text-sm font-medium mb-1"),
        control,
        class_name="block",
    )
