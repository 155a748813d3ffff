"""``/employer``: who we are, and where the people are whom we sent."""

from typing import Any

import reflex as rx

from portal.components.desk import pager, section
from portal.components.parts import card, empty
from portal.components.roster import new_button
from portal.components.views import badge
from portal.locale import t
from portal.pages.employer.frame import frame
from portal.pages.table import Page
from portal.state.employer import EmployerState

# Off the class come Vars, whatever its annotations say.
view: Any = EmployerState


def head() -> rx.Component:
    """Name, number, counts."""
    return card(
        rx.el.h2(view.name, class_name="text-xl font-semibold leading-snug break-words"),
        rx.el.p(
            t("roster.employer.uscc"), " ", view.uscc, class_name="text-sm text-neutral break-all"
        ),
        rx.el.dl(
            rx.foreach(view.counts, _count),
            class_name="grid grid-cols-3 gap-3 pt-2",
        ),
    )


def _count(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(one.label, class_name="text-sm text-neutral"),
        rx.el.dd(one.value, class_name="text-2xl font-semibold tabular-nums"),
        class_name="flex flex-col justify-between",
    )


def _class(one: Any) -> rx.Component:
    return card(
        rx.el.a(
            rx.el.h3(one.title, class_name="font-semibold leading-snug"),
            rx.el.p(one.facts, " · ", one.count, class_name="text-sm text-neutral"),
            href=one.href,
            class_name="block min-h-11",
        ),
        rx.el.ul(
            rx.foreach(one.people, _person),
            class_name="divide-y divide-base-300 border-t border-base-300",
        ),
        custom_attrs={"data-testid": "sent-class"},
    )


def _person(person: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(person.name, class_name="grow min-w-0 break-words"),
        badge(person.tone, person.place),
        key=person.key,
        class_name="flex items-center gap-3 py-2.5",
    )


def people() -> rx.Component:
    """Our people, class by class."""
    return section(
        t("roster.employer.people"),
        rx.el.p(t("roster.employer.people_lead"), class_name="text-neutral"),
        rx.cond(
            view.classes.length() > 0,
            rx.el.div(
                rx.foreach(view.classes, _class), class_name="grid gap-3 lg:grid-cols-2 items-start"
            ),
            empty(t("roster.employer.people_empty")),
        ),
        rx.cond(view.place != "", pager(view.previous, view.place, view.next)),
    )


def index() -> rx.Component:
    """The overview."""
    return frame("overview", view.status, view.problem, head(), new_button(), people())


PAGES = [Page("/employer", t("roster.employer.title"), index, (view.load,))]
