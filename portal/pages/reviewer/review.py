"""``/review``: a reviewer's samples; one sample; one thing in it. Nothing else is reachable."""

from typing import Any

import reflex as rx

from portal.components.casework import SMALL, file_card, long_text, select_of
from portal.components.decisions import act_form, result_note
from portal.components.desk import desk_page, section
from portal.components.parts import card, empty, fact, problem_note
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.table import Page
from portal.services.third_party.mine import VERDICTS
from portal.state.review import OwnReviewState, ReviewsOfMineState, SampleItemState

# Off the class come Vars, whatever their annotations say.
queue: Any = ReviewsOfMineState
view: Any = OwnReviewState
thing: Any = SampleItemState

_HOME = "/review"
_HOME_WORD = t("third_party.mine")


def index() -> rx.Component:
    """What runs."""
    return desk_page(
        queue,
        rx.el.div(
            rx.el.p(t("third_party.mine_lead"), class_name="text-neutral"),
            rx.cond(
                some(queue.cards),
                rx.el.div(rx.foreach(queue.cards, file_card), class_name="space-y-3"),
                empty(t("third_party.mine_empty")),
            ),
            class_name="space-y-4",
        ),
        area="review",
        title=_HOME_WORD,
        back=(t("nav.home"), "/"),
        path=_HOME,
        hint=t("third_party.reviewers_only"),
    )


def detail() -> rx.Component:
    """One sample."""
    report = act_form(
        t("third_party.report_send"),
        view.write_report,
        long_text("report", t("third_party.report_label"), shortest=10),
        look="btn-primary",
        testid="review-report",
    )
    return desk_page(
        view,
        rx.el.div(
            problem_note(view.problem),
            result_note(view.done, "review-done"),
            card(
                rx.el.h2(view.card.title, class_name="text-lg font-semibold"),
                rx.foreach(view.card.lines, lambda line: rx.el.p(line, class_name=SMALL)),
                badge(view.card.tone, view.card.word),
            ),
            section(
                t("third_party.sample"),
                rx.el.div(
                    rx.foreach(view.items, file_card),
                    class_name="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 items-start",
                ),
            ),
            section(
                t("third_party.report"),
                rx.cond(
                    view.report != "",
                    card(rx.el.p(view.report, class_name="break-words")),
                    rx.cond(
                        view.may_report,
                        card(report),
                        rx.el.p(t("third_party.report_later"), class_name="text-neutral"),
                    ),
                ),
            ),
            class_name="space-y-6",
        ),
        area="review",
        title=view.card.title,
        back=(_HOME_WORD, _HOME),
        hint=t("third_party.reviewers_only"),
        wide=True,
    )


def _line(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.label, class_name="font-medium"),
        rx.el.span(row.times, class_name="tabular-nums"),
        rx.el.span(row.state, class_name=SMALL),
        class_name="py-2 grid gap-x-3 sm:grid-cols-3",
    )


def _verdict() -> rx.Component:
    words = [(one, t(f"third_party.verdict.{one}")) for one in VERDICTS]
    return rx.el.div(
        rx.el.p(badge(thing.verdict_tone, thing.verdict_word)),
        rx.cond(thing.note != "", rx.el.p(thing.note, class_name="break-words")),
        rx.cond(
            thing.closed,
            rx.el.p(t("third_party.closed"), class_name=SMALL),
            act_form(
                t("third_party.find"),
                thing.find,
                select_of("verdict", t("third_party.verdict_label"), words),
                long_text(
                    "note", t("third_party.note"), shortest=0, hint=t("third_party.note_hint")
                ),
                look="btn-primary",
                testid="review-find",
            ),
        ),
        class_name="space-y-3",
    )


def item() -> rx.Component:
    """One thing of the sample."""
    return desk_page(
        thing,
        rx.el.div(
            problem_note(thing.problem),
            card(
                rx.el.h2(thing.title, class_name="text-lg font-semibold leading-snug"),
                rx.el.p(thing.institution, class_name=SMALL),
                rx.el.dl(
                    rx.foreach(thing.facts, lambda one: fact(one.label, one.text)),
                    class_name="grid grid-cols-2 gap-3",
                ),
            ),
            section(t("third_party.verdict_title"), card(_verdict())),
            section(
                t("third_party.sheet"),
                card(
                    rx.cond(
                        some(thing.lines),
                        rx.el.ul(
                            rx.foreach(thing.lines, _line), class_name="divide-y divide-base-300"
                        ),
                        rx.el.p(t("third_party.no_lines"), class_name="text-neutral"),
                    )
                ),
            ),
            rx.el.a(
                t("third_party.to_sample"),
                href=thing.back,
                class_name="btn w-full text-base bg-base-100 border-base-300",
            ),
            class_name="space-y-6",
        ),
        area="review",
        title=thing.title,
        back=(_HOME_WORD, _HOME),
        hint=t("third_party.reviewers_only"),
        wide=True,
    )


PAGES = [
    Page(_HOME, _HOME_WORD, index, (queue.load,)),
    Page(f"{_HOME}/[assignment_id]", t("third_party.one"), detail, (view.load,)),
    Page(f"{_HOME}/items/[item_id]", t("third_party.item"), item, (thing.load,)),
]
