"""``/admin/openings``: classes that institutions want to open; below it a decision on one."""

from typing import Any

import reflex as rx

from portal.components.choices import choice, reason_field
from portal.components.deadline import due_line
from portal.components.decisions import act_form
from portal.components.desk import section
from portal.components.folds import fold
from portal.components.openings import (
    SMALL,
    answers,
    changes,
    checks,
    facts,
    opening_card,
)
from portal.components.parts import card, problem_note
from portal.components.views import badge
from portal.components.ways import way_card
from portal.locale import t
from portal.pages.authority.frame import card_list, decision_frame, frame
from portal.pages.table import Page
from portal.state.opening_desk import HOME, OpeningDecisionState, OpeningQueueState

# Off the class come Vars, whatever their annotations say.
queue: Any = OpeningQueueState
view: Any = OpeningDecisionState


def index() -> rx.Component:
    """The queue, the oldest deadline first, and what was decided last."""
    return frame(
        "openings",
        queue.status,
        queue.problem,
        rx.el.p(t("opening.queue.lead"), class_name="text-neutral"),
        card_list(queue, opening_card, t("opening.queue.empty")),
        rx.cond(
            queue.decided.length() > 0,
            fold(
                t("opening.queue.decided"),
                rx.el.div(
                    rx.foreach(queue.decided, opening_card), class_name="grid gap-3 md:grid-cols-2"
                ),
            ),
        ),
        hint=t("opening.queue.officers_only"),
    )


def _head() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(view.card.title, class_name="text-lg font-semibold leading-snug"),
            badge(view.card.tone, view.card.word),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(view.card.number, " · ", view.card.institution, class_name=SMALL),
        rx.el.p(view.card.facts, class_name=SMALL),
        due_line(view.card),
    )


def _ways() -> rx.Component:
    """Where everybody reads what it is about: the entry, the institution, the class."""
    return way_card(t("opening.ways.title"), view.ways)


def _why() -> rx.Component:
    return reason_field("reason", t("opening.queue.reason"), hint=t("opening.queue.reason_hint"))


def _decide() -> rx.Component:
    approve = rx.cond(
        view.has_fails,
        rx.el.p(t("opening.queue.not_now"), class_name="font-medium"),
        act_form(
            t("opening.queue.approve"),
            view.approve,
            rx.el.label(
                rx.el.span(t("opening.queue.approve_note"), class_name="block"),
                rx.el.input(
                    name="reason",
                    max_length=200,
                    auto_complete="off",
                    class_name="input w-full h-12 text-base mt-1",
                ),
                class_name="block",
            ),
            look="btn-primary",
            testid="opening-approve",
        ),
    )
    send_back = fold(
        t("opening.queue.return_fold"),
        rx.el.p(t("opening.queue.return_what"), class_name=f"{SMALL} mb-3"),
        act_form(
            t("opening.queue.return"),
            view.send_back,
            rx.el.fieldset(
                rx.el.legend(t("opening.queue.steps"), class_name="font-medium mb-1"),
                rx.foreach(view.steps, lambda item: choice("", item, several=True)),
                class_name="space-y-2",
            ),
            _why(),
            look="btn-warning",
            testid="opening-return",
        ),
    )
    reject = fold(
        t("opening.queue.reject_fold"),
        rx.el.p(t("opening.queue.reject_what"), class_name=f"{SMALL} mb-3"),
        act_form(
            t("opening.queue.reject"),
            view.reject,
            _why(),
            look="btn-error",
            testid="opening-reject",
        ),
    )
    acts = rx.el.div(card(approve), card(send_back), card(reject), class_name="space-y-3")
    return rx.cond(
        view.stage == "submitted",
        section(
            t("opening.queue.decide"),
            rx.cond(view.is_own, card(rx.el.p(t("opening.queue.own"))), acts),
        ),
    )


def detail() -> rx.Component:
    """One application with everything, and the decision."""
    undecided = rx.el.div(
        problem_note(view.problem),
        _head(),
        rx.el.div(
            rx.el.div(changes(view), checks(view, mend=False), class_name="space-y-6"),
            rx.el.div(facts(view), _ways(), answers(view), class_name="space-y-6 lg:row-span-2"),
            _decide(),
            class_name="grid gap-6 lg:grid-cols-2 lg:grid-rows-[auto_1fr] items-start",
        ),
        class_name="space-y-6",
    )
    return decision_frame(
        "openings",
        view,
        undecided,
        back=t("opening.queue.back"),
        onward=t("opening.queue.next"),
        testid="opening-result",
        hint=t("opening.queue.officers_only"),
    )


PAGES = [
    Page(HOME, t("opening.queue.title"), index, (queue.load,)),
    Page(f"{HOME}/[opening_id]", t("opening.one"), detail, (view.load,)),
]
