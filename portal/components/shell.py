"""The frame of every Reflex page: header, content, bottom bar, offline bar."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from portal.components.icons import glyph
from portal.components.parts import skeleton_list
from portal.locale import t

DOCK = (
    ("home", "/", "house", "nav.home"),
    ("classes", "/classes", "list", "nav.classes"),
    ("scan", "/scan", "scan-line", "nav.scan"),
    ("archive", "/me/archive", "book-open", "nav.archive"),
    ("me", "/me", "user-round", "nav.me"),
)


def plain_link(
    *children: rx.Component | rx.Var | str, href: str | rx.Var, **props: object
) -> rx.Component:
    """A link to a page of the plain HTTP door: a full page load, not a client-side move."""
    return rx.el.a(*children, href=href, custom_attrs={"reloadDocument": True}, **props)


def elder_toggle() -> rx.Component:
    """长辈版, one tap away on every page; ``assets/device.js`` does the rest."""
    return rx.el.button(
        t("nav.elder"),
        type="button",
        custom_attrs={"data-elder-toggle": "1"},
        class_name="btn btn-ghost text-primary px-3",
    )


def header(title: str | rx.Var, *, back: str | None = None) -> rx.Component:
    """The bar at the top: where I am, the way back, elder mode."""
    way_back = (
        rx.el.a(
            glyph("chevron-left", class_name="size-6"),
            href=back,
            aria_label=t("nav.back"),
            class_name="btn btn-ghost btn-square",
        )
        if back
        else rx.fragment()
    )
    return rx.el.header(
        rx.el.div(
            way_back,
            rx.el.h1(title, class_name="text-lg font-semibold grow truncate"),
            elder_toggle(),
            class_name="mx-auto max-w-5xl flex items-center gap-1 px-3 min-h-14",
        ),
        class_name="bg-base-100 border-b border-base-300 sticky top-0 z-20",
    )


TEACH_DOCK = (
    ("teach", "/teach", "school", "nav.teach"),
    ("classes", "/classes", "list", "nav.classes"),
    ("me", "/me", "user-round", "nav.me"),
)
ADMIN_DOCK = (
    ("admin", "/admin", "shield-check", "nav.admin"),
    ("classes", "/classes", "list", "nav.classes"),
    ("me", "/me", "user-round", "nav.me"),
)
EMPLOYER_DOCK = (
    ("employer", "/employer", "users", "nav.employer"),
    ("classes", "/classes", "list", "nav.classes"),
    ("me", "/me", "user-round", "nav.me"),
)
HELP_DOCK = (
    ("help", "/help", "users", "nav.help"),
    ("classes", "/classes", "list", "nav.classes"),
    ("me", "/me", "user-round", "nav.me"),
)
ACCOUNTS_DOCK = (
    ("accounts", "/admin/accounts", "users", "nav.accounts"),
    ("me", "/me", "user-round", "nav.me"),
)
SECURITY_DOCK = (
    ("security", "/admin/security", "shield-check", "nav.security"),
    ("me", "/me", "user-round", "nav.me"),
)
REVIEW_DOCK = (
    ("review", "/review", "book-open", "third_party.mine"),
    ("me", "/me", "user-round", "nav.me"),
)
_DOCKS = {
    "review": REVIEW_DOCK,
    "accounts": ACCOUNTS_DOCK,
    "security": SECURITY_DOCK,
    "teach": TEACH_DOCK,
    "admin": ADMIN_DOCK,
    "employer": EMPLOYER_DOCK,
    "help": HELP_DOCK,
}


def dock(active: str) -> rx.Component:
    """The phone's bottom bar; on the pages of staff it leads to their work."""
    return rx.el.nav(
        *[
            rx.el.a(
                glyph(icon, class_name="size-6"),
                rx.el.span(t(label), class_name="text-sm"),
                href=href,
                aria_current="page" if name == active else None,
                # The mark of the active tab lies at the top: at the bottom it covers the word.
                class_name="after:top-0 after:bottom-auto "
                + ("dock-active text-primary" if name == active else "text-neutral"),
            )
            for name, href, icon, label in _DOCKS.get(active, DOCK)
        ],
        aria_label=t("nav.main"),
        class_name="dock bg-base-100 border-t border-base-300 z-20 h-auto min-h-16",
    )


def offline_bar() -> rx.Component:
    """Says that the link is lost and that nothing is; shown by Reflex's own connection state."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            glyph("wifi-off", class_name="size-5"),
            t("nav.offline"),
            role="status",
            class_name="sticky top-0 z-30 bg-warning text-warning-content px-4 py-2 "
            "flex gap-2 items-center justify-center",
        ),
    )


def shell(
    *children: rx.Component,
    title: str | rx.Var,
    active: str = "",
    back: str | None = None,
    action: rx.Component | None = None,
    wide: bool = False,
) -> rx.Component:
    """A page. ``active`` names the tab of the bottom bar; ``action`` is the one main button,
    kept at the thumb above it; ``wide`` is for desks."""
    width = "max-w-5xl" if wide else "max-w-2xl"
    bar = (
        rx.el.div(
            rx.el.div(action, class_name=f"mx-auto {width} p-3"),
            class_name="sticky bottom-16 inset-x-0 bg-base-100 border-t border-base-300 z-10",
        )
        if action is not None
        else rx.fragment()
    )
    return rx.el.div(
        offline_bar(),
        header(title, back=back),
        rx.el.main(*children, class_name=f"mx-auto {width} w-full p-4 pb-8 space-y-4 grow"),
        bar,
        rx.el.div(class_name="h-20 shrink-0"),
        dock(active),
        class_name="min-h-dvh flex flex-col bg-base-200 text-base-content",
    )


def waiting() -> rx.Component:
    """What stands on the screen until a page that is not prerendered lives."""
    return rx.el.div(
        rx.el.header(
            rx.el.div(
                rx.el.span(t("nav.product"), class_name="text-lg font-semibold grow"),
                class_name="mx-auto max-w-5xl flex items-center px-3 min-h-14",
            ),
            class_name="bg-base-100 border-b border-base-300",
        ),
        rx.el.main(skeleton_list(), class_name="mx-auto max-w-2xl w-full p-4 grow"),
        class_name="min-h-dvh flex flex-col bg-base-200 text-base-content",
    )
