"""The audit trail, for auditors."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.supervision_trail import TrailEntry, read_trail
from portal.state.base import PageState, handler
from portal.state.inputs import query_value


@dataclass(frozen=True)
class TrailRow:
    """One event in words; ``about`` and ``reason`` may be empty."""

    key: str
    when: str
    who: str
    action: str
    about: str
    reason: str


def trail_row(entry: TrailEntry) -> TrailRow:
    """An event as its line shows it."""
    return TrailRow(
        key=str(entry.id),
        when=entry.when,
        who=t("admin.trail.who", role=entry.role, name=entry.who).strip(),
        action=entry.action,
        about=t("admin.trail.on_behalf_of", name=entry.subject) if entry.subject else "",
        reason=t("admin.trail.reason", reason=entry.reason) if entry.reason else "",
    )


class TrailState(PageState, rx.State):
    """One page of the trail; the address names the event that it goes on from."""

    rows: list[TrailRow] = []
    older: str = ""
    is_newest: bool = True

    @rx.event
    @handler(Permission.READ_AUDIT)
    async def load(self) -> None:
        """Read the page that the address names. Each reading is itself in the trail."""
        self.status = "loading"
        raw = query_value(self.router.url.query, "before")
        before = parse_id(raw, "before") if raw else None
        found = await self._run(read_trail, before=before, now=self._now())
        self.rows = [trail_row(entry) for entry in found.entries]
        self.older = f"/admin/audit?before={found.older}" if found.older else ""
        self.is_newest = before is None
