"""The work queue: whatever waits in the region, overdue first."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.casework import sources
from portal.services.casework.queue import KindCount, WorkRow
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.deadlines import due_text
from portal.state.fresh import forget
from portal.state.inputs import query_value

_HOME = "/admin/work"


@dataclass(frozen=True)
class WorkCard:
    """One thing that waits."""

    href: str
    kind: str
    title: str
    place: str
    due: str
    is_late: bool
    # The institution's file, where the work is about one.
    institution: str = ""


@dataclass(frozen=True)
class KindChip:
    """A kind of work with how much of it waits; ``term`` says by when and from where that is."""

    label: str
    count: str
    late: str
    href: str
    page: str
    term: str
    is_here: bool


def kind_word(kind: str) -> str:
    """What a kind is called."""
    return t(f"casework.work.kind.{kind}")


class WorkState(PageState, rx.State):
    """The queue as the address narrows it."""

    cards: list[WorkCard] = []
    chips: list[KindChip] = []
    total: str = ""
    late: str = ""
    one: str = ""
    one_page: str = ""
    one_term: str = ""

    @rx.event
    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Ask every source once."""
        forget(self)
        kind, now = query_value(self.router.url.query, "kind")[:30], self._now()
        found = await self._run(sources.work, kind=kind, now=now)
        today = day_of(now)

        def card(row: WorkRow) -> WorkCard:
            return WorkCard(
                href=row.href,
                kind=kind_word(row.kind),
                title=row.title or kind_word(row.kind),
                place=row.place,
                due=due_text(row.due_on, today),
                is_late=row.late,
                institution=f"/admin/institutions/{row.institution_id}"
                if row.institution_id and row.kind != "listing"
                else "",
            )

        self.cards = [card(row) for row in found.rows]
        self.chips = [_chip(one, kind) for one in found.counts]
        self.total = t("casework.work.total", count=found.total)
        self.late = t("casework.work.late", count=found.late) if found.late else ""
        here = next((chip for chip in self.chips if chip.is_here), None)
        if here:
            self.one, self.one_page, self.one_term = here.label, here.page, here.term


def _chip(one: KindCount, here: str) -> KindChip:
    days = t(f"casework.work.days_{one.unit}", days=one.days)
    return KindChip(
        label=kind_word(one.kind),
        count=str(one.total),
        late=t("casework.work.late_of", count=one.late) if one.late else "",
        href=f"{_HOME}?{urlencode({'kind': one.kind})}",
        page=one.page,
        term=t("casework.work.term", days=days, source=one.source),
        is_here=one.kind == here,
    )
