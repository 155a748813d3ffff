"""Hours that people of a class have had elsewhere, as the institution counts them."""

from dataclasses import dataclass
from datetime import date

import reflex as rx

from portal.domain.errors import Forbidden
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import carried_hours
from portal.services.carried_hours import CarriedLine
from portal.state.base import PageState, handler
from portal.state.inputs import path_part, text_of, whole_number
from portal.state.results import ResultsState
from portal.state.texts import date_text


@dataclass(frozen=True)
class CarriedRow:
    """A training from elsewhere. ``counted`` says what counts of it, ``why`` why nothing may."""

    key: str
    enrolment: str
    entry: str
    carried: str
    name: str
    text: str
    source: str
    counted: str
    most: int
    label: str
    why: str


def carried_row(one: CarriedLine) -> CarriedRow:
    """A training in words."""
    return CarriedRow(
        key=f"{one.enrolment_id}/{one.entry_id}",
        enrolment=str(one.enrolment_id),
        entry=str(one.entry_id),
        carried=str(one.carried_id or ""),
        name=one.name,
        text=t(
            "carry.desk_line",
            title=one.title,
            hours=one.hours,
            starts_on=date_text(date.fromisoformat(one.starts_on)),
            ends_on=date_text(date.fromisoformat(one.ends_on)),
        ),
        source=t("carry.desk_from", portal=one.portal),
        counted=t("carry.desk_counted", hours=one.counted) if one.counted else "",
        most=one.most,
        label=t("carry.desk_hours", most=one.most),
        why=one.why,
    )


class CarriedState(PageState, rx.State):
    """The card on the page of a class; empty where nobody brought anything."""

    rows: list[CarriedRow] = []
    policy: str = ""
    is_open: bool = False
    done: str = ""

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Show what people brought; instructors are shown nothing."""
        self.rows, self.done = [], ""
        try:
            await self._show()
        except Forbidden:
            return

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def accept(self, form: dict[str, str]) -> object:
        """Count the hours that were typed."""
        hours = whole_number(text_of(form, "hours"), 0)
        await self._run(
            carried_hours.accept,
            enrolment_id=parse_id(text_of(form, "enrolment")),
            entry_id=parse_id(text_of(form, "entry")),
            hours=hours,
            now=self._now(),
        )
        self.done = t("carry.desk_accepted", hours=hours)
        return await self._again()

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def withdraw(self, key: str) -> object:
        """Count them no longer."""
        await self._run(carried_hours.withdraw, carried_id=parse_id(key), now=self._now())
        self.done = t("carry.desk_withdrawn")
        return await self._again()

    async def _again(self) -> object:
        """Show the card, and the list of trainees below, whose hours have changed."""
        await self._show()
        return ResultsState.load

    async def _show(self) -> None:
        class_id = parse_id(path_part(self.router.url.path, 2), "class_id")
        found = await self._run(carried_hours.of_class, class_id=class_id, now=self._now())
        self.rows = [carried_row(one) for one in found.lines]
        self.policy, self.is_open = found.policy, found.is_open
