"""``/admin/evaluations``: enterprises that file to evaluate their own staff."""

from typing import Any

import reflex as rx

from portal.components.choices import day_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import pager
from portal.components.folds import fold
from portal.components.form_fields import line_field
from portal.components.parts import card, empty, problem_note
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.self_evaluation.assessing import POINTS
from portal.state.evaluations import HOME, EvaluationsState

# Off the class come Vars, whatever its annotations say.
view: Any = EvaluationsState

_SMALL = "text-sm text-neutral break-words"
_CHIP = "btn rounded-full px-3 font-normal text-base"


def _key(row: Any) -> rx.Component:
    return rx.el.input(type="hidden", name="key", value=row.key, read_only=True)


def _point(name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            value="1",
            class_name="checkbox checkbox-primary rounded-md shrink-0 mt-0.5",
        ),
        rx.el.span(t(f"evaluation.point.{name}")),
        class_name="flex items-start gap-3 min-h-11 cursor-pointer",
    )


def _accept(row: Any) -> rx.Component:
    return fold(
        t("evaluation.desk.accept"),
        act_form(
            t("evaluation.desk.accept"),
            view.accept,
            _key(row),
            rx.el.fieldset(
                rx.el.legend(t("evaluation.desk.points"), class_name="font-medium mb-1"),
                *[_point(name) for name in POINTS],
            ),
            line_field("doc_no", t("evaluation.desk.doc")),
            day_field("valid_until", t("evaluation.desk.until")),
            look="btn-primary",
            testid="evaluation-accept",
        ),
    )


def _reasoned(row: Any, act: str, on_submit: Any) -> rx.Component:
    label = t(f"evaluation.desk.{act}")
    return fold(
        label,
        act_form(
            label,
            on_submit,
            _key(row),
            reason=t(f"evaluation.desk.reason_{act}"),
            look="btn-outline btn-error",
            testid=f"evaluation-{act}",
        ),
    )


def filing_card(row: Any, *acts: rx.Component) -> rx.Component:
    """A filing with what may be done with it."""
    return card(
        rx.el.div(
            rx.el.h3(row.trade, class_name="font-semibold min-w-0 break-words"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.employer),
        rx.el.p(row.plan, class_name="break-words"),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.el.p(row.dates, class_name="font-medium"),
        optional(row.answer, "rounded-xl bg-warning/15 p-3"),
        *acts,
        key=row.key,
        custom_attrs={"data-testid": "evaluation"},
    )


def _filing(row: Any) -> rx.Component:
    return filing_card(
        row,
        rx.cond(row.waits, _accept(row)),
        rx.cond(row.waits, _reasoned(row, "return", view.send_back)),
        rx.cond(row.in_force, _reasoned(row, "end", view.end)),
    )


def _link(item: Any) -> rx.Component:
    return rx.el.a(
        item.label,
        href=item.href,
        aria_current=rx.cond(item.chosen, "page", "false"),
        class_name=rx.cond(
            item.chosen, f"{_CHIP} btn-primary", f"{_CHIP} bg-base-100 border-base-300"
        ),
    )


def index() -> rx.Component:
    """What waits, or all of it."""
    rows = rx.el.div(
        rx.el.p(view.found, class_name=_SMALL),
        rx.el.div(
            rx.foreach(view.rows, _filing), class_name="grid gap-3 md:grid-cols-2 items-start"
        ),
        pager(view.previous, view.place, view.next),
        class_name="space-y-3",
    )
    return frame(
        "evaluations",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("evaluation.desk.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("evaluation.desk.lead"), class_name="text-neutral max-w-3xl"),
        ),
        problem_note(view.problem),
        result_note(view.done, "evaluation-done"),
        rx.el.nav(
            rx.foreach(view.links, _link),
            aria_label=t("evaluation.desk.filters"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(view.rows.length() > 0, rows, empty(view.nothing)),
        hint=t("evaluation.desk.officers_only"),
    )


PAGES = [Page(HOME, t("evaluation.desk.title"), index, (view.load,))]
