"""The published catalogues: what may be taught, where, under which name."""

from typing import Any

import reflex as rx

from portal.components.filters import pager
from portal.components.icons import glyph
from portal.components.parts import card, empty, problem_note, skeleton_list
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.catalogues import CataloguesState, CatalogueState

_list: Any = CataloguesState
_one: Any = CatalogueState
_QUIET = "text-sm text-neutral break-words"
_LINK = "flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4"


def _row(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.span(
            rx.el.span(item.name, class_name="font-semibold block"),
            rx.el.span(item.about, class_name=f"{_QUIET} block"),
            class_name="grow min-w-0",
        ),
        rx.el.span(item.count, class_name="text-sm whitespace-nowrap"),
        glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
        href=item.href,
        custom_attrs={"data-testid": "catalogue-card"},
        class_name=_LINK,
    )


def _policies() -> rx.Component:
    return rx.el.a(
        rx.el.span(
            rx.el.span(t("public.policies.title"), class_name="font-semibold block"),
            rx.el.span(t("public.policies.lead"), class_name=f"{_QUIET} block"),
            class_name="grow min-w-0",
        ),
        glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
        href="/policies",
        class_name=_LINK,
    )


def index() -> rx.Component:
    """The kinds of catalogues."""
    return shell(
        rx.el.p(t("public.catalogues.lead"), class_name="text-neutral"),
        problem_note(_list.problem),
        rx.match(
            _list.status,
            ("loading", skeleton_list()),
            rx.el.div(rx.foreach(_list.rows, _row), _policies(), class_name="space-y-3"),
        ),
        title=t("public.catalogues.title"),
        back="/",
    )


def _version(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(item.region_name, class_name="font-medium me-2"),
        rx.el.span(item.doc_no, " ", item.since_text, class_name=_QUIET),
        class_name="py-1",
    )


def _entry(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(item.title, class_name="block"),
                rx.el.span(item.facts, class_name=f"{_QUIET} block"),
                class_name="grow min-w-0",
            ),
            glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
            href=item.href,
            class_name="flex items-center gap-3 py-3 min-h-12",
        )
    )


def _entries() -> rx.Component:
    """Programmes or occupations; institutions have a list of their own."""
    lead_on = rx.el.a(
        t("public.institutions.show_all"),
        href="/institutions",
        class_name="btn btn-primary w-full text-base",
    )
    return rx.cond(
        _one.is_institutions,
        lead_on,
        rx.cond(
            _one.rows.length() > 0,
            card(rx.el.ul(rx.foreach(_one.rows, _entry), class_name="divide-y divide-base-300")),
            empty(
                t("public.catalogues.empty"),
                rx.el.a(
                    t("public.classes.show_all"),
                    href="/classes",
                    class_name="btn bg-base-100 border-base-300 text-base",
                ),
            ),
        ),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.h2(_one.name, class_name="text-xl font-semibold"),
        rx.el.p(_one.about, class_name="text-neutral"),
        rx.cond(
            _one.versions.length() > 0,
            card(
                rx.el.h3(t("public.catalogues.versions"), class_name="font-semibold"),
                rx.el.ul(rx.foreach(_one.versions, _version)),
            ),
        ),
        _entries(),
        pager(_one.pager),
        class_name="space-y-4",
    )


def _missing() -> rx.Component:
    return empty(
        _one.problem,
        rx.el.a(
            t("public.catalogues.title"), href="/catalogues", class_name="btn btn-primary text-base"
        ),
    )


def detail() -> rx.Component:
    """One kind of catalogue."""
    status = rx.cond(rx.State.is_hydrated, _one.status, "loading")
    return shell(
        rx.match(status, ("ready", _ready()), ("refused", _missing()), skeleton_list(3)),
        title=t("public.catalogues.title"),
        back="/catalogues",
    )


PAGES = [
    Page("/catalogues", t("public.catalogues.page_title"), index, (CataloguesState.load,)),
    Page(
        "/catalogues/[kind]",
        rx.cond(_one.name != "", _one.name + t("public.suffix"), t("public.catalogues.page_title")),
        detail,
        (CatalogueState.load,),
    ),
]
