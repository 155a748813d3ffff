"""One session of mine: what is recorded, asking for leave, finding a make-up."""

from uuid import UUID

import reflex as rx

from portal.domain.errors import NotFound
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import leave, makeup_options, makeups, my_session
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, text_of
from portal.state.session_notes import (
    LeaveNote,
    OptionRow,
    SessionRow,
    VisitNote,
    guest_row,
    leave_note,
    option_row,
    own_row,
    visit_note,
)


class MySessionState(PageState, rx.State):
    """One session. Its id comes from the address of the page."""

    row: SessionRow = SessionRow()
    institution: str = ""
    phone: str = ""
    is_guest: bool = False
    leave: LeaveNote = LeaveNote()
    can_ask: bool = False
    visit: VisitNote = VisitNote()
    can_make_up: bool = False
    options: list[OptionRow] = []
    looked: bool = False
    done: str = ""
    _leave_id: UUID | None = None
    _visit_id: UUID | None = None

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load the session of the address."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.ENROL)
    async def ask_leave(self, form: dict[str, object]) -> None:
        """Ask to be excused from the session of the address."""
        await self._run(
            leave.ask,
            session_id=self._session_id(),
            kind=text_of(form, "kind"),
            note=text_of(form, "note"),
            now=self._now(),
        )
        await self._show()
        self.done = t("my_session.leave_sent")

    @rx.event
    @handler(Permission.ENROL)
    async def take_leave_back(self) -> None:
        """Take the request back that is on screen."""
        if self._leave_id is None:
            raise NotFound
        await self._run(leave.withdraw, leave_id=self._leave_id, now=self._now())
        await self._show()
        self.done = t("my_session.leave_taken_back")

    @rx.event
    @handler(Permission.ENROL)
    async def find(self) -> None:
        """Look for sessions in which the missed one can be made up."""
        found = await self._run(
            makeup_options.options, missed_session_id=self._session_id(), now=self._now()
        )
        self.options, self.looked, self.done = [option_row(one) for one in found], True, ""

    @rx.event
    @handler(Permission.ENROL)
    async def plan(self, at_session_id: object) -> None:
        """Take a chair in one of them."""
        await self._run(
            makeups.plan,
            missed_session_id=self._session_id(),
            at_session_id=parse_id(at_session_id, "at_session_id"),
            now=self._now(),
        )
        await self._show()
        self.done = t("my_session.planned")

    @rx.event
    @handler(Permission.ENROL)
    async def give_back(self) -> None:
        """Give the chair back."""
        if self._visit_id is None:
            raise NotFound
        await self._run(makeups.withdraw, makeup_id=self._visit_id, now=self._now())
        if self.is_guest:
            # The session is no longer one of mine: nothing of it stays on screen but this.
            self.visit, self._visit_id = VisitNote(), None
        else:
            await self._show()
        self.done = t("my_session.given_back")

    def _session_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "session_id")

    async def _show(self) -> None:
        now = self._now()
        mine = await self._run(my_session.my_session, session_id=self._session_id(), now=now)
        self.is_guest = mine.meeting is None
        self.row = guest_row(mine.visit) if mine.visit else own_row(mine, now)
        self.institution, self.phone = mine.institution_name, mine.phone
        self.leave, self.can_ask = leave_note(mine.leave), mine.can_ask_leave
        self._leave_id = mine.leave.id if mine.leave else None
        plan = mine.visit or mine.plan
        self.visit, self._visit_id = visit_note(plan), plan.id if plan else None
        self.can_make_up = mine.can_make_up
        self.options, self.looked, self.done = [], False, ""
