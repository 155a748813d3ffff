"""``/teach/classes/[class_id]``: a class, its trainees, its sessions and its end."""

from typing import Any

import reflex as rx

from portal.components.batches import batch_card
from portal.components.call_off import call_off_fold, called_off_note
from portal.components.carried import carried_card
from portal.components.desk import QUIET, desk_page, quiet_button, section
from portal.components.duties import warned_list
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact, problem_note
from portal.components.results import finish_card, trainee_result
from portal.components.session_card import session_line
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t
from portal.pages.institution.today import LIST
from portal.pages.table import Page
from portal.state.appeals_desk import WarnedState
from portal.state.batches import BatchState
from portal.state.call_off import CallOffState
from portal.state.carried import CarriedState
from portal.state.results import ResultsState
from portal.state.roster_desk import UnconfirmedState

# Off the class come Vars, whatever its annotations say.
view: Any = ResultsState
warned: Any = WarnedState
batch: Any = BatchState
waited_for: Any = UnconfirmedState
carried: Any = CarriedState
off: Any = CallOffState


def head() -> rx.Component:
    """What the class is."""
    return card(
        rx.el.div(
            rx.el.h2(view.title, class_name="text-xl font-semibold leading-snug"),
            badge(view.tone, view.stage_label),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.dl(
            rx.foreach(view.facts, lambda one: fact(one.label, one.value)),
            rx.foreach(view.long_facts, lambda one: fact(one.label, one.value, wide=True)),
            class_name="grid grid-cols-2 gap-3",
        ),
    )


def trainees() -> rx.Component:
    """Everybody on the roster with hours, result and what is missing."""
    return section(
        t("teach.class.trainees"),
        rx.cond(
            view.is_open & (view.pending > 1),
            quiet_button(view.pass_rest_label, view.pass_rest),
        ),
        rx.cond(
            view.rows.length() > 0,
            rx.el.ul(
                rx.foreach(
                    view.rows, lambda row: trainee_result(row, view.record, is_open=view.is_open)
                ),
                class_name=LIST,
            ),
            empty(t("teach.class.trainees_empty")),
        ),
    )


def check_in_cards() -> rx.Component:
    """Cards on paper for those without a phone."""
    return plain_link(
        glyph("qr-code", class_name="size-5"),
        t("sheets.open"),
        href=view.cards_href,
        class_name=f"w-full {QUIET}",
    )


def sessions() -> rx.Component:
    """The sessions with the state of their sheets."""
    return section(
        t("teach.class.sessions"),
        rx.cond(
            view.sessions.length() > 0,
            rx.el.ul(
                rx.foreach(view.sessions, session_line),
                class_name=LIST,
            ),
            empty(t("teach.class.sessions_empty")),
        ),
    )


def unconfirmed() -> rx.Component:
    """Those to whom a seat was offered and who have not answered: the desk can help."""
    return rx.cond(
        waited_for.label != "",
        plain_link(
            glyph("user-check", class_name="size-5"),
            waited_for.label,
            href=waited_for.href,
            class_name=f"w-full {QUIET}",
        ),
    )


def checkin() -> rx.Component:
    """The way to how the class checks in."""
    return rx.el.a(
        glyph("settings", class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(t("checkin_settings.link"), class_name="font-medium block"),
            rx.el.span(t("checkin_settings.link_more"), class_name="text-sm text-neutral"),
        ),
        href=view.checkin_href,
        custom_attrs={"data-testid": "checkin-settings"},
        class_name="flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def work() -> rx.Component:
    """All there is to do for a class that takes place."""
    return rx.fragment(
        unconfirmed(),
        rx.el.div(problem_note(view.problem), finish_card(view), class_name="space-y-3"),
        batch_card(batch),
        checkin(),
        warned_list(warned),
        carried_card(carried),
        trainees(),
        check_in_cards(),
        sessions(),
        call_off_fold(off),
    )


def index() -> rx.Component:
    """The class; once it has been taught, its end comes first."""
    return desk_page(
        view,
        rx.el.div(
            head(),
            called_off_note(off),
            rx.cond(view.stage != "cancelled", work()),
            class_name="space-y-6",
        ),
        area="teach",
        title=t("teach.class.title"),
        back=(t("teach.back"), "/teach"),
    )


PAGES = [
    Page(
        "/teach/classes/[class_id]",
        t("teach.class.title"),
        index,
        (
            ResultsState.load,
            UnconfirmedState.load,
            WarnedState.load,
            CarriedState.load,
            BatchState.load,
            CallOffState.load,
        ),
    ),
]
