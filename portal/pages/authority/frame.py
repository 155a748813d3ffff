"""The frame that the authority's pages share."""

from typing import Any

import reflex as rx

from portal.components.decisions import decided
from portal.components.desk import QUIET, pager, staff_page, tabs
from portal.components.parts import empty
from portal.components.shell import shell
from portal.locale import t

TABS = (
    ("work", "/admin/work", t("admin.tab.work")),
    ("overview", "/admin", t("admin.tab.overview")),
    ("institutions", "/admin/institutions", t("admin.tab.institutions")),
    ("catalogues", "/admin/catalogues", t("admin.tab.catalogues")),
    ("reviews", "/admin/reviews", t("admin.tab.reviews")),
    ("facts", "/admin/facts", t("admin.tab.facts")),
    ("claims", "/admin/claims", t("admin.tab.claims")),
    ("needs", "/admin/needs", t("needs.report.tab")),
    ("mandates", "/admin/mandates", t("mandates_page.tab")),
    ("certificates", "/admin/certificates", t("admin.tab.certificates")),
    ("watch", "/admin/risk", t("admin.tab.watch")),
    ("trail", "/admin/audit", t("admin.tab.trail")),
)
# What stands behind 总览: figures, the way down, and what they are measured by.
OVERVIEW = (
    ("overview", "/admin", t("oversight.tab.overview")),
    ("drilldown", "/admin/drilldown", t("oversight.tab.drilldown")),
    ("targets", "/admin/targets", t("oversight.tab.targets")),
    ("reports", "/admin/reports", t("admin.overview_row.reports")),
)
# What stands behind 考勤监督: four pages about one thing, so that the first row stays short.
WATCH = (
    ("risk", "/admin/risk", t("admin.watch.risk")),
    ("inspections", "/admin/inspections", t("admin.watch.inspections")),
    ("overlaps", "/admin/overlaps", t("admin.watch.overlaps")),
    ("appeals", "/admin/appeals", t("admin.watch.appeals")),
)
# What stands behind 证书与档案: certificates, who signs them, and the people they belong to.
PAPERS = (
    ("certificates", "/admin/certificates", t("admin.papers.certificates")),
    ("external", "/admin/external", t("admin.papers.external")),
    ("archives", "/admin/archives", t("admin.papers.archives")),
    ("advancements", "/admin/advancements", t("admin.papers.advancements")),
    ("persons", "/admin/persons", t("admin.papers.persons")),
    ("corrections", "/admin/corrections", t("admin.papers.corrections")),
    ("portals", "/admin/portals", t("admin.papers.portals")),
    ("issuers", "/admin/issuers", t("admin.papers.issuers")),
    ("talent", "/admin/talent", t("admin.papers.talent")),
)
# What stands behind 目录: what is published, what is added locally, which classes open under it.
CATALOGUES = (
    ("catalogues", "/admin/catalogues", t("admin.catalogues.versions")),
    ("supplements", "/admin/supplements", t("admin.catalogues.supplements")),
    ("openings", "/admin/openings", t("opening.queue.title")),
    ("evaluations", "/admin/evaluations", t("evaluation.own.title")),
)
# What stands behind 机构: those of the region, and those that ask to be admitted.
INSTITUTIONS = (
    ("institutions", "/admin/institutions", t("listings.admit.institutions")),
    ("admissions", "/admin/admissions", t("listings.admit.tab")),
)
# What stands behind 办件与案件: what waits, and what was done about it.
CASEWORK = (
    ("work", "/admin/work", t("admin.casework.work")),
    ("cases", "/admin/cases", t("admin.casework.cases")),
    ("complaints", "/admin/complaints", t("admin.casework.complaints")),
    ("recoveries", "/admin/recoveries", t("admin.casework.recoveries")),
    ("third_parties", "/admin/third-parties", t("admin.casework.third_parties")),
)
_ROWS = (
    ("work", CASEWORK, t("admin.casework.nav")),
    ("overview", OVERVIEW, t("oversight.tab.nav")),
    ("institutions", INSTITUTIONS, t("listings.admit.nav")),
    ("catalogues", CATALOGUES, t("admin.catalogues.nav")),
    ("watch", WATCH, t("admin.watch.nav")),
    ("certificates", PAPERS, t("admin.papers.nav")),
)
_HOME = (t("admin.back_home"), "/")


def _path_of(tab: str) -> str:
    rows = (row for _, tabs_of, _ in _ROWS for row in tabs_of)
    return next(path for name, path, _ in (*rows, *TABS) if name == tab)


def frame(
    tab: str, status: Any, problem: Any, *content: rx.Component, hint: str = ""
) -> rx.Component:
    """A page of the authority with its tabs; ``hint`` says to whom it belongs.

    ``tab`` is a name of ``TABS``, or of one of the second rows.
    """
    path = _path_of(tab)
    above, row, label = next(
        (one for one in _ROWS if any(name == tab for name, _, _ in one[1])), (tab, (), "")
    )
    return shell(
        tabs(TABS, active=above, label=t("admin.nav")),
        tabs(row, active=tab, label=label) if row else rx.fragment(),
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


def card_list(queue: Any, card: Any, nothing: str) -> rx.Component:
    """The cards of a queue with their count and the way through its pages, or ``nothing``."""
    return rx.cond(
        queue.cards.length() > 0,
        rx.el.div(
            rx.el.p(queue.count, class_name="text-sm text-neutral"),
            rx.el.div(rx.foreach(queue.cards, card), class_name="grid gap-3 md:grid-cols-2"),
            pager(queue.previous, queue.place, queue.next),
            class_name="space-y-3",
        ),
        empty(nothing),
    )


def decision_frame(
    tab: str, view: Any, undecided: rx.Component, *, back: str, onward: str, testid: str, hint: str
) -> rx.Component:
    """One thing to decide, and in its place, once ``view.done`` says so, what came of it.

    ``back`` and ``onward`` are the words that lead to the list, before and after the decision.
    """
    path = _path_of(tab)
    return frame(
        tab,
        view.status,
        view.problem,
        rx.el.a(back, href=path, class_name=QUIET),
        rx.cond(view.done != "", decided(view.done, testid, label=onward, href=path), undecided),
        hint=hint,
    )
