"""``/admin/recoveries``: what must come back, by fund; ``/admin/recoveries/<id>``: one ledger."""

from typing import Any

import reflex as rx

from portal.components.casework import SMALL, entry, file_card, hidden, select_of, shows
from portal.components.choices import text_field
from portal.components.deadline import due_line
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, section
from portal.components.folds import fold
from portal.components.parts import card, empty, fact, problem_note
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.recoveries import RecoveriesState, RecoveryState

# Off the class come Vars, whatever their annotations say.
queue: Any = RecoveriesState
view: Any = RecoveryState

_HOME = "/admin/recoveries"


def _fund(one: Any) -> rx.Component:
    return card(
        rx.el.h3(one.fund, class_name="font-semibold"),
        rx.el.dl(
            fact(t("recovery.sum.opened"), one.opened),
            fact(t("recovery.sum.paid"), one.paid),
            fact(t("recovery.sum.off"), one.off),
            fact(t("recovery.sum.left"), one.left),
            class_name="grid grid-cols-2 gap-2 tabular-nums",
        ),
    )


def index() -> rx.Component:
    """Sums by fund, then the recoveries, the most urgent first."""
    return frame(
        "recoveries",
        queue.status,
        queue.problem,
        problem_note(queue.problem),
        rx.cond(
            some(queue.funds),
            section(
                t("recovery.by_fund"),
                rx.el.div(
                    rx.foreach(queue.funds, _fund),
                    class_name="grid gap-3 md:grid-cols-2 lg:grid-cols-3",
                ),
            ),
        ),
        shows(queue.narrow, t("casework.shows")),
        rx.cond(
            some(queue.cards),
            rx.el.div(
                rx.foreach(queue.cards, file_card),
                class_name="grid gap-3 md:grid-cols-2 items-start",
            ),
            empty(t("recovery.empty")),
        ),
        rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
        hint=t("casework.officers_only"),
    )


def _amount(label: str) -> rx.Component:
    return text_field("amount", label, "", limit=16, required=True)


def _acts() -> rx.Component:
    document = text_field("document_no", t("casework.document_no"), "", limit=60, required=True)
    return section(
        t("recovery.acts"),
        card(
            act_form(
                t("recovery.pay"),
                view.pay,
                _amount(t("recovery.paid_amount")),
                text_field("reference", t("recovery.reference"), "", limit=60, required=True),
                look="btn-primary",
                testid="recovery-pay",
            )
        ),
        card(
            fold(
                t("recovery.demand_fold"),
                act_form(
                    t("recovery.demand"),
                    view.demand,
                    document,
                    look="btn-primary",
                    testid="recovery-demand",
                ),
            )
        ),
        rx.cond(
            view.asked == "",
            card(
                fold(
                    t("recovery.off_fold"),
                    rx.el.p(t("recovery.off_hint"), class_name=SMALL),
                    act_form(
                        t("recovery.off"),
                        view.ask_off,
                        _amount(t("recovery.off_amount")),
                        document,
                        look="btn-error",
                        testid="recovery-off",
                        reason=t("casework.reason"),
                    ),
                )
            ),
        ),
    )


def _asked() -> rx.Component:
    yes_no = [("yes", t("recovery.agree")), ("no", t("recovery.refuse"))]
    return card(
        rx.el.p(view.asked, class_name="font-medium"),
        rx.cond(
            view.asked_mine,
            rx.el.p(t("casework.other_officer"), class_name=SMALL),
            act_form(
                t("recovery.decide"),
                view.decide_off,
                hidden("key", view.asked_key),
                select_of("agree", t("recovery.decide_label"), yes_no),
                look="btn-primary",
                testid="write-off-decide",
                reason=t("casework.reason"),
            ),
        ),
    )


def detail() -> rx.Component:
    """One recovery: what is left, what to do, every line."""
    return frame(
        "recoveries",
        view.status,
        view.problem,
        rx.el.a(t("recovery.back"), href=_HOME, class_name=QUIET),
        problem_note(view.problem),
        result_note(view.done, "recovery-done"),
        card(
            rx.el.div(
                rx.el.h2(view.card.title, class_name="text-lg font-semibold grow"),
                badge(view.card.tone, view.card.word),
                class_name="flex flex-wrap items-start justify-between gap-2",
            ),
            rx.foreach(view.card.lines, lambda line: rx.el.p(line, class_name=SMALL)),
            rx.el.p(view.reason),
            due_line(view.card),
        ),
        rx.cond(view.asked != "", _asked()),
        rx.el.div(
            rx.cond(view.is_open, _acts()),
            section(
                t("recovery.ledger"),
                card(rx.el.div(rx.foreach(view.entries, entry), class_name="space-y-3")),
            ),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        hint=t("casework.officers_only"),
    )


PAGES = [
    Page(_HOME, t("recovery.title"), index, (queue.load,)),
    Page(f"{_HOME}/[recovery_id]", t("recovery.one"), detail, (view.load,)),
]
