"""``/admin/inspections``: at the door with one hand free; the count first, the sheet after."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.desk import QUIET, desk_page, pager, section
from portal.components.icons import glyph
from portal.components.officer_call import officer_call
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.inspections import InspectionsState, InspectionState
from portal.state.officer_call import OfficerCallState

# Off the class come Vars, whatever their annotations say.
queue: Any = InspectionsState
view: Any = InspectionState
roll: Any = OfficerCallState

_HOME = "/admin/inspections"
_SMALL = "text-sm text-neutral"


def _search() -> rx.Component:
    return rx.el.form(
        rx.el.input(
            key=queue.words,
            type="search",
            name="q",
            default_value=queue.words,
            placeholder=t("inspection.search"),
            aria_label=t("inspection.search"),
            max_length=40,
            auto_complete="off",
            enter_key_hint="search",
            class_name="input h-12 text-base grow min-w-0",
        ),
        rx.el.button(
            t("inspection.find"), type="submit", class_name="btn btn-primary text-base h-12"
        ),
        on_submit=queue.find,
        role="search",
        class_name="flex gap-2",
    )


def lesson(item: Any) -> rx.Component:
    """A lesson that is going on: enough to find the door, nothing of who should be inside."""
    return card(
        rx.el.h3(item.title, class_name="font-semibold leading-snug"),
        rx.el.p(item.institution),
        rx.el.p(item.when, class_name=_SMALL),
        rx.el.p(
            glyph("map-pin", class_name="size-5 inline-block me-1 align-[-0.2em]"),
            item.place,
            class_name=f"{_SMALL} break-words",
        ),
        rx.el.p(t("inspection.class_no"), " ", item.class_no, class_name=_SMALL),
        rx.el.button(
            rx.cond(item.begun, t("inspection.go_on"), t("inspection.start")),
            type="button",
            on_click=queue.begin(item.key),
            custom_attrs={"data-testid": "inspection-start"},
            class_name="btn btn-primary btn-lg w-full text-base",
        ),
        officer_call(roll, item.key),
        key=item.key,
        custom_attrs={"data-testid": "running-lesson"},
    )


def _running() -> rx.Component:
    return section(
        t("inspection.running"),
        _search(),
        rx.cond(
            queue.lessons.length() > 0,
            rx.el.div(
                rx.foreach(queue.lessons, lesson),
                class_name="grid gap-3 md:grid-cols-2 items-start",
            ),
            empty(
                rx.cond(queue.words != "", t("inspection.none_found"), t("inspection.none_running"))
            ),
        ),
    )


def past(item: Any) -> rx.Component:
    """An inspection that was counted."""
    return rx.el.a(
        rx.el.div(
            rx.el.h3(item.title, class_name="font-semibold leading-snug grow"),
            badge(item.tone, item.card),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.result),
        rx.el.p(item.institution, class_name=_SMALL),
        rx.el.p(item.when, class_name=_SMALL),
        href=item.href,
        custom_attrs={"data-testid": "past-inspection"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def _past() -> rx.Component:
    return section(
        queue.past_title,
        rx.cond(
            queue.cards.length() > 0,
            rx.el.div(
                rx.foreach(queue.cards, past), class_name="grid gap-3 md:grid-cols-2 items-start"
            ),
            empty(t("inspection.past_empty")),
        ),
        rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
        rx.cond(
            queue.one_institution,
            rx.el.a(t("inspection.all_institutions"), href=_HOME, class_name=QUIET),
        ),
    )


def index() -> rx.Component:
    """What goes on now, and what was inspected."""
    return frame(
        "inspections",
        queue.status,
        queue.problem,
        problem_note(queue.problem),
        rx.cond(
            queue.can_inspect,
            rx.el.p(t("inspection.lead"), class_name="text-neutral"),
            rx.el.p(t("inspection.auditor"), class_name="text-neutral"),
        ),
        rx.cond(queue.can_inspect & ~queue.one_institution, _running()),
        _past(),
        hint=t("inspection.officers_only"),
    )


def _question() -> rx.Component:
    """The one question, in the reach of a thumb."""
    return rx.el.form(
        rx.el.p(t("inspection.count_lead")),
        rx.el.label(
            rx.el.span(t("inspection.heads"), class_name="block font-medium text-lg"),
            rx.el.input(
                name="heads",
                type="text",
                input_mode="numeric",
                pattern="[0-9]*",
                required=True,
                max_length=3,
                auto_complete="off",
                custom_attrs={"data-testid": "inspection-heads"},
                class_name="input w-full h-20 text-4xl text-center tabular-nums mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(
            t("inspection.submit"),
            type="submit",
            custom_attrs={"data-testid": "inspection-submit"},
            class_name="btn btn-primary btn-lg w-full text-base",
        ),
        on_submit=view.count,
        class_name="space-y-4",
    )


def _note() -> rx.Component:
    return rx.el.form(
        rx.el.label(
            rx.el.span(t("inspection.note"), class_name="block font-medium"),
            rx.el.span(t("inspection.note_hint"), class_name=f"block {_SMALL}"),
            rx.el.textarea(
                key=view.note,
                name="note",
                default_value=view.note,
                max_length=200,
                rows=3,
                class_name="textarea w-full text-base mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(t("inspection.note_save"), type="submit", class_name=f"w-full {QUIET}"),
        on_submit=view.write_note,
        class_name="space-y-3",
    )


def _counted() -> rx.Component:
    return rx.el.div(
        card(
            rx.el.div(badge(view.tone, view.card), class_name="text-lg"),
            rx.el.p(view.result, class_name="text-xl font-semibold leading-snug"),
            rx.el.p(view.percent, rx.el.span(" · ", view.roster, class_name="text-neutral")),
            rx.el.p(view.card_why, class_name=_SMALL),
            rx.el.p(view.counted_at, class_name=_SMALL),
            rx.el.p(t("inspection.told"), class_name=_SMALL),
            custom_attrs={"data-testid": "inspection-result"},
        ),
        card(
            rx.el.p(view.year),
            rx.cond(
                view.weighs,
                rx.el.p(
                    glyph("triangle-alert", class_name="size-5 inline-block me-1 align-[-0.2em]"),
                    t("inspection.weighs"),
                    class_name=_SMALL,
                ),
            ),
            rx.el.a(t("inspection.to_institution"), href=view.institution_href, class_name=QUIET),
        ),
        result_note(view.saved, "inspection-saved"),
        rx.cond(
            view.can_note,
            card(_note()),
            rx.cond(view.note != "", card(rx.el.p(view.note))),
        ),
        rx.el.a(
            t("inspection.again"), href=_HOME, class_name="btn btn-primary btn-lg w-full text-base"
        ),
        class_name="space-y-4",
    )


def detail() -> rx.Component:
    """One inspection: below the list, without its tabs, so that the button is at the thumb."""
    return desk_page(
        view,
        rx.el.div(
            problem_note(view.problem),
            card(
                rx.el.h2(view.title, class_name="text-lg font-semibold leading-snug"),
                rx.foreach(
                    view.lines, lambda line: rx.el.p(line, class_name=f"{_SMALL} break-words")
                ),
            ),
            rx.match(
                view.step,
                ("count", card(_question())),
                ("counted", _counted()),
                ("missed", _nothing(t("inspection.missed"))),
                _nothing(view.waits),
            ),
            class_name="space-y-4",
        ),
        area="admin",
        title=t("inspection.one"),
        back=(t("risk_page.back"), _HOME),
        hint=t("inspection.officers_only"),
    )


def _nothing(sentence: Any) -> rx.Component:
    return empty(sentence, rx.el.a(t("risk_page.back"), href=_HOME, class_name=QUIET))


PAGES = [
    Page(_HOME, t("inspection.title"), index, (queue.load, roll.load)),
    Page(f"{_HOME}/[inspection_id]", t("inspection.one"), detail, (view.load,)),
]
