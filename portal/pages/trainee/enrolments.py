"""/me/enrolments: my classes, and one of them with its sessions."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.own_records import RecordActs, hours_card, record_list
from portal.components.parts import card, fact
from portal.components.shell import shell
from portal.components.trainee import enrolment_card, optional
from portal.components.views import badge, by_status, nothing, refusal, some
from portal.components.waiting import offer_note, place_card, swap_list
from portal.locale import t
from portal.pages.table import Page
from portal.state.enrolments import EnrolmentsState, EnrolmentState


def enrolments() -> rx.Component:
    """The list."""
    more = rx.cond(
        EnrolmentsState.has_more,
        rx.el.button(
            t("trainee.enrolments.more"),
            type="button",
            on_click=EnrolmentsState.more,
            class_name="btn w-full text-base",
        ),
    )
    ready = rx.cond(
        some(EnrolmentsState.rows),
        rx.el.div(
            rx.foreach(EnrolmentsState.rows, enrolment_card),
            more,
            class_name="space-y-3",
        ),
        nothing(t("trainee.enrolments.empty"), t("trainee.enrolments.find"), "/classes"),
    )
    return shell(
        by_status(
            EnrolmentsState.status, EnrolmentsState.problem, ready, next_path="/me/enrolments"
        ),
        title=t("trainee.enrolments.title"),
        active="me",
        back="/me",
    )


def _head() -> rx.Component:
    row: Any = EnrolmentState.row
    return card(
        rx.el.div(
            rx.el.h2(row.title, class_name="text-xl font-semibold min-w-0 break-words"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.cond(
            row.is_live,
            rx.fragment(
                hours_card(EnrolmentState.hours),
                rx.foreach(EnrolmentState.parts, lambda part: optional(part, "text-sm")),
            ),
            rx.fragment(
                optional(EnrolmentState.ended, ""),
                optional(EnrolmentState.review_due, "font-medium"),
                optional(EnrolmentState.why, "text-neutral"),
            ),
        ),
    )


def _point(point: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(point.message),
        rx.cond(
            point.href != "",
            rx.el.a(
                t("trainee.enrolment.answer_point"),
                href=point.href,
                class_name="btn btn-primary w-full text-base",
            ),
        ),
        class_name="py-3 space-y-2",
    )


def _review() -> rx.Component:
    """Why an officer looks at it, and what one can answer oneself."""
    return rx.cond(
        some(EnrolmentState.points),
        card(
            rx.el.h2(t("trainee.enrolment.points"), class_name="font-semibold"),
            rx.el.ul(
                rx.foreach(EnrolmentState.points, _point), class_name="divide-y divide-base-300"
            ),
            custom_attrs={"data-testid": "enrolment-review"},
        ),
    )


def _phone() -> Any:
    return rx.el.a(
        glyph("phone", class_name="size-5"),
        EnrolmentState.phone,
        href="tel:" + EnrolmentState.phone,
        class_name="inline-flex items-center gap-2 min-h-12 text-primary underline",
    )


def _facts() -> rx.Component:
    row: Any = EnrolmentState.row
    return card(
        rx.el.h2(t("trainee.enrolment.facts"), class_name="font-semibold"),
        rx.el.dl(
            fact(t("trainee.enrolment.dates"), row.dates, wide=True),
            fact(t("trainee.enrolment.place"), EnrolmentState.place, wide=True),
            fact(t("trainee.enrolment.institution"), row.institution, wide=True),
            fact(t("trainee.enrolment.phone"), _phone(), wide=True),
            rx.cond(
                EnrolmentState.signed != "",
                fact(t("trainee.enrolment.signed"), EnrolmentState.signed, wide=True),
            ),
            class_name="grid grid-cols-2 gap-y-3",
        ),
        rx.el.a(
            t("trainee.enrolment.see_class"),
            href=EnrolmentState.class_href,
            class_name="btn w-full text-base",
        ),
    )


def _told() -> rx.Component:
    """What became of a tap, where it cannot be missed."""
    return rx.cond(
        EnrolmentState.told != "",
        rx.el.div(
            glyph("circle-check", class_name="size-5 shrink-0 mt-0.5"),
            rx.el.p(EnrolmentState.told),
            role="status",
            custom_attrs={"data-testid": "appeal-told"},
            class_name="sticky top-16 z-10 rounded-2xl border border-success/40 bg-base-100 "
            "text-success p-4 flex gap-2",
        ),
    )


def _sessions() -> rx.Component:
    acts = RecordActs(
        appeal=EnrolmentState.appeal,
        explain=EnrolmentState.explain_appeal,
        withdraw=EnrolmentState.withdraw_appeal,
    )
    return rx.fragment(
        rx.cond(
            some(EnrolmentState.coming),
            record_list(
                t("trainee.enrolment.coming"),
                EnrolmentState.coming,
                acts,
                rest=EnrolmentState.later,
                rest_label=EnrolmentState.later_label,
            ),
        ),
        rx.cond(
            some(EnrolmentState.past),
            rx.fragment(
                record_list(
                    t("trainee.enrolment.past"),
                    EnrolmentState.past,
                    acts,
                    rest=EnrolmentState.earlier,
                    rest_label=EnrolmentState.earlier_label,
                ),
                rx.el.p(t("trainee.enrolment.wrong"), class_name="text-sm text-neutral"),
            ),
        ),
        rx.cond(EnrolmentState.has_no_sessions, card(rx.el.p(t("trainee.enrolment.no_sessions")))),
    )


def _leave() -> rx.Component:
    """Leaving, in two steps; the first lives in the browser and survives a lost link."""
    waits = EnrolmentState.waiting.place != ""
    return rx.el.details(
        rx.el.summary(
            rx.cond(waits, t("waiting.leave"), t("trainee.enrolment.leave")),
            class_name="btn btn-ghost w-full text-base text-error",
            custom_attrs={"data-testid": "enrolment-leave"},
        ),
        rx.el.div(
            rx.el.p(rx.cond(waits, t("waiting.leave_what"), t("trainee.enrolment.leave_what"))),
            rx.el.button(
                rx.cond(waits, t("waiting.leave_confirm"), t("trainee.enrolment.leave_confirm")),
                type="button",
                on_click=EnrolmentState.cancel,
                custom_attrs={"data-testid": "enrolment-cancel"},
                class_name="btn btn-error w-full text-base",
            ),
            class_name="p-4 pt-2 space-y-3",
        ),
        class_name="rounded-2xl bg-base-100 border border-base-300",
    )


def _done() -> rx.Component:
    return rx.el.div(
        rx.el.p(EnrolmentState.done),
        rx.el.a(
            t("trainee.enrolment.find_other"),
            href="/classes",
            class_name="btn btn-primary w-full text-base",
        ),
        role="status",
        custom_attrs={"data-testid": "enrolment-cancelled"},
        class_name="rounded-2xl border border-success/40 bg-success/5 p-4 space-y-3",
    )


def enrolment() -> rx.Component:
    """One enrolment."""
    row: Any = EnrolmentState.row
    ready = rx.el.div(
        _head(),
        _review(),
        offer_note(EnrolmentState.offer),
        rx.cond(
            EnrolmentState.waiting.place != "",
            rx.fragment(place_card(EnrolmentState.waiting), swap_list(EnrolmentState.swaps)),
        ),
        rx.cond(row.is_off, swap_list(EnrolmentState.swaps, words="call_off.swap")),
        rx.cond(
            EnrolmentState.can_scan,
            rx.el.a(
                glyph("scan-line", class_name="size-5"),
                t("trainee.enrolment.scan"),
                href="/scan",
                class_name="btn btn-primary w-full text-base",
            ),
        ),
        _told(),
        _facts(),
        _sessions(),
        # The answer stands where the button was pressed.
        refusal(EnrolmentState.problem),
        rx.cond(EnrolmentState.done != "", _done()),
        rx.cond(EnrolmentState.can_cancel, _leave()),
        class_name="space-y-4",
    )
    return shell(
        by_status(EnrolmentState.status, EnrolmentState.problem, ready, next_path="/me/enrolments"),
        title=t("trainee.enrolment.title"),
        active="me",
        back="/me/enrolments",
    )


PAGES = [
    Page("/me/enrolments", t("trainee.enrolments.title"), enrolments, (EnrolmentsState.load,)),
    Page(
        "/me/enrolments/[enrolment_id]",
        t("trainee.enrolment.title"),
        enrolment,
        (EnrolmentState.load,),
    ),
]
