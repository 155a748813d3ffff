"""/me/archive: everything I ever learned, in one line of time."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, download, nothing, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.archive import ArchiveState


def _total(value: Any, label: str) -> rx.Component:
    return rx.el.div(
        rx.el.p(value, class_name="text-2xl font-semibold"),
        rx.el.p(label, class_name="text-sm text-neutral"),
        class_name="rounded-2xl bg-base-100 border border-base-300 p-3 text-center",
    )


def _entry(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.cond(
                item.is_certificate,
                glyph("award", class_name="size-4"),
                glyph("book-open", class_name="size-4"),
            ),
            aria_hidden="true",
            class_name="absolute -start-4 top-0.5 size-8 rounded-full bg-primary "
            "text-primary-content grid place-items-center",
        ),
        rx.el.div(
            rx.el.p(item.when, class_name="text-sm text-neutral"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.h3(item.title, class_name="font-medium break-words"),
        rx.el.p(item.place, class_name="text-sm text-neutral"),
        optional(item.hours, "text-sm"),
        rx.cond(
            item.is_certificate,
            rx.fragment(
                rx.el.p(item.number, class_name="text-sm break-all"),
                rx.el.a(
                    t("trainee.archive.see_certificate"),
                    href="/me/certificates",
                    class_name="btn text-base mt-1",
                ),
            ),
        ),
        custom_attrs={"data-testid": "archive-entry"},
        class_name="relative ps-7 space-y-1",
    )


def _downloads() -> rx.Component:
    return card(
        rx.el.div(
            download(t("trainee.archive.pdf"), "/files/archive.pdf"),
            download(t("trainee.archive.json"), "/files/archive.json", "braces"),
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


def archive() -> rx.Component:
    """The page."""
    totals = rx.el.section(
        _total(ArchiveState.trainings, t("trainee.archive.trainings")),
        _total(ArchiveState.hours, t("trainee.archive.hours")),
        _total(ArchiveState.certificates, t("trainee.archive.certificates")),
        class_name="grid grid-cols-3 gap-2",
    )
    timeline = rx.el.section(
        rx.el.h2(t("trainee.archive.timeline"), class_name="text-lg font-semibold mb-4"),
        rx.el.ol(
            rx.foreach(ArchiveState.rows, _entry),
            class_name="border-s-2 border-base-300 ms-4 space-y-6",
        ),
    )
    ready = rx.cond(
        some(ArchiveState.rows),
        rx.el.div(totals, timeline, _downloads(), _intact(), class_name="space-y-5"),
        nothing(t("trainee.archive.empty"), t("trainee.enrolments.find"), "/classes"),
    )
    return shell(
        by_status(ArchiveState.status, ArchiveState.problem, ready, next_path="/me/archive"),
        title=t("trainee.archive.title"),
        active="archive",
    )


PAGES = [Page("/me/archive", t("trainee.archive.title"), archive, (ArchiveState.load,))]
