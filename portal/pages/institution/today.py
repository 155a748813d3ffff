"""``/teach``: what to do today."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, section, staff_page
from portal.components.duties import duties, overdue, own_overlaps
from portal.components.icons import glyph
from portal.components.leave import leave_hints
from portal.components.parts import empty
from portal.components.session_card import session_line, today_card
from portal.components.shell import shell
from portal.components.views import badge
from portal.locale import t
from portal.pages.table import Page
from portal.state.appeals_desk import DutiesState
from portal.state.leave_hints import LeaveHintsState
from portal.state.overlaps import OverlapWarningState
from portal.state.teach import TeachState

# Off the class come Vars, whatever its annotations say.
view: Any = TeachState
due: Any = DutiesState
warnings: Any = OverlapWarningState
leaves: Any = LeaveHintsState
LIST = "rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300"


def _heading(words: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h2(words, class_name="text-lg font-semibold"),
        rx.el.span(view.day, class_name="text-neutral grow"),
        rx.el.button(
            glyph("refresh-cw", class_name="size-5"),
            t("teach.refresh"),
            type="button",
            on_click=view.load,
            class_name=QUIET,
        ),
        class_name="flex flex-wrap items-center gap-3",
    )


def due_now() -> rx.Component:
    """The lesson that takes scans now or soon, before everything else: people are at the door."""
    return rx.cond(
        view.due.length() > 0,
        rx.el.section(
            _heading(t("teach.today")),
            rx.el.div(rx.foreach(view.due, today_card), class_name="grid gap-3 lg:grid-cols-2"),
            _offline(),
            custom_attrs={"data-testid": "due-sessions"},
            class_name="space-y-3",
        ),
    )


def _offline() -> rx.Component:
    """A plain page that must be opened once while there is a link."""
    return rx.el.a(
        glyph("wifi-off", class_name="size-5"),
        t("offline.open"),
        href="/teach/offline",
        reload_document=True,
        class_name=QUIET,
    )


def today() -> rx.Component:
    """The other sessions of the day; without one at the door, all of them."""
    none_due = rx.fragment(
        _heading(t("teach.today")),
        rx.cond(view.today.length() == 0, empty(t("teach.today_empty"))),
    )
    others = rx.el.h2(t("teach.today_others"), class_name="text-lg font-semibold")
    return rx.el.section(
        rx.cond(
            view.due.length() == 0,
            none_due,
            rx.cond(view.today.length() > 0, others),
        ),
        rx.cond(
            view.today.length() > 0,
            rx.el.ul(rx.foreach(view.today, session_line), class_name=LIST),
        ),
        rx.cond(
            view.unconfirmed.length() > 0,
            rx.el.a(
                glyph("triangle-alert", class_name="size-5"),
                view.unconfirmed_label,
                href="#unconfirmed",
                class_name="btn btn-warning w-full text-base",
            ),
        ),
        rx.cond(view.due.length() == 0, _offline()),
        class_name="space-y-3",
    )


def unconfirmed() -> rx.Component:
    """Sheets of earlier days; shown only when there are some."""
    return rx.cond(
        view.unconfirmed.length() > 0,
        section(
            rx.el.span(t("teach.unconfirmed"), id="unconfirmed", class_name="scroll-mt-20"),
            rx.el.p(t("teach.unconfirmed_lead"), class_name="text-neutral"),
            rx.el.ul(
                rx.foreach(view.unconfirmed, session_line),
                class_name=LIST,
            ),
        ),
    )


def upcoming() -> rx.Component:
    """The coming week."""
    return section(
        t("teach.upcoming"),
        rx.cond(
            view.upcoming.length() > 0,
            rx.el.div(
                rx.el.ul(rx.foreach(view.upcoming, session_line), class_name=LIST),
                rx.cond(
                    view.later.length() > 0,
                    rx.el.details(
                        rx.el.summary(
                            view.later_label,
                            class_name="min-h-12 py-3 text-primary font-medium cursor-pointer",
                        ),
                        rx.el.ul(rx.foreach(view.later, session_line), class_name=LIST),
                    ),
                ),
                class_name="space-y-2",
            ),
            rx.el.p(t("teach.upcoming_empty"), class_name="text-neutral"),
        ),
    )


def _way(icon: str, title: str, more: str, href: str) -> rx.Component:
    return rx.el.a(
        glyph(icon, class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(title, class_name="font-medium block"),
            rx.el.span(more, class_name="text-sm text-neutral"),
        ),
        href=href,
        class_name="flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def rosters() -> rx.Component:
    """The way to entering many people at once."""
    return rx.cond(
        view.may_send, _way("users", t("teach.rosters"), t("teach.rosters_more"), "/teach/rosters")
    )


def openings() -> rx.Component:
    """The way to opening a class."""
    return rx.cond(
        view.may_send,
        _way("calendar-clock", t("opening.title"), t("opening.more"), "/teach/openings"),
    )


def claims() -> rx.Component:
    """The way to the money: what we ask for, and what we must check."""
    return _way("wallet", t("claims.own.title"), t("claims.own.more"), "/teach/claims")


def cases() -> rx.Component:
    """The way to what the authority holds against the institution; for who answers for it."""
    return rx.cond(
        view.may_send,
        _way("triangle-alert", t("casework.own_cases"), t("casework.own_more"), "/teach/cases"),
    )


def listing() -> rx.Component:
    """The way to how the institution stands on the list, for its managers."""
    return rx.cond(
        view.may_send,
        _way("school", t("listings.own.title"), t("listings.own.more"), "/teach/listing"),
    )


def staff() -> rx.Component:
    """The way to the people of the institution, for its managers."""
    return rx.cond(
        view.may_send,
        _way("users", t("staff.page.menu"), t("staff.page.menu_more"), "/teach/staff"),
    )


def class_line(row: Any) -> rx.Component:
    """A class: one large link."""
    return rx.el.a(
        rx.el.div(
            rx.el.h3(row.title, class_name="font-semibold leading-snug"),
            badge(row.tone, row.stage),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.facts, " · ", row.seats, class_name="text-sm text-neutral"),
        rx.cond(row.sheets != "", rx.el.p(row.sheets, class_name="text-sm text-accent")),
        href=row.href,
        custom_attrs={"data-testid": "own-class"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def classes() -> rx.Component:
    """The institution's classes, those first that need something."""
    return section(
        t("teach.classes"),
        rx.cond(
            view.classes.length() > 0,
            rx.el.div(rx.foreach(view.classes, class_line), class_name="grid gap-3 lg:grid-cols-2"),
            empty(t("teach.classes_empty")),
        ),
    )


def index() -> rx.Component:
    """The lesson at the door, what is overdue, the rest of the day, then what comes."""
    return shell(
        staff_page(
            view.status,
            view.problem,
            rx.el.div(
                due_now(),
                overdue(due),
                leave_hints(leaves.rows),
                today(),
                duties(due),
                own_overlaps(warnings.rows),
                unconfirmed(),
                upcoming(),
                openings(),
                rosters(),
                claims(),
                staff(),
                listing(),
                cases(),
                classes(),
                class_name="space-y-8",
            ),
            next_path="/teach",
            back=(t("teach.back_home"), "/"),
            hint=t("teach.not_staff"),
        ),
        active="teach",
        title=t("teach.title"),
        wide=True,
    )


PAGES = [
    Page(
        "/teach",
        t("teach.title"),
        index,
        (TeachState.load, DutiesState.load, LeaveHintsState.load, OverlapWarningState.load),
    ),
]
