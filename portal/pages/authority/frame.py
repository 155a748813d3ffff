"""The frame that the authority's pages share."""

from typing import Any

import reflex as rx

from portal.components.desk import staff_page, tabs
from portal.components.shell import shell
from portal.locale import t

TABS = (
    ("overview", "/admin", t("admin.tab.overview")),
    ("institutions", "/admin/institutions", t("admin.tab.institutions")),
    ("reviews", "/admin/reviews", t("admin.tab.reviews")),
    ("facts", "/admin/facts", t("admin.tab.facts")),
    ("claims", "/admin/claims", t("admin.tab.claims")),
    ("needs", "/admin/needs", t("needs.report.tab")),
    ("mandates", "/admin/mandates", t("mandates_page.tab")),
    ("certificates", "/admin/certificates", t("admin.tab.certificates")),
    ("trail", "/admin/audit", t("admin.tab.trail")),
)
_HOME = (t("admin.back_home"), "/")


def frame(
    tab: str, status: Any, problem: Any, *content: rx.Component, hint: str = ""
) -> rx.Component:
    """A page of the authority with its tabs; ``hint`` says to whom it belongs."""
    path = next(path for name, path, _ in TABS if name == tab)
    return shell(
        tabs(TABS, active=tab, label=t("admin.nav")),
        staff_page(
            status,
            problem,
            rx.el.div(*content, class_name="space-y-6"),
            next_path=path,
            back=_HOME,
            hint=hint,
        ),
        title=t("admin.title"),
        active="admin",
        wide=True,
    )
