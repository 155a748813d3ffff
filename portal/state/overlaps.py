"""Who and what is in two places at once: the officer's list, and an institution's own warnings."""

from dataclasses import dataclass
from datetime import timedelta

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import overlaps
from portal.services.overlaps import Overlap, Overlaps, Side
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value, whole_number

PERIODS = (7, 30, 90)
_USUAL = 30


@dataclass(frozen=True)
class SideRow:
    """One of the two sessions, with the way to its class."""

    institution: str
    title: str
    when: str
    place: str
    note: str
    href: str


@dataclass(frozen=True)
class OverlapRow:
    """Two sessions at once, in a sentence."""

    key: str
    sentence: str
    badge: str
    tone: str
    one: SideRow
    other: SideRow


@dataclass(frozen=True)
class OverlapGroup:
    """Those of one kind; ``nothing`` is what to say when there is none."""

    title: str
    count: str
    nothing: str
    rows: list[OverlapRow]


@dataclass(frozen=True)
class PeriodChoice:
    """A stretch of days around today that one may look at."""

    label: str
    href: str
    chosen: bool


@dataclass(frozen=True)
class WarningRow:
    """A warning for an institution, and the sheet it is about."""

    text: str
    href: str


def group(of: Overlaps) -> OverlapGroup:
    """The overlaps of a kind as the page shows them."""
    listed = len(of.rows)
    key = "overlaps.count" if listed == of.total else "overlaps.more"
    return OverlapGroup(
        title=t(f"overlaps.kind_{of.kind}"),
        count=t(key, total=of.total, count=listed) if of.total else "",
        nothing=t(f"overlaps.empty_{of.kind}"),
        rows=[overlap_row(row) for row in of.rows],
    )


def overlap_row(row: Overlap) -> OverlapRow:
    """One of them in words."""
    many = "_many" if row.times > 1 else ""
    return OverlapRow(
        key=f"{row.kind}{row.one.session_id}{row.other.session_id}",
        sentence=t(
            f"overlaps.found_{row.kind}{many}",
            name=row.subject,
            minutes=row.minutes,
            times=row.times,
        ),
        badge=t("overlaps.across" if row.across else "overlaps.within"),
        tone="warn" if row.across else "plain",
        one=_side(row.one),
        other=_side(row.other),
    )


def _side(side: Side) -> SideRow:
    return SideRow(
        institution=side.institution_name,
        title=side.class_title,
        when=side.when,
        place=side.place,
        note="" if side.mine else t("overlaps.outside"),
        href=f"/classes/{side.class_id}",
    )


class OverlapsState(PageState, rx.State):
    """The overlaps of the officer's region; how many days stands in the address."""

    groups: list[OverlapGroup] = []
    periods: list[PeriodChoice] = []

    @rx.event
    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Look through the days that the address names."""
        forget(self)
        asked = whole_number(query_value(self.router.url.query, "days"), _USUAL)
        days = asked if asked in PERIODS else _USUAL
        now, around = self._now(), timedelta(days=days)
        found = await self._run(overlaps.overlaps, since=now - around, until=now + around, now=now)
        self.groups = [group(of) for of in found]
        self.periods = [
            PeriodChoice(t(f"overlaps.days_{each}"), f"/admin/overlaps?days={each}", each == days)
            for each in PERIODS
        ]


class OverlapWarningState(PageState, rx.State):
    """What an institution should look at on its day's page."""

    rows: list[WarningRow] = []

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Ask for the institution's own."""
        found = await self._run(overlaps.own_overlaps, now=self._now())
        self.rows = [WarningRow(one.text, f"/teach/sessions/{one.session_id}") for one in found]
