"""/me/sessions/[session_id]: one session of mine; asking for leave, making it up."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.icons import glyph
from portal.components.leave import leave_parts, make_up_parts, visit_card
from portal.components.parts import card
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, refusal
from portal.locale import t
from portal.pages.table import Page
from portal.state.my_session import MySessionState

# Off the class come Vars, whatever its annotations say.
view: Any = MySessionState


def _head() -> rx.Component:
    """What is recorded, with its receipts."""
    row = view.row
    return card(
        rx.el.div(
            rx.el.h2(row.heading, class_name="text-xl font-semibold min-w-0 break-words"),
            badge(row.tone, row.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.course, class_name="break-words"),
        rx.el.p(row.when, class_name="text-neutral"),
        rx.el.p(row.place, class_name="text-neutral break-words"),
        optional(row.times, "text-lg tabular-nums"),
        rx.el.p(row.hours),
        optional(row.receipts, "text-sm text-neutral break-words"),
        optional(row.call, "text-sm"),
        optional(row.note, "rounded-xl bg-warning/15 p-3 text-sm"),
        custom_attrs={"data-testid": "my-session"},
    )


def _scan() -> rx.Component:
    return rx.cond(
        view.row.can_scan,
        rx.el.a(
            glyph("scan-line", class_name="size-5"),
            t("trainee.enrolment.scan"),
            href="/scan",
            class_name="btn btn-primary btn-lg w-full text-base",
        ),
    )


def _answer() -> rx.Component:
    """What became of the last tap."""
    return rx.fragment(result_note(view.done, "my-session-done"), refusal(view.problem))


def _ask_people() -> rx.Component:
    """Whom to call, and the way back to the class."""
    return card(
        rx.el.p(view.institution, class_name="font-medium"),
        rx.cond(
            view.phone != "",
            rx.el.a(
                glyph("phone", class_name="size-5"),
                view.phone,
                href="tel:" + view.phone,
                class_name="inline-flex items-center gap-2 min-h-12 text-primary underline",
            ),
        ),
        rx.el.a(
            rx.cond(view.is_guest, t("my_session.to_missed"), t("my_session.to_class")),
            href=view.row.href,
            class_name="btn w-full text-base",
        ),
    )


def index() -> rx.Component:
    """The session."""
    ready = rx.el.div(
        _answer(),
        _head(),
        _scan(),
        leave_parts(view.leave, view.can_ask, take_back=view.take_leave_back, ask=view.ask_leave),
        visit_card(view.visit, view.is_guest, give_back=view.give_back),
        rx.cond(
            view.can_make_up,
            make_up_parts(view.options, view.looked, find=view.find, plan=view.plan),
        ),
        _ask_people(),
        class_name="space-y-4",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/enrolments"),
        title=t("my_session.title"),
        active="me",
        back="/me/enrolments",
    )


PAGES = [
    Page("/me/sessions/[session_id]", t("my_session.title"), index, (MySessionState.load,)),
]
