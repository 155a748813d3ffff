"""``/teach/cases``: what the authority holds against the institution, and its word to it."""

from typing import Any

import reflex as rx

from portal.components.casework import entry, file_card, hidden, long_text
from portal.components.decisions import act_form, result_note
from portal.components.desk import desk_page, section
from portal.components.parts import card, empty, problem_note
from portal.components.views import some
from portal.locale import t
from portal.pages.table import Page
from portal.state.own_cases import OwnCasesState, OwnCaseState

# Off the class come Vars, whatever their annotations say.
queue: Any = OwnCasesState
view: Any = OwnCaseState

_HOME = "/teach/cases"


def index() -> rx.Component:
    """The cases of which the institution was told."""
    return desk_page(
        queue,
        rx.el.div(
            rx.el.p(t("casework.own_lead"), class_name="text-neutral"),
            rx.cond(
                some(queue.cards),
                rx.el.div(rx.foreach(queue.cards, file_card), class_name="space-y-3"),
                empty(t("casework.own_empty")),
            ),
            class_name="space-y-4",
        ),
        area="teach",
        title=t("casework.own_cases"),
        back=(t("teach.back"), "/teach"),
        path=_HOME,
        hint=t("casework.managers_only"),
    )


def _hearing(item: Any) -> rx.Component:
    return card(
        entry(item),
        rx.cond(
            item.act == "state",
            act_form(
                t("casework.state_send"),
                view.state_it,
                hidden("key", item.key),
                long_text("statement", t("casework.state_label"), hint=t("casework.state_hint")),
                look="btn-primary",
                testid="case-state",
            ),
        ),
    )


def _sanction(item: Any) -> rx.Component:
    return card(
        entry(item),
        rx.cond(
            item.act == "appeal",
            act_form(
                t("casework.appeal_button"),
                view.appeal,
                hidden("key", item.key),
                long_text("why", t("casework.appeal_label")),
                look="btn-primary",
                testid="case-appeal",
            ),
        ),
    )


def detail() -> rx.Component:
    """One case."""
    return desk_page(
        view,
        rx.el.div(
            problem_note(view.problem),
            result_note(view.done, "case-done"),
            rx.cond(
                some(view.hearings),
                section(t("casework.hearings_own"), rx.foreach(view.hearings, _hearing)),
            ),
            rx.cond(
                some(view.sanctions),
                section(t("casework.sanctions"), rx.foreach(view.sanctions, _sanction)),
            ),
            rx.cond(
                some(view.money),
                section(
                    t("recovery.title"), rx.foreach(view.money, lambda item: card(entry(item)))
                ),
            ),
            class_name="space-y-6",
        ),
        area="teach",
        title=view.title,
        back=(t("casework.own_cases"), _HOME),
        hint=t("casework.managers_only"),
    )


PAGES = [
    Page(_HOME, t("casework.own_cases"), index, (queue.load,)),
    Page(f"{_HOME}/[case_id]", t("casework.own_one"), detail, (view.load,)),
]
