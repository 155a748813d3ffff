"""/me/certificates: to look at, to take along, to have verified."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link, shell
from portal.components.views import badge, by_status, download, nothing, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.certificates import CertificatesState


def _copies(item: Any) -> rx.Component:
    return rx.fragment(
        plain_link(
            rx.el.img(
                src=item.picture,
                alt=t("trainee.certificates.open_picture"),
                loading="lazy",
                class_name="w-full rounded-lg border border-base-300 bg-base-200 "
                "aspect-[297/210] object-contain",
            ),
            href=item.picture,
            class_name="block",
        ),
        rx.el.div(
            download(t("trainee.certificates.paper"), item.paper),
            _verify(item),
            class_name="flex flex-wrap gap-2",
        ),
    )


def _verify(item: Any) -> rx.Component:
    return plain_link(
        glyph("badge-check", class_name="size-5"),
        t("trainee.certificates.verify"),
        href=item.verify,
        class_name="btn text-base grow",
    )


def _certificate(item: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(item.kind, class_name="text-lg font-semibold"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.title, class_name="font-medium break-words"),
        rx.el.p(item.facts, class_name="text-sm"),
        rx.el.p(item.place, class_name="text-sm text-neutral"),
        rx.el.p(item.issued, class_name="text-sm text-neutral"),
        rx.el.p(
            rx.el.span(t("trainee.certificates.number"), class_name="text-neutral"),
            " ",
            rx.el.span(item.number, class_name="inline-block break-all"),
            class_name="text-sm",
        ),
        rx.cond(
            item.picture != "",
            _copies(item),
            rx.fragment(rx.el.p(t("trainee.certificates.no_copy")), _verify(item)),
        ),
        custom_attrs={"data-testid": "certificate-card"},
    )


def certificates() -> rx.Component:
    """The page."""
    ready = rx.cond(
        some(CertificatesState.rows),
        rx.el.div(
            rx.foreach(CertificatesState.rows, _certificate),
            rx.el.p(t("trainee.certificates.verify_hint"), class_name="text-sm text-neutral"),
            class_name="space-y-4",
        ),
        nothing(
            t("trainee.certificates.empty"),
            t("trainee.certificates.see_enrolments"),
            "/me/enrolments",
        ),
    )
    return shell(
        by_status(
            CertificatesState.status, CertificatesState.problem, ready, next_path="/me/certificates"
        ),
        title=t("trainee.certificates.title"),
        active="archive",
        back="/me",
    )


PAGES = [
    Page(
        "/me/certificates", t("trainee.certificates.title"), certificates, (CertificatesState.load,)
    )
]
