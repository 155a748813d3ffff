"""The authority's overview and list of institutions."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.supervision import Overview, RegionCount, overview
from portal.services.supervision_institutions import InstitutionRow, institutions
from portal.services.supervision_plans import PackProgress, PlanProgress
from portal.services.times import moment_text
from portal.state.base import PageState, handler
from portal.state.inputs import query_value, whole_number

# In reading order; an overdue sheet is what an officer acts on.
FIGURES = (
    "classes_open",
    "classes_running",
    "classes_finished",
    "person_times",
    "people",
    "sessions_confirmed",
    "sessions_overdue",
    "certificates",
)


@dataclass(frozen=True)
class Figure:
    """A labelled number; ``alert`` marks one that somebody must look at."""

    label: str
    value: str
    note: str
    alert: bool


@dataclass(frozen=True)
class RegionRow:
    """The figures of a region as texts, in the order of ``FIGURES``."""

    name: str
    figures: list[Figure]


@dataclass(frozen=True)
class PlanRow:
    """A plan with its progress in words; ``percent`` is 0 and ``has_target`` false without one."""

    number: str
    name: str
    lead: str
    target: str
    done: str
    percent: int
    percent_text: str
    has_target: bool


@dataclass(frozen=True)
class PackRow:
    """A policy document and its plans."""

    title: str
    doc_no: str
    target: str
    done: str
    percent: int
    percent_text: str
    plans: list[PlanRow]


@dataclass(frozen=True)
class InstitutionCard:
    """An institution of the region; ``path`` is where its file lies."""

    key: str
    path: str
    name: str
    region: str
    phone: str
    listing: str
    tone: str
    classes: str
    overdue: str
    is_overdue: bool


_TONES = {"listed": "good", "warning": "warn", "suspended": "bad", "removed": "bad"}


def figures_of(count: RegionCount) -> list[Figure]:
    """The figures of a region with their labels."""
    notes = {"people": t("admin.figure.people_note")}
    return [
        Figure(
            label=t(f"admin.figure.{name}"),
            value=f"{getattr(count, name):,}",
            note=notes.get(name, ""),
            alert=name == "sessions_overdue" and count.sessions_overdue > 0,
        )
        for name in FIGURES
    ]


def _done(progress: PlanProgress | PackProgress) -> str:
    figures = {"done": f"{progress.person_times:,}", "completed": f"{progress.completed:,}"}
    return t("admin.plans.done", **figures)


def _percent(progress: PlanProgress | PackProgress) -> str:
    if progress.percent == 0 and progress.person_times:
        return t("admin.plans.under_one")
    return t("admin.plans.percent", percent=progress.percent)


def plan_row(plan: PlanProgress) -> PlanRow:
    """A plan as its line shows it."""
    target = t("admin.plans.no_target")
    if plan.target is not None:
        target = t("admin.plans.target", target=f"{plan.target:,}")
    lead = plan.lead_department
    return PlanRow(
        number=plan.plan_no,
        name=plan.name,
        lead=t("admin.plans.lead", department=lead) if lead else "",
        target=target,
        done=_done(plan),
        percent=plan.percent,
        percent_text=_percent(plan),
        has_target=plan.target is not None,
    )


def pack_row(pack: PackProgress) -> PackRow:
    """A policy document as its card shows it."""
    return PackRow(
        title=pack.title,
        doc_no=pack.doc_no,
        target=t("admin.plans.total", target=f"{pack.target:,}"),
        done=_done(pack),
        percent=pack.percent,
        percent_text=_percent(pack),
        plans=[plan_row(plan) for plan in pack.plans],
    )


def institution_card(row: InstitutionRow) -> InstitutionCard:
    """An institution as its card shows it."""
    overdue = t("admin.institutions.none_overdue")
    if row.overdue:
        overdue = t("admin.institutions.overdue", overdue=row.overdue)
    return InstitutionCard(
        key=str(row.id),
        path=f"/admin/institutions/{row.id}",
        name=row.name,
        region=row.region_name,
        phone=row.contact_phone,
        listing=t(f"admin.listing.{row.listing}"),
        tone=_TONES.get(row.listing, "plain"),
        classes=t("admin.institutions.classes", classes=row.classes),
        overdue=overdue,
        is_overdue=row.overdue > 0,
    )


class SupervisionState(PageState, rx.State):
    """Figures of the region and plans against targets."""

    region: str = ""
    updated: str = ""
    figures: list[Figure] = []
    regions: list[RegionRow] = []
    packs: list[PackRow] = []

    # Officers and auditors share the page, so the service tells who of the signed-in may see it.
    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Count anew."""
        self.status = "loading"
        now = self._now()
        self._show(await self._run(overview, now=now))
        self.updated = t("admin.updated", time=moment_text(now))

    def _show(self, view: Overview) -> None:
        self.region = view.region_name
        self.figures = figures_of(view.total)
        self.regions = [RegionRow(one.region_name, figures_of(one)) for one in view.regions]
        self.packs = [pack_row(pack) for pack in view.packs]


class InstitutionsOverseenState(PageState, rx.State):
    """One page of the region's institutions; which one stands in the address."""

    cards: list[InstitutionCard] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the page that the address names."""
        self.status = "loading"
        number = whole_number(query_value(self.router.url.query, "page"), 1)
        found = await self._run(institutions, page=number, now=self._now())
        pages = max(1, -(-found.total // found.size))
        self.cards = [institution_card(row) for row in found.items]
        self.count = t("admin.institutions.count", total=f"{found.total:,}")
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.previous = f"/admin/institutions?page={found.page - 1}" if found.page > 1 else ""
        self.next = f"/admin/institutions?page={found.page + 1}" if found.page < pages else ""
