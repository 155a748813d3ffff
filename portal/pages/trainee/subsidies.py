"""/me/subsidies: what I may still have this year, what I had, and what my region promises."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.subsidies import SubsidiesState


def _bucket(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.sentence, class_name="text-base font-medium"),
        rx.el.p(item.used, class_name="text-sm text-neutral"),
        optional(item.went, "text-sm text-neutral break-words"),
        custom_attrs={"data-testid": "bucket", "data-left": item.left},
        class_name="py-3 first:pt-0 space-y-1",
    )


def _refusal() -> rx.Component:
    """What refuses me everywhere, before anything that I could have otherwise."""
    return rx.cond(
        SubsidiesState.refusal != "",
        card(
            rx.el.p(
                glyph("circle-x", class_name="size-6 shrink-0 text-error"),
                rx.el.span(SubsidiesState.refusal, class_name="font-semibold"),
                class_name="flex items-start gap-2",
            ),
            rx.foreach(SubsidiesState.refusal_help, lambda sentence: rx.el.p(sentence)),
            rx.el.a(
                t("preflight.fix"),
                href="/me/facts#pension",
                class_name="inline-flex items-center min-h-11 text-primary underline",
            ),
            custom_attrs={"data-testid": "subsidies-refusal"},
        ),
    )


def _year() -> rx.Component:
    """What is left, first: it is what people come for."""
    return card(
        rx.el.h2(SubsidiesState.year, class_name="text-lg font-semibold"),
        rx.el.p(SubsidiesState.region, class_name="text-sm text-neutral empty:hidden"),
        rx.cond(
            SubsidiesState.refusal != "",
            rx.el.p(t("trainee.subsidies.if_changed"), class_name="font-medium"),
        ),
        rx.cond(
            some(SubsidiesState.buckets),
            rx.el.ul(
                rx.foreach(SubsidiesState.buckets, _bucket), class_name="divide-y divide-base-300"
            ),
        ),
        rx.el.p(SubsidiesState.cap, class_name="text-sm text-neutral"),
        rx.cond(
            SubsidiesState.cap_source != "",
            rx.el.div(
                rx.el.p(rx.el.q(SubsidiesState.cap_quote)),
                rx.el.a(
                    SubsidiesState.cap_source,
                    href=SubsidiesState.cap_href,
                    class_name="inline-flex items-center min-h-11 text-primary underline",
                ),
                class_name="text-sm text-neutral",
            ),
        ),
    )


def _claims() -> rx.Component:
    """The way to claims in my name; those that ask me something stand out."""
    look = "flex items-center gap-3 rounded-2xl border p-4"
    arrow = glyph("chevron-right", class_name="size-5 text-neutral shrink-0")
    return rx.el.a(
        glyph("wallet", class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(t("trainee.subsidies.claims"), class_name="font-medium block"),
            rx.el.span(
                rx.cond(
                    SubsidiesState.asked != "",
                    SubsidiesState.asked,
                    t("trainee.subsidies.claims_more"),
                ),
                class_name="text-sm block",
            ),
            class_name="grow min-w-0",
        ),
        arrow,
        href="/me/claims",
        class_name=rx.cond(
            SubsidiesState.asked != "",
            f"{look} bg-warning/15 border-warning",
            f"{look} bg-base-100 border-base-300",
        ),
    )


def _taken_facts(item: Any) -> rx.Component:
    return rx.fragment(
        rx.el.span(
            rx.el.span(item.title, class_name="block font-medium break-words"),
            rx.el.span(item.facts, class_name="block text-sm text-neutral"),
            class_name="grow min-w-0",
        ),
        badge(item.tone, item.status),
    )


def _taken(item: Any) -> rx.Component:
    row = "flex items-center gap-3 py-3 min-h-12"
    return rx.el.li(
        rx.cond(
            item.href != "",
            rx.el.a(_taken_facts(item), href=item.href, class_name=row),
            rx.el.div(_taken_facts(item), class_name=row),
        )
    )


def _had() -> rx.Component:
    return rx.cond(
        some(SubsidiesState.taken),
        card(
            rx.el.h2(t("trainee.subsidies.had"), class_name="font-semibold"),
            rx.el.ul(
                rx.foreach(SubsidiesState.taken, _taken), class_name="divide-y divide-base-300"
            ),
        ),
    )


def _group(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(item.name, class_name="font-medium"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        optional(item.plain, "text-sm text-neutral"),
        class_name="space-y-1",
    )


def _groups() -> rx.Component:
    return card(
        rx.el.h2(t("trainee.subsidies.groups"), class_name="font-semibold"),
        rx.cond(
            some(SubsidiesState.groups),
            rx.el.ul(rx.foreach(SubsidiesState.groups, _group), class_name="space-y-3"),
            rx.el.p(t("trainee.subsidies.no_groups"), class_name="text-neutral"),
        ),
        rx.el.a(
            t("trainee.subsidies.facts"),
            href="/me/facts",
            class_name="inline-flex items-center min-h-11 text-primary underline",
        ),
    )


def _offer(item: Any) -> rx.Component:
    return card(
        rx.el.div(
            badge(item.tone, item.kind),
            rx.cond(item.mine, badge("mine", t("trainee.subsidies.mine"))),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.p(item.summary, class_name="text-base"),
        rx.el.a(
            item.source,
            href=item.href,
            class_name="inline-flex items-center min-h-12 text-sm text-primary underline",
        ),
    )


def _pack(item: Any) -> rx.Component:
    return rx.el.a(
        glyph("file-text", class_name="size-6 text-primary shrink-0"),
        rx.el.span(
            rx.el.span(item.title, class_name="block"),
            rx.el.span(item.region, class_name="block text-sm text-neutral"),
        ),
        href=item.href,
        class_name="flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def _offers() -> rx.Component:
    known = rx.el.section(
        rx.el.h2(t("trainee.subsidies.offers"), class_name="text-lg font-semibold"),
        rx.el.p(SubsidiesState.region, class_name="text-sm text-neutral"),
        rx.cond(
            some(SubsidiesState.offers),
            rx.foreach(SubsidiesState.offers, _offer),
            card(rx.el.p(t("trainee.subsidies.no_offers"))),
        ),
        rx.el.p(t("trainee.subsidies.exact"), class_name="text-sm text-neutral"),
        class_name="space-y-3",
    )
    return rx.cond(
        SubsidiesState.region != "", known, card(rx.el.p(t("trainee.subsidies.no_region")))
    )


def subsidies() -> rx.Component:
    """The page."""
    ready = rx.el.div(
        _refusal(),
        _year(),
        _claims(),
        _had(),
        _groups(),
        _offers(),
        rx.el.section(
            rx.el.h2(t("trainee.subsidies.packs"), class_name="text-lg font-semibold"),
            rx.cond(
                some(SubsidiesState.packs),
                rx.foreach(SubsidiesState.packs, _pack),
                rx.el.p(t("trainee.subsidies.no_packs"), class_name="text-neutral"),
            ),
            class_name="space-y-3",
        ),
        rx.el.a(
            t("trainee.subsidies.find"),
            href="/classes",
            class_name="btn btn-primary w-full text-base",
        ),
        class_name="space-y-5",
    )
    return shell(
        by_status(SubsidiesState.status, SubsidiesState.problem, ready, next_path="/me/subsidies"),
        title=t("trainee.subsidies.title"),
        active="me",
        back="/me",
    )


PAGES = [Page("/me/subsidies", t("trainee.subsidies.title"), subsidies, (SubsidiesState.load,))]
