"""What waits for the officer, above the figures of their own region."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.casework.queue import KindCount
from portal.services.oversight.waiting import waiting
from portal.state.base import PageState, handler
from portal.state.inputs import query_value
from portal.state.work import kind_word

# What fits above the figures on a phone; the rest is one tap away.
_MOST = 8


@dataclass(frozen=True)
class WaitingKind:
    """A kind of work: how much waits, how much too long, and by when the first."""

    label: str
    count: str
    late: str
    due: str
    href: str


def waiting_kind(one: KindCount) -> WaitingKind:
    """A kind as its tile shows it."""
    return WaitingKind(
        label=kind_word(one.kind),
        count=f"{one.total:,}",
        late=t("oversight.waits.late", count=f"{one.late:,}") if one.late else "",
        due=_by(one.next_due) if one.next_due else "",
        href=f"/admin/work?{urlencode({'kind': one.kind})}",
    )


def _by(day: date) -> str:
    # Without the weekday: the tile is narrow.
    return t("oversight.waits.next", month=day.month, day=day.day)


class WaitingWorkState(PageState, rx.State):
    """Shown to officers on the overview of their own region, not on the way down."""

    shown: bool = False
    total: str = ""
    late: str = ""
    kinds: list[WaitingKind] = []

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Ask every source once."""
        query = self.router.url.query
        self.shown = False
        if query_value(query, "area") or query_value(query, "plan"):
            return
        found = await self._run(waiting, now=self._now())
        if found is None:
            return
        late = sum(one.late for one in found)
        self.shown = True
        self.total = t("oversight.waits.total", count=f"{sum(one.total for one in found):,}")
        self.late = t("oversight.waits.late", count=f"{late:,}") if late else ""
        self.kinds = [waiting_kind(one) for one in found[:_MOST]]
