"""/me/external: certificates from elsewhere, each with how sure it is."""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.icons import glyph
from portal.components.parts import card, empty
from portal.components.shell import plain_link, shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status, download, refusal, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.external import MyExternalState

_SMALL = "text-sm text-neutral"
view: Any = MyExternalState


def outside_link(item: Any) -> rx.Component:
    """To the issuers' own look-up, and that it leads away from here."""
    return rx.cond(
        item.look_up != "",
        rx.el.a(
            t("external.page.look_up"),
            " ↗",
            href=item.look_up,
            title=item.look_up_name,
            target="_blank",
            rel="noopener noreferrer",
            class_name="btn text-base grow",
        ),
    )


def external_card(item: Any) -> rx.Component:
    """One of them; ``item`` is an ``ExternalRow``."""
    return card(
        rx.el.div(
            rx.el.h2(item.kind, class_name="text-lg font-semibold min-w-0 break-words"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.title, class_name="font-medium break-words"),
        optional(item.facts, "text-sm"),
        rx.el.p(item.issuer, class_name=_SMALL),
        rx.el.p(item.dates, class_name=_SMALL),
        rx.el.p(item.number, class_name=f"{_SMALL} break-all"),
        rx.el.p(item.note, class_name="text-sm rounded-xl bg-base-200 p-3"),
        rx.cond(
            item.look_up != "",
            rx.el.p(item.look_up_name, "，", t("external.page.outside"), class_name=_SMALL),
        ),
        rx.foreach(
            item.odd, lambda one: rx.el.p(one, class_name="text-sm rounded-xl bg-warning/15 p-3")
        ),
        rx.el.div(
            rx.cond(
                item.picture != "",
                download(t("external.page.picture"), item.picture, "camera"),
            ),
            outside_link(item),
            rx.cond(
                item.may_withdraw,
                rx.el.button(
                    glyph("x", class_name="size-5"),
                    t("external.page.withdraw"),
                    type="button",
                    on_click=view.withdraw(item.key),
                    custom_attrs={"data-testid": "external-withdraw"},
                    class_name="btn text-base grow",
                ),
            ),
            class_name="flex flex-wrap gap-2",
        ),
        key=item.key,
        custom_attrs={"data-testid": "external-card"},
    )


def add_link() -> rx.Component:
    """To the plain form."""
    return plain_link(
        t("external.page.add"),
        href="/me/external/new",
        class_name="btn btn-primary btn-lg w-full text-base",
    )


def external() -> rx.Component:
    """The page."""
    ready = rx.el.div(
        rx.el.p(t("external.page.lead"), class_name="text-neutral"),
        refusal(view.problem),
        result_note(view.done, "external-done"),
        rx.cond(
            some(view.rows),
            rx.el.div(
                rx.foreach(view.rows, external_card),
                rx.el.p(view.count, class_name=_SMALL),
                class_name="space-y-4",
            ),
            empty(t("external.page.empty")),
        ),
        add_link(),
        class_name="space-y-4",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/external"),
        title=t("external.page.title"),
        active="archive",
        back="/me/certificates",
    )


PAGES = [Page("/me/external", t("external.page.title"), external, (view.load,))]
