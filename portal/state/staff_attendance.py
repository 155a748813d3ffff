"""The instructor's own coming and leaving, on the sheet of a session."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import staff_attendance
from portal.services.staff_attendance import StaffLine, StaffSheet
from portal.services.times import clock_text, day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.inputs import clean, path_part


@dataclass(frozen=True)
class StaffRow:
    """One of the staff: ``part`` says assigned or substitute, ``times`` when, ``odd`` what."""

    key: str
    name: str
    part: str
    times: str
    odd: list[str]
    is_there: bool


def staff_row(line: StaffLine) -> StaffRow:
    """A line as the sheet shows it."""
    came = t("staff.came", time=line.in_text) if line.came_at else ""
    left = t("staff.left", time=line.out_text) if line.left_at else ""
    offline = t("staff.offline") if line.offline else ""
    said = " · ".join(part for part in (came, left, offline) if part)
    return StaffRow(
        key=str(line.account_id),
        name=line.name,
        part=t("staff.assigned" if line.is_assigned else "staff.substitute"),
        times=said or t("staff.not_yet"),
        odd=[t(f"staff.odd_{code}") for code in line.odd],
        is_there=line.came_at is not None,
    )


class StaffAttendanceState(PageState, rx.State):
    """Who taught the session of the address, and the one tap that this account may do now."""

    rows: list[StaffRow] = []
    phase: str = ""
    button: str = ""
    opens: str = ""

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Show who came."""
        now, session_id = self._now(), self._session_id()
        self._show(await self._run(staff_attendance.staff_sheet, session_id=session_id, now=now))

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def tap(self, phase: object) -> None:
        """Record that this account's person came, or left."""
        found = await self._run(
            staff_attendance.come,
            session_id=self._session_id(),
            phase=clean(phase),
            now=self._now(),
        )
        self._show(found)

    def _session_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "session_id")

    def _show(self, found: StaffSheet) -> None:
        self.rows = [staff_row(line) for line in found.lines]
        self.phase = found.phase or ""
        self.button = t(f"staff.{found.phase}_button") if found.phase else ""
        self.opens = ""
        if found.opens_at is not None:
            when = clock_text(found.opens_at)
            if day_of(found.opens_at) != day_of(self._now()):
                when = moment_text(found.opens_at)
            self.opens = t(f"staff.opens_{found.next_phase}", when=when)
