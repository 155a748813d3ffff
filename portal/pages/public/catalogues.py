"""The published catalogues: what may be taught, where, under which name."""

from typing import Any

import reflex as rx

from portal.components.filters import link_chips, pager, search_form
from portal.components.folds import fold
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
_BUTTON = "btn bg-base-100 border-base-300 text-base"


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
            rx.el.div(
                rx.foreach(_list.rows, _row), _policies(), class_name="grid gap-3 md:grid-cols-2"
            ),
        ),
        title=t("public.catalogues.title"),
        back="/",
        wide=True,
    )


def _version(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.name, class_name="font-medium"),
        rx.el.p(item.about, class_name=_QUIET),
        rx.el.a(
            t("public_catalogues.log"),
            href=item.log,
            class_name="link text-primary text-base min-h-11 inline-flex items-center",
        ),
        class_name="py-2",
    )


def _versions() -> rx.Component:
    """Whose versions the list is made of: one tap below, since few ask."""
    return rx.cond(
        _one.versions.length() > 0,
        card(
            fold(
                t("public_catalogues.versions"),
                rx.el.ul(
                    rx.foreach(_one.versions, _version), class_name="divide-y divide-base-300"
                ),
            ),
            class_name="py-2",
        ),
    )


def _entry(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(item.title, class_name="block font-medium"),
                rx.el.span(item.facts, class_name=f"{_QUIET} block"),
                rx.cond(
                    item.badge != "",
                    rx.el.span(item.badge, class_name="badge badge-outline text-sm mt-1"),
                ),
                class_name="grow min-w-0",
            ),
            glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
            href=item.href,
            custom_attrs={"data-testid": "catalogue-entry"},
            class_name="flex items-center gap-3 py-3 min-h-12",
        )
    )


def _nothing() -> rx.Component:
    return rx.cond(
        _one.clear_href != "",
        empty(
            t("public_catalogues.empty"),
            rx.el.a(t("public_catalogues.show_all"), href=_one.clear_href, class_name=_BUTTON),
        ),
        empty(
            t("public_catalogues.empty_kind"),
            rx.el.a(t("public.classes.show_all"), href="/classes", class_name=_BUTTON),
        ),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(_one.found, role="status", class_name="text-sm text-neutral"),
            rx.cond(
                _one.clear_href != "",
                rx.el.a(
                    t("public_catalogues.clear"),
                    href=_one.clear_href,
                    class_name="link text-primary text-base min-h-11 inline-flex items-center",
                ),
            ),
            class_name="flex items-center justify-between gap-2 min-h-11",
        ),
        rx.cond(
            _one.rows.length() > 0,
            rx.fragment(
                card(
                    rx.el.ul(rx.foreach(_one.rows, _entry), class_name="divide-y divide-base-300")
                ),
                rx.el.p(_one.order, class_name=_QUIET),
            ),
            _nothing(),
        ),
        pager(_one.pager),
        _versions(),
        class_name="space-y-3",
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
        rx.el.div(
            rx.el.h2(_one.name, class_name="text-xl font-semibold"),
            rx.el.p(_one.about, class_name="text-neutral"),
        ),
        search_form(
            _one.submit,
            _one.search.debounce(400),
            start=_one.box,
            version=_one.box_no,
            label=t("public_catalogues.search_label"),
            placeholder=t("public_catalogues.placeholder"),
            test_id="catalogue-search",
        ),
        rx.cond(
            _one.regions.length() > 0,
            link_chips(_one.regions, label=t("public.classes.region")),
        ),
        rx.cond(_one.note != "", rx.el.p(_one.note, class_name="font-medium")),
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
