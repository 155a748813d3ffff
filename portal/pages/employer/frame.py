"""The frame that an employer's pages share."""

from typing import Any

import reflex as rx

from portal.components.desk import staff_page, tabs
from portal.components.shell import shell
from portal.locale import t

TABS = (
    ("overview", "/employer", t("roster.employer.overview")),
    ("rosters", "/employer/rosters", t("roster.employer.rosters")),
    ("claims", "/employer/claims", t("claims.own.title")),
    ("evaluations", "/employer/evaluations", t("evaluation.own.title")),
)


def frame(tab: str, status: Any, problem: Any, *content: rx.Component) -> rx.Component:
    """A page of the employer with its tabs."""
    path = next(path for name, path, _ in TABS if name == tab)
    return shell(
        tabs(TABS, active=tab, label=t("roster.employer.nav")),
        staff_page(
            status,
            problem,
            rx.el.div(*content, class_name="space-y-6"),
            next_path=path,
            back=(t("roster.page.back_home"), "/"),
            hint=t("roster.employer.not_employer"),
        ),
        title=t("roster.employer.title"),
        active="employer",
        wide=True,
    )
