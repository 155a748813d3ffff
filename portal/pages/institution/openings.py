"""``/teach/openings``: the applications to open a class; below it one, to check and send."""

from typing import Any

import reflex as rx

from portal.components.deadline import due_line
from portal.components.decisions import result_note
from portal.components.desk import QUIET, desk_page, main_button, quiet_button
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.openings import SMALL, answers, changes, checks, facts, opening_card
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.table import Page
from portal.state.openings import OpeningsState, OpeningState

# Off the class come Vars, whatever its annotations say.
many: Any = OpeningsState
one: Any = OpeningState
HOME = "/teach/openings"


def index() -> rx.Component:
    """The list, and the way to a new one."""
    return desk_page(
        many,
        rx.el.div(
            problem_note(many.problem),
            rx.el.p(t("opening.saved_each"), class_name="text-neutral"),
            main_button(t("opening.start"), many.start, testid="opening-start"),
            rx.cond(
                many.rows.length() > 0,
                rx.el.div(
                    rx.foreach(many.rows, opening_card), class_name="grid gap-3 md:grid-cols-2"
                ),
                empty(t("opening.empty")),
            ),
            class_name="space-y-4",
        ),
        area="teach",
        title=t("opening.title"),
        back=(t("teach.back"), "/teach"),
        path=HOME,
        hint=t("opening.not_manager"),
        wide=True,
    )


def _head() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(one.title, class_name="text-lg font-semibold leading-snug"),
            badge(one.tone, one.word),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(one.number, class_name=SMALL),
        due_line(one),
        rx.cond(
            one.class_href != "",
            rx.el.a(
                t("opening.act.to_class"),
                href=one.class_href,
                class_name="btn btn-primary w-full text-base",
            ),
        ),
    )


def _send() -> rx.Component:
    return rx.cond(
        one.is_editable,
        rx.cond(
            one.has_fails,
            rx.el.p(t("opening.act.submit_wait"), class_name="font-medium"),
            main_button(t("opening.act.submit"), one.submit, testid="opening-submit"),
        ),
    )


def _ends() -> rx.Component:
    """Giving it up, or taking it as a pattern."""
    withdraw = card(
        fold(
            t("opening.act.withdraw_fold"),
            rx.el.p(t("opening.act.withdraw_hint"), class_name=f"{SMALL} mb-3"),
            quiet_button(t("opening.act.withdraw"), one.withdraw),
        )
    )
    copy = quiet_button(t("opening.act.copy"), one.copy_it)
    return rx.match(
        one.stage,
        ("draft", withdraw),
        ("returned", withdraw),
        ("submitted", withdraw),
        copy,
    )


def opening() -> rx.Component:
    """One application: the checks, each leading to its step, and the button to send it."""
    return desk_page(
        one,
        rx.el.div(
            problem_note(one.problem),
            result_note(one.done, "opening-done"),
            _head(),
            answers(one),
            rx.el.div(
                rx.cond(
                    (one.stage == "draft") | (one.stage == "returned") | (one.stage == "submitted"),
                    rx.el.div(
                        checks(one, mend=True),
                        rx.cond(
                            one.is_editable,
                            rx.el.a(
                                glyph("pencil", class_name="size-5"),
                                t("opening.step_first"),
                                href=f"{one.base}/what",
                                class_name=f"w-full {QUIET}",
                            ),
                        ),
                        _send(),
                        class_name="space-y-4",
                    ),
                ),
                rx.el.div(changes(one), facts(one), class_name="space-y-6"),
                class_name="grid gap-6 lg:grid-cols-2 items-start",
            ),
            _ends(),
            class_name="space-y-6",
        ),
        area="teach",
        title=t("opening.one"),
        back=(t("opening.back"), HOME),
        wide=True,
    )


PAGES = [
    Page(HOME, t("opening.title"), index, (many.load,)),
    Page(f"{HOME}/[opening_id]", t("opening.one"), opening, (one.load,)),
]
