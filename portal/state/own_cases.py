"""Cases as the institution reads them: what it was told, its word, its appeal."""

from datetime import date
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.casework import hearings, own_cases, sanction_appeals
from portal.services.casework.own_cases import OwnCase
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.casework_rows import (
    Entry,
    FileCard,
    hearing_entry,
    recovery_card,
    sanction_entry,
)
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, text_of

_HOME = "/teach/cases"
P = Permission


def own_card(one: OwnCase) -> FileCard:
    """A case in the institution's list."""
    is_open = one.state == "open"
    lines = [t(f"casework.sanction.{each.kind}") for each in one.sanctions]
    word = t("casework.must_answer") if one.acts else t("casework.state_open")
    return FileCard(
        href=f"{_HOME}/{one.case_id}",
        title=t("casework.own_title", no=one.case_no),
        lines=lines,
        tone="warn" if one.acts else ("info" if is_open else "plain"),
        word=word if one.acts or is_open else t(f"casework.outcome.{one.outcome}"),
    )


class OwnCasesState(PageState, rx.State):
    """The institution's cases."""

    cards: list[FileCard] = []

    @rx.event
    @handler(P.KEEP_STAFF)
    async def load(self) -> None:
        """List them."""
        forget(self)
        found = await self._run(own_cases.own_cases, now=self._now())
        self.cards = [own_card(one) for one in found]


class OwnCaseState(PageState, rx.State):
    """One of them."""

    title: str = ""
    hearings: list[Entry] = []
    sanctions: list[Entry] = []
    money: list[Entry] = []
    done: str = ""

    @rx.event
    @handler(P.KEEP_STAFF)
    async def load(self) -> None:
        """Read the case that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(P.KEEP_STAFF)
    async def state_it(self, form: dict[str, object]) -> None:
        """Say one's word."""
        await self._run(
            hearings.state,
            hearing_id=parse_id(text_of(form, "key"), "hearing"),
            statement=text_of(form, "statement"),
            now=self._now(),
        )
        await self._read(t("casework.done.state"))

    @rx.event
    @handler(P.KEEP_STAFF)
    async def appeal(self, form: dict[str, object]) -> None:
        """Appeal against a sanction."""
        await self._run(
            sanction_appeals.appeal,
            sanction_id=parse_id(text_of(form, "key"), "sanction"),
            why=text_of(form, "why"),
            now=self._now(),
        )
        await self._read(t("casework.done.appealed"))

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "case_id")

    async def _read(self, done: str = "") -> None:
        now = self._now()
        found = await self._run(own_cases.own_case, case_id=self._id(), now=now)
        self._show(found, day_of(now))
        self.done = done

    def _show(self, found: OwnCase, today: date) -> None:
        self.title = t("casework.own_title", no=found.case_no)
        is_open = found.state == "open"
        self.hearings = [hearing_entry(one, mine=is_open) for one in found.hearings]
        self.sanctions = [sanction_entry(one, mine=True, today=today) for one in found.sanctions]
        self.money = []
        for one in found.recoveries:
            shown = recovery_card(one, today)
            lines = [*shown.lines[1:], *([shown.due] if shown.due else [])]
            self.money.append(Entry("", shown.title, lines, shown.tone, shown.word))
