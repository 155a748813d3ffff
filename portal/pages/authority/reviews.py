"""``/admin/reviews``: what the rules leave open; ``/admin/reviews/<id>``: a decision on one."""

from typing import Any

import reflex as rx

from portal.components.choices import text_field
from portal.components.deadline import due_line
from portal.components.decisions import act_form
from portal.components.desk import section
from portal.components.folds import fold
from portal.components.parts import card, fact, problem_note
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import card_list, decision_frame, frame
from portal.pages.table import Page
from portal.state.reviews import ReviewsState, ReviewState

# Off the class come Vars, whatever their annotations say.
queue: Any = ReviewsState
view: Any = ReviewState

_HOME = "/admin/reviews"
_SMALL = "text-sm text-neutral"


def review_card(item: Any) -> rx.Component:
    """One enrolment in the queue."""
    return rx.el.a(
        rx.el.h2(item.title, class_name="font-semibold leading-snug"),
        rx.el.p(item.person, " · ", item.place, class_name=_SMALL),
        rx.el.p(item.submitted, class_name=_SMALL),
        due_line(item),
        href=item.href,
        custom_attrs={"data-testid": "review-card"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def index() -> rx.Component:
    """The queue, the most urgent first."""
    return frame(
        "reviews",
        queue.status,
        queue.problem,
        rx.el.p(t("facts.reviews.lead"), class_name="text-neutral"),
        card_list(queue, review_card, t("facts.reviews.empty")),
        hint=t("facts.officers_only"),
    )


def _rule(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            badge(row.tone, row.word),
            rx.el.span(row.source, class_name=_SMALL),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(row.message),
        optional(row.plain, _SMALL),
        optional(row.papers, ""),
        rx.cond(
            row.quote != "",
            rx.el.p(
                rx.el.a(rx.el.q(row.quote), href=row.href, class_name="underline"),
                class_name=_SMALL,
            ),
        ),
        custom_attrs={"data-rule": row.rule_id, "data-outcome": row.outcome},
        class_name="py-3 space-y-1",
    )


def _rules() -> rx.Component:
    return section(
        t("facts.reviews.rules"),
        card(
            rx.el.p(
                rx.el.span(t("facts.reviews.told"), class_name=f"block {_SMALL}"),
                view.headline,
            ),
            rx.el.ul(rx.foreach(view.in_the_way, _rule), class_name="divide-y divide-base-300"),
            rx.cond(
                view.passed.length() > 0,
                fold(
                    t("facts.reviews.passed"),
                    rx.el.ul(rx.foreach(view.passed, _rule), class_name="divide-y divide-base-300"),
                ),
            ),
        ),
    )


def _facts() -> rx.Component:
    return section(
        t("facts.reviews.facts"),
        card(
            rx.el.dl(
                rx.foreach(view.facts, lambda line: fact(line.label, line.text, wide=True)),
                class_name="grid grid-cols-2 gap-y-3",
            )
        ),
    )


def _history() -> rx.Component:
    return section(
        t("facts.reviews.history"),
        card(
            rx.cond(
                view.history.length() > 0,
                rx.el.ul(
                    rx.foreach(view.history, lambda text: rx.el.li(text)),
                    class_name="list-disc ps-5 space-y-1",
                ),
                rx.el.p(t("facts.reviews.no_history"), class_name="text-neutral"),
            )
        ),
    )


def _act(label: str, on_submit: Any, *fields: rx.Component, **looks: str) -> rx.Component:
    why, hint = t("facts.reviews.reason"), t("facts.reviews.reason_hint")
    return act_form(label, on_submit, *fields, reason=why, hint=hint, shortest=2, **looks)


def _decide() -> rx.Component:
    approve = _act(
        t("facts.reviews.approve"), view.approve, look="btn-primary", testid="review-approve"
    )
    override = rx.el.div(
        rx.el.p(t("facts.reviews.soft")),
        _act(
            t("facts.reviews.override"),
            view.override,
            text_field("document_ref", t("facts.reviews.document"), "", required=True),
            look="btn-primary",
            testid="review-override",
        ),
        class_name="space-y-3",
    )
    return section(
        t("facts.reviews.decide"),
        card(
            rx.match(
                view.way,
                ("override", override),
                ("blocked", rx.el.p(t("reviews.hard_rule"))),
                approve,
            )
        ),
        card(
            fold(
                t("facts.reviews.refuse_fold"),
                rx.el.p(t("facts.reviews.refuse_what"), class_name=f"{_SMALL} mb-3"),
                _act(
                    t("facts.reviews.refuse"), view.refuse, look="btn-error", testid="review-refuse"
                ),
            )
        ),
    )


def detail() -> rx.Component:
    """One review."""
    head = card(
        rx.el.h2(view.card.title, class_name="text-lg font-semibold leading-snug"),
        rx.el.p(view.card.person, " · ", view.card.place, class_name=_SMALL),
        rx.el.p(view.card.submitted, class_name=_SMALL),
        due_line(view.card),
    )
    open_review = rx.el.div(
        problem_note(view.problem),
        head,
        rx.el.div(
            # On a phone one decides after having read; on a desk beside it.
            _rules(),
            rx.el.div(_facts(), _history(), class_name="space-y-6 lg:row-span-2"),
            _decide(),
            class_name="grid gap-6 lg:grid-cols-2 lg:grid-rows-[auto_1fr] items-start",
        ),
        class_name="space-y-6",
    )
    return decision_frame(
        "reviews",
        view,
        open_review,
        back=t("facts.reviews.back"),
        onward=t("facts.reviews.next"),
        testid="review-result",
        hint=t("facts.officers_only"),
    )


PAGES = [
    Page(_HOME, t("facts.reviews.title"), index, (queue.load,)),
    Page(f"{_HOME}/[enrolment_id]", t("facts.reviews.one"), detail, (view.load,)),
]
