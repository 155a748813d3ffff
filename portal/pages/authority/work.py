"""``/admin/work``: the first page of the morning."""

from typing import Any

import reflex as rx

from portal.components.casework import SMALL
from portal.components.deadline import due_line
from portal.components.desk import QUIET, section
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import empty, problem_note
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.work import WorkState

# Off the class come Vars, whatever its annotations say.
view: Any = WorkState

_HOME = "/admin/work"


def _chip(one: Any) -> rx.Component:
    return rx.el.a(
        rx.el.span(one.label, class_name="block"),
        rx.el.span(one.count, class_name="text-xl font-semibold tabular-nums"),
        rx.cond(one.late != "", rx.el.span(one.late, class_name="ms-2 text-sm text-error")),
        href=rx.cond(one.is_here, _HOME, one.href),
        aria_current=rx.cond(one.is_here, "page", "false"),
        custom_attrs={"data-testid": "work-kind"},
        class_name=rx.cond(
            one.is_here,
            "rounded-2xl border-2 border-primary bg-primary/5 p-3",
            "rounded-2xl border border-base-300 bg-base-100 p-3",
        ),
    )


def _card(item: Any) -> rx.Component:
    """What waits; the whole card leads there, and the institution's name to its file."""
    place = rx.cond(
        item.institution != "",
        rx.el.a(
            item.place,
            glyph("chevron-right", class_name="size-4 inline-block align-[-0.15em]"),
            href=item.institution,
            custom_attrs={"data-testid": "work-institution"},
            class_name="relative inline-block py-2 -my-1 text-sm text-primary break-words",
        ),
        rx.el.p(item.place, class_name=f"{SMALL} break-words"),
    )
    return rx.el.div(
        rx.el.div(
            rx.el.h3(
                # The link is stretched over the card; what stands on its own lies above it.
                rx.el.a(
                    item.title,
                    rx.el.span(class_name="absolute inset-0"),
                    href=item.href,
                    custom_attrs={"data-testid": "work-card"},
                ),
                class_name="font-semibold leading-snug grow break-words",
            ),
            rx.cond(item.title != item.kind, badge("plain", item.kind)),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.cond(item.place != "", place),
        due_line(item),
        class_name="relative rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def _one_kind() -> rx.Component:
    return rx.el.div(
        rx.el.p(view.one_term, class_name=SMALL),
        rx.el.div(
            rx.el.a(t("casework.work.open_page"), href=view.one_page, class_name=QUIET),
            rx.el.a(t("casework.work.all"), href=_HOME, class_name=QUIET),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="space-y-2",
    )


def _terms() -> rx.Component:
    return fold(
        t("casework.work.terms"),
        rx.el.ul(
            rx.foreach(
                view.chips, lambda one: rx.el.li(one.label, "：", one.term, class_name=SMALL)
            ),
            class_name="list-disc ps-5 space-y-1",
        ),
    )


def index() -> rx.Component:
    """Counts per kind, then what waits, the most urgent first."""
    return frame(
        "work",
        view.status,
        view.problem,
        problem_note(view.problem),
        rx.el.p(
            rx.el.span(view.total),
            rx.cond(
                view.late != "", rx.el.span(view.late, class_name="ms-2 text-error font-medium")
            ),
        ),
        rx.cond(
            some(view.chips),
            rx.el.nav(
                rx.foreach(view.chips, _chip),
                aria_label=t("casework.work.kinds"),
                class_name="grid gap-2 grid-cols-2 md:grid-cols-4 lg:grid-cols-5",
            ),
        ),
        rx.cond(view.one != "", _one_kind()),
        rx.cond(
            some(view.cards),
            section(
                rx.cond(view.one != "", view.one, t("casework.work.first")),
                rx.el.div(
                    rx.foreach(view.cards, _card),
                    class_name="grid gap-3 md:grid-cols-2 lg:grid-cols-3 items-start",
                ),
                rx.cond(view.one == "", rx.el.p(t("casework.work.few"), class_name=SMALL)),
                _terms(),
            ),
            empty(t("casework.work.empty")),
        ),
        hint=t("casework.officers_only"),
    )


PAGES = [Page(_HOME, t("casework.work.title"), index, (view.load,))]
