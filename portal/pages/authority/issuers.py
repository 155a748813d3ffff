"""``/admin/issuers``: who signs certificates; ``/admin/issuers/<id>``: keys, seal, a new key."""

from typing import Any

import reflex as rx

from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.shell import plain_link
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.issuers import IssuersState, IssuerState

# Off the class come Vars, whatever their annotations say.
listed: Any = IssuersState
view: Any = IssuerState

_HOME = "/admin/issuers"
_SMALL = "text-sm text-neutral"


def _issuer(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.name, class_name="font-semibold min-w-0 break-words"),
            badge("plain", item.kind),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.since),
        rx.el.p(item.key_count, " · ", item.seal, class_name=_SMALL),
        optional(item.alarm, "text-error font-medium"),
        href=item.href,
        custom_attrs={"data-testid": "issuer"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def index() -> rx.Component:
    """Those of the region."""
    return frame(
        "issuers",
        listed.status,
        listed.problem,
        rx.el.p(t("issuers.lead"), class_name="text-neutral max-w-3xl"),
        rx.cond(
            listed.rows.length() > 0,
            rx.el.div(
                rx.el.div(rx.foreach(listed.rows, _issuer), class_name="grid gap-3 md:grid-cols-2"),
                pager(listed.previous, listed.place, listed.next),
                class_name="space-y-3",
            ),
            empty(t("issuers.empty")),
        ),
        rx.el.p(t("issuers.national"), class_name=_SMALL),
        hint=t("issuers.officers_only"),
    )


def _key(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(item.dates, class_name="font-medium"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(t("issuers.kid"), " ", rx.el.code(item.kid), class_name=_SMALL),
        rx.el.p(item.signed, class_name=_SMALL),
        optional(item.reason, _SMALL),
        class_name="p-4 space-y-1",
    )


def _keys() -> rx.Component:
    return section(
        t("issuers.history"),
        rx.el.ul(
            rx.foreach(view.keys, _key),
            class_name="rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300",
        ),
    )


def _rotate() -> rx.Component:
    return card(
        rx.el.h3(t("issuers.rotate"), class_name="font-semibold"),
        rx.el.p(t("issuers.rotate_what"), class_name=_SMALL),
        act_form(
            t("issuers.rotate_go"),
            view.rotate,
            look="btn-primary",
            testid="issuer-rotate",
            reason=t("issuers.rotate_why"),
            hint=t("issuers.rotate_reason_hint"),
        ),
    )


def _compromised() -> rx.Component:
    """The consequences stand above the button that cannot be undone."""
    return card(
        fold(
            t("issuers.compromise"),
            rx.el.p(t("issuers.compromise_what"), class_name="font-medium"),
            rx.el.ol(
                rx.el.li(t("issuers.compromise_1")),
                rx.el.li(t("issuers.compromise_2")),
                rx.el.li(view.consequence),
                class_name="list-decimal ps-6 space-y-1 py-2",
            ),
            act_form(
                t("issuers.compromise_go"),
                view.mark_compromised,
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        name="understood",
                        value="1",
                        required=True,
                        custom_attrs={"data-testid": "issuer-understood"},
                        class_name="checkbox checkbox-primary rounded-md shrink-0 mt-0.5",
                    ),
                    rx.el.span(t("issuers.compromise_tick")),
                    class_name="flex gap-3 items-start min-h-11",
                ),
                look="btn-error",
                testid="issuer-compromised",
                reason=t("issuers.rotate_why"),
                hint=t("issuers.rotate_reason_hint"),
            ),
        )
    )


def _seal() -> rx.Component:
    return card(
        rx.el.h3(t("issuers.seal"), class_name="font-semibold"),
        rx.cond(
            view.seal_picture != "",
            rx.el.img(src=view.seal_picture, alt=t("issuers.seal_alt"), class_name="w-36"),
            rx.el.p(t("issuers.seal_none"), class_name=_SMALL),
        ),
        plain_link(t("issuers.seal_change"), href=view.seal, class_name=f"w-full {QUIET}"),
    )


def detail() -> rx.Component:
    """One of them."""
    return frame(
        "issuers",
        view.status,
        view.problem,
        rx.el.a(t("issuers.back"), href=_HOME, class_name=QUIET),
        rx.el.div(
            rx.el.h2(view.issuer.name, class_name="text-xl font-semibold break-words"),
            rx.el.p(view.issuer.kind, class_name=_SMALL),
        ),
        result_note(view.done, "issuer-done"),
        problem_note(view.problem),
        rx.el.div(
            rx.el.div(_keys(), _seal(), class_name="space-y-6"),
            rx.el.div(_rotate(), _compromised(), class_name="space-y-4"),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        hint=t("issuers.officers_only"),
    )


PAGES = [
    Page(_HOME, t("issuers.title"), index, (listed.load,)),
    Page(f"{_HOME}/[issuer_id]", t("issuers.title"), detail, (view.load,)),
]
