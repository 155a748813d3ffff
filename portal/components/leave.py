"""Leave and make-ups: on a trainee's page of one session, and what waits on the staff's day."""

from typing import Any

import reflex as rx

from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.trainee import optional
from portal.components.views import badge, some
from portal.locale import t

_RADIO = (
    "flex items-center gap-3 rounded-xl border border-base-300 bg-base-100 p-3 min-h-12 "
    "cursor-pointer has-checked:border-primary has-checked:bg-primary/5"
)
# So many sessions to choose from stand open.
_SOON = 4
_FOLD = (
    "min-h-12 flex items-center justify-between gap-2 text-primary font-medium cursor-pointer "
    "list-none [&::-webkit-details-marker]:hidden"
)


def leave_parts(note: Any, can_ask: Any, *, take_back: Any, ask: Any) -> rx.Component:
    """The request that there is, or the way to one; ``note`` is a ``LeaveNote``."""
    asked = card(
        rx.el.div(
            rx.el.h2(note.heading, class_name="font-semibold"),
            badge(note.tone, note.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        optional(note.note, "break-words"),
        optional(note.answer, "break-words font-medium"),
        rx.el.p(note.next, class_name="text-neutral"),
        rx.cond(
            note.can_withdraw,
            rx.el.button(
                t("my_session.take_back"),
                type="button",
                on_click=take_back,
                custom_attrs={"data-testid": "leave-withdraw"},
                class_name="btn w-full text-base",
            ),
        ),
        custom_attrs={"data-testid": "my-leave"},
    )
    return rx.fragment(
        rx.cond(note.heading != "", asked),
        rx.cond(can_ask, _ask(ask)),
    )


def _ask(ask: Any) -> rx.Component:
    kinds = [
        rx.el.label(
            rx.el.input(
                type="radio",
                name="kind",
                value=kind,
                required=True,
                class_name="radio radio-primary shrink-0",
            ),
            t(f"leave.kind_{kind}"),
            class_name=_RADIO,
        )
        for kind in ("personal", "sick")
    ]
    return rx.el.details(
        rx.el.summary(
            t("my_session.ask"),
            glyph("chevron-down", class_name="size-5 shrink-0 group-open:rotate-180"),
            class_name=_FOLD,
            custom_attrs={"data-testid": "leave-open"},
        ),
        rx.el.form(
            rx.el.p(t("my_session.ask_lead"), class_name="text-neutral"),
            rx.el.fieldset(
                rx.el.legend(t("my_session.ask_kind"), class_name="font-medium mb-1"),
                rx.el.div(*kinds, class_name="grid grid-cols-2 gap-2"),
            ),
            _note_field(),
            rx.el.button(
                t("my_session.ask_send"),
                type="submit",
                custom_attrs={"data-testid": "leave-send"},
                class_name="btn btn-primary btn-lg w-full text-base",
            ),
            on_submit=ask,
            class_name="space-y-3 pb-3",
        ),
        class_name="group rounded-2xl bg-base-100 border border-base-300 px-4",
    )


def _note_field() -> rx.Component:
    return rx.el.label(
        rx.el.span(t("my_session.ask_note"), class_name="block font-medium"),
        rx.el.span(t("my_session.ask_note_hint"), class_name="block text-sm text-neutral"),
        rx.el.textarea(
            name="note", max_length=200, rows=2, class_name="textarea w-full text-base mt-1"
        ),
        class_name="block",
    )


def visit_card(note: Any, is_guest: Any, *, give_back: Any) -> rx.Component:
    """Where the session is made up, a ``VisitNote``; the page has told a guest already."""
    facts = rx.fragment(
        rx.el.div(
            rx.el.h2(t("my_session.makeup"), class_name="font-semibold"),
            badge(note.tone, note.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(note.when, class_name="text-lg"),
        rx.el.p(note.course, class_name="break-words"),
        rx.el.p(note.institution, class_name="text-neutral"),
        rx.el.p(note.place, class_name="text-neutral break-words"),
    )
    return rx.cond(
        note.status != "",
        card(
            rx.cond(is_guest, rx.fragment(), facts),
            rx.el.p(note.next),
            rx.cond(
                note.can_withdraw,
                rx.el.button(
                    t("my_session.give_back"),
                    type="button",
                    on_click=give_back,
                    custom_attrs={"data-testid": "makeup-withdraw"},
                    class_name="btn w-full text-base",
                ),
            ),
            custom_attrs={"data-testid": "my-makeup"},
        ),
    )


def visit_links(visits: Any) -> rx.Component:
    """Where one is expected as a guest, each a large link; none, nothing."""
    return rx.foreach(
        visits,
        lambda note: rx.el.a(
            rx.el.div(
                rx.el.span(t("my_session.makeup"), class_name="font-semibold"),
                badge(note.tone, note.status),
                class_name="flex flex-wrap items-center justify-between gap-2",
            ),
            rx.el.p(note.when, class_name="text-lg"),
            rx.el.p(note.institution, " · ", note.place, class_name="text-neutral break-words"),
            href=note.href,
            key=note.href,
            custom_attrs={"data-testid": "makeup-visit"},
            class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
        ),
    )


def make_up_parts(options: Any, looked: Any, *, find: Any, plan: Any) -> rx.Component:
    """The way to a make-up, then what can be chosen: ``OptionRow`` each."""
    look = card(
        rx.el.h2(t("my_session.can_make_up"), class_name="font-semibold"),
        rx.el.p(t("my_session.can_make_up_lead"), class_name="text-neutral"),
        rx.el.button(
            t("my_session.find"),
            type="button",
            on_click=find,
            custom_attrs={"data-testid": "makeup-find"},
            class_name="btn btn-primary btn-lg w-full text-base",
        ),
    )
    found = rx.cond(
        some(options),
        rx.el.section(
            rx.el.h2(t("my_session.options"), class_name="text-lg font-semibold"),
            rx.el.ul(
                rx.foreach(options[:_SOON], lambda option: _option(option, plan)),
                class_name="space-y-3",
            ),
            rx.cond(
                options.length() > _SOON,
                fold(
                    t("my_session.more_options"),
                    rx.el.ul(
                        rx.foreach(options[_SOON:], lambda option: _option(option, plan)),
                        class_name="space-y-3",
                    ),
                ),
            ),
            class_name="space-y-3",
        ),
        card(rx.el.p(t("my_session.no_options")), role="status"),
    )
    return rx.cond(looked, found, look)


def _option(option: Any, plan: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(option.when, class_name="font-semibold"),
        rx.el.p(option.course, class_name="break-words"),
        rx.el.p(option.institution, class_name="text-neutral"),
        rx.el.p(option.place, class_name="text-neutral break-words"),
        rx.el.p(option.facts, class_name="text-sm"),
        rx.el.button(
            t("my_session.choose"),
            type="button",
            on_click=plan(option.key),
            custom_attrs={"data-testid": "makeup-plan"},
            class_name="btn btn-primary w-full text-base mt-1",
        ),
        key=option.key,
        custom_attrs={"data-testid": "makeup-option"},
        class_name="rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def leave_hints(rows: Any) -> rx.Component:
    """On the day's page: which sessions have requests that wait; none, no card."""
    return rx.cond(
        rows.length() > 0,
        rx.el.section(
            rx.el.h2(t("extras.waiting_title"), class_name="text-lg font-semibold"),
            rx.el.ul(
                rx.foreach(rows, _hint),
                class_name="rounded-2xl bg-base-100 border border-warning divide-y divide-base-300",
            ),
            custom_attrs={"data-testid": "leave-hints"},
            class_name="space-y-3",
        ),
    )


def _hint(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(row.course, class_name="font-medium block break-words"),
                rx.el.span(row.when, class_name="text-sm text-neutral block"),
                class_name="grow min-w-0",
            ),
            badge("warn", row.count),
            href=row.href,
            class_name="flex flex-wrap items-center gap-2 p-4",
        ),
        key=row.key,
    )
