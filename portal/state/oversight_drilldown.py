"""Down from a region: its institutions, the classes of one, the sessions of a class."""

from dataclasses import dataclass, replace

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.oversight import drilling
from portal.services.oversight.drilling import (
    ClassLine,
    OfClass,
    OfInstitution,
    SessionLine,
    Taught,
)
from portal.services.paging import Page
from portal.services.times import day_text, span_text
from portal.state.base import PageState, handler
from portal.state.inputs import query_value, whole_number
from portal.state.oversight import Figure, address, figures_of, plan_id_of, ratio

_OF_MANY = ("classes", "person_times", "people", "attendance", "completion", "certificates")
_OF_CLASS = ("seats", "person_times", "attendance", "completion")


@dataclass(frozen=True)
class Line:
    """An institution or a class, with its figures and the way further down."""

    name: str
    note: str
    path: str
    figures: list[Figure]


@dataclass(frozen=True)
class MeetingLine:
    """A session; ``alert``: over and not confirmed. Empty paths lead nowhere."""

    number: str
    topic: str
    when: str
    state: str
    there: str
    alert: bool
    path: str
    inspection: str


def meeting_line(one: SessionLine) -> MeetingLine:
    """A session as its row shows it."""
    state = "confirmed" if one.confirmed_at else "overdue" if one.overdue else "to_come"
    hours = one.hours * one.on_sheet
    return MeetingLine(
        number=t("oversight.session_no", number=one.seq_no),
        topic=one.topic,
        when=span_text(one.starts_at, one.ends_at),
        state=t(f"oversight.session.{state}"),
        there=t(
            "oversight.session_there",
            present=one.present,
            everybody=one.on_sheet,
            ratio=ratio(one.hours_credited / hours if hours else None),
        )
        if one.confirmed_at
        else "",
        alert=one.overdue,
        path=f"/admin/risk/{one.id}" if one.scored else "",
        inspection=f"/admin/inspections/{one.inspection_id}" if one.inspection_id else "",
    )


class DrilldownState(PageState, rx.State):
    """What the address names: a class, else an institution, else the institutions of an area."""

    # institutions | institution | class
    level: str = "institutions"
    heading: str = ""
    note: str = ""
    up: str = ""
    up_label: str = ""
    figures: list[Figure] = []
    lines: list[Line] = []
    # Classes of the institution that do not take place: they have no figures.
    called_off: list[Line] = []
    meetings: list[MeetingLine] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""
    _asked: dict[str, str] = {}

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show what the address names."""
        self.status = "loading"
        query = self.router.url.query
        names = ("area", "period", "plan", "institution", "class")
        self._asked = {name: query_value(query, name) for name in names}
        page, now = whole_number(query_value(query, "page"), 1), self._now()
        where = {"area": self._asked["area"], "period": self._asked["period"]}
        if class_id := plan_id_of(self._asked["class"]):
            one = await self._run(drilling.training_class, class_id=class_id, now=now)
            return self._show_class(one)
        if school := plan_id_of(self._asked["institution"]):
            view = await self._run(
                drilling.institution, institution_id=school, page=page, now=now, **where
            )
            return self._show_institution(view)
        plan = plan_id_of(self._asked["plan"])
        found = await self._run(drilling.institutions, plan_id=plan, page=page, now=now, **where)
        return self._show_institutions(found)

    def _path(self, **changed: object) -> str:
        return address("/admin/drilldown", **{**self._asked, **changed})

    def _show_institutions(self, found: Page[Taught]) -> None:
        self.level, self.heading = "institutions", t("oversight.institutions.title")
        self.note = t("oversight.institutions.count", total=f"{found.total:,}")
        self.up = address("/admin", **{n: self._asked[n] for n in ("area", "period", "plan")})
        self.up_label = t("oversight.up.overview")
        self.figures, self.meetings, self.called_off = [], [], []
        self.lines = [
            Line(
                one.name,
                one.region_name,
                self._path(institution=one.id, plan=""),
                figures_of(one.figures, _OF_MANY),
            )
            for one in found.items
        ]
        self._page(found)

    def _show_institution(self, view: OfInstitution) -> None:
        self.level, self.heading = "institution", view.name
        self.note = t("oversight.within", area=view.area_name, period=view.period.name)
        self.up, self.up_label = self._path(institution=""), t("oversight.up.institutions")
        self.figures = figures_of(view.figures, _OF_MANY, notes=True)
        self.meetings = []
        self.called_off = [replace(self._class_line(one), figures=[]) for one in view.called_off]
        self.lines = [self._class_line(one) for one in view.classes.items]
        self._page(view.classes)

    def _class_line(self, one: ClassLine) -> Line:
        note = t(
            "oversight.class_note",
            number=one.class_no,
            region=one.region_name,
            first=day_text(one.starts_on),
            last=day_text(one.ends_on),
        )
        path = self._path(**{"class": one.id})
        return Line(one.title, note, path, figures_of(one.figures, _OF_CLASS))

    def _show_class(self, view: OfClass) -> None:
        self.level, self.heading = "class", view.line.title
        self.note = f"{view.institution_name} · {self._class_line(view.line).note}"
        self.up = self._path(**{"class": "", "institution": view.institution_id})
        self.up_label = t("oversight.up.institution")
        is_off = view.line.status == drilling.CALLED_OFF
        self.figures = [] if is_off else figures_of(view.line.figures, _OF_CLASS, notes=True)
        self.lines, self.called_off = [], []
        self.meetings = [meeting_line(one) for one in view.sessions]
        self.count = t("oversight.sessions_count", total=len(view.sessions))
        self.place = self.previous = self.next = ""

    def _page(self, found: "Page[Taught] | Page[ClassLine]") -> None:
        pages = max(1, -(-found.total // found.size))
        self.count = ""
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.previous = self._path(page=found.page - 1) if found.page > 1 else ""
        self.next = self._path(page=found.page + 1) if found.page < pages else ""
