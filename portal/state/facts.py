"""My situation: what I stated, what was verified, and why each of it is asked."""

from dataclasses import dataclass, field
from datetime import date

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import has, t
from portal.services import facts
from portal.services.facts import OwnFact, OwnFacts, OwnGroup, PastFact
from portal.services.facts_terms import KINDS
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value
from portal.state.texts import date_text

TONES = {
    "declared": "info",
    "verified": "good",
    "reported": "warn",
    "refused": "bad",
    "missing": "plain",
}


@dataclass(frozen=True)
class GroupRow:
    """A group that stands, or was refused."""

    key: str = ""
    name: str = ""
    plain: str = ""
    status: str = ""
    tone: str = "plain"
    dates: str = ""
    note: str = ""
    paper: str = ""
    is_fixed: bool = False


@dataclass(frozen=True)
class FactCard:
    """One kind of fact. ``note`` is the officer's reason or my own report, in a sentence."""

    key: str = ""
    kind: str = ""
    status: str = ""
    tone: str = "plain"
    lines: list[str] = field(default_factory=list)
    dates: str = ""
    note: str = ""
    paper: str = ""
    is_missing: bool = True
    is_fixed: bool = False


@dataclass(frozen=True)
class PastRow:
    """What stood once."""

    text: str
    dates: str
    status: str


def note_of(status: str, note: str) -> str:
    """Why something was refused, or what I reported."""
    return t(f"facts.page.note_{status}", note=note) if note and status in _NOTED else ""


_UNPROVED = ("declared", "refused")
_NOTED = ("refused", "reported")


def group_row(group: OwnGroup) -> GroupRow:
    """A group as the page shows it."""
    is_verified = group.status in ("verified", "reported")
    return GroupRow(
        key=str(group.id),
        name=group.name,
        plain=group.plain,
        status=t(f"facts.status.{group.status}"),
        tone=TONES[group.status],
        dates=_dates(group.since, group.until) if group.status != "refused" else "",
        note=note_of(group.status, group.note),
        paper=t("facts.page.paper", paper=group.paper) if group.status in _UNPROVED else "",
        is_fixed=is_verified,
    )


def fact_card(fact: OwnFact) -> FactCard:
    """A fact as its card shows it."""
    is_verified = fact.status in ("verified", "reported")
    return FactCard(
        key=str(fact.id or ""),
        kind=fact.kind,
        status=t(f"facts.status.{fact.status}"),
        tone=TONES[fact.status],
        lines=[t("facts.page.line", label=line.label, text=line.text) for line in fact.lines],
        dates=t("facts.page.since", day=date_text(fact.since)) if fact.since else "",
        note=note_of(fact.status, fact.note),
        paper=t("facts.page.paper", paper=fact.paper) if fact.status in _UNPROVED else "",
        is_missing=fact.status == "missing",
        is_fixed=is_verified,
    )


def past_row(past: PastFact) -> PastRow:
    """What stood once, in a line."""
    return PastRow(
        text=t("facts.page.line", label=t(f"facts.kind.{past.kind}"), text=past.text),
        dates=_dates(past.since, past.until),
        status=t(f"facts.status.{past.status}"),
    )


def _dates(since: date, until: date | None) -> str:
    if until is None:
        return t("facts.page.since", day=date_text(since))
    return t("facts.page.span", first=date_text(since), last=date_text(until))


def saved_text(raw: str) -> str:
    """What was just saved on a page of its own; the address says which, nothing about me."""
    key = f"facts.saved.{raw}"
    return t(key) if raw in _SAVED and has(key) else ""


_SAVED = ("group", *KINDS, "residence", "report")


class FactsState(PageState, rx.State):
    """Everything that I stated, a card a kind."""

    residence: str = ""
    groups: list[GroupRow] = []
    pension: FactCard = FactCard()
    employment: FactCard = FactCard()
    education: FactCard = FactCard()
    origin: FactCard = FactCard()
    past: list[PastRow] = []
    saved: str = ""

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load what stands and what was."""
        forget(self)
        self._show(await self._run(facts.my_facts, now=self._now()))
        self.saved = saved_text(query_value(self.router.url.query, "saved"))

    def _show(self, view: OwnFacts) -> None:
        self.residence = view.residence
        self.groups = [group_row(group) for group in view.groups]
        cards = {fact.kind: fact_card(fact) for fact in view.facts}
        self.pension, self.employment = cards["pension"], cards["employment"]
        self.education, self.origin = cards["education"], cards["origin"]
        self.past = [past_row(past) for past in view.past]
