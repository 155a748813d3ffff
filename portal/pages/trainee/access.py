"""/me/access: who looked at my file, when and why."""

from typing import Any

import reflex as rx

from portal.components.desk import pager
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import by_status, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.access import AccessState

# Off the class come Vars, whatever its annotations say.
view: Any = AccessState

_SMALL = "text-sm text-neutral"


def _row(row: Any) -> rx.Component:
    return card(
        rx.el.p(row.day, " ", row.times, class_name=_SMALL),
        rx.el.h2(row.who, class_name="font-semibold break-words"),
        optional(row.role, _SMALL),
        rx.el.dl(
            fact(t("rights.access.what"), row.what, wide=True),
            rx.cond(row.fields != "", fact(t("rights.access.fields"), row.fields, wide=True)),
            fact(row.why_label, row.why, wide=True),
            class_name="grid grid-cols-2 gap-y-2",
        ),
        fold(t("rights.access.odd"), rx.el.p(row.ask, class_name="pb-2")),
        key=row.key,
        custom_attrs={"data-testid": "access-row"},
    )


def access() -> rx.Component:
    """The page."""
    listed = rx.el.div(
        rx.el.p(view.count, class_name=_SMALL),
        rx.foreach(view.rows, _row),
        pager(view.previous, view.place, view.next),
        class_name="space-y-3",
    )
    ready = rx.el.div(
        rx.el.p(
            glyph("shield-check", class_name="size-5 shrink-0 mt-0.5 text-success"),
            t("rights.access.lead"),
            class_name="flex gap-2",
        ),
        rx.cond(some(view.rows), listed, empty(t("rights.access.empty"))),
        rx.el.p(t("rights.access.unnamed"), class_name=_SMALL),
        class_name="space-y-4",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/access"),
        title=t("rights.access.title"),
        active="me",
        back="/me/data",
    )


PAGES = [Page("/me/access", t("rights.access.title"), access, (AccessState.load,))]
