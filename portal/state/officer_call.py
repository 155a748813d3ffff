"""An officer has the roll called in a lesson that is going on."""

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import calls
from portal.services.calls import CallCount
from portal.services.times import clock_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean


def count_text(count: CallCount) -> str:
    """How many have answered, and until when others may; the numbers only if they are told."""
    until = clock_text(count.closes_at)
    if count.expected is None:
        key = "inspection.call_open" if count.is_open else "inspection.call_over"
        return t(key, until=until)
    key = "extras.officer_open" if count.is_open else "extras.officer_over"
    return t(key, answered=count.answered, expected=count.expected, until=until)


class OfficerCallState(PageState, rx.State):
    """The lesson whose roll was called last on this page, and how that stands."""

    lesson: str = ""
    said: str = ""

    @rx.event
    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Forget what was called before."""
        forget(self)

    @rx.event
    @handler(Permission.SUPERVISE)
    async def call_roll(self, key: object) -> None:
        """Call the roll of a lesson, or look again how it stands."""
        self.lesson, self.said = clean(key), ""
        wanted, now = parse_id(self.lesson, "session_id"), self._now()
        count = await self._run(calls.call_count, session_id=wanted, now=now)
        if count is None:
            await self._run(calls.start, session_id=wanted, now=now)
            count = await self._run(calls.call_count, session_id=wanted, now=now)
        if count is not None:
            self.said = count_text(count)
