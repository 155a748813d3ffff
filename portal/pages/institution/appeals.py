"""``/teach/appeals``: records that trainees say are wrong, answered in time."""

from typing import Any

import reflex as rx

from portal.components.appeals import answered_card, open_card
from portal.components.decisions import result_note
from portal.components.desk import desk_page, section
from portal.components.parts import empty, problem_note
from portal.locale import t
from portal.pages.table import Page
from portal.state.appeals_desk import AppealsDeskState

# Off the class come Vars, whatever its annotations say.
view: Any = AppealsDeskState


def index() -> rx.Component:
    """What waits first, then what was answered."""
    waiting = rx.cond(
        view.waiting.length() > 0,
        section(
            view.waiting_title,
            rx.el.div(
                rx.foreach(
                    view.waiting, lambda row: open_card(row, uphold=view.uphold, refuse=view.refuse)
                ),
                class_name="grid gap-4 items-start lg:grid-cols-2",
            ),
        ),
        empty(t("appeals.desk.empty")),
    )
    answered = rx.cond(
        view.answered.length() > 0,
        section(
            t("appeals.desk.done"),
            rx.el.div(
                rx.foreach(view.answered, answered_card), class_name="grid gap-3 lg:grid-cols-2"
            ),
        ),
    )
    return desk_page(
        view,
        rx.el.div(
            rx.el.p(t("appeals.desk.lead"), class_name="text-neutral"),
            problem_note(view.problem),
            result_note(view.done, "appeal-done"),
            waiting,
            answered,
            class_name="space-y-6",
        ),
        area="teach",
        title=t("appeals.desk.title"),
        back=(t("teach.back"), "/teach"),
        path="/teach/appeals",
        wide=True,
    )


PAGES = [Page("/teach/appeals", t("appeals.desk.title"), index, (AppealsDeskState.load,))]
