"""Finding a class: search, filters, list, pages. What is asked for stands in the address."""

from typing import Any

import reflex as rx

from portal.components.class_card import class_card
from portal.components.filters import chip_row, option_sheet, pager, search_form
from portal.components.needs import need_link
from portal.components.parts import empty, first_rows, problem_note
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.classes import ClassesState

# Handlers and Vars of a State are made by the framework; types do not describe them.
_state: Any = ClassesState


def _nothing() -> rx.Component:
    """An empty list says what to do next."""
    link = "btn bg-base-100 border-base-300 text-base"
    return rx.cond(
        _state.clear_href != "",
        empty(
            t("public.classes.empty"),
            rx.el.a(t("public.classes.clear"), href=_state.clear_href, class_name=link),
        ),
        empty(
            t("public.classes.empty_all"),
            rx.el.a(t("public.classes.see_policies"), href="/policies", class_name=link),
        ),
    )


def _refused() -> rx.Component:
    """A filter that makes no sense: why, and the way out."""
    return rx.fragment(
        problem_note(_state.problem),
        rx.el.a(
            t("public.classes.show_all"),
            href="/classes",
            class_name="btn bg-base-100 border-base-300 w-full text-base",
        ),
    )


def _count() -> rx.Component:
    return rx.el.div(
        rx.el.p(_state.found, role="status", class_name="text-sm text-neutral"),
        rx.cond(
            _state.clear_href != "",
            rx.el.a(
                t("public.classes.clear"),
                href=_state.clear_href,
                class_name="link text-primary text-base min-h-11 inline-flex items-center",
            ),
        ),
        class_name="flex items-center justify-between gap-2 min-h-11",
    )


def _rows() -> rx.Component:
    return rx.fragment(
        _count(),
        rx.cond(
            _state.rows,
            rx.el.ul(
                rx.foreach(_state.rows, lambda row: rx.el.li(class_card(row))),
                class_name="grid gap-3 md:grid-cols-2",
            ),
            _nothing(),
        ),
        pager(_state.pager),
        need_link(_state.need_href),
    )


def index() -> rx.Component:
    """The list of classes."""
    return shell(
        search_form(
            _state.submit,
            _state.search.debounce(400),
            start=_state.box,
            version=_state.box_no,
            label=t("public.classes.search_label"),
            placeholder=t("public.classes.placeholder"),
            test_id="class-search",
        ),
        chip_row(_state.chips, lambda kind: _state.open_sheet(kind, "")),
        rx.el.div(
            rx.cond(
                _state.problem != "",
                _refused(),
                rx.cond(_state.status == "loading", first_rows(), _rows()),
            ),
            aria_busy=~rx.State.is_hydrated,
            class_name="space-y-3",
        ),
        option_sheet(_state.sheet, on_close=_state.close_sheet, on_open=_state.open_sheet),
        title=t("public.classes.title"),
        active="classes",
        wide=True,
    )


PAGES = [Page("/classes", t("public.classes.page_title"), index, (_state.load,))]
