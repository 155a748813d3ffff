"""Claims at the office: the queue, the objections, and one claim with its decisions."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from portal.domain.claim_ledger import fen_of
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.casework import claim_links, recoveries
from portal.services.claims import cases, lists, payments, review, texts
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.claim_cards import ClaimCard, claim_card
from portal.state.deadlines import due_text
from portal.state.fresh import forget
from portal.state.inputs import query_value, text_of
from portal.state.one_claim import OneClaim
from portal.state.pager import page_number, pager

_HOME = "/admin/claims"


@dataclass(frozen=True)
class StateTab:
    """A state with how many claims stand in it."""

    label: str
    href: str
    is_here: bool


@dataclass(frozen=True)
class ObjectionRow:
    """An open objection in the queue."""

    href: str
    person: str
    what: str
    claim: str
    due: str
    is_late: bool


class OfficeClaimsState(PageState, rx.State):
    """One page of the region's claims, those due first, and the open objections."""

    cards: list[ClaimCard] = []
    tabs: list[StateTab] = []
    objections: list[ObjectionRow] = []
    objections_title: str = ""
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def load(self) -> None:
        """Show what the address names: a page, of one state or of all that wait for the office."""
        forget(self)
        now, query = self._now(), self.router.url.query
        wanted = query_value(query, "state")
        number = page_number(query_value(query, "page"))
        found = await self._run(lists.queue, state=wanted, page=number, now=now)
        open_cases = await self._run(cases.open_cases, now=now)
        today = day_of(now)
        self.cards = [claim_card(row, _HOME, today) for row in found.page.items]
        self.tabs = _tabs(found.counts, wanted)
        self.objections = [
            ObjectionRow(
                href=f"{_HOME}/{one.claim_id}",
                person=one.person,
                what=one.summary,
                claim=f"{one.title} · {one.claim_no} · {texts.money(one.amount_fen)}",
                due=due_text(one.due_on, today),
                is_late=one.late,
            )
            for one in open_cases.items
        ]
        self.objections_title = t("claims.office.objections", count=open_cases.total)
        more = f"state={wanted}&" if wanted else ""
        ways = pager(
            lambda n: f"{_HOME}?{more}page={n}",
            page=found.page.page,
            size=found.page.size,
            total=found.page.total,
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text


def _tabs(counts: tuple[tuple[str, int], ...], wanted: str) -> list[StateTab]:
    states = [
        StateTab(
            t("claims.office.tab", state=t(f"claims.office.state.{name}"), count=count),
            f"{_HOME}?state={name}",
            name == wanted,
        )
        for name, count in counts
    ]
    return [StateTab(t("claims.office.all"), _HOME, not wanted), *states]


class OfficeClaimState(OneClaim, rx.State):
    """One claim as the office decides it; case and recovery about it are one tap away."""

    case_href: str = ""
    case_word: str = ""
    ledger_href: str = ""
    may_enter: bool = False

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def load(self) -> None:
        """Read the claim that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def take_up(self) -> None:
        """Begin the review."""
        await self._act(review.take_up, "taken_up")

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def publish(self) -> None:
        """The review accepts it."""
        await self._act(review.publish, "published")

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def approve(self) -> None:
        """The second officer approves."""
        await self._act(review.approve, "approved")

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def close(self) -> None:
        """The money has arrived."""
        await self._act(review.close, "closed")

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def send_back(self, form: dict[str, object]) -> None:
        """Back to whoever filed it."""
        await self._act(review.send_back, "sent_back", reason=text_of(form, "reason"))

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def reject(self, form: dict[str, object]) -> None:
        """Refused for good."""
        await self._act(review.reject, "rejected", reason=text_of(form, "reason"))

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def excuse(self, form: dict[str, object]) -> None:
        """Go on without somebody's answer."""
        line, reason = parse_id(text_of(form, "line")), text_of(form, "reason")
        await self._run(review.excuse, line_id=line, reason=reason, now=self._now())
        await self._say("excused")

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def decide(self, form: dict[str, object]) -> None:
        """Decide an objection."""
        await self._run(
            cases.close_case,
            case_id=parse_id(text_of(form, "case")),
            upheld=text_of(form, "verdict") == "upheld",
            answer=text_of(form, "reason"),
            now=self._now(),
        )
        await self._say("decided")

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def advance(self, form: dict[str, object]) -> None:
        """Pay a part before the end."""
        await self._act(payments.pay_advance, "advanced", **_money(form))

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def pay(self, form: dict[str, object]) -> None:
        """Pay what is due."""
        await self._act(payments.pay, "paid", reference=text_of(form, "reference"))

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def recover(self, form: dict[str, object]) -> None:
        """Money came back."""
        await self._act(payments.record_recovery, "recovered", **_money(form))

    @rx.event
    @handler(Permission.HANDLE_CASES)
    async def enter_recovery(self, form: dict[str, object]) -> Any:
        """Take what it owes into the ledger of recoveries, and go there."""
        made = await self._run(
            recoveries.open_for_claim,
            claim_id=self._id(),
            document_no=text_of(form, "document_no"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        return rx.redirect(f"/admin/recoveries/{made}")

    async def _read(self) -> None:
        await super()._read()
        found = await self._run(claim_links.of_claim, claim_id=self._id(), now=self._now())
        new = urlencode({"source": "claim", "id": str(self._id())})
        self.case_href = f"/admin/cases/{found.case_id}" if found.case_id else f"/admin/cases?{new}"
        self.case_word = t(f"claims.office.{'case' if found.case_id else 'new_case'}")
        self.ledger_href = f"/admin/recoveries/{found.recovery_id}" if found.recovery_id else ""
        self.may_enter = found.may_enter

    @rx.event
    @handler(Permission.REVIEW_CLAIMS)
    async def claw_back(self, form: dict[str, object]) -> None:
        """Take one person's money back after it was paid."""
        line, reason = parse_id(text_of(form, "line")), text_of(form, "reason")
        await self._run(payments.claw_back, line_ids=(line,), reason=reason, now=self._now())
        await self._say("clawed_back")


def _money(form: dict[str, object]) -> dict[str, Any]:
    """An amount in 元 and the number of its voucher, as typed."""
    return {
        "amount_fen": fen_of(text_of(form, "amount")),
        "reference": text_of(form, "reference"),
    }
