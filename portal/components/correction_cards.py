"""A request for a correction as those who decide see it, and the two answers."""

from typing import Any

import reflex as rx

from portal.components.choices import day_field, reason_field, text_field
from portal.components.decisions import result_note
from portal.components.desk import QUIET, pager
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact, problem_note
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t

_SMALL = "text-sm text-neutral"
_ENDS = ("completed", "failed")


def desk(view: Any, *, home: str, lead: str, reissue_href: str = "") -> rx.Component:
    """The list with its two sides, what waits and what was answered."""
    listed = rx.el.div(
        rx.el.p(view.count, class_name=_SMALL),
        rx.el.div(
            rx.foreach(view.rows, lambda row: _card(row, view)),
            class_name="grid gap-4 items-start lg:grid-cols-2",
        ),
        pager(view.previous, view.place, view.next),
        class_name="space-y-3",
    )
    nothing = rx.cond(
        view.shows_answered,
        empty(t("rights.desk.empty_answered")),
        empty(t("rights.desk.empty")),
    )
    return rx.el.div(
        rx.el.p(lead, class_name="text-neutral"),
        problem_note(view.problem),
        result_note(view.done, "correction-decided"),
        rx.cond(view.reissue, _way_on(reissue_href)) if reissue_href else rx.fragment(),
        rx.el.nav(
            _side(t("rights.desk.open"), home, ~view.shows_answered),
            _side(t("rights.desk.answered"), f"{home}?show=answered", view.shows_answered),
            aria_label=t("rights.desk.title"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(view.rows.length() > 0, listed, nothing),
        class_name="space-y-5",
    )


def _way_on(href: str) -> rx.Component:
    return rx.el.a(
        t("rights.desk.reissue"), href=href, class_name="btn btn-primary w-full text-base"
    )


def _side(label: str, href: str, chosen: Any) -> rx.Component:
    return rx.el.a(
        label,
        href=href,
        aria_current=rx.cond(chosen, "page", "false"),
        class_name=rx.cond(chosen, "btn btn-primary text-base px-3", f"{QUIET} px-3"),
    )


def _card(row: Any, view: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.heading, class_name="font-semibold leading-snug min-w-0 break-words"),
            rx.cond(row.state != "", badge(row.tone, row.state)),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.asked, class_name=_SMALL),
        rx.el.p(row.said, class_name="font-medium break-words"),
        optional(row.right, "font-medium break-words"),
        rx.el.dl(
            fact(t("rights.desk.stands"), row.stands, wide=True),
            fact(t("rights.desk.line_place"), row.place, wide=True),
            class_name="grid grid-cols-2 gap-y-2 rounded-xl bg-base-200 p-3",
        ),
        rx.cond(row.state == "", _open(row, view), optional(row.answer, "break-words")),
        key=row.key,
        custom_attrs={"data-testid": "correction-card"},
    )


def _open(row: Any, view: Any) -> rx.Component:
    return rx.fragment(
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
        optional(row.again, "rounded-xl bg-info/10 p-3"),
        optional(row.proposed, "rounded-xl bg-info/10 p-3 break-words"),
        optional(row.money, "rounded-xl bg-warning/15 p-3"),
        optional(row.certificate, "rounded-xl bg-warning/15 p-3 break-words"),
        rx.el.div(
            fold(t("rights.desk.accept_fold"), _accept(row, view)),
            fold(t("rights.desk.refuse_fold"), _refuse(row, view)),
            class_name="divide-y divide-base-300",
        ),
    )


def _accept(row: Any, view: Any) -> rx.Component:
    return rx.el.form(
        _key(row),
        rx.cond(
            row.by_value,
            _values(row),
            rx.el.p(t("rights.desk.by_document"), class_name="rounded-xl bg-warning/15 p-3"),
        ),
        _answer(),
        rx.el.button(
            rx.cond(row.by_value, t("rights.desk.accept"), t("rights.desk.accept_document")),
            type="submit",
            custom_attrs={"data-testid": "correction-accept"},
            class_name="btn btn-primary w-full text-base",
        ),
        on_submit=view.accept,
        class_name="space-y-3 pb-3",
    )


def _values(row: Any) -> rx.Component:
    hours = rx.el.label(
        rx.el.span(t("rights.desk.right_hours"), class_name="block font-medium"),
        rx.el.input(
            name="hours",
            type="number",
            min="0",
            max="9999",
            required=True,
            default_value=row.hours,
            class_name="input w-full h-12 text-base mt-1",
        ),
        class_name="block",
    )
    status = rx.el.label(
        rx.el.span(t("rights.desk.right_status"), class_name="block font-medium"),
        rx.el.select(
            *[rx.el.option(t(f"rights.desk.{one}"), value=one) for one in _ENDS],
            name="status",
            default_value=row.status,
            class_name="select select-lg w-full text-base mt-1",
        ),
        class_name="block",
    )
    return rx.el.div(
        text_field("title", t("rights.desk.right_title"), row.title, limit=120, required=True),
        rx.el.div(
            day_field("starts_on", t("rights.desk.right_start"), row.starts_on),
            day_field("ends_on", t("rights.desk.right_end"), row.ends_on),
            rx.cond(row.hours != "", hours),
            rx.cond(row.status != "", status),
            class_name="grid sm:grid-cols-2 gap-3",
        ),
        class_name="space-y-3",
    )


def _refuse(row: Any, view: Any) -> rx.Component:
    return rx.el.form(
        _key(row),
        _answer(),
        rx.el.button(
            t("rights.desk.refuse"),
            type="submit",
            custom_attrs={"data-testid": "correction-refuse"},
            class_name="btn btn-error w-full text-base",
        ),
        on_submit=view.refuse,
        class_name="space-y-3 pb-3",
    )


def _key(row: Any) -> rx.Component:
    return rx.el.input(type="hidden", name="request_id", value=row.key, read_only=True)


def _answer() -> rx.Component:
    return reason_field("reason", t("rights.desk.answer"), hint=t("rights.desk.answer_hint"))
