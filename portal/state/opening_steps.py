"""The steps of the wizard: each is saved by itself, then the next one opens."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.opening import drafting, views
from portal.services.opening.content import RESOURCES, STEPS
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, text_of, whole_number
from portal.state.opening_fields import (
    NO_NUMBER,
    MeetingForm,
    StepLink,
    day_of_form,
    id_of,
    meeting_form,
    pattern_of,
    step_link,
    time_of_form,
)
from portal.state.opening_rows import (
    CheckRow,
    check_rows,
)
from portal.state.opening_step_fields import StepFields
from portal.state.openings import HOME


class OpeningStepState(PageState, StepFields, rx.State):
    """One step of one application; both stand in the address."""

    heading: str = ""
    title: str = ""
    base: str = ""
    next_href: str = ""
    is_editable: bool = False
    stage: str = ""
    steps: list[StepLink] = []
    checks: list[CheckRow] = []
    done: str = ""

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
            # A class of before the institution moved may have been far away.
            if any(one.key == place.region_code for one in self.regions):
                self.region = place.region_code

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def save_where(self, form: dict[str, object]) -> Any:
        """Step 4."""
        seats = text_of(form, "capacity")
        fields: dict[str, Any] = {
            name: text_of(form, name)
            for name in (
                "region_code",
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
