"""``/admin/drilldown``: an area's institutions, the classes of one, the sessions of a class."""

from typing import Any

import reflex as rx

from portal.components.call_off import call_off_fold, called_off_note
from portal.components.desk import QUIET, figure, pager, section
from portal.components.figures import LINK, numbers
from portal.components.icons import glyph
from portal.components.parts import card, empty
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.call_off import CallOffState
from portal.state.oversight_drilldown import DrilldownState

# Off the class come Vars, whatever its annotations say.
view: Any = DrilldownState
off: Any = CallOffState


def line(item: Any) -> rx.Component:
    """An institution or a class."""
    return card(
        rx.el.h2(
            rx.el.a(item.name, href=item.path, class_name=LINK),
            class_name="font-semibold leading-snug",
        ),
        rx.el.p(item.note, class_name="text-sm text-neutral"),
        rx.cond(item.figures.length() > 0, numbers(item.figures)),
        custom_attrs={"data-testid": "drilldown-line"},
    )


def meeting(item: Any) -> rx.Component:
    """A session of the class."""
    return rx.el.li(
        rx.el.p(
            rx.el.span(item.number, class_name="font-semibold me-2"),
            item.topic,
            class_name="leading-snug",
        ),
        rx.el.p(item.when, class_name="text-sm text-neutral"),
        rx.el.p(
            rx.cond(
                item.alert,
                glyph("triangle-alert", class_name="size-4 inline-block me-1 align-[-0.1em]"),
            ),
            item.state,
            rx.cond(item.there != "", rx.el.span("，", item.there)),
            class_name=rx.cond(item.alert, "text-sm text-error", "text-sm"),
        ),
        rx.el.div(
            _onward(item.path, t("oversight.session.sign_ins")),
            _onward(item.inspection, t("oversight.session.inspection")),
            class_name="flex flex-wrap gap-x-4",
        ),
        class_name="py-3 space-y-1 border-b border-base-300",
    )


def _onward(path: Any, words: str) -> rx.Component:
    """The way to a session's own page, where there is one."""
    return rx.cond(
        path != "",
        rx.el.a(
            words, href=path, class_name=LINK, custom_attrs={"data-testid": "drilldown-session"}
        ),
    )


def index() -> rx.Component:
    """The page, by how far down the address leads."""
    return frame(
        "drilldown",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.a(
                glyph("chevron-left", class_name="size-5"),
                view.up_label,
                href=view.up,
                class_name=QUIET,
            ),
            rx.el.h1(view.heading, class_name="text-2xl font-semibold"),
            rx.el.p(view.note, class_name="text-neutral"),
            class_name="space-y-2",
        ),
        rx.cond(
            view.figures.length() > 0,
            rx.el.dl(
                rx.foreach(view.figures, figure),
                class_name="grid grid-cols-2 md:grid-cols-3 gap-3",
            ),
        ),
        rx.match(view.level, ("class", _class()), _lines()),
        hint=t("admin.not_staff"),
    )


def _class() -> rx.Component:
    return rx.el.div(
        called_off_note(off),
        rx.cond(off.is_off, rx.fragment(), _meetings()),
        call_off_fold(off),
        class_name="space-y-4",
    )


def _lines() -> rx.Component:
    return rx.fragment(
        _taught(),
        rx.cond(
            view.called_off.length() > 0,
            section(
                t("call_off.list"),
                rx.el.p(t("call_off.none_counted"), class_name="text-sm text-neutral"),
                rx.el.div(
                    rx.foreach(view.called_off, line), class_name="grid gap-3 md:grid-cols-2"
                ),
            ),
        ),
    )


def _taught() -> rx.Component:
    return rx.cond(
        view.lines.length() > 0,
        rx.el.div(
            rx.el.div(rx.foreach(view.lines, line), class_name="grid gap-3 md:grid-cols-2"),
            pager(view.previous, view.place, view.next),
            class_name="space-y-3",
        ),
        empty(t("oversight.institutions.empty")),
    )


def _meetings() -> rx.Component:
    return card(
        rx.el.p(view.count, class_name="text-sm text-neutral"),
        rx.el.ol(
            rx.foreach(view.meetings, meeting), class_name="lg:grid lg:grid-cols-2 lg:gap-x-8"
        ),
        rx.el.p(t("oversight.to_watch"), class_name="text-sm text-neutral"),
        rx.el.a(t("admin.watch.risk"), href="/admin/risk", class_name=LINK),
    )


PAGES = [Page("/admin/drilldown", t("oversight.drilldown"), index, (view.load, off.load))]
