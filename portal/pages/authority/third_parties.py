"""``/admin/third-parties``: samples drawn for reviewers from outside, and what they found."""

from typing import Any

import reflex as rx

from portal.components.casework import SMALL, entry, file_card, select_from, select_of
from portal.components.choices import day_field, text_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, quiet_button, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.third_party.assignments import UNITS
from portal.state.third_parties import ThirdPartiesState, ThirdPartyState

# Off the class come Vars, whatever their annotations say.
queue: Any = ThirdPartiesState
view: Any = ThirdPartyState

_HOME = "/admin/third-parties"


def _box(one: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=one.value,
            value="1",
            class_name="checkbox checkbox-primary rounded-md shrink-0",
        ),
        rx.el.span(one.label, class_name="min-w-0 break-words"),
        key=one.value,
        class_name="flex items-center gap-3 p-3 min-h-12 cursor-pointer",
    )


def _new() -> rx.Component:
    units = [(one, t(f"third_party.unit.{one}")) for one in UNITS]
    names = [("no", t("third_party.names_false")), ("yes", t("third_party.names_true"))]
    form = act_form(
        t("third_party.assign"),
        queue.assign,
        select_from("reviewer", t("third_party.reviewer"), queue.reviewers),
        text_field("title", t("third_party.title_label"), "", limit=60, required=True),
        select_of("unit", t("third_party.unit_label"), units),
        rx.el.fieldset(
            rx.el.legend(t("third_party.institutions"), class_name="font-medium"),
            rx.el.p(t("third_party.institutions_hint"), class_name=SMALL),
            rx.el.div(
                rx.foreach(queue.institutions, _box),
                class_name="mt-1 max-h-72 overflow-y-auto rounded-xl border border-base-300 "
                "divide-y divide-base-300 bg-base-100",
            ),
        ),
        rx.el.div(
            day_field("period_from", t("third_party.period_from")),
            day_field("period_to", t("third_party.period_to")),
            text_field("size", t("third_party.size"), "20", limit=3, required=True),
            select_of("names", t("third_party.names_label"), names),
            day_field("from_on", t("third_party.from_on")),
            day_field("until_on", t("third_party.until_on")),
            class_name="grid gap-3 sm:grid-cols-2",
        ),
        rx.el.p(t("third_party.seed_hint"), class_name=SMALL),
        look="btn-primary",
        testid="third-party-assign",
    )
    return card(
        fold(
            t("third_party.new"),
            rx.cond(some(queue.reviewers), form, rx.el.p(t("third_party.no_reviewers"))),
        )
    )


def index() -> rx.Component:
    """The assignments, the newest first."""
    return frame(
        "third_parties",
        queue.status,
        queue.problem,
        problem_note(queue.problem),
        rx.el.p(t("third_party.lead"), class_name="text-neutral"),
        _new(),
        rx.cond(
            some(queue.cards),
            rx.el.div(
                rx.foreach(queue.cards, file_card),
                class_name="grid gap-3 md:grid-cols-2 items-start",
            ),
            empty(t("third_party.empty")),
        ),
        rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
        hint=t("casework.officers_only"),
    )


def _proof() -> rx.Component:
    return card(
        rx.el.p(t("third_party.seed"), "：", rx.el.code(view.seed, class_name="break-all")),
        rx.cond(
            view.proof != "",
            rx.el.p(view.proof, role="status", class_name="font-medium"),
            quiet_button(t("third_party.prove"), view.prove),
        ),
    )


def detail() -> rx.Component:
    """One assignment."""
    return frame(
        "third_parties",
        view.status,
        view.problem,
        rx.el.a(t("third_party.back"), href=_HOME, class_name=QUIET),
        problem_note(view.problem),
        result_note(view.done, "third-party-done"),
        card(
            rx.el.div(
                rx.el.h2(view.card.title, class_name="text-lg font-semibold grow"),
                badge(view.card.tone, view.card.word),
                class_name="flex flex-wrap items-start justify-between gap-2",
            ),
            rx.foreach(view.card.lines, lambda line: rx.el.p(line, class_name=SMALL)),
            rx.el.p(view.reach, class_name=f"{SMALL} break-words"),
            rx.el.p(view.period, class_name=SMALL),
            rx.el.p(view.names, class_name=SMALL),
            rx.cond(
                view.runs,
                fold(t("third_party.end_fold"), quiet_button(t("third_party.end"), view.end)),
            ),
        ),
        rx.cond(
            view.report != "",
            section(t("third_party.report"), card(rx.el.p(view.report, class_name="break-words"))),
        ),
        rx.el.div(
            section(
                t("third_party.sample"),
                card(rx.el.div(rx.foreach(view.items, entry), class_name="space-y-3")),
            ),
            section(t("third_party.proof"), _proof()),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        hint=t("casework.officers_only"),
    )


PAGES = [
    Page(_HOME, t("third_party.title"), index, (queue.load,)),
    Page(f"{_HOME}/[assignment_id]", t("third_party.one"), detail, (view.load,)),
]
