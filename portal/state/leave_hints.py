"""What waits on the day's page of an institution: requests for leave."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import leave_desk
from portal.services.leave_desk import LeaveHint
from portal.state.base import PageState, handler
from portal.state.fresh import forget


@dataclass(frozen=True)
class HintRow:
    """A session with open requests; ``href`` leads to its sheet."""

    key: str
    course: str
    when: str
    count: str
    href: str


def hint_row(hint: LeaveHint) -> HintRow:
    """A session in words."""
    return HintRow(
        key=str(hint.session_id),
        course=hint.class_title,
        when=hint.when,
        count=t("extras.open_requests", count=hint.count),
        href=f"/teach/sessions/{hint.session_id}",
    )


class LeaveHintsState(PageState, rx.State):
    """Sessions whose requests wait, the next first."""

    rows: list[HintRow] = []

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def load(self) -> None:
        """Ask which sessions have open requests."""
        forget(self)
        found = await self._run(leave_desk.waiting, now=self._now())
        self.rows = [hint_row(hint) for hint in found]
