"""Helpers and mandates: the helper's own people, the person's own helpers, the authority's view."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import helping, mandates_oversight, own_helpers
from portal.services.helping import HelpedCard
from portal.services.mandates_oversight import OverseenMandate
from portal.services.own_helpers import ActForMe, OwnHelper, OwnHelpers
from portal.services.times import moment_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value, text_of, whole_number
from portal.state.texts import date_text

_TONES = {"open": "good", "asked": "info", "expired": "warn", "lapsed": "warn", "ended": "plain"}


@dataclass(frozen=True)
class HelpedRow:
    """Somebody in the helper's list. ``todo`` is what waits for the person's word."""

    href: str
    name: str
    tone: str
    state: str
    todo: str
    seats: str


def helped_row(card: HelpedCard) -> HelpedRow:
    """A person as the list shows them."""
    asked = card.state == "asked"
    seats = t("help_page.card_seats", count=card.open_seats)
    return HelpedRow(
        href=f"/help/people/{card.mandate_id}",
        name=card.name_masked,
        tone=_TONES[card.state],
        state=t("help_page.card_asked")
        if asked
        else t("help_page.card_open", date=date_text(card.until)),
        todo=t("help_page.card_answer", count=card.to_answer) if card.to_answer else "",
        seats="" if asked else seats if card.open_seats else t("help_page.card_none"),
    )


class HelpedState(PageState, rx.State):
    """The helper's people."""

    people: list[HelpedRow] = []
    left: str = ""
    can_add: bool = False
    run_out: str = ""

    @rx.event
    @handler(Permission.HELP_OTHERS)
    async def load(self) -> None:
        """Load who gave a mandate."""
        forget(self)
        found = await self._run(helping.my_people, now=self._now())
        self.people = [helped_row(card) for card in found.people]
        self.can_add = found.left_today > 0
        self.left = t("help_page.list_left", count=found.left_today)
        if found.run_out:
            self.run_out = t("help_page.list_run_out", count=found.run_out)


@dataclass(frozen=True)
class HelperRow:
    """A helper who may act for me, or asks to."""

    key: str
    name: str
    tone: str
    state: str
    dates: str
    is_asked: bool


def helper_row(one: OwnHelper) -> HelperRow:
    """A helper as the person reads it."""
    asked = one.state == "asked"
    return HelperRow(
        key=str(one.mandate_id),
        name=one.helper,
        tone=_TONES[one.state],
        state=t(f"helping.state.{one.state}"),
        dates=t("own_helpers.asks" if asked else "own_helpers.until", date=date_text(one.until)),
        is_asked=asked,
    )


def act_text(act: ActForMe) -> str:
    """12月1日 周二 09:40 协理员 热依汗：报名（2 次）"""
    times = t("own_helpers.times", count=act.times) if act.times > 1 else ""
    return t("own_helpers.act", when=moment_text(act.at), who=act.who, action=act.action) + times


class OwnHelpersState(PageState, rx.State):
    """Who may act for me, and what was done."""

    helpers: list[HelperRow] = []
    acts: list[str] = []

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Load both."""
        forget(self)
        self._show(await self._run(own_helpers.my_helpers, now=self._now()))

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def confirm(self, key: str) -> None:
        """Say yes."""
        wanted = parse_id(key)
        self._show(await self._run(own_helpers.confirm, mandate_id=wanted, now=self._now()))

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def revoke(self, key: str) -> None:
        """Say no, or take it back."""
        wanted = parse_id(key)
        self._show(await self._run(own_helpers.revoke, mandate_id=wanted, now=self._now()))

    def _show(self, found: OwnHelpers) -> None:
        self.helpers = [helper_row(one) for one in found.helpers]
        self.acts = [act_text(act) for act in found.acts]


@dataclass(frozen=True)
class MandateRow:
    """A mandate as an officer sees it."""

    key: str
    person: str
    helper: str
    tone: str
    state: str
    facts: str
    acts: str
    is_live: bool


def mandate_row(one: OverseenMandate) -> MandateRow:
    """A mandate in the officer's list."""
    return MandateRow(
        key=str(one.mandate_id),
        person=one.person_masked,
        helper=t("helping.who", role=t("admin.role.helper"), name=one.helper),
        tone=_TONES[one.state],
        state=t(f"helping.state.{one.state}"),
        facts=t(
            "mandates_page.facts",
            evidence=t(f"helping.evidence.{one.evidence if _is_proven(one) else 'none'}"),
            since=date_text(one.since),
            until=date_text(one.until),
        ),
        acts=t("mandates_page.acts", count=one.acts),
        is_live=one.state in ("asked", "open"),
    )


def _is_proven(one: OverseenMandate) -> bool:
    """Whether the person has said yes; before that there is only a question."""
    return one.state not in ("asked", "lapsed")


class OverseenMandatesState(PageState, rx.State):
    """One page of the region's mandates; which one stands in the address."""

    rows: list[MandateRow] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""
    asking: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.SUPERVISE)
    async def ask(self, key: str) -> None:
        """Ask for the reason before ending one; an empty key puts the question away."""
        self.asking, self.done = str(key), ""

    @rx.event
    @handler(Permission.SUPERVISE)
    async def revoke(self, form: dict[str, str]) -> None:
        """End the one whose reason was typed."""
        await self._run(
            mandates_oversight.revoke,
            mandate_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.asking, self.done = "", t("mandates_page.done")
        await self._show()

    async def _show(self) -> None:
        number = whole_number(query_value(self.router.url.query, "page"), 1)
        found = await self._run(mandates_oversight.overseen, page=number, now=self._now())
        pages = max(1, -(-found.total // found.size))
        self.rows = [mandate_row(one) for one in found.items]
        self.count = t("mandates_page.count", total=found.total)
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        here = "/admin/mandates?page="
        self.previous = f"{here}{found.page - 1}" if found.page > 1 else ""
        self.next = f"{here}{found.page + 1}" if found.page < pages else ""
