"""/me/certificates: to look at, to take along, to have verified."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link, shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, download, nothing, some, tile
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
        optional(item.facts, "text-sm"),
        rx.el.p(item.place, class_name="text-sm text-neutral"),
        rx.el.p(item.issued, class_name="text-sm text-neutral"),
        rx.el.p(
            rx.el.span(t("trainee.certificates.number"), class_name="text-neutral"),
            " ",
            rx.el.span(item.number, class_name="inline-block break-all"),
            class_name="text-sm",
        ),
        optional(item.note, "text-sm rounded-xl bg-base-200 p-3"),
        rx.cond(
            item.picture != "",
            _copies(item),
            rx.fragment(rx.el.p(t("trainee.certificates.no_copy")), _verify(item)),
        ),
        custom_attrs={"data-testid": "certificate-card"},
    )


def _brought(item: Any) -> rx.Component:
    """One from elsewhere, in short, with how sure it is."""
    return card(
        rx.el.div(
            rx.el.h3(item.title, class_name="font-medium min-w-0 break-words"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.kind, class_name="text-sm"),
        rx.el.p(item.issuer, class_name="text-sm text-neutral"),
        rx.el.p(item.dates, class_name="text-sm text-neutral"),
        custom_attrs={"data-testid": "brought-card"},
    )


def _elsewhere() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("trainee.certificates.elsewhere"), class_name="text-lg font-semibold"),
        rx.cond(
            some(CertificatesState.external),
            rx.foreach(CertificatesState.external, _brought),
            rx.el.p(t("trainee.certificates.elsewhere_none"), class_name="text-neutral"),
        ),
        rx.el.a(
            t("trainee.certificates.elsewhere_all"),
            href="/me/external",
            class_name="btn w-full text-base bg-base-100 border-base-300",
        ),
        class_name="space-y-3",
    )


def _ways() -> rx.Component:
    """What else one may do with them."""
    return rx.el.div(
        tile(
            "users",
            t("trainee.certificates.share"),
            "/me/shares",
            t("trainee.certificates.share_what"),
        ),
        tile(
            "camera",
            t("trainee.certificates.photo"),
            "/me/photo",
            t("trainee.certificates.photo_what"),
            is_plain=True,
        ),
        class_name="grid grid-cols-2 gap-3",
    )


def certificates() -> rx.Component:
    """The page."""
    own = rx.cond(
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
    ready = rx.el.div(own, _ways(), _elsewhere(), class_name="space-y-6")
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
