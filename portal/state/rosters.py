"""Rosters of an institution or employer: the list, one of them, its people, its progress."""

from typing import Any

import reflex as rx

from portal.domain.errors import PortalError
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import rosters, rosters_view
from portal.services.rosters_view import RosterProgress, RosterView
from portal.services.rosters_words import IN_ORDER
from portal.services.times import moment_text
from portal.services.unit import guarded
from portal.state.base import PageState, handler
from portal.state.following import keep_looking
from portal.state.inputs import path_part, query_value
from portal.state.pager import page_number, pager
from portal.state.roster_lines import (
    Kind,
    PersonLine,
    RosterLine,
    kinds,
    person_line,
    roster_line,
    work_path,
)

# How often to look while the background works, and for how long at most: an hour.
_EVERY_S, _LOOKS = 1.0, 3600


class RostersState(PageState, rx.State):
    """The list of rosters."""

    lines: list[RosterLine] = []
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def load(self) -> None:
        """Show the page that the address names."""
        self.status = "loading"
        url = self.router.url
        base, number = work_path(url.path), page_number(query_value(url.query, "page"))
        found = await self._run(rosters_view.my_rosters, page=number)
        self.lines = [roster_line(card, base) for card in found.items]
        ways = pager(
            lambda page: f"{base}?page={page}", page=found.page, size=found.size, total=found.total
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text


class RosterState(PageState, rx.State):
    """One roster; which one, and which of its people, stands in the address."""

    title: str = ""
    sent: str = ""
    stage: str = ""
    stage_label: str = ""
    percent: int = 0
    percent_text: str = ""
    problems: list[str] = []
    kinds: list[Kind] = []
    people: list[PersonLine] = []
    found: str = ""
    previous: str = ""
    next: str = ""
    place: str = ""
    can_commit: bool = False
    commit_label: str = ""
    asking: bool = False
    question: str = ""
    summary: str = ""
    shown: str = ""
    _watch_no: int = 0

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def load(self) -> Any:
        """Show the roster, and go on looking while the background works on it."""
        self.status, self.asking = "loading", False
        moving = await self._load()
        self._watch_no += 1
        return RosterState.watch if moving else None

    @rx.event(background=True)
    @guarded(Permission.SUBMIT_ROSTER)
    async def watch(self) -> None:
        """Look again every second until the work is done, or a later look has begun."""
        await keep_looking(self, every_s=_EVERY_S, looks=_LOOKS)

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def choose(self, row_id: object, chosen: object) -> None:
        """Take one person in or out."""
        self.asking = False
        await self._run(
            rosters.choose,
            upload_id=self._roster_id(),
            row_id=parse_id(row_id, "row_id"),
            chosen=chosen is True,
            now=self._now(),
        )
        await self._load()

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def choose_all(self, chosen: object) -> None:
        """Take everybody of the kind on screen in or out."""
        self.asking = False
        await self._run(
            rosters.choose_all,
            upload_id=self._roster_id(),
            outcome=self.shown,
            chosen=chosen is True,
            now=self._now(),
        )
        await self._load()

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def ask(self) -> None:
        """Say what entering them would do, before it is done."""
        self.asking = True

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def step_back(self) -> None:
        """Not now."""
        self.asking = False

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def commit(self) -> Any:
        """Enter the chosen people."""
        self.asking = False
        await self._run(rosters.commit, upload_id=self._roster_id(), now=self._now())
        moving = await self._load()
        self._watch_no += 1
        return RosterState.watch if moving else None

    def _roster_id(self) -> Any:
        return parse_id(path_part(self.router.url.path, 2), "roster_id")

    async def _look(self) -> bool:
        """One look at the progress; whether the background still works. A refusal ends it."""
        try:
            at = await self._run(rosters_view.progress, upload_id=self._roster_id())
            if at.is_moving and at.state == self.stage:
                self._show_progress(at)
                return True
            return await self._load()
        except PortalError:
            return False

    async def _load(self) -> bool:
        upload_id, url = self._roster_id(), self.router.url
        base = f"{work_path(url.path)}/{upload_id}"
        shown = query_value(url.query, "show")
        self.shown = shown if shown in IN_ORDER else ""
        view = await self._run(rosters_view.roster, upload_id=upload_id)
        self._show(view, base)
        number = page_number(query_value(url.query, "page"))
        found = await self._run(
            rosters_view.people,
            upload_id=upload_id,
            outcome=self.shown,
            page=number,
            now=self._now(),
        )
        self.people = [person_line(one) for one in found.items]
        self.found = t("roster.page.found", total=f"{found.total:,}")
        query = f"?show={self.shown}&page=" if self.shown else "?page="
        ways = pager(
            lambda page: f"{base}{query}{page}",
            page=found.page,
            size=found.size,
            total=found.total,
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text
        return view.progress.is_moving

    def _show(self, view: RosterView, base: str) -> None:
        at = view.progress
        self.title = view.class_title or t("roster.page.by_sheet")
        self.sent = t("roster.page.sent", when=moment_text(view.sent_at))
        self._show_progress(at)
        gone = [t("roster.sheet.gone")] if view.is_gone else []
        self.problems = [*view.problems, *gone]
        self.kinds = kinds(view, base, self.shown)
        self.can_commit = at.state in ("checked", "done") and view.chosen > 0
        self.commit_label = t("roster.commit.button", count=f"{view.chosen:,}")
        self.question = t("roster.commit.question", count=f"{view.chosen:,}")
        if view.would_wait:
            self.question += t("roster.commit.would_wait", count=f"{view.would_wait:,}")
        entered = view.offered + view.waitlisted + view.refused
        self.summary = (
            t(
                "roster.commit.summary",
                offered=view.offered,
                waitlisted=view.waitlisted,
                refused=view.refused,
            )
            if entered
            else ""
        )

    def _show_progress(self, at: RosterProgress) -> None:
        self.stage, self.stage_label = at.state, t(f"roster.state.{at.state}")
        self.percent = at.done * 100 // at.total if at.total else 0
        self.percent_text = t("roster.of_total", done=f"{at.done:,}", total=f"{at.total:,}")
