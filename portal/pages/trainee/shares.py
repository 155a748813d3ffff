"""/me/shares: what I show to others, who looked, and the talent pool."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.folds import fold
from portal.components.parts import card, empty
from portal.components.shell import plain_link, shell
from portal.components.views import badge, by_status, refusal, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.shares import SharesState

# Off the class come Vars, whatever its annotations say.
view: Any = SharesState

_SMALL = "text-sm text-neutral"


def _head(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(row.title, class_name="font-semibold min-w-0 break-words"),
        badge(row.tone, row.state),
        class_name="flex flex-wrap items-start justify-between gap-2",
    )


def _visits(row: Any) -> rx.Component:
    return rx.cond(
        row.visits.length() > 0,
        fold(
            rx.fragment(row.views, " · ", t("shares.views_more")),
            rx.el.ul(
                rx.foreach(row.visits, lambda one: rx.el.li(one)),
                class_name=f"{_SMALL} space-y-1 pb-2",
            ),
        ),
        rx.el.p(row.views, class_name=_SMALL),
    )


def _taking_back(row: Any) -> rx.Component:
    return rx.cond(
        view.sure == row.key,
        rx.el.div(
            rx.el.p(t("shares.revoke_sure"), role="alert"),
            rx.el.button(
                t("shares.revoke_yes"),
                type="button",
                on_click=view.revoke(row.key),
                custom_attrs={"data-testid": "share-revoke-yes"},
                class_name="btn btn-error w-full text-base",
            ),
            rx.el.button(
                t("shares.keep"),
                type="button",
                on_click=view.ask(""),
                class_name="btn w-full text-base",
            ),
            class_name="space-y-2",
        ),
        rx.el.div(
            plain_link(
                t("shares.link"),
                " · ",
                t("shares.qr"),
                href=row.href,
                class_name="btn text-base grow",
            ),
            rx.el.button(
                t("shares.revoke"),
                type="button",
                on_click=view.ask(row.key),
                custom_attrs={"data-testid": "share-revoke"},
                class_name="btn text-base grow",
            ),
            class_name="flex flex-wrap gap-2",
        ),
    )


def _live(row: Any) -> rx.Component:
    return card(
        _head(row),
        rx.el.p(row.when),
        rx.el.p(row.fields, class_name=_SMALL),
        _visits(row),
        _taking_back(row),
        key=row.key,
        custom_attrs={"data-testid": "share-link"},
    )


def _past(row: Any) -> rx.Component:
    return rx.el.li(
        _head(row),
        rx.el.p(row.when, class_name=_SMALL),
        _visits(row),
        key=row.key,
        class_name="p-4 space-y-1",
    )


def _talent() -> rx.Component:
    return card(
        rx.el.h2(t("talent.card"), class_name="text-lg font-semibold"),
        rx.cond(
            view.joined,
            rx.el.div(
                badge("good", t("talent.joined", day=view.since)),
                rx.el.p(view.consent, class_name=f"whitespace-pre-line {_SMALL}"),
                rx.el.button(
                    t("talent.leave"),
                    type="button",
                    on_click=view.leave,
                    custom_attrs={"data-testid": "talent-leave"},
                    class_name="btn w-full text-base",
                ),
                class_name="space-y-3",
            ),
            rx.el.div(
                rx.el.p(t("talent.about")),
                fold(
                    t("talent.read"),
                    rx.el.p(view.consent, class_name="whitespace-pre-line pb-3"),
                    rx.el.button(
                        t("talent.join"),
                        type="button",
                        on_click=view.join,
                        custom_attrs={"data-testid": "talent-join"},
                        class_name="btn w-full text-base",
                    ),
                ),
                class_name="space-y-2",
            ),
        ),
        custom_attrs={"data-testid": "talent-card"},
    )


def shares() -> rx.Component:
    """The page."""
    new = plain_link(
        t("shares.new"),
        href="/me/shares/new",
        class_name="btn btn-primary btn-lg w-full text-base",
    )
    past = rx.cond(
        some(view.past),
        rx.el.section(
            rx.el.h2(t("shares.past"), class_name="text-lg font-semibold"),
            rx.el.ul(
                rx.foreach(view.past, _past),
                class_name="rounded-2xl bg-base-100 border border-base-300 divide-y "
                "divide-base-300",
            ),
            class_name="space-y-3",
        ),
    )
    ready = rx.el.div(
        refusal(view.problem),
        result_note(view.done, "shares-done"),
        rx.el.p(t("shares.lead"), class_name="text-neutral"),
        rx.cond(
            some(view.live),
            rx.el.div(rx.foreach(view.live, _live), class_name="space-y-3"),
            empty(t("shares.empty")),
        ),
        past,
        _talent(),
        class_name="space-y-5",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/shares"),
        title=t("shares.title"),
        active="archive",
        back="/me/archive",
        action=rx.cond(view.status == "ready", new, rx.fragment()),
    )


PAGES = [Page("/me/shares", t("shares.title"), shares, (view.load,))]
