"""One institution before the officer who decides how it stands."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.listings import decisions, desk, holds, lifting
from portal.services.listings.desk import InstitutionFile, Past
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import ChoiceRow, path_part, text_of
from portal.state.texts import date_text

TONES = {"listed": "good", "warning": "warn", "suspended": "bad", "removed": "bad"}


@dataclass(frozen=True)
class PastRow:
    """A decision of the past, or to come; ``can_lift``: the reader may lift it."""

    key: str
    can_lift: bool
    heading: str
    how: str
    facts: str
    reason: str


@dataclass(frozen=True)
class LineRow:
    """Somebody, or a class."""

    key: str
    heading: str
    facts: str


@dataclass(frozen=True)
class HeldRow:
    """A claim that waits; ``released`` says by which paper it does not any more."""

    key: str
    heading: str
    released: str


def typed_day(form: dict[str, str], name: str) -> date:
    """A day that was typed. Raises BadInput by its field."""
    try:
        return date.fromisoformat(text_of(form, name))
    except ValueError:
        raise BadInput(name, "listings.page.bad_day") from None


class ListingDeskState(PageState, rx.State):
    """The file, the form, and what a decision would do before it is made."""

    name: str = ""
    facts: str = ""
    phone: str = ""
    standing: str = ""
    tone: str = "plain"
    since: str = ""
    choices: list[ChoiceRow] = []
    history: list[PastRow] = []
    staff: list[LineRow] = []
    classes: list[LineRow] = []
    held: list[HeldRow] = []
    # What was typed, kept beside the question whether it shall be so.
    to: str = ""
    to_label: str = ""
    reason: str = ""
    document_no: str = ""
    effective_on: str = ""
    day_text: str = ""
    ban_until: str = ""
    consequences: list[str] = []
    # The decision that shall be lifted, and what that would do.
    lift_key: str = ""
    lift_document: str = ""
    lift_reason: str = ""
    lift_effects: list[str] = []
    may_decide: bool = False
    banned: str = ""
    cases_href: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the file of the address, to auditors as well: the service says to whom."""
        forget(self)
        await self._show()
        self.effective_on = day_of(self._now()).isoformat()

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def ask(self, form: dict[str, str]) -> None:
        """Spell out what the decision would do; nothing is decided yet."""
        self._keep(form)
        found = await self._run(
            decisions.effects,
            institution_id=self._institution(),
            to=self.to,
            effective_on=typed_day({"effective_on": self.effective_on}, "effective_on"),
            now=self._now(),
        )
        if len(self.reason) < 4 or len(self.document_no) < 2:
            raise BadInput("reason", "listings.page.reason_and_paper")
        self.to_label = t(f"listings.state.{self.to}")
        self.day_text = date_text(typed_day({"effective_on": self.effective_on}, "effective_on"))
        self.consequences = list(found.sentences)

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def step_back(self) -> None:
        """Back to the form, as it was typed."""
        self.consequences = []

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def decide(self) -> None:
        """Decide what was asked."""
        typed = {"effective_on": self.effective_on, "ban_until": self.ban_until}
        await self._run(
            decisions.decide,
            institution_id=self._institution(),
            to=self.to,
            reason=self.reason,
            document_no=self.document_no,
            effective_on=typed_day(typed, "effective_on"),
            ban_until=typed_day(typed, "ban_until") if self.ban_until else None,
            now=self._now(),
        )
        self.done = t("listings.page.decided", state=self.to_label)
        self.consequences, self.to, self.reason = [], "", ""
        self.document_no = self.ban_until = ""
        await self._show()

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def ask_lift(self, form: dict[str, str]) -> None:
        """Spell out what lifting a decision would do; nothing is lifted yet."""
        key, document, reason = (text_of(form, one) for one in ("key", "document_no", "reason"))
        self.done, self.lift_effects = "", []
        found = await self._run(lifting.effects, decision_id=parse_id(key), now=self._now())
        if len(reason) < 4 or len(document) < 2:
            raise BadInput("reason", "listings.page.reason_and_paper")
        self.lift_key, self.lift_document, self.lift_reason = key, document, reason
        self.lift_effects = list(found)

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def forget_lift(self) -> None:
        """Back to the file: nothing is lifted."""
        self.lift_key, self.lift_effects = "", []

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def lift(self) -> None:
        """Lift what was asked."""
        await self._run(
            lifting.lift,
            decision_id=parse_id(self.lift_key),
            reason=self.lift_reason,
            document_no=self.lift_document,
            now=self._now(),
        )
        self.lift_key, self.lift_effects = "", []
        await self._show()
        self.done = t("listings.page.lift_done")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def release(self, form: dict[str, str]) -> None:
        """Let a claim go on that waits."""
        await self._run(
            holds.release,
            claim_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            document_no=text_of(form, "document_no"),
            now=self._now(),
        )
        self.done = t("listings.page.released")
        await self._show()

    def _institution(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "institution_id")

    def _keep(self, form: dict[str, str]) -> None:
        self.done, self.consequences = "", []
        self.to, self.reason = text_of(form, "to"), text_of(form, "reason")
        self.document_no = text_of(form, "document_no")
        self.effective_on = text_of(form, "effective_on")
        self.ban_until = text_of(form, "ban_until")

    async def _show(self) -> None:
        found = await self._run(
            desk.institution_file, institution_id=self._institution(), now=self._now()
        )
        self._fill(found)

    def _fill(self, found: InstitutionFile) -> None:
        self.name, self.facts, self.phone = found.name, found.facts, found.phone
        self.standing, self.tone = found.standing_text, TONES.get(found.standing, "plain")
        self.since = t("listings.page.since", day=found.since) if found.since else ""
        self.may_decide = found.may_decide
        self.banned = t("listings.page.banned", until=found.ban) if found.ban else ""
        self.cases_href = f"/admin/cases?{urlencode({'show': 'all', 'q': found.name[:40]})}"
        self.choices = [ChoiceRow(key, t(f"listings.state.{key}")) for key in found.choices]
        self.history = [
            PastRow(
                key=str(one.decision_id),
                can_lift=one.can_lift,
                heading=_heading(one),
                how=one.how,
                facts=" · ".join(part for part in (one.day, one.document, one.by, one.ban) if part),
                reason=one.reason,
            )
            for one in found.history
        ]
        self.staff = [LineRow(one.key, one.heading, one.facts) for one in found.staff]
        self.classes = [LineRow(one.key, one.heading, one.facts) for one in found.classes]
        self.held = [
            HeldRow(
                key=str(one.claim_id),
                heading=f"{one.number} · {one.amount}",
                released=t("listings.page.let_go", document=one.released) if one.released else "",
            )
            for one in found.held
        ]


def _heading(one: Past) -> str:
    if one.lifts:
        return t("listings.page.lifting", document=one.lifts)
    return t("listings.page.change", former=one.former, state=one.state)
