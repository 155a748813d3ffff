"""What an address without a page shows."""

import reflex as rx

from portal.components.parts import empty
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page


def index() -> rx.Component:
    """No such page: says so, and where to go on."""
    return shell(
        empty(
            t("public.missing.sentence"),
            rx.el.a(t("public.missing.home"), href="/", class_name="btn btn-primary text-base"),
            rx.el.a(
                t("public.missing.classes"),
                href="/classes",
                class_name="btn bg-base-100 border-base-300 text-base",
            ),
        ),
        title=t("public.missing.title"),
    )


PAGES = [Page("404", t("public.missing.title"), index)]
