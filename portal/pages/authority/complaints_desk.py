"""``/admin/complaints``: what the public complains of, answered in time."""

from typing import Any

import reflex as rx

from portal.components.casework import (
    SMALL,
    entry,
    file_card,
    long_text,
    select_from,
    shows,
)
from portal.components.choices import text_field
from portal.components.deadline import due_line
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.shell import plain_link
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.complaints_desk import ComplaintsState, ComplaintState

# Off the class come Vars, whatever their annotations say.
queue: Any = ComplaintsState
view: Any = ComplaintState

_HOME = "/admin/complaints"


def index() -> rx.Component:
    """The complaints, the most urgent first."""
    return frame(
        "complaints",
        queue.status,
        queue.problem,
        problem_note(queue.problem),
        rx.el.p(t("complaints.desk_lead"), class_name="text-neutral"),
        shows(queue.narrow, t("casework.shows")),
        rx.cond(
            some(queue.cards),
            rx.el.div(
                rx.foreach(queue.cards, file_card),
                class_name="grid gap-3 md:grid-cols-2 items-start",
            ),
            empty(t("complaints.desk_empty")),
        ),
        rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
        hint=t("casework.officers_only"),
    )


def _take() -> rx.Component:
    return card(
        act_form(
            t("complaints.take"),
            view.take,
            text_field("note", t("complaints.take_note"), "", limit=200),
            look="btn-primary",
            testid="complaint-take",
        )
    )


def _answer() -> rx.Component:
    return card(
        act_form(
            t("complaints.answer"),
            view.answer,
            long_text("text", t("complaints.answer_label"), hint=t("complaints.answer_hint")),
            look="btn-primary",
            testid="complaint-answer",
        )
    )


def _ask() -> rx.Component:
    return card(
        fold(
            t("complaints.ask_fold"),
            act_form(
                t("complaints.ask"),
                view.ask,
                long_text("text", t("complaints.ask_label")),
                look="btn-primary",
                testid="complaint-ask",
            ),
        )
    )


def _forward() -> rx.Component:
    return card(
        fold(
            t("complaints.forward_fold"),
            act_form(
                t("complaints.forward"),
                view.forward,
                select_from("region", t("complaints.forward_to"), view.places),
                look="btn-primary",
                testid="complaint-forward",
                reason=t("casework.reason"),
            ),
        )
    )


def _about() -> rx.Component:
    return card(
        rx.cond(
            view.institution != "",
            rx.el.p(t("casework.institution"), "：", view.institution),
            rx.el.p(t("complaints.no_institution"), class_name=SMALL),
        ),
        fold(
            t("complaints.name_fold"),
            act_form(
                t("complaints.name_save"),
                view.name_institution,
                select_from("institution", t("casework.institution"), view.institutions),
                look="btn-primary",
                testid="complaint-institution",
            ),
        ),
        rx.cond(
            view.case_href != "",
            rx.el.a(
                t("complaints.to_case"), " ", view.case_no, href=view.case_href, class_name=QUIET
            ),
        ),
        rx.cond(
            view.new_case != "",
            rx.el.a(t("complaints.open_case"), href=view.new_case, class_name=QUIET),
        ),
    )


def _who() -> rx.Component:
    reveal = fold(
        t("complaints.reveal_fold"),
        act_form(
            t("complaints.reveal"),
            view.reveal,
            look="bg-base-100 border-base-300",
            testid="complaint-reveal",
            reason=t("complaints.reveal_why"),
        ),
    )
    return card(
        rx.el.p(t("complaints.who"), "：", view.who),
        rx.cond(
            view.contact_name != "",
            rx.el.p(view.contact_name, " · ", view.contact_phone, class_name="font-medium"),
            rx.cond(view.has_contact, reveal),
        ),
    )


def _read() -> rx.Component:
    return rx.el.div(
        card(
            rx.el.div(
                rx.el.h2(view.card.title, class_name="text-lg font-semibold grow break-words"),
                badge(view.card.tone, view.card.word),
                class_name="flex flex-wrap items-start justify-between gap-2",
            ),
            rx.foreach(view.card.lines, lambda line: rx.el.p(line, class_name=SMALL)),
            rx.el.p(view.text, class_name="break-words whitespace-pre-line"),
            rx.cond(
                view.photo != "",
                plain_link(t("complaints.photo"), href=view.photo, class_name=QUIET),
            ),
            due_line(view.card),
            rx.cond(view.judged != "", rx.el.p(view.judged, class_name="font-medium")),
        ),
        rx.cond(
            some(view.said),
            section(
                t("complaints.talk"),
                card(rx.el.div(rx.foreach(view.said, entry), class_name="space-y-3")),
            ),
        ),
        class_name="space-y-4",
    )


def _acts() -> rx.Component:
    return rx.el.div(
        rx.match(
            view.step,
            ("sent", rx.fragment(_take(), _forward())),
            ("accepted", rx.fragment(_answer(), _ask(), _forward())),
            ("asked", rx.fragment(card(rx.el.p(t("complaints.asked_wait"))), _answer())),
            rx.fragment(),
        ),
        _about(),
        _who(),
        class_name="space-y-4",
    )


def detail() -> rx.Component:
    """One complaint: what was said, and beside it what to do."""
    return frame(
        "complaints",
        view.status,
        view.problem,
        rx.el.a(t("complaints.back"), href=_HOME, class_name=QUIET),
        problem_note(view.problem),
        result_note(view.done, "complaint-done"),
        rx.cond(
            view.step != "gone",
            rx.el.div(_read(), _acts(), class_name="grid gap-6 lg:grid-cols-2 items-start"),
        ),
        hint=t("casework.officers_only"),
    )


PAGES = [
    Page(_HOME, t("complaints.desk"), index, (queue.load,)),
    Page(f"{_HOME}/[complaint_id]", t("complaints.one"), detail, (view.load,)),
]
