"""Parts of waiting for a seat: the place in line, the offer, classes to change to."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link
from portal.components.trainee import optional
from portal.components.views import some
from portal.locale import t


def offer_note(note: Any) -> rx.Component:
    """A seat that waits for an answer, when there is one; ``note`` is an ``OfferNote``."""
    return rx.cond(
        note.href != "",
        rx.el.div(
            rx.el.p(
                glyph("bell", class_name="size-5 shrink-0 mt-0.5"),
                note.sentence,
                class_name="flex gap-2 font-semibold",
            ),
            rx.el.p(note.until),
            plain_link(
                t("offer.go"),
                href=note.href,
                class_name="btn btn-primary w-full text-base",
                data_testid="offer-go",
            ),
            role="status",
            class_name="rounded-2xl border-2 border-accent bg-base-100 p-4 space-y-3",
        ),
    )


def place_card(row: Any) -> rx.Component:
    """Where the person stands in line, and what to expect; ``row`` is a ``PlaceRow``."""
    return rx.fragment(
        card(
            rx.el.div(
                rx.el.h2(row.place, class_name="text-xl font-semibold"),
                rx.el.span(row.of_all, class_name="text-sm text-neutral"),
                class_name="flex flex-wrap items-baseline justify-between gap-2",
            ),
            rx.el.p(row.ahead),
            optional(row.first, "text-success"),
            rx.el.p(t("waiting.told")),
            rx.el.p(row.closes, class_name="text-sm text-neutral"),
            custom_attrs={"data-testid": "waiting-place"},
        ),
        card(
            rx.el.h2(t("waiting.odds_title"), class_name="font-semibold"),
            rx.el.p(row.odds_word, class_name="font-medium"),
            rx.el.p(row.odds),
        ),
    )


def swap_list(swaps: Any, *, words: str = "waiting.swap") -> rx.Component:
    """Where to go instead; ``swaps`` are ``SwapRow``, ``words`` the sentences about them."""
    return card(
        rx.el.h2(t(f"{words}.heading"), class_name="font-semibold"),
        rx.cond(
            some(swaps),
            rx.fragment(
                rx.el.p(t(f"{words}.lead"), class_name="text-sm text-neutral"),
                rx.el.ul(
                    rx.foreach(swaps, lambda row: _swap(row, t(f"{words}.go"))),
                    class_name="divide-y divide-base-300",
                ),
            ),
            rx.fragment(
                rx.el.p(t("waiting.swap.none")),
                rx.el.a(
                    t("offer.other_classes"),
                    href="/classes?has_seats=1",
                    class_name="btn w-full text-base",
                ),
            ),
        ),
    )


def _swap(row: Any, go: str) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.title, class_name="font-medium break-words"),
        rx.el.p(row.where, class_name="text-sm text-neutral"),
        rx.el.p(row.when, class_name="text-sm"),
        plain_link(go, href=row.href, class_name="btn w-full text-base"),
        class_name="py-3 space-y-2",
    )
