"""/scan: the camera, and the six digits for whoever has none. Needs no data and no login."""

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.scanner import scanner
from portal.components.shell import plain_link, shell
from portal.components.typed_code import typed_code
from portal.locale import t
from portal.pages.table import Page


def scan() -> rx.Component:
    """The page."""
    return shell(
        rx.el.div(
            scanner(),
            # Until the scanner is there, its room is kept, so that the field below does not jump.
            class_name="empty:skeleton empty:aspect-square empty:w-full empty:max-w-[46dvh] "
            "empty:mx-auto",
        ),
        card(typed_code(t("trainee.scan.typed"))),
        rx.el.p(t("trainee.scan.ask_teacher"), class_name="text-sm text-neutral text-center"),
        plain_link(
            glyph("qr-code", class_name="size-5"),
            t("trainee.scan.other_ways"),
            href="/me/pass",
            class_name="btn w-full text-base bg-base-100 border-base-300",
        ),
        title=t("trainee.scan.title"),
        active="scan",
    )


PAGES = [Page("/scan", t("trainee.scan.title"), scan)]
