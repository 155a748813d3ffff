"""/me/archive: everything I ever learned, in one line of time."""

from typing import Any

import reflex as rx

from portal.components.advancement import own_suggestion
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, download, nothing, some, tile
from portal.locale import t
from portal.pages.table import Page
from portal.state.archive import ArchiveState

# Event handlers are built by Reflex; its types know nothing of their arguments.
_state: Any = ArchiveState

# The owner's other pages about the archive: name, sign, address, whether a plain page.
_WAYS = (
    ("shares", "qr-code", "/me/shares", False),
    ("external", "award", "/me/external", False),
    ("corrections", "pencil", "/me/corrections", False),
    ("import", "refresh-cw", "/me/import", True),
    ("access", "user-check", "/me/access", False),
    ("card", "wallet", "/me/card", False),
)


def _total(value: Any, label: str) -> rx.Component:
    return rx.el.div(
        rx.el.p(value, class_name="text-2xl font-semibold"),
        rx.el.p(label, class_name="text-sm text-neutral"),
        class_name="rounded-2xl bg-base-100 border border-base-300 p-3 text-center",
    )


def _entry(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            glyph(item.sign, class_name="size-4"),
            aria_hidden="true",
            class_name="absolute -start-4 top-0.5 size-8 rounded-full bg-primary "
            "text-primary-content grid place-items-center",
        ),
        rx.el.div(
            rx.el.p(item.kind, " · ", item.when, class_name="text-sm text-neutral"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.h3(item.title, class_name="font-medium break-words"),
        optional(item.place, "text-sm text-neutral"),
        optional(item.hours, "text-sm"),
        optional(item.note, "text-sm"),
        optional(item.number, "text-sm break-all"),
        rx.cond(
            some(item.fixes),
            rx.el.ul(
                rx.foreach(item.fixes, rx.el.li),
                custom_attrs={"data-testid": "archive-correction"},
                class_name="rounded-xl bg-base-200 p-3 text-sm space-y-1",
            ),
        ),
        rx.cond(
            item.is_certificate,
            rx.cond(
                item.origin != "",
                rx.el.a(
                    t("carry.origin"),
                    href=item.origin,
                    rel="noreferrer",
                    class_name="btn bg-base-100 border-base-300 text-base mt-1",
                ),
                rx.el.a(
                    t("trainee.archive.see_certificate"),
                    href="/me/certificates",
                    class_name="btn bg-base-100 border-base-300 text-base mt-1",
                ),
            ),
        ),
        optional(item.source, "text-sm text-neutral"),
        custom_attrs={"data-testid": "archive-entry"},
        class_name="relative ps-7 space-y-1",
    )


def _line_of_time(items: Any) -> rx.Component:
    return rx.el.ol(
        rx.foreach(items, _entry), class_name="border-s-2 border-base-300 ms-4 mt-3 space-y-6"
    )


def _year(group: Any) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            rx.el.span(group.label, class_name="text-lg font-semibold"),
            rx.el.span(group.summary, class_name="text-sm text-neutral grow text-start"),
            glyph(
                "chevron-down",
                class_name=rx.cond(group.is_open, "size-5 shrink-0 rotate-180", "size-5 shrink-0"),
            ),
            type="button",
            on_click=_state.toggle(group.year),
            aria_expanded=group.is_open,
            custom_attrs={"data-testid": "archive-year"},
            class_name="w-full min-h-12 flex items-center gap-3 cursor-pointer",
        ),
        rx.cond(group.is_open, _line_of_time(group.rows)),
        class_name="py-1",
    )


def _filter() -> rx.Component:
    return rx.el.div(
        rx.foreach(
            ArchiveState.choices,
            lambda choice: rx.el.button(
                choice.label,
                type="button",
                on_click=_state.choose(choice.key),
                aria_pressed=choice.is_chosen,
                class_name=rx.cond(
                    choice.is_chosen,
                    "btn btn-primary text-base",
                    "btn bg-base-100 border-base-300 text-base",
                ),
            ),
        ),
        role="group",
        aria_label=t("trainee.archive.filter"),
        class_name="flex flex-wrap gap-2",
    )


def _sum_list(group: Any) -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            group.sums,
            lambda one: rx.el.div(
                rx.el.dt(one.label, class_name="min-w-0 break-words"),
                rx.el.dd(one.value, class_name="shrink-0 text-end"),
                class_name="flex justify-between gap-3",
            ),
        ),
        class_name="space-y-1",
    )


def _sum_group(group: Any) -> rx.Component:
    return rx.cond(
        group.is_long,
        fold(group.heading, _sum_list(group)),
        rx.el.div(
            rx.el.h3(group.heading, class_name="text-sm text-neutral"),
            _sum_list(group),
            class_name="space-y-1 pt-1",
        ),
    )


def _sums() -> rx.Component:
    return rx.cond(
        some(ArchiveState.sums),
        card(
            rx.el.h2(t("trainee.archive.sums"), class_name="font-semibold"),
            rx.foreach(ArchiveState.sums, _sum_group),
            rx.el.p(t("trainee.archive.sums_hint"), class_name="text-sm text-neutral"),
        ),
    )


def _more() -> rx.Component:
    tiles = [
        tile(
            sign,
            t(f"trainee.archive.way_{name}"),
            href,
            t(f"trainee.archive.way_{name}_note"),
            is_plain=is_plain,
        )
        for name, sign, href, is_plain in _WAYS
    ]
    return rx.el.section(
        rx.el.h2(t("trainee.archive.more"), class_name="text-lg font-semibold mb-3"),
        rx.el.div(*tiles, class_name="grid grid-cols-2 md:grid-cols-3 gap-3"),
    )


def _downloads() -> rx.Component:
    return card(
        rx.el.div(
            download(t("trainee.archive.pdf"), "/files/archive.pdf"),
            download(t("trainee.archive.json"), "/files/archive.json", "braces"),
            download(t("carry.export"), "/files/archive-export.json"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.p(t("trainee.archive.download_hint"), class_name="text-sm text-neutral"),
    )


def _intact() -> rx.Component:
    return rx.cond(
        ArchiveState.intact,
        rx.el.p(
            glyph("shield-check", class_name="size-5 shrink-0 text-success"),
            t("trainee.archive.intact"),
            class_name="flex gap-2 text-sm",
        ),
        rx.el.p(
            glyph("shield-alert", class_name="size-5 shrink-0"),
            t("trainee.archive.broken"),
            role="alert",
            class_name="flex gap-2 text-error",
        ),
    )


def _suggestions() -> rx.Component:
    return rx.cond(
        some(ArchiveState.suggestions),
        rx.el.section(
            rx.el.h2(t("advancement.own.title"), class_name="text-lg font-semibold mb-3"),
            rx.el.div(rx.foreach(ArchiveState.suggestions, own_suggestion), class_name="space-y-3"),
        ),
    )


def _timeline() -> rx.Component:
    return rx.fragment(
        rx.cond(
            some(ArchiveState.now_running),
            rx.el.section(
                rx.el.h2(t("trainee.archive.running"), class_name="text-lg font-semibold"),
                _line_of_time(ArchiveState.now_running),
            ),
        ),
        rx.cond(
            some(ArchiveState.years),
            rx.el.section(
                rx.el.h2(t("trainee.archive.timeline"), class_name="text-lg font-semibold mb-3"),
                rx.cond(ArchiveState.can_narrow, _filter()),
                rx.el.div(
                    rx.foreach(ArchiveState.years, _year),
                    class_name="mt-2 divide-y divide-base-300",
                ),
            ),
        ),
    )


def archive() -> rx.Component:
    """The page."""
    totals = rx.el.section(
        _total(ArchiveState.trainings, t("trainee.archive.trainings")),
        _total(ArchiveState.hours, t("trainee.archive.hours")),
        _total(ArchiveState.certificates, t("trainee.archive.certificates")),
        class_name="grid grid-cols-3 gap-2",
    )
    ready = rx.el.div(
        rx.cond(
            ArchiveState.is_empty,
            nothing(t("trainee.archive.empty"), t("trainee.enrolments.find"), "/classes"),
            rx.fragment(totals, _suggestions(), _timeline(), _sums(), _downloads(), _intact()),
        ),
        _more(),
        class_name="space-y-5",
    )
    return shell(
        by_status(ArchiveState.status, ArchiveState.problem, ready, next_path="/me/archive"),
        title=t("trainee.archive.title"),
        active="archive",
    )


PAGES = [Page("/me/archive", t("trainee.archive.title"), archive, (ArchiveState.load,))]
