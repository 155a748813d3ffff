"""``/admin/audit``: the audit trail."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET
from portal.components.parts import empty
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.trail import TrailState

# Off the class come Vars, whatever its annotations say.
view: Any = TrailState


def event(row: Any) -> rx.Component:
    """One event: what, by whom, when, about whom, why."""
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.action, class_name="font-medium"),
            rx.el.p(row.when, class_name="text-sm text-neutral"),
            class_name="flex flex-wrap justify-between gap-x-4",
        ),
        rx.el.p(row.who, class_name="text-sm"),
        rx.cond(row.about != "", rx.el.p(row.about, class_name="text-sm text-neutral")),
        rx.cond(row.reason != "", rx.el.p(row.reason, class_name="text-sm break-words")),
        custom_attrs={"data-testid": "trail-row"},
        class_name="p-4",
    )


def ways() -> rx.Component:
    """Further back, or to the newest."""
    return rx.el.nav(
        rx.cond(
            view.older != "",
            rx.el.a(t("admin.trail.older"), href=view.older, class_name=f"grow {QUIET}"),
            rx.el.p(t("admin.trail.end"), class_name="text-sm text-neutral text-center grow p-3"),
        ),
        rx.cond(
            view.is_newest,
            rx.fragment(),
            rx.el.a(t("admin.trail.newest"), href="/admin/audit", class_name=f"grow {QUIET}"),
        ),
        class_name="flex flex-wrap gap-2",
    )


def index() -> rx.Component:
    """The trail, newest first."""
    return frame(
        "trail",
        view.status,
        view.problem,
        rx.el.p(t("admin.trail.lead"), class_name="text-neutral"),
        rx.cond(
            view.rows.length() > 0,
            rx.el.ol(
                rx.foreach(view.rows, event),
                class_name="rounded-2xl bg-base-100 border border-base-300 divide-y "
                "divide-base-300",
            ),
            empty(t("admin.trail.empty")),
        ),
        ways(),
        hint=t("admin.trail.officer"),
    )


PAGES = [Page("/admin/audit", t("admin.trail.title"), index, (view.load,))]
