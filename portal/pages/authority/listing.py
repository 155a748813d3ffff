"""``/admin/institutions/[institution_id]``: how an institution stands, and what is decided."""

from typing import Any

import reflex as rx

from portal.components.choices import day_field
from portal.components.decisions import ASKS, act_form, result_note
from portal.components.desk import QUIET, quiet_button, section
from portal.components.folds import fold
from portal.components.form_fields import choice_field, line_field
from portal.components.parts import card, problem_note
from portal.components.views import badge, call
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.listing_desk import ListingDeskState

# Off the class come Vars, whatever its annotations say.
view: Any = ListingDeskState

_SMALL = "text-sm text-neutral break-words"


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.a(t("listings.page.all"), href="/admin/institutions", class_name=QUIET),
        rx.el.div(
            rx.el.h2(view.name, class_name="text-xl font-semibold grow"),
            badge(view.tone, view.standing),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.p(view.facts, class_name=_SMALL),
        call(view.phone),
        rx.cond(view.since != "", rx.el.p(view.since, class_name=_SMALL)),
        rx.cond(
            view.may_decide,
            rx.el.a(t("listings.page.cases"), href=view.cases_href, class_name=QUIET),
        ),
        class_name="space-y-2",
    )


def _form() -> rx.Component:
    return card(
        rx.el.form(
            choice_field("to", t("listings.page.to"), view.choices, view.to),
            line_field("document_no", t("listings.page.document"), view.document_no),
            line_field("reason", t("listings.page.reason"), view.reason, longest=200),
            day_field("effective_on", t("listings.page.effective_on"), view.effective_on),
            day_field("ban_until", t("listings.page.ban_until"), view.ban_until),
            rx.el.button(
                t("listings.page.ask"),
                type="submit",
                class_name="btn btn-primary w-full text-base",
                custom_attrs={"data-testid": "listing-ask"},
            ),
            on_submit=view.ask,
            class_name="space-y-3",
        ),
    )


def _sure(
    heading: rx.Component,
    effects: Any,
    paper: rx.Component,
    act: rx.Component,
    step_back: Any,
    *,
    testid: str,
) -> rx.Component:
    """What an act would do, before it is done."""
    return card(
        heading,
        rx.el.ul(
            rx.foreach(effects, lambda line: rx.el.li(line)),
            class_name="list-disc ps-5 space-y-2",
            custom_attrs={"data-testid": testid},
        ),
        paper,
        act,
        quiet_button(t("listings.page.step_back"), step_back),
        custom_attrs=ASKS,
    )


def _confirm(label: str, on_click: Any, testid: str) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        on_click=on_click,
        class_name="btn btn-error w-full text-base",
        custom_attrs={"data-testid": testid},
    )


def _question() -> rx.Component:
    return _sure(
        rx.el.h3(t("listings.page.sure"), " ", view.to_label, class_name="font-semibold"),
        view.consequences,
        rx.el.p(view.document_no, " · ", view.day_text, class_name=_SMALL),
        _confirm(t("listings.page.confirm"), view.decide, "listing-confirm"),
        view.step_back,
        testid="listing-effects",
    )


def _decision() -> rx.Component:
    nothing = card(
        rx.el.p(t("listings.page.nothing")),
        rx.cond(view.banned != "", rx.el.p(view.banned, class_name="font-medium")),
        rx.el.a(t("listings.admit.title"), href="/admin/admissions", class_name=QUIET),
    )
    offered = rx.cond(view.choices.length() > 0, _form(), nothing)
    asked = rx.cond(view.consequences.length() > 0, _question(), offered)
    return section(
        t("listings.page.decide"),
        rx.cond(view.lift_effects.length() > 0, _lift_question(), asked),
    )


def _held(row: Any) -> rx.Component:
    return card(
        rx.el.p(row.heading, class_name="font-medium"),
        rx.cond(
            row.released != "",
            rx.el.p(row.released, class_name=_SMALL),
            rx.cond(view.may_decide, _release(row)),
        ),
        key=row.key,
    )


def _release(row: Any) -> rx.Component:
    return fold(
        t("listings.page.release"),
        act_form(
            t("listings.page.release"),
            view.release,
            rx.el.input(type="hidden", name="key", value=row.key, read_only=True),
            line_field("document_no", t("listings.page.document")),
            reason=t("listings.page.release_reason"),
            look="btn-primary",
            testid="claim-release",
        ),
    )


def _lift(row: Any) -> rx.Component:
    return fold(
        t("listings.page.lift"),
        rx.el.p(t("listings.page.lift_lead"), class_name=_SMALL),
        act_form(
            t("listings.page.lift_ask"),
            view.ask_lift,
            rx.el.input(type="hidden", name="key", value=row.key, read_only=True),
            line_field("document_no", t("listings.page.lift_document")),
            reason=t("listings.page.reason"),
            look="btn-primary",
            testid="listing-lift-ask",
        ),
    )


def _lift_question() -> rx.Component:
    return _sure(
        rx.el.h3(t("listings.page.lift_sure"), class_name="font-semibold"),
        view.lift_effects,
        rx.el.p(view.lift_document, " · ", view.lift_reason, class_name=_SMALL),
        _confirm(t("listings.page.lift_confirm"), view.lift, "listing-lift-confirm"),
        view.forget_lift,
        testid="listing-lift-effects",
    )


def _past(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.heading, class_name="font-medium grow"),
            badge("plain", row.how),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.el.p(row.reason, class_name="text-sm break-words"),
        rx.cond(row.can_lift, _lift(row)),
        key=row.key,
        class_name="py-3 space-y-1",
    )


def _line(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.heading, class_name="font-medium"),
        rx.el.p(row.facts, class_name=_SMALL),
        key=row.key,
        class_name="py-2",
    )


def _list(title: str, rows: Any, line: Any, nothing: str) -> rx.Component:
    return section(
        title,
        rx.cond(
            rows.length() > 0,
            card(rx.el.ul(rx.foreach(rows, line), class_name="divide-y divide-base-300")),
            rx.el.p(nothing, class_name="text-neutral"),
        ),
    )


def _folded(title: str, rows: Any, line: Any, nothing: str) -> rx.Component:
    """A long list one tap below, with its count."""
    return rx.cond(
        rows.length() > 0,
        card(
            fold(
                rx.fragment(title, "（", rows.length().to_string(), "）"),
                rx.el.ul(rx.foreach(rows, line), class_name="divide-y divide-base-300"),
            )
        ),
        rx.el.p(nothing, class_name="text-neutral"),
    )


def index() -> rx.Component:
    """The file: what is decided first, then what it rests on."""
    return frame(
        "institutions",
        view.status,
        view.problem,
        _head(),
        problem_note(view.problem),
        result_note(view.done, "listing-done"),
        rx.el.div(
            rx.el.div(
                rx.cond(
                    view.may_decide,
                    _decision(),
                    rx.el.p(t("listings.page.read_only"), class_name="text-neutral"),
                ),
                rx.cond(
                    view.held.length() > 0,
                    section(t("listings.page.held"), rx.foreach(view.held, _held)),
                ),
                class_name="space-y-6",
            ),
            rx.el.div(
                _list(
                    t("listings.page.history"), view.history, _past, t("listings.page.no_history")
                ),
                _folded(
                    t("listings.page.classes"), view.classes, _line, t("listings.page.no_classes")
                ),
                _folded(t("listings.page.staff"), view.staff, _line, t("listings.page.no_staff")),
                class_name="space-y-6",
            ),
            class_name="grid gap-6 md:grid-cols-2 items-start",
        ),
        hint=t("listings.page.hint"),
    )


PAGES = [
    Page("/admin/institutions/[institution_id]", t("listings.page.title"), index, (view.load,))
]
