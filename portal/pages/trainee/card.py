"""``/me/card``: the social security card that carries my archive."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field, text_field
from portal.components.decisions import result_note
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, refusal, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.card import CardState

# Off the class come Vars, whatever its annotations say.
view: Any = CardState

_USES = (
    ("search", t("cards.what_for_find")),
    ("archive", t("cards.what_for_key")),
    ("shield-check", t("cards.what_for_safe")),
)


def _number_form(label: str, on_submit: Any, testid: str) -> rx.Component:
    return rx.el.form(
        text_field(
            "number",
            t("cards.number"),
            "",
            hint=t("cards.number_hint"),
            limit=20,
            required=True,
        ),
        rx.el.label(
            rx.el.span(t("cards.region"), class_name="block font-medium"),
            rx.el.span(t("cards.region_hint"), class_name="block text-sm text-neutral"),
            rx.el.select(
                rx.el.option(t("cards.choose"), value=""),
                rx.foreach(view.provinces, lambda one: rx.el.option(one.name, value=one.code)),
                name="region",
                required=True,
                default_value="",
                class_name="select w-full h-12 text-base mt-1",
            ),
            class_name="block",
        ),
        rx.el.button(
            label,
            type="submit",
            custom_attrs={"data-testid": testid},
            class_name="btn btn-primary w-full text-base",
        ),
        on_submit=on_submit,
        class_name="space-y-3",
    )


def _current() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("cards.current"), class_name="text-lg font-semibold grow"),
            badge(view.current.tone, view.current.status),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(view.current.number, class_name="text-2xl font-semibold tabular-nums"),
        rx.el.p(view.current.region, " · ", view.current.dates, class_name="text-neutral"),
        rx.cond(
            view.current.is_vouched_for,
            rx.el.p(
                glyph("shield-check", class_name="size-5 shrink-0 text-success"),
                view.current.vouched,
                class_name="flex items-center gap-2",
            ),
            rx.el.div(
                rx.el.p(
                    glyph("info", class_name="size-5 shrink-0 text-neutral"),
                    view.current.vouched,
                    class_name="flex items-center gap-2",
                ),
                rx.el.button(
                    t("cards.recheck"),
                    type="button",
                    on_click=view.recheck,
                    custom_attrs={"data-testid": "card-recheck"},
                    class_name="btn w-full text-base",
                ),
                class_name="space-y-2",
            ),
        ),
        custom_attrs={"data-testid": "card-current"},
    )


def _with_card() -> rx.Component:
    return rx.el.div(
        _current(),
        card(
            fold(
                t("cards.reissue"),
                rx.el.p(t("cards.reissue_lead"), class_name="text-neutral pb-3"),
                _number_form(t("cards.reissue_submit"), view.reissue, "card-reissue"),
            ),
            fold(
                t("cards.unbind"),
                rx.el.p(t("cards.unbind_lead"), class_name="text-neutral pb-3"),
                rx.el.form(
                    reason_field(
                        "reason",
                        t("cards.unbind_reason"),
                        hint=t("cards.unbind_reason_hint"),
                        shortest=2,
                    ),
                    rx.el.button(
                        t("cards.unbind_submit"),
                        type="submit",
                        custom_attrs={"data-testid": "card-unbind"},
                        class_name="btn btn-error w-full text-base",
                    ),
                    on_submit=view.unbind,
                    class_name="space-y-3",
                ),
            ),
        ),
        class_name="space-y-4",
    )


def _without_card() -> rx.Component:
    return card(
        rx.el.p(t("cards.none"), class_name="text-neutral"),
        _number_form(t("cards.bind"), view.bind, "card-bind"),
    )


def _earlier() -> rx.Component:
    def one(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.span(row.number, class_name="font-medium tabular-nums"),
                badge(row.tone, row.status),
                class_name="flex flex-wrap items-center justify-between gap-2",
            ),
            rx.el.p(row.region, " · ", row.dates, class_name="text-sm text-neutral"),
            optional(row.reason, "text-sm text-neutral"),
            class_name="p-4 space-y-1",
        )

    return rx.cond(
        some(view.earlier),
        rx.el.section(
            rx.el.h2(t("cards.earlier"), class_name="text-lg font-semibold"),
            rx.el.ul(
                rx.foreach(view.earlier, one),
                custom_attrs={"data-testid": "card-earlier"},
                class_name="rounded-2xl bg-base-100 border border-base-300 divide-y "
                "divide-base-300",
            ),
            class_name="space-y-3",
        ),
    )


def _what_for() -> rx.Component:
    return card(
        rx.el.h2(t("cards.what_for_title"), class_name="text-lg font-semibold"),
        rx.el.ul(
            *[
                rx.el.li(
                    glyph(sign, class_name="size-5 shrink-0 mt-0.5 text-primary"),
                    rx.el.span(words),
                    class_name="flex gap-2",
                )
                for sign, words in _USES
            ],
            class_name="space-y-2",
        ),
        rx.el.p(view.registry, class_name="text-sm text-neutral"),
    )


def my_card() -> rx.Component:
    """The page."""
    ready = rx.el.div(
        rx.el.p(t("cards.lead"), class_name="text-neutral"),
        refusal(view.problem),
        result_note(view.done, "card-done"),
        rx.cond(view.has_card, _with_card(), _without_card()),
        _earlier(),
        _what_for(),
        class_name="space-y-4",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/card"),
        title=t("cards.title"),
        active="archive",
        back="/me/archive",
    )


PAGES = [Page("/me/card", t("cards.title"), my_card, (view.load,))]
