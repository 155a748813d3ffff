"""Training institutions, private as public: the list and one of them."""

from typing import Any

import reflex as rx

from portal.components.class_card import class_card
from portal.components.filters import pager, search_form
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact, problem_note, skeleton_list
from portal.components.shell import shell
from portal.components.ways import way_card
from portal.locale import t
from portal.pages.table import Page
from portal.state.institutions import InstitutionsState, InstitutionState

_list: Any = InstitutionsState
_one: Any = InstitutionState
_QUIET = "text-sm text-neutral break-words"


def _row(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.span(item.name, class_name="font-semibold leading-snug"),
        rx.el.span(item.kind, class_name=_QUIET),
        rx.el.span(item.where, class_name=_QUIET),
        rx.cond(item.teaches != "", rx.el.span(item.teaches, class_name=_QUIET)),
        rx.cond(item.standing != "", rx.el.span(item.standing, class_name="text-sm text-accent")),
        href=item.href,
        custom_attrs={"data-testid": "institution-card"},
        class_name="flex flex-col gap-1 h-full rounded-2xl bg-base-100 border border-base-300 p-4 "
        "hover:border-primary",
    )


def _rows() -> rx.Component:
    return rx.fragment(
        rx.el.p(_list.found, role="status", class_name="text-sm text-neutral"),
        rx.cond(
            _list.rows.length() > 0,
            rx.el.ul(
                rx.foreach(_list.rows, lambda row: rx.el.li(_row(row))),
                class_name="grid gap-3 md:grid-cols-2",
            ),
            empty(
                t("public.institutions.empty"),
                rx.el.a(
                    t("public.institutions.show_all"),
                    href="/institutions",
                    class_name="btn bg-base-100 border-base-300 text-base",
                ),
            ),
        ),
        pager(_list.pager),
    )


def index() -> rx.Component:
    """The list of institutions."""
    return shell(
        search_form(
            _list.submit,
            _list.search.debounce(400),
            start=_list.box,
            version=_list.box_no,
            label=t("public.institutions.search_label"),
            placeholder=t("public.institutions.placeholder"),
            test_id="institution-search",
        ),
        problem_note(_list.problem),
        rx.el.div(
            rx.match(
                _list.status, ("loading", skeleton_list(4)), ("ready", _rows()), rx.fragment()
            ),
            class_name=rx.cond(rx.State.is_hydrated, "space-y-3", "space-y-3 opacity-60"),
        ),
        title=t("public.institutions.title"),
        back="/",
        wide=True,
    )


def _ready() -> rx.Component:
    item, who = _one.item, _one.item.card
    return rx.el.div(
        rx.el.div(
            rx.el.h2(who.name, class_name="text-xl font-semibold leading-snug"),
            rx.el.p(who.kind_name, " · ", who.ownership_name, class_name="text-neutral"),
            rx.cond(
                item.desk_href != "",
                rx.el.a(
                    t("listings.page.desk_go"),
                    href=item.desk_href,
                    custom_attrs={"data-testid": "institution-desk"},
                    class_name="btn bg-base-100 border-base-300 text-base",
                ),
            ),
            class_name="space-y-1",
        ),
        card(
            rx.el.dl(
                fact(t("public.institutions.standing"), who.standing_text, wide=True),
                rx.cond(
                    item.decision_doc != "",
                    fact(t("public.institutions.decision"), item.decision_doc),
                ),
                rx.cond(
                    item.since_text != "",
                    fact(t("public.institutions.since"), item.since_text),
                ),
                fact(t("public.institutions.region"), who.region_name, wide=True),
                fact(t("public.institutions.address"), who.address, wide=True),
                fact(t("public.institutions.scope"), who.scope.join("、"), wide=True),
                fact(t("public.institutions.uscc"), item.uscc, wide=True),
                fact(t("public.institutions.license"), item.license_no, wide=True),
                class_name="grid grid-cols-2 gap-3",
            ),
            rx.el.a(
                glyph("phone", class_name="size-5"),
                t("public.institutions.call"),
                " ",
                who.contact_phone,
                href="tel:" + who.contact_phone,
                class_name="btn bg-base-100 border-base-300 w-full text-base",
            ),
        ),
        rx.cond(
            item.description != "",
            card(
                rx.el.h3(t("public.institutions.about"), class_name="font-semibold"),
                rx.el.p(item.description, class_name="whitespace-pre-line"),
            ),
        ),
        _classes(),
        way_card(t("public_catalogues.in_catalogues"), _one.ways),
        class_name="space-y-4",
    )


def _classes() -> rx.Component:
    return rx.el.section(
        rx.el.h3(t("public.institutions.classes"), class_name="text-lg font-semibold"),
        rx.cond(
            _one.classes.length() > 0,
            rx.el.ul(
                rx.foreach(_one.classes, lambda row: rx.el.li(class_card(row))),
                class_name="space-y-3",
            ),
            rx.el.p(t("public.institutions.no_classes"), class_name="text-neutral"),
        ),
        rx.cond(
            _one.all_href != "",
            rx.el.a(
                t("public.classes.show_all"),
                href=_one.all_href,
                class_name="btn bg-base-100 border-base-300 w-full text-base",
            ),
        ),
        class_name="space-y-3",
    )


def _missing() -> rx.Component:
    return empty(
        _one.problem,
        rx.el.a(
            t("public.institutions.show_all"),
            href="/institutions",
            class_name="btn btn-primary text-base",
        ),
    )


def detail() -> rx.Component:
    """The page of one institution."""
    status = rx.cond(rx.State.is_hydrated, _one.status, "loading")
    return shell(
        rx.match(status, ("ready", _ready()), ("refused", _missing()), skeleton_list(3)),
        title=t("public.institutions.one"),
        back="/institutions",
    )


PAGES = [
    Page("/institutions", t("public.institutions.page_title"), index, (InstitutionsState.load,)),
    Page(
        "/institutions/[institution_id]",
        rx.cond(
            _one.item,
            _one.item.card.name + t("public.suffix"),
            t("public.institutions.page_title"),
        ),
        detail,
        (InstitutionState.load,),
    ),
]
