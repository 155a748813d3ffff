"""One class: what it is, who goes free by which clause, and the way into it."""

from typing import Any

import reflex as rx

from portal.components.class_card import seats_note
from portal.components.class_parts import (
    action_bar,
    clauses,
    place,
    provider_link,
    session_list,
)
from portal.components.icons import glyph
from portal.components.needs import need_link
from portal.components.parts import card, empty, fact, skeleton_list
from portal.components.preflight import check_card, guest_card
from portal.components.shell import shell
from portal.components.ways import way_card
from portal.locale import t
from portal.pages.table import Page
from portal.state.class_page import ClassState

_state: Any = ClassState


def _heading(item: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h2(item.title, class_name="text-xl font-semibold leading-snug"),
        rx.el.p(item.institution_name, class_name="text-neutral"),
        rx.cond(
            item.badges.length() > 0,
            rx.el.p(
                rx.foreach(
                    item.badges, lambda one: rx.el.span(one, class_name="badge badge-outline")
                ),
                class_name="flex flex-wrap gap-2",
            ),
        ),
        rx.cond(item.shortage_text != "", rx.el.p(item.shortage_text, class_name="text-sm")),
        class_name="space-y-1",
    )


def _called_off(item: Any) -> rx.Component:
    """That the class does not take place, and why; the way to others stands at the thumb."""
    return rx.cond(
        item.called_off != "",
        rx.el.section(
            rx.el.h3(
                glyph("circle-x", class_name="size-5 inline-block me-1 align-[-0.2em]"),
                t("call_off.public.heading"),
                class_name="font-semibold text-error",
            ),
            rx.el.p(t("call_off.reason_line"), item.called_off, class_name="break-words"),
            custom_attrs={"data-testid": "class-called-off"},
            class_name="rounded-2xl border border-error/40 bg-error/5 p-4 space-y-1",
        ),
    )


def _who(item: Any) -> rx.Component:
    """Who may go free; the clauses are one tap below."""
    return rx.el.section(
        rx.cond(
            _state.free_heading != "",
            rx.el.h3(_state.free_heading, class_name="font-semibold text-success"),
        ),
        rx.cond(item.fee_fen > 0, rx.el.p(item.fee_text, class_name="text-sm")),
        rx.cond(
            item.group_phrases.length() > 0,
            rx.el.div(
                rx.el.p(t("public.class.made_for"), class_name="text-sm text-neutral"),
                rx.el.ul(
                    rx.foreach(item.group_phrases, rx.el.li),
                    class_name="list-disc ps-5 text-base",
                ),
            ),
        ),
        clauses(t("public.class.who_free"), item.who_free),
        clauses(t("public.class.who_subsidised"), item.who_subsidised),
        class_name=rx.cond(
            _state.free_heading != "",
            "rounded-2xl border border-success/30 bg-success/5 p-4 space-y-2",
            "rounded-2xl border border-base-300 bg-base-100 p-4 space-y-2",
        ),
    )


def _own(item: Any) -> rx.Component:
    """What the rules say to the visitor, or how to find out."""
    return rx.match(
        _state.audience,
        ("trainee", rx.cond(_state.check, check_card(_state.check))),
        ("guest", guest_card("/login?next=/classes/" + item.id)),
        rx.fragment(),
    )


def _facts(item: Any) -> rx.Component:
    return card(
        rx.el.dl(
            fact(t("public.class.starts"), item.starts_text),
            fact(t("public.class.ends"), item.ends_text),
            fact(t("public.class.hours"), _state.days),
            rx.cond(item.called_off == "", fact(t("public.class.seats"), item.seats_text)),
            fact(t("public.class.meets"), _state.meets, wide=True),
            place(item),
            rx.cond(
                item.instructor_name != "",
                fact(t("public.class.teacher"), item.instructor_name, wide=True),
            ),
            fact(t("public.class.subject"), _state.level, wide=True),
            fact(t("public.class.certificate"), item.certificate_name, wide=True),
            # An employer writes it in a roster.
            fact(t("public.class.number"), item.class_no, wide=True),
            class_name="grid grid-cols-2 gap-x-3 gap-y-3",
        ),
        rx.cond(item.called_off == "", seats_note(item.status, item.status_text)),
    )


def _plan(item: Any) -> rx.Component:
    """The plan that pays for the class, and who leads it."""
    return card(
        rx.el.h3(t("public.class.plan"), class_name="font-semibold"),
        rx.el.p(item.plan.name),
        rx.cond(
            item.plan.lead_department != "",
            rx.el.p(
                t("public.class.leads"),
                item.plan.lead_department,
                class_name="text-sm text-neutral",
            ),
        ),
        rx.el.a(
            item.plan.pack_title,
            " ",
            item.plan.doc_no,
            href="/policies/" + item.plan.pack_id,
            class_name="link text-primary min-h-11 inline-flex items-center flex-wrap py-2",
        ),
    )


def _ready() -> rx.Component:
    item = _state.item
    return rx.el.div(
        _heading(item),
        _called_off(item),
        rx.cond(item.called_off == "", _own(item)),
        rx.cond(_state.need_href != "", need_link(_state.need_href)),
        rx.cond(item.called_off == "", _who(item)),
        _facts(item),
        rx.cond(
            item.description != "",
            card(
                rx.el.h3(t("public.class.about"), class_name="font-semibold"),
                rx.el.p(item.description, class_name="whitespace-pre-line"),
            ),
        ),
        session_list(_state.sessions, item.sessions),
        provider_link(item.provider),
        _plan(item),
        way_card(t("public_catalogues.in_catalogues"), _state.ways),
        class_name="space-y-4",
    )


def index() -> rx.Component:
    """The page of one class."""
    # Between two classes the former one stands in the state: only a finished load is shown.
    status = rx.cond(rx.State.is_hydrated, _state.status, "loading")
    elsewhere = rx.el.a(
        t("public.missing.classes"), href="/classes", class_name="btn btn-primary w-full text-base"
    )
    return shell(
        rx.match(status, ("ready", _ready()), ("refused", empty(_state.problem)), skeleton_list(3)),
        title=t("public.class.title"),
        active="classes",
        back="/classes",
        action=rx.match(
            status,
            ("ready", action_bar(_state.action)),
            ("refused", elsewhere),
            rx.el.div(class_name="skeleton h-12"),
        ),
    )


PAGES = [
    Page(
        "/classes/[class_id]",
        rx.cond(
            _state.item, _state.item.title + t("public.suffix"), t("public.classes.page_title")
        ),
        index,
        (ClassState.load,),
    )
]
