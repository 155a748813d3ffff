"""The steps of the wizard: each is saved by itself, then the next one opens."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.catalogue.cards import certificate_name
from portal.services.opening import drafting, views
from portal.services.opening.choices import Place
from portal.services.opening.content import EXAM_FORMS, KINDS, RESOURCES, STEPS
from portal.services.opening.rosters import RosterChoice
from portal.services.opening.views import OpeningView, own_rosters
from portal.services.times import day_text, local, moment_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, text_of, whole_number
from portal.state.opening_fields import (
    NO_NUMBER,
    SPANS,
    MeetingForm,
    Pick,
    SpanField,
    StepLink,
    day_of_form,
    id_of,
    meeting_form,
    option,
    pattern_of,
    programme_pick,
    step_link,
    time_of_form,
)
from portal.state.opening_rows import (
    CheckRow,
    MeetingRow,
    check_rows,
    meeting_rows,
)
from portal.state.openings import HOME

_MOST_SHOWN = 24
_CERTIFICATES = ("TRAINING", "LEVEL", "SPECIAL", "QUAL", "SAFETY_POST", "SPECIAL_OP")


class OpeningStepState(PageState, rx.State):
    """One step of one application; both stand in the address."""

    step: str = ""
    heading: str = ""
    title: str = ""
    base: str = ""
    next_href: str = ""
    is_editable: bool = False
    stage: str = ""
    steps: list[StepLink] = []
    checks: list[CheckRow] = []
    done: str = ""
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

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def load(self) -> None:
        """Show the step."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def find(self, form: dict[str, object]) -> None:
        """Show the programmes whose title holds what was typed."""
        self.search = text_of(form, "search")
        await self._offer()

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_what(self, form: dict[str, object]) -> Any:
        """Step 1."""
        picked = text_of(form, "programme")
        await self._run(
            drafting.save_what,
            opening_id=self._id(),
            programme_id=id_of(picked),
            # A title of another programme would mislead.
            title=text_of(form, "title") if picked == self._picked else "",
            now=self._now(),
        )
        return rx.redirect(self.next_href)

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_week(self, form: dict[str, object]) -> None:
        """Step 2: make the sessions."""
        self.done = ""
        await self._run(
            drafting.save_week, opening_id=self._id(), pattern=pattern_of(form), now=self._now()
        )
        await self._show()
        self.done = t("opening.done.planned", count=len(self.meetings))

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def open_meeting(self, key: str) -> None:
        """Open the form of one session, or of a new one ("new"); "" closes it."""
        self.done = ""
        view = await self._run(views.own_opening, opening_id=self._id(), now=self._now())
        self.edit = meeting_form(view, clean(key))

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_meeting(self, form: dict[str, object]) -> None:
        """Save the session whose form is open."""
        key = text_of(form, "key")
        await self._run(
            drafting.save_meeting,
            opening_id=self._id(),
            key="" if key == "new" else key,
            day=day_of_form(form, "day"),
            starts=time_of_form(form, "starts"),
            ends=time_of_form(form, "ends"),
            fields={
                "hours": whole_number(text_of(form, "hours"), NO_NUMBER),
                "kind": text_of(form, "kind"),
                "topic": text_of(form, "topic"),
                "room": text_of(form, "room"),
                "instructor_id": id_of(text_of(form, "teacher")),
            },
            now=self._now(),
        )
        await self._show()
        self.done = t("opening.done.saved")

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def remove_meeting(self, key: str) -> None:
        """Take a session out."""
        await self._run(
            drafting.remove_meeting, opening_id=self._id(), key=clean(key), now=self._now()
        )
        await self._show()
        self.done = t("opening.done.removed")

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_who(self, form: dict[str, object]) -> Any:
        """Step 3."""
        await self._run(
            drafting.save_who,
            opening_id=self._id(),
            instructor_id=id_of(text_of(form, "teacher")),
            now=self._now(),
        )
        return rx.redirect(self.next_href)

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def use_place(self, number: str) -> None:
        """Fill in where the institution has taught before."""
        index = whole_number(clean(number), len(self._places))
        if index < len(self._places):
            place = self._places[index]
            self.site, self.room, self.address = place.site, place.room, place.address

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_where(self, form: dict[str, object]) -> Any:
        """Step 4."""
        seats = text_of(form, "capacity")
        fields: dict[str, Any] = {
            name: text_of(form, name)
            for name in (
                "site",
                "room",
                "address",
                "resource_note",
                "safety_note",
                "access_note",
            )
        }
        fields["capacity"] = whole_number(seats, NO_NUMBER) if seats else None
        fields["resources"] = tuple(one for one in RESOURCES if text_of(form, one) == "1")
        return await self._save("where", fields)

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_exam(self, form: dict[str, object]) -> Any:
        """Step 5."""
        fields = {
            "on": day_of_form(form, "exam_on") if text_of(form, "exam_on") else None,
            "form": text_of(form, "form"),
            "place": text_of(form, "exam_place"),
            "certificate_kind": text_of(form, "certificate"),
            "body": text_of(form, "body"),
        }
        return await self._save("exam", fields)

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_people(self, form: dict[str, object]) -> Any:
        """Step 6."""
        days = {
            name: day_of_form(form, name) if text_of(form, name) else None
            for name in ("enrol_from", "enrol_until")
        }
        roster = id_of(text_of(form, "roster"))
        fields = {"mode": text_of(form, "mode"), "roster_id": roster, **days}
        return await self._save("people", fields)

    async def _save(self, step: Any, fields: dict[str, Any]) -> Any:
        await self._run(
            drafting.save_part,
            opening_id=self._id(),
            step=step,
            fields=fields,
            now=self._now(),
        )
        return rx.redirect(self.next_href)

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "opening_id")

    async def _show(self) -> None:
        view = await self._run(views.own_opening, opening_id=self._id(), now=self._now())
        wanted = path_part(self.router.url.path, 3)
        self.step = wanted if wanted in STEPS else STEPS[0]
        place = STEPS.index(self.step)
        self.base = f"{HOME}/{view.card.id}"
        self.next_href = f"{self.base}/{STEPS[place + 1]}" if place + 1 < len(STEPS) else self.base
        self.heading = t("opening.step_of", number=place + 1, name=t(f"opening.step.{self.step}"))
        self.title = view.content.what.title or t("opening.card.untitled")
        self.is_editable, self.stage = view.is_editable, view.card.state
        self.steps = [
            step_link(number, one, self.step, self.base, view)
            for number, one in enumerate(STEPS, 1)
        ]
        own = tuple(one for one in view.checks if one.step == self.step)
        self.checks = check_rows(own, self.base)
        self.edit = MeetingForm()
        await self._fill(view)

    async def _fill(self, view: OpeningView) -> None:
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
            self._fill_where(view)
        elif self.step == "exam":
            self._fill_exam(view)
        else:
            self._fill_people(view, await self._run(own_rosters))

    async def _offer(self) -> None:
        found = await self._run(views.programmes, now=self._now())
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
