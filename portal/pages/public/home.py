"""The home page: two taps from here to a class that suits."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link, shell
from portal.components.trainee import meeting_facts
from portal.components.waiting import offer_note
from portal.locale import t
from portal.pages.table import Page
from portal.state.home import HomeState

_state: Any = HomeState

_LINKS = (
    ("policies", "/policies", "scroll-text"),
    ("institutions", "/institutions", "school"),
    ("catalogues", "/catalogues", "library"),
    ("verify", "/verify", "badge-check"),
    ("funds", "/funds", "hand-coins"),
    ("complaints", "/complaints", "shield-alert"),
)
# Pages of the plain door: Reflex does not know them.
_PLAIN = {"/verify", "/funds", "/complaints"}
_STEPS = (("step_1", "list-checks"), ("step_2", "scan-line"), ("step_3", "award"))


_MAIN = "btn w-full bg-white text-primary border-0 text-base"
_SECOND = "btn bg-transparent border-white/50 text-white text-base grow"


def _hero(heading: Any, sentence: str, button: str, href: str, *more: rx.Component) -> rx.Component:
    """Who you are or what this is, and the one main button."""
    return rx.el.section(
        rx.el.h2(heading, class_name="text-xl font-semibold leading-snug"),
        rx.el.p(sentence),
        rx.el.a(button, href=href, class_name=_MAIN),
        *more,
        class_name="rounded-2xl bg-primary text-primary-content p-5 space-y-3",
    )


def _welcome() -> rx.Component:
    return _hero(
        t("public.home.lead"),
        t("public.home.lead_more"),
        t("public.home.main"),
        "/classes?has_seats=1",
        plain_link(
            t("free.link"), href="/free", class_name=f"{_SECOND} w-full", data_testid="free-link"
        ),
        rx.el.p(
            plain_link(t("public.home.sign_in"), href="/login", class_name=_SECOND),
            plain_link(t("public.home.register"), href="/register", class_name=_SECOND),
            class_name="flex gap-2",
        ),
    )


def _greeting(name: str, href: str) -> rx.Component:
    """What somebody who is signed in goes on with."""
    return _hero(_state.greeting, t(f"public.home.{name}_more"), t(f"public.home.{name}"), href)


def _meeting(row: Any) -> rx.Component:
    scan = rx.cond(
        row.can_scan,
        rx.el.a(
            glyph("scan-line", class_name="size-5"),
            t("public.home.check_in"),
            href="/scan",
            class_name="btn btn-primary w-full text-base",
        ),
    )
    return rx.el.li(
        card(
            rx.el.p(row.class_title, class_name="font-semibold"),
            meeting_facts(row),
            scan,
        )
    )


def _today() -> rx.Component:
    """Today's sessions; before everything else while one waits for this person's scan."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("public.home.today"), class_name="font-semibold"),
            rx.el.span(_state.date, class_name="text-sm text-neutral"),
            class_name="flex justify-between items-center",
        ),
        rx.cond(
            _state.meetings.length() > 0,
            rx.el.ul(rx.foreach(_state.meetings, _meeting), class_name="space-y-3"),
            rx.el.p(t("public.home.today_none"), class_name="text-neutral"),
        ),
        rx.cond(
            _state.later != "",
            rx.el.a(
                _state.later,
                href="/me",
                class_name="link text-primary min-h-11 inline-flex items-center",
            ),
        ),
        class_name="space-y-3",
    )


def _own() -> rx.Component:
    """An offer, what is still free this year, today's sessions and the hours so far."""
    return rx.el.section(
        offer_note(_state.offer),
        rx.el.a(
            glyph("hand-coins", class_name="size-6 text-primary shrink-0"),
            rx.el.span(
                rx.el.span(t("public.home.subsidies"), class_name="font-medium block"),
                rx.el.span(t("public.home.subsidies_more"), class_name="text-sm text-neutral"),
                class_name="grow min-w-0",
            ),
            glyph("chevron-right", class_name="size-5 text-neutral shrink-0"),
            href="/me/subsidies",
            class_name="flex items-center gap-3 rounded-2xl bg-base-100 border border-base-300 p-4",
        ),
        rx.cond(_state.at_the_door, rx.fragment(), _today()),
        rx.cond(
            _state.progress.length() > 0,
            card(
                rx.el.h2(t("public.home.progress"), class_name="font-semibold"),
                rx.foreach(_state.progress, _progress),
            ),
        ),
        class_name="space-y-3",
    )


def _progress(row: Any) -> rx.Component:
    return rx.el.a(
        rx.el.span(row.title, class_name="block"),
        rx.el.progress(
            value=row.credited,
            max=row.planned,
            aria_label=t("public.home.progress"),
            class_name="progress progress-primary w-full",
        ),
        rx.el.span(row.text, class_name="text-sm text-neutral block"),
        href=row.href,
        class_name="block py-1 min-h-11",
    )


def _chip(choice: Any) -> rx.Component:
    return rx.el.a(
        choice.label,
        rx.el.span(choice.count, class_name="text-sm text-neutral"),
        href=choice.href,
        class_name="btn rounded-full bg-base-100 border-base-300 font-normal text-base",
    )


def _choices(title: str, choices: Any, more: str) -> rx.Component:
    """Chips that lead straight to a list of classes."""
    waiting = [rx.el.span(class_name="skeleton h-11 w-24 rounded-full") for _ in range(4)]
    return rx.el.section(
        rx.el.h2(title, class_name="font-semibold"),
        rx.el.div(
            rx.cond(_state.status == "loading", rx.fragment(*waiting)),
            rx.foreach(choices, _chip),
            rx.el.a(
                more,
                href="/classes",
                class_name="btn rounded-full btn-ghost text-primary text-base",
            ),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="space-y-2",
    )


def _steps() -> rx.Component:
    return card(
        rx.el.h2(t("public.home.steps"), class_name="font-semibold"),
        rx.el.ol(
            *[
                rx.el.li(
                    rx.el.span(
                        glyph(icon, class_name="size-5"),
                        class_name="size-10 shrink-0 rounded-full bg-primary/10 text-primary "
                        "grid place-items-center",
                    ),
                    rx.el.span(
                        rx.el.span(t(f"public.home.{name}"), class_name="font-medium block"),
                        rx.el.span(
                            t(f"public.home.{name}_more"), class_name="text-sm text-neutral"
                        ),
                    ),
                    class_name="flex gap-3 items-start",
                )
                for name, icon in _STEPS
            ],
            class_name="grid gap-3 md:grid-cols-3",
        ),
    )


def _links() -> rx.Component:
    return rx.el.nav(
        *[
            (plain_link if href in _PLAIN else rx.el.a)(
                glyph(icon, class_name="size-6 text-primary shrink-0"),
                rx.el.span(
                    rx.el.span(t(f"public.home.{name}"), class_name="font-medium block"),
                    # On a phone the names say enough, and all of them are seen at once.
                    rx.el.span(
                        t(f"public.home.{name}_more"),
                        class_name="text-sm text-neutral hidden sm:inline",
                    ),
                    class_name="min-w-0",
                ),
                href=href,
                class_name="flex items-center gap-2 sm:gap-3 rounded-2xl bg-base-100 border "
                "border-base-300 p-3 sm:p-4 min-h-12",
            )
            for name, href, icon in _LINKS
        ],
        aria_label=t("public.home.more"),
        class_name="grid gap-3 grid-cols-2 lg:grid-cols-3",
    )


def index() -> rx.Component:
    """Home."""
    return shell(
        rx.cond(_state.at_the_door, _today()),
        rx.match(
            _state.audience,
            ("trainee", _greeting("suits", "/classes?has_seats=1")),
            ("teacher", _greeting("teach", "/teach")),
            ("employer", _greeting("employer", "/employer")),
            ("helper", _greeting("help", "/help")),
            ("authority", _greeting("admin", "/admin")),
            ("reviewer", _greeting("review", "/review")),
            ("accounts", _greeting("accounts", "/admin/accounts")),
            ("security", _greeting("security", "/admin/security")),
            _welcome(),
        ),
        rx.cond(_state.audience == "trainee", _own()),
        _choices(t("public.home.trades"), _state.trades, t("public.home.all_trades")),
        _choices(t("public.home.regions"), _state.regions, t("public.home.all_regions")),
        _links(),
        rx.cond(_state.audience == "guest", _steps()),
        title=t("nav.product"),
        active="home",
        wide=True,
    )


PAGES = [Page("/", t("public.home.page_title"), index, (_state.load,))]
