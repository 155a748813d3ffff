"""The institution's applications to open a class: the list, and one of them to be sent."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.opening import drafting, sending, views
from portal.services.opening.views import OpeningView
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part
from portal.state.opening_rows import (
    TONES,
    AnswerRow,
    ChangeRow,
    CheckRow,
    FactRow,
    MeetingRow,
    OpeningRow,
    answer_row,
    change_row,
    check_rows,
    fact_rows,
    meeting_rows,
    opening_row,
    outlook,
)

HOME = "/teach/openings"


class OpeningsState(PageState, rx.State):
    """The list; what wants something stands first."""

    rows: list[OpeningRow] = []

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def load(self) -> None:
        """Show the list."""
        forget(self)
        now = self._now()
        found = await self._run(views.own_openings, now=now)
        self.rows = [opening_row(one, HOME, now) for one in found]

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def start(self) -> Any:
        """Begin an application and go to its first step."""
        made = await self._run(drafting.start, now=self._now())
        return rx.redirect(f"{HOME}/{made}/what")


class OpeningState(PageState, rx.State):
    """One application: what it says, what the checks say, what was answered, sending it."""

    title: str = ""
    number: str = ""
    word: str = ""
    tone: str = "plain"
    base: str = ""
    due: str = ""
    is_late: bool = False
    class_href: str = ""
    is_editable: bool = False
    # draft | submitted | returned | ...: which buttons there are.
    stage: str = ""
    outlook: str = ""
    has_fails: bool = False
    checks: list[CheckRow] = []
    facts: list[FactRow] = []
    meetings: list[MeetingRow] = []
    meetings_label: str = ""
    changes: list[ChangeRow] = []
    answers: list[AnswerRow] = []
    done: str = ""

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def load(self) -> None:
        """Show it with its checks as they stand now."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def submit(self) -> None:
        """Send it."""
        await self._run(sending.submit, opening_id=self._id(), now=self._now())
        await self._show()
        self.done = t("opening.done.sent")

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def withdraw(self) -> None:
        """Give it up."""
        await self._run(sending.withdraw, opening_id=self._id(), now=self._now())
        await self._show()
        self.done = t("opening.done.withdrawn")

    @rx.event
    @handler(Permission.APPLY_FOR_CLASS)
    async def copy_it(self) -> Any:
        """Begin another one like it."""
        made = await self._run(drafting.copy, opening_id=self._id(), now=self._now())
        return rx.redirect(f"{HOME}/{made}/what")

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "opening_id")

    async def _show(self) -> None:
        now = self._now()
        view = await self._run(views.own_opening, opening_id=self._id(), now=now)
        card, self.base = view.card, f"{HOME}/{view.card.id}"
        row = opening_row(card, HOME, now)
        self.title, self.number, self.word = row.title, row.number, row.word
        self.tone, self.stage = TONES[card.state], card.state
        self.due, self.is_late = row.due, row.is_late
        self.class_href = f"/teach/classes/{card.class_id}" if card.class_id else ""
        self.is_editable = view.is_editable
        self._tell(view)

    def _tell(self, view: OpeningView) -> None:
        self.checks = check_rows(view.checks, self.base)
        self.has_fails = any(one.outcome == "fail" for one in view.checks)
        self.outlook = outlook(view.checks)
        self.facts = fact_rows(view, self.base)
        self.meetings = meeting_rows(view.meetings)
        self.meetings_label = t("opening.meetings.count", count=len(view.meetings))
        self.changes = [change_row(one) for one in view.changes]
        self.answers = [answer_row(one) for one in reversed(view.answers)]
