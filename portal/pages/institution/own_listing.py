"""``/teach/listing``: how the institution stands on the list, and how it comes back on it."""

from typing import Any

import reflex as rx

from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, desk_page, section
from portal.components.form_fields import line_field
from portal.components.parts import card, problem_note
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.admissions import PAPERS
from portal.state.own_listing import OwnListingState

# Off the class come Vars, whatever their annotations say.
view: Any = OwnListingState

_SMALL = "text-sm text-neutral break-words"


def _head() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(view.name, class_name="text-lg font-semibold grow"),
            badge(view.tone, view.standing),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.cond(view.since != "", rx.el.p(view.since, class_name=_SMALL)),
        rx.cond(view.banned != "", rx.el.p(view.banned, class_name="font-medium")),
        rx.cond(view.advice != "", rx.el.p(view.advice)),
    )


def _decision(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.heading, class_name="font-medium grow"),
            rx.cond(row.word != "", badge("plain", row.word)),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.el.p(row.reason, class_name="text-sm break-words"),
        key=row.key,
        class_name="py-3 space-y-1",
    )


def _application(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(row.entered, class_name="font-medium grow"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.p(row.papers, class_name="text-sm break-words"),
        rx.cond(row.visit != "", rx.el.p(row.visit, class_name="text-sm break-words")),
        rx.cond(row.closed != "", rx.el.p(row.closed, class_name=_SMALL)),
        rx.cond(row.answer != "", rx.el.p(row.answer, class_name="break-words")),
        key=row.key,
    )


def _apply() -> rx.Component:
    return card(
        rx.el.h3(t("listings.own.apply"), class_name="font-semibold"),
        rx.el.p(t("listings.own.apply_lead"), class_name=_SMALL),
        act_form(
            t("listings.own.send"),
            view.apply,
            *[
                line_field(f"paper_{name}", t(f"listings.admit.paper_{name}"), required=False)
                for name in PAPERS
            ],
            look="btn-primary",
            testid="listing-apply",
        ),
    )


def index() -> rx.Component:
    """Standing first, then the application, then what was decided."""
    return desk_page(
        view,
        rx.el.div(
            rx.el.p(t("listings.own.lead"), class_name="text-neutral"),
            problem_note(view.problem),
            result_note(view.done, "own-listing-done"),
            _head(),
            rx.cond(
                some(view.applications) | view.may_apply,
                section(
                    t("listings.own.application"),
                    rx.foreach(view.applications, _application),
                    rx.cond(view.may_apply, _apply()),
                ),
            ),
            section(
                t("listings.own.decisions"),
                rx.cond(
                    some(view.decisions),
                    card(
                        rx.el.ul(
                            rx.foreach(view.decisions, _decision),
                            class_name="divide-y divide-base-300",
                        )
                    ),
                    rx.el.p(t("listings.own.no_decisions"), class_name="text-neutral"),
                ),
                rx.el.p(t("listings.own.appeal"), class_name=_SMALL),
                rx.el.a(t("casework.own_cases"), href="/teach/cases", class_name=QUIET),
            ),
            class_name="space-y-6",
        ),
        area="teach",
        title=t("listings.own.title"),
        back=(t("teach.back"), "/teach"),
        path="/teach/listing",
        hint=t("listings.own.hint"),
    )


PAGES = [Page("/teach/listing", t("listings.own.title"), index, (view.load,))]
