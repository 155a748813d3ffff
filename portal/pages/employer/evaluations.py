"""``/employer/evaluations``: an enterprise files that it evaluates its own staff."""

from typing import Any

import reflex as rx

from portal.components.choices import choice
from portal.components.decisions import act_form, result_note
from portal.components.desk import section
from portal.components.folds import fold
from portal.components.form_fields import line_field, offered_field, offered_words
from portal.components.parts import card, empty, problem_note
from portal.locale import t
from portal.pages.authority.evaluations import filing_card
from portal.pages.employer.frame import frame
from portal.pages.table import Page
from portal.services.self_evaluation.filing import LONGEST_PLAN, SHORTEST_PLAN
from portal.state.evaluations import OwnEvaluationsState

# Off the class come Vars, whatever its annotations say.
view: Any = OwnEvaluationsState

_SMALL = "text-sm text-neutral"


def _occupation() -> rx.Component:
    return rx.fragment(
        offered_field(
            "occupation",
            t("evaluation.own.occupation"),
            "evaluation-occupations",
            hint=t("evaluation.own.occupation_hint"),
        ),
        offered_words("evaluation-occupations", view.occupations),
    )


def _plan() -> rx.Component:
    return rx.el.label(
        rx.el.span(t("evaluation.own.plan"), class_name="block font-medium"),
        rx.el.span(t("evaluation.own.plan_hint"), class_name=f"block {_SMALL}"),
        rx.el.textarea(
            name="plan",
            required=True,
            min_length=SHORTEST_PLAN,
            max_length=LONGEST_PLAN,
            rows=4,
            class_name="textarea w-full text-base mt-1",
        ),
        class_name="block",
    )


def _pay() -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name="level_linked_pay",
            value="1",
            class_name="checkbox checkbox-primary rounded-md shrink-0 mt-0.5",
        ),
        rx.el.span(t("evaluation.own.pay")),
        class_name="flex items-start gap-3 min-h-11 cursor-pointer",
    )


def _form() -> rx.Component:
    return card(
        act_form(
            t("evaluation.own.send"),
            view.file,
            _occupation(),
            rx.el.fieldset(
                rx.el.legend(t("evaluation.own.levels"), class_name="font-medium mb-1"),
                rx.el.div(
                    rx.foreach(view.levels, lambda one: choice("level", one, several=True)),
                    class_name="grid gap-2 sm:grid-cols-2",
                ),
            ),
            line_field("staff", t("evaluation.own.staff"), longest=7),
            _plan(),
            _pay(),
            look="btn-primary",
            testid="evaluation-file",
        )
    )


def _filing(row: Any) -> rx.Component:
    take_back = fold(
        t("evaluation.own.withdraw"),
        act_form(
            t("evaluation.own.withdraw"),
            view.withdraw,
            rx.el.input(type="hidden", name="key", value=row.key, read_only=True),
            look="btn-outline",
            testid="evaluation-withdraw",
        ),
    )
    return filing_card(row, rx.cond(row.waits, take_back))


def index() -> rx.Component:
    """What was filed, and the form for another trade."""
    return frame(
        "evaluations",
        view.status,
        view.problem,
        rx.el.p(t("evaluation.own.lead"), class_name="text-neutral max-w-3xl"),
        problem_note(view.problem),
        result_note(view.done, "evaluation-done"),
        rx.el.div(
            section(
                t("evaluation.own.list"),
                rx.cond(
                    view.rows.length() > 0,
                    rx.el.div(rx.foreach(view.rows, _filing), class_name="space-y-3"),
                    empty(t("evaluation.own.empty")),
                ),
            ),
            section(t("evaluation.own.form"), _form()),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
    )


PAGES = [Page("/employer/evaluations", t("evaluation.own.title"), index, (view.load,))]
