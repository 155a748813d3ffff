"""``/admin/institutions``: the institutions of the region."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, pager
from portal.components.icons import glyph
from portal.components.parts import card, empty
from portal.components.views import badge, call
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.supervision import InstitutionsOverseenState

# Off the class come Vars, whatever its annotations say.
view: Any = InstitutionsOverseenState


def institution(item: Any) -> rx.Component:
    """One institution; all look alike, whoever owns them."""
    return card(
        rx.el.div(
            rx.el.h2(item.name, class_name="font-semibold leading-snug grow"),
            badge(item.tone, item.listing),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.p(item.region, " · ", item.classes, class_name="text-sm text-neutral"),
        rx.el.p(
            rx.cond(
                item.is_overdue,
                glyph("triangle-alert", class_name="size-4 inline-block me-1 align-[-0.1em]"),
            ),
            item.overdue,
            class_name=rx.cond(item.is_overdue, "text-sm text-error", "text-sm text-neutral"),
        ),
        call(item.phone),
        rx.el.a(t("listings.page.open"), href=item.path, class_name=f"w-full {QUIET}"),
        custom_attrs={"data-testid": "overseen-institution"},
    )


def index() -> rx.Component:
    """The list."""
    return frame(
        "institutions",
        view.status,
        view.problem,
        rx.cond(
            view.cards.length() > 0,
            rx.el.div(
                rx.el.p(view.count, class_name="text-neutral"),
                rx.el.div(
                    rx.foreach(view.cards, institution),
                    class_name="grid gap-3 md:grid-cols-2",
                ),
                pager(
                    view.previous,
                    view.place,
                    view.next,
                ),
                class_name="space-y-3",
            ),
            empty(t("admin.institutions.empty")),
        ),
        hint=t("admin.not_staff"),
    )


PAGES = [
    Page(
        "/admin/institutions",
        t("admin.institutions.title"),
        index,
        (view.load,),
    )
]
