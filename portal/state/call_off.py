"""Calling off one class: what it would do, then whether it shall be so; or how it was done."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import call_off
from portal.services.call_off import Standing
from portal.services.reasons import clean_reason
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of
from portal.state.oversight_drilldown import DrilldownState
from portal.state.results import ResultsState


class CallOffState(PageState, rx.State):
    """The class of the address, on the page of its institution or of an officer.

    ``why_not`` says why it cannot be called off, where that is offered at all.
    """

    is_offered: bool = False
    why_not: str = ""
    # Typed, kept beside the question whether it shall be so.
    reason: str = ""
    effects: list[str] = []
    is_off: bool = False
    who: str = ""
    people: str = ""
    why: str = ""
    progress: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show how the class stands, if the address names one."""
        forget(self)
        if self._named():
            now = self._now()
            self._show(await self._run(call_off.standing, class_id=self._class_id(), now=now))

    @rx.event
    @handler(Permission.CALL_OFF_CLASS)
    async def ask(self, form: dict[str, str]) -> None:
        """Spell out what would happen; nothing is done yet."""
        self.effects, self.done = [], ""
        reason = clean_reason(text_of(form, "reason"), shortest=4)
        found = await self._run(call_off.effects, class_id=self._class_id(), now=self._now())
        self.reason, self.effects = reason, list(found)

    @rx.event
    @handler(Permission.CALL_OFF_CLASS)
    async def step_back(self) -> None:
        """Leave the question without doing anything."""
        self.effects = []

    @rx.event
    @handler(Permission.CALL_OFF_CLASS)
    async def confirm(self) -> Any:
        """Call the class off, and show the page as it is now."""
        found = await self._run(
            call_off.call_off, class_id=self._class_id(), reason=self.reason, now=self._now()
        )
        self._show(found)
        self.effects, self.reason, self.done = [], "", t("call_off.done")
        return DrilldownState.load if self._asked() else ResultsState.load

    def _asked(self) -> str:
        """The class that an officer's address names; an institution's names it in its path."""
        if path_part(self.router.url.path, 0) != "admin":
            return ""
        return query_value(self.router.url.query, "class")

    def _named(self) -> str:
        if path_part(self.router.url.path, 0) == "admin":
            return self._asked()
        return path_part(self.router.url.path, 2)

    def _class_id(self) -> UUID:
        return parse_id(self._named(), "class_id")

    def _show(self, found: Standing) -> None:
        self.is_offered, self.why_not = found.is_offered, found.why_not
        if found.called_off is None:
            return
        of = found.called_off
        self.is_off, self.who, self.people, self.why = True, of.who, of.people, of.reason
        self.progress = t("call_off.ended" if of.is_done else "call_off.ending")
