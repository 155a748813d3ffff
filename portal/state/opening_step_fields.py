"""What the fields of the wizard's steps hold, step by step."""

from typing import Any

import reflex as rx

from portal.locale import t
from portal.services.catalogue.cards import certificate_name
from portal.services.opening import views
from portal.services.opening.choices import Place
from portal.services.opening.content import EXAM_FORMS, KINDS, RESOURCES
from portal.services.opening.rosters import RosterChoice
from portal.services.opening.views import OpeningView, own_rosters
from portal.services.times import day_text, local, moment_text
from portal.state.inputs import ChoiceRow
from portal.state.opening_fields import (
    SPANS,
    MeetingForm,
    Pick,
    SpanField,
    option,
    programme_pick,
)
from portal.state.opening_rows import MeetingRow, meeting_rows

# Nobody reads more of them on a phone; who looks for another types its name.
_MOST_SHOWN = 8
_CERTIFICATES = ("TRAINING", "LEVEL", "SPECIAL", "QUAL", "SAFETY_POST", "SPECIAL_OP")


class StepFields(rx.State, mixin=True):
    """The fields of all steps; those of the step that is open are filled."""

    step: str = ""
    # what
    search: str = ""
    own_title: str = ""
    programmes: list[Pick] = []
    more: str = ""
    # when
    first_day: str = ""
    weekdays: list[Pick] = []
    spans: list[SpanField] = []
    hours_per_day: str = "8"
    options: list[Pick] = []
    skipped: list[str] = []
    meetings: list[MeetingRow] = []
    needed: str = ""
    edit: MeetingForm = MeetingForm()
    kinds: list[Pick] = []
    # who
    teachers: list[Pick] = []
    # where
    regions: list[ChoiceRow] = []
    region: str = ""
    site: str = ""
    room: str = ""
    address: str = ""
    capacity: str = ""
    resources: list[Pick] = []
    resource_note: str = ""
    safety_note: str = ""
    access_note: str = ""
    places: list[Pick] = []
    # exam
    exam_on: str = ""
    forms: list[Pick] = []
    exam_place: str = ""
    certificates: list[Pick] = []
    body: str = ""
    bodies: list[str] = []
    # people
    modes: list[Pick] = []
    enrol_from: str = ""
    enrol_until: str = ""
    rosters: list[Pick] = []
    _picked: str = ""
    _places: list[Place] = []

    async def _fill(self: Any, view: OpeningView) -> None:
        """What the fields of the step hold."""
        if self.step == "what":
            self._picked = str(view.content.what.programme_id or "")
            self.own_title = view.content.what.title
            await self._offer()
        elif self.step == "when":
            self._fill_week(view)
        elif self.step == "who":
            key = view.content.who.instructor_id
            self.teachers = [Pick(str(one), name, "", one == key) for one, name in view.teachers]
        elif self.step == "where":
            self._places = list(await self._run(views.places))
            found = await self._run(views.regions)
            self.regions = [ChoiceRow(one.code, one.name) for one in found]
            self._fill_where(view)
        elif self.step == "exam":
            self._fill_exam(view)
        else:
            self._fill_people(view, await self._run(own_rosters))

    async def _offer(self: Any) -> None:
        found = await self._run(views.programmes, opening_id=self._id(), now=self._now())
        fits = [one for one in found if self.search in one.title or str(one.id) == self._picked]
        fits.sort(key=lambda one: str(one.id) != self._picked)
        self.programmes = [programme_pick(one, self._picked) for one in fits[:_MOST_SHOWN]]
        left = len(fits) - _MOST_SHOWN
        self.more = t("opening.what.more", count=left) if left > 0 else ""
        if not fits:
            self.more = t("opening.what.none")

    def _fill_week(self, view: OpeningView) -> None:
        pattern = view.content.when.pattern
        spans = pattern.spans if pattern else view.usual_spans
        chosen = pattern.weekdays if pattern else (0, 1, 2, 3, 4)
        self.first_day = pattern.first_day.isoformat() if pattern else ""
        self.weekdays = [
            Pick(f"day{day}", t(f"time.weekday_{day}"), "", day in chosen) for day in range(7)
        ]
        self.spans = [
            SpanField(str(number), f"{spans[number].starts:%H:%M}", f"{spans[number].ends:%H:%M}")
            if number < len(spans)
            else SpanField(str(number))
            for number in range(SPANS)
        ]
        self.hours_per_day = str(pattern.hours_per_day if pattern else 8)
        self.options = [
            option("on_holidays", pattern is not None and pattern.on_holidays),
            option("on_swapped", pattern is not None and pattern.on_swapped),
        ]
        self.skipped = [
            t(f"opening.skipped.{one.why}", day=day_text(one.day), name=one.name)
            for one in view.skipped
        ]
        self.meetings = meeting_rows(view.meetings)
        programme = view.programme
        planned = sum(one.hours for one in view.content.when.meetings)
        self.needed = (
            t("opening.when.needed", wanted=programme.planned_hours, planned=planned)
            if programme
            else t("opening.pattern.programme_first")
        )
        self.kinds = [Pick(one, t(f"catalogue.session_kind.{one}")) for one in KINDS]
        self.teachers = [Pick(str(one), name) for one, name in view.teachers]

    def _fill_where(self, view: OpeningView) -> None:
        where = view.content.where
        self.region = where.region_code or self.regions[0].key
        self.site, self.room, self.address = where.site, where.room, where.address
        self.capacity = "" if where.capacity is None else str(where.capacity)
        self.resources = [
            Pick(one, t(f"opening.resource.{one}"), "", one in where.resources) for one in RESOURCES
        ]
        self.resource_note, self.safety_note = where.resource_note, where.safety_note
        self.access_note = where.access_note
        self.places = [
            Pick(str(number), f"{one.site} · {one.room}", one.address)
            for number, one in enumerate(self._places)
        ]

    def _fill_exam(self, view: OpeningView) -> None:
        exam, programme = view.content.exam, view.programme
        wanted = programme.certificate_kind if programme else ""
        last = max((one.ends_at for one in view.content.when.meetings), default=None)
        day = exam.on or (local(last).date() if last else None)
        self.exam_on = day.isoformat() if day else ""
        self.forms = [
            Pick(one, t(f"opening.form.{one}"), "", one == exam.form) for one in EXAM_FORMS
        ]
        self.exam_place = exam.place or view.content.where.room
        self.body, self.bodies = exam.body, list(view.bodies)
        held = exam.certificate_kind or wanted
        kinds = [one for one in _CERTIFICATES if one in (wanted, held)] or [wanted]
        hint = t("opening.exam.by_catalogue")
        self.certificates = [
            Pick(one, certificate_name(one), hint if one == wanted else "", one == held)
            for one in kinds
            if one
        ]

    def _fill_people(self, view: OpeningView, sheets: tuple[RosterChoice, ...]) -> None:
        people = view.content.people
        self.modes = [
            Pick(one, t(f"opening.mode.{one}"), t(f"opening.mode_hint.{one}"), one == people.mode)
            for one in ("open", "roster")
        ]
        self.enrol_from = people.enrol_from.isoformat() if people.enrol_from else ""
        self.enrol_until = people.enrol_until.isoformat() if people.enrol_until else ""
        self.rosters = [
            Pick(
                str(one.id),
                t("opening.people.sheet", when=moment_text(one.sent_at)),
                t("opening.people.sheet_has", people=one.people, bad=one.bad),
                one.id == people.roster_id,
            )
            for one in sheets
        ]
