"""One entry of a catalogue with what belongs to it, and a catalogue's change log."""

from typing import Any

import reflex as rx

from portal.components.class_card import class_card
from portal.components.filters import pager
from portal.components.folds import fold, source
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact, skeleton_list
from portal.components.shell import plain_link, shell
from portal.components.views import badge
from portal.components.ways import way_card, way_link
from portal.locale import t
from portal.pages.table import Page
from portal.state.catalogue_entry import CatalogueEntryState, CatalogueLogState

_one: Any = CatalogueEntryState
_log: Any = CatalogueLogState
_QUIET = "text-sm text-neutral break-words"
_ROW = "flex items-center gap-3 py-3 min-h-12"
_MORE = "link text-primary text-base min-h-11 inline-flex items-center"


def _fact(item: Any) -> rx.Component:
    return rx.cond(
        item.label != "",
        rx.cond(item.wide, fact(item.label, item.text, wide=True), fact(item.label, item.text)),
        rx.el.div(rx.el.dd(item.text, class_name="text-base break-words"), class_name="col-span-2"),
    )


def _facts(title: str, items: Any) -> rx.Component:
    return rx.cond(
        items.length() > 0,
        card(
            rx.el.h3(title, class_name="font-semibold"),
            rx.el.dl(rx.foreach(items, _fact), class_name="grid grid-cols-2 gap-3"),
        ),
    )


def _group(group: Any) -> rx.Component:
    more = rx.el.a(t("public_catalogues.more"), href=group.more, class_name=_MORE)
    return way_card(group.title, group.links, rx.cond(group.more != "", more))


def _clause(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(item.document, " · ", item.plan, class_name="block"),
                source(item.clause, item.quote),
                class_name="grow min-w-0",
            ),
            glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
            href=item.href,
            class_name=_ROW,
        )
    )


def _clauses() -> rx.Component:
    return rx.cond(
        _one.clauses.length() > 0,
        card(
            rx.el.h3(t("public_catalogues.clauses"), class_name="font-semibold"),
            rx.el.ul(rx.foreach(_one.clauses, _clause), class_name="divide-y divide-base-300"),
        ),
    )


def _classes() -> rx.Component:
    """What one came for, most often: where it can be learnt now."""
    none = rx.fragment(
        rx.el.p(t("public_catalogues.classes_none"), class_name="text-neutral"),
        rx.el.a(
            t("public_catalogues.need"),
            href="/me/needs",
            class_name="btn bg-base-100 border-base-300 w-full text-base",
        ),
    )
    some = rx.fragment(
        rx.el.ul(
            rx.foreach(_one.classes, lambda row: rx.el.li(class_card(row))), class_name="space-y-3"
        ),
        rx.cond(
            _one.classes_all != "",
            rx.el.a(
                _one.classes_all,
                href=_one.classes_href,
                class_name="btn bg-base-100 border-base-300 w-full text-base",
            ),
        ),
    )
    return rx.cond(
        _one.has_subject,
        rx.el.section(
            rx.el.h3(t("public_catalogues.classes"), class_name="text-lg font-semibold"),
            rx.cond(_one.classes.length() > 0, some, none),
            class_name="space-y-3",
        ),
    )


def _change(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(item.title, class_name="min-w-0 break-words"),
            badge(item.tone, item.what),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.foreach(item.fields, lambda one: rx.el.p(one, class_name=_QUIET)),
        class_name="py-2 space-y-1",
    )


def _changes() -> rx.Component:
    return rx.cond(
        _one.log_href != "",
        card(
            fold(
                t("public_catalogues.changes"),
                rx.cond(
                    _one.changes.length() > 0,
                    rx.el.ul(
                        rx.foreach(_one.changes, _change), class_name="divide-y divide-base-300"
                    ),
                    rx.el.p(t("public_catalogues.changes_none"), class_name="text-neutral"),
                ),
                rx.el.a(t("public_catalogues.log"), href=_one.log_href, class_name=_MORE),
            ),
            class_name="py-2",
        ),
    )


def _go(label: Any, href: Any) -> rx.Component:
    return rx.cond(
        href != "",
        rx.el.a(
            label,
            href=href,
            class_name="btn bg-base-100 border-base-300 w-full text-base h-auto min-h-11 py-2",
        ),
    )


def _held() -> rx.Component:
    """Which of two entries holds: first of all, since the rest may be of no use any more."""
    return rx.cond(
        _one.held != "",
        rx.el.section(
            rx.el.p(_one.held),
            rx.cond(
                _one.held_links.length() > 0,
                rx.el.div(
                    rx.el.h3(_one.held_title, class_name="font-semibold"),
                    rx.el.ul(
                        rx.foreach(_one.held_links, way_link), class_name="divide-y divide-base-300"
                    ),
                ),
            ),
            class_name=rx.cond(
                _one.is_gone,
                "rounded-2xl border border-warning bg-warning/10 p-4 space-y-2",
                "rounded-2xl border border-base-300 bg-base-100 p-4 space-y-2",
            ),
            custom_attrs={"data-testid": "catalogue-held"},
        ),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h2(_one.title, class_name="text-xl font-semibold leading-snug break-words"),
            rx.el.a(_one.kind_name, href=_one.kind_href, class_name=_MORE),
            rx.cond(_one.note != "", rx.el.p(_one.note)),
            class_name="space-y-1",
        ),
        _held(),
        _facts(t("public_catalogues.facts"), _one.facts),
        _go(t("public_catalogues.institution_go"), _one.institution_href),
        _go(t("listings.page.desk_go"), _one.desk_href),
        _classes(),
        _go(
            rx.fragment(t("public_catalogues.subject_go"), " · ", _one.subject.title),
            _one.subject.href,
        ),
        rx.foreach(_one.about, _group),
        way_card(
            t("public_catalogues.taught_by"),
            _one.taught_by,
            rx.el.p(t("public_catalogues.taught_order"), class_name=_QUIET),
        ),
        _clauses(),
        _facts(t("public_catalogues.standing"), _one.standing),
        _changes(),
        class_name="space-y-4",
    )


def _missing(view: Any) -> rx.Component:
    return empty(
        t("public_catalogues.missing"),
        rx.el.a(
            t("public_catalogues.show_all"),
            href=view.kind_href,
            class_name="btn btn-primary text-base",
        ),
    )


def entry() -> rx.Component:
    """The page of one entry."""
    status = rx.cond(rx.State.is_hydrated, _one.status, "loading")
    return shell(
        rx.match(status, ("ready", _ready()), ("refused", _missing(_one)), skeleton_list(3)),
        title=t("public.catalogues.title"),
        back="/catalogues",
    )


def _version(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(item.name, class_name="font-medium me-2"),
                rx.el.span(item.about, class_name=f"{_QUIET} block"),
                rx.el.span(item.counts, class_name="text-sm block"),
                class_name="grow min-w-0",
            ),
            badge(item.tone, item.status),
            href=item.href,
            aria_current=rx.cond(item.opened, "true", "false"),
            class_name=_ROW,
        )
    )


def _file(item: Any) -> rx.Component:
    return plain_link(item.label, href=item.href, class_name="btn bg-base-100 border-base-300")


def _logged() -> rx.Component:
    return rx.el.div(
        rx.el.h2(_log.title, class_name="text-xl font-semibold"),
        rx.el.p(_log.lead, class_name="text-neutral"),
        card(rx.el.ul(rx.foreach(_log.versions, _version), class_name="divide-y divide-base-300")),
        card(
            rx.el.h3(_log.opened, class_name="font-semibold"),
            rx.cond(_log.note != "", rx.el.p(_log.note, class_name="text-neutral")),
            rx.el.ul(rx.foreach(_log.changes, _change), class_name="divide-y divide-base-300"),
            rx.el.div(rx.foreach(_log.files, _file), class_name="flex flex-wrap gap-2"),
        ),
        pager(_log.pager),
        _go(t("public_catalogues.log_back"), _log.kind_href),
        class_name="space-y-4",
    )


def log() -> rx.Component:
    """What every version of a catalogue changed."""
    status = rx.cond(rx.State.is_hydrated, _log.status, "loading")
    return shell(
        rx.match(status, ("ready", _logged()), ("refused", _missing(_log)), skeleton_list(3)),
        title=t("public_catalogues.log_title"),
        back="/catalogues",
    )


PAGES = [
    Page(
        "/catalogues/[kind]/[slug]",
        rx.cond(
            _one.title != "", _one.title + t("public.suffix"), t("public.catalogues.page_title")
        ),
        entry,
        (CatalogueEntryState.load,),
    ),
    Page(
        "/catalogues/[kind]/log/[region]",
        t("public.catalogues.page_title"),
        log,
        (CatalogueLogState.load,),
    ),
]
