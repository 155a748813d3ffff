"""The authority's overview: figures of a region in a year or quarter, part by part."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.claims.texts import money
from portal.services.oversight.figures import Figures, Fund
from portal.services.oversight.overview import Freshness, Overview, PlanPart, overview
from portal.services.times import moment_text
from portal.state.base import PageState, handler
from portal.state.inputs import query_value

# Of the whole, in reading order; and of each part, where a table has room for as many.
FIGURES = (
    "person_times",
    "people",
    "seats",
    "attendance",
    "completion",
    "certificates",
    "employment",
    "sessions_overdue",
)
NOW_FIGURES = ("classes_open", "classes_running", "sessions_overdue")
_NOTED = ("people", "seats", "attendance", "completion", "certificates", "employment")


@dataclass(frozen=True)
class Figure:
    """A labelled number; ``alert`` marks one that somebody must look at."""

    label: str
    value: str
    note: str
    alert: bool


@dataclass(frozen=True)
class Step:
    """A link: of the way down, of a period."""

    value: str
    label: str
    path: str
    chosen: bool


@dataclass(frozen=True)
class PartRow:
    """A part with its figures as texts in the order of ``FIGURES``; ``share`` is its bar, in
    per cent of the longest."""

    name: str
    path: str
    figures: list[Figure]
    share: int
    value: str
    said: str


@dataclass(frozen=True)
class PlanRow:
    """A plan; ``share`` is what is done of the target, or its bar among the plans without one."""

    number: str
    name: str
    path: str
    done: str
    target: str
    share: int
    percent: str


@dataclass(frozen=True)
class FundRow:
    """Money of a fund."""

    name: str
    claimed: str
    paid: str
    recovered: str


@dataclass(frozen=True)
class GoalRow:
    """A total and how far it has come; ``percent`` is at most 100, ``text`` is not."""

    title: str
    target: str
    percent: int
    text: str
    path: str


def address(path: str, **given: object) -> str:
    """A path with the parts of its query that are set."""
    asked = {name: str(value) for name, value in given.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path


def ratio(value: float | None) -> str:
    """87.5%, or a dash where there is nothing to divide by."""
    return "—" if value is None else t("oversight.percent", percent=f"{value * 100:.1f}")


def value_of(figures: Figures, name: str) -> str:
    """A figure as a text."""
    if name in ("attendance", "completion", "employment"):
        return ratio(getattr(figures, name))
    return f"{getattr(figures, name):,}"


def figures_of(
    figures: Figures, names: tuple[str, ...] = FIGURES, *, notes: bool = False
) -> list[Figure]:
    """Figures with their labels."""
    return [
        Figure(
            label=t(f"oversight.figure.{name}"),
            value=value_of(figures, name),
            note=_note(figures, name) if notes else "",
            alert=name == "sessions_overdue" and figures.sessions_overdue > 0,
        )
        for name in names
    ]


def _note(figures: Figures, name: str) -> str:
    if name not in _NOTED:
        return ""
    return t(
        f"oversight.note.{name}",
        credited=f"{figures.hours_credited:,}",
        due=f"{figures.hours_due:,}",
        completed=f"{figures.completed:,}",
        employed=f"{figures.employed:,}",
        classes=f"{figures.classes:,}",
    )


def share(value: int, most: int) -> int:
    """The length of a bar; what is there at all can be seen."""
    return max(1, value * 100 // most) if value and most else 0


def freshness_text(fresh: Freshness) -> str:
    """As of when, and what has changed since."""
    if fresh.as_of is None:
        return t("oversight.never_counted")
    said = t("oversight.as_of", time=moment_text(fresh.as_of))
    if fresh.waiting:
        return said + t("oversight.waiting", classes=f"{fresh.waiting:,}")
    return said + t("oversight.all_counted")


def plan_id_of(text: str) -> UUID | None:
    """The plan that an address names. Raises NotFound for what is no id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def part_rows(view: Overview, plan: str) -> list[PartRow]:
    """The parts of the area, with the way further down."""
    most = max((one.figures.person_times for one in view.parts), default=0)
    return [
        PartRow(
            name=one.name,
            path=address("/admin", area=one.code, period=view.period.number, plan=plan),
            figures=figures_of(one.figures),
            share=share(one.figures.person_times, most),
            value=f"{one.figures.person_times:,}",
            said=t(
                "oversight.bar_says",
                name=one.name,
                times=f"{one.figures.person_times:,}",
                people=f"{one.figures.people:,}",
            ),
        )
        for one in view.parts
    ]


def plan_row(plan: PlanPart, view: Overview) -> PlanRow:
    """A plan as its line shows it; a bar only where there is something to reach."""
    done, target = plan.figures.person_times, plan.target
    return PlanRow(
        number=plan.plan_no,
        name=plan.name,
        path=address("/admin", area=view.area, period=view.period.number, plan=plan.plan_id),
        done=t("oversight.plan_done", times=f"{done:,}", people=f"{plan.figures.people:,}"),
        target=t("oversight.plan_target", target=f"{target:,}")
        if target
        else t("oversight.plan_untargeted"),
        share=min(100, share(plan.figures.begun, target)) if target else 0,
        percent=ratio(plan.figures.begun / target) if target else "",
    )


def fund_row(fund: Fund) -> FundRow:
    """A fund as its row shows it."""
    return FundRow(
        fund.fund, money(fund.claimed_fen), money(fund.paid_fen), money(fund.recovered_fen)
    )


class OversightState(PageState, rx.State):
    """What the address asks for: area, period, plan."""

    region: str = ""
    period: str = ""
    updated: str = ""
    way: list[Step] = []
    periods: list[Step] = []
    figures: list[Figure] = []
    parts: list[PartRow] = []
    plans: list[PlanRow] = []
    plan: str = ""
    plan_name: str = ""
    without_plan: str = ""
    area: str = ""
    goals: list[GoalRow] = []
    funds: list[FundRow] = []
    institutions: str = ""

    # Officers and auditors share the page, so the service tells who of the signed-in may see it.
    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Read the tallies."""
        self.status = "loading"
        query = self.router.url.query
        self.plan = query_value(query, "plan")
        view = await self._run(
            overview,
            area=query_value(query, "area"),
            period=query_value(query, "period"),
            plan_id=plan_id_of(self.plan),
            now=self._now(),
        )
        self._show(view)

    def _show(self, view: Overview) -> None:
        number = view.period.number
        self.region, self.period, self.area = view.name, view.period.name, view.area
        self.updated = freshness_text(view.freshness)
        self.way = [
            Step(code, name, address("/admin", area=code, period=number, plan=self.plan),
                 code == view.area)
            for code, name in view.way
        ]  # fmt: skip
        self.periods = [
            Step(str(one.number), one.name, "", one.number == number) for one in view.periods
        ]
        self.figures = figures_of(view.total, notes=True)
        self.parts = part_rows(view, self.plan)
        self.plans = [plan_row(one, view) for one in view.plans]
        self.plan_name = view.plan_name if self.plan else ""
        self.without_plan = address("/admin", area=view.area, period=number)
        self.funds = [fund_row(one) for one in view.funds]
        self.institutions = address(
            "/admin/drilldown", area=view.area, period=number, plan=self.plan
        )
        done = view.total.begun
        self.goals = [
            GoalRow(
                title=f"{one.title}：{one.name}",
                target=t("oversight.plan_target", target=f"{one.amount:,}"),
                percent=min(100, done * 100 // one.amount) if one.amount else 0,
                text=ratio(done / one.amount if one.amount else None),
                path=address("/admin/targets", pack=one.pack_id, year=number, area=view.area),
            )
            for one in view.goals
        ]
