"""/me: who I am, what is on today, and the way to everything of mine."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.leave import visit_links
from portal.components.parts import card, fact
from portal.components.shell import plain_link, shell
from portal.components.trainee import meeting_facts
from portal.components.views import by_status, post_button, some, tile
from portal.components.waiting import offer_note
from portal.locale import t
from portal.pages.table import Page
from portal.state.me import MeState

_TILES = (
    ("clipboard-list", "enrolments", "/me/enrolments"),
    ("qr-code", "pass", "/me/pass"),
    ("award", "certificates", "/me/certificates"),
    ("book-open", "archive", "/me/archive"),
    ("hand-coins", "subsidies", "/me/subsidies"),
    ("wallet", "claims", "/me/claims"),
    ("user-check", "facts", "/me/facts"),
    ("calendar-clock", "needs", "/me/needs"),
    ("bell", "messages", "/me/messages"),
    ("shield-check", "data", "/me/data"),
)


def _who() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(MeState.name, class_name="text-xl font-semibold break-words"),
            rx.el.p(MeState.role, class_name="text-sm text-neutral"),
        ),
        rx.el.dl(
            fact(t("trainee.me.id_no"), MeState.id_no, wide=True),
            rx.cond(MeState.phone != "", fact(t("trainee.me.phone"), MeState.phone, wide=True)),
            class_name="grid grid-cols-2 gap-y-2",
        ),
        rx.cond(
            MeState.phone_note != "", rx.el.p(MeState.phone_note, class_name="text-sm text-neutral")
        ),
    )


def _today() -> rx.Component:
    def meeting(item: Any) -> rx.Component:
        return card(
            rx.el.p(item.class_title, class_name="text-lg font-semibold"),
            meeting_facts(item),
            rx.cond(
                item.can_scan,
                rx.el.a(
                    glyph("scan-line", class_name="size-5"),
                    t("trainee.me.scan"),
                    href="/scan",
                    class_name="btn btn-primary w-full text-base",
                ),
            ),
            rx.el.a(t("trainee.me.see_class"), href=item.href, class_name="btn w-full text-base"),
        )

    none_today = card(
        rx.el.p(t("trainee.me.no_class_today"), class_name="text-neutral"),
        rx.el.a(t("trainee.me.find_class"), href="/classes", class_name="btn w-full text-base"),
    )
    return rx.el.section(
        offer_note(MeState.offer),
        visit_links(MeState.visits),
        rx.el.div(
            rx.el.h2(t("trainee.me.today"), class_name="text-lg font-semibold"),
            rx.el.span(MeState.day, class_name="text-sm text-neutral"),
            class_name="flex items-baseline justify-between",
        ),
        rx.cond(some(MeState.meetings), rx.foreach(MeState.meetings[:2], meeting), none_today),
        rx.cond(
            some(MeState.meetings[2:]),
            rx.el.a(t("trainee.me.all_today"), href="/me/enrolments", class_name="btn w-full"),
        ),
        class_name="space-y-3",
    )


def _tiles() -> rx.Component:
    return rx.el.nav(
        *[
            tile(
                icon,
                t(f"trainee.me.{name}"),
                href,
                t(f"trainee.me.{name}_note"),
                # A page of the plain HTTP door, which a phone keeps for when there is no link.
                is_plain=name == "pass",
            )
            for icon, name, href in _TILES
        ],
        aria_label=t("trainee.me.title"),
        class_name="grid grid-cols-2 gap-3 sm:grid-cols-3",
    )


def _news() -> rx.Component:
    """New messages, above everything else: some want an answer within hours."""
    return rx.cond(
        MeState.unread != "",
        rx.el.a(
            glyph("bell", class_name="size-6 shrink-0"),
            rx.el.span(MeState.unread, class_name="grow font-semibold"),
            glyph("chevron-right", class_name="size-5 shrink-0"),
            href="/me/messages",
            custom_attrs={"data-testid": "unread-messages"},
            class_name="flex items-center gap-3 rounded-2xl bg-primary text-primary-content p-4",
        ),
    )


def _work() -> rx.Component:
    return plain_link(
        MeState.work_label, href=MeState.work_href, class_name="btn btn-primary w-full text-base"
    )


def _devices() -> rx.Component:
    return card(
        rx.el.h2(t("trainee.me.devices_title"), class_name="font-semibold"),
        rx.el.p(MeState.devices),
        rx.el.p(t("trainee.me.devices_hint"), class_name="text-sm text-neutral"),
        post_button(
            t("trainee.me.log_out"), "/auth/logout", testid="logout", class_name="btn-outline"
        ),
        post_button(
            t("trainee.me.log_out_everywhere"),
            "/auth/logout",
            testid="logout-everywhere",
            class_name="btn-ghost text-error",
            fields={"everywhere": "1"},
        ),
    )


def me() -> rx.Component:
    """The page."""
    ready = rx.el.div(
        _news(),
        _who(),
        rx.cond(MeState.is_trainee, rx.fragment(_today(), _tiles()), _work()),
        _devices(),
        class_name="space-y-4",
    )
    return shell(
        by_status(MeState.status, MeState.problem, ready, next_path="/me"),
        title=t("trainee.me.title"),
        active="me",
    )


PAGES = [Page("/me", t("trainee.me.title"), me, (MeState.load,))]
