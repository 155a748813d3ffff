"""Money to come back at the office: sums by fund, the list, one ledger with its acts."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.claim_ledger import fen_of
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.archive_lines import money_text
from portal.services.casework import recoveries, recovery_views, write_offs
from portal.services.casework.recovery_views import FundSum, RecoveryView
from portal.services.times import day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.casework_rows import Entry, FileCard, Narrow, narrowed, recovery_card
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of
from portal.state.pager import page_number, pager

_HOME = "/admin/recoveries"
P = Permission


@dataclass(frozen=True)
class FundRow:
    """One fund: opened is what came back, what was given up and what is left."""

    fund: str
    opened: str
    paid: str
    off: str
    left: str


def fund_row(one: FundSum) -> FundRow:
    """A fund's sums in 元."""
    fens = (one.opened_fen, one.paid_fen, one.written_off_fen, one.left_fen)
    return FundRow(one.fund, *(money_text(fen) for fen in fens))


class RecoveriesState(PageState, rx.State):
    """Sums and list."""

    funds: list[FundRow] = []
    cards: list[FileCard] = []
    narrow: list[Narrow] = []
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """Show what the address names."""
        forget(self)
        query, now = self.router.url.query, self._now()
        show = query_value(query, "show") or "open"
        page = page_number(query_value(query, "page"))
        found = await self._run(recovery_views.listed, show=show, page=page, now=now)
        self.funds = [fund_row(one) for one in found.funds]
        self.cards = [recovery_card(one, day_of(now)) for one in found.page.items]
        self.narrow = narrowed(recovery_views.SHOWS, show, _HOME, "recovery.show")
        ways = pager(
            lambda n: f"{_HOME}?{urlencode({'show': show, 'page': n})}",
            page=found.page.page, size=found.page.size, total=found.page.total,
        )  # fmt: skip
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text


class RecoveryState(PageState, rx.State):
    """One ledger."""

    card: FileCard = FileCard("", "", [], "plain", "")
    reason: str = ""
    is_open: bool = False
    entries: list[Entry] = []
    asked: str = ""
    asked_key: str = ""
    asked_mine: bool = False
    done: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """Read the recovery that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(P.HANDLE_CASES)
    async def demand(self, form: dict[str, object]) -> None:
        """Ask for it again."""
        paper = text_of(form, "document_no")
        await self._run(
            recoveries.demand, recovery_id=self._id(), document_no=paper, now=self._now()
        )
        await self._read(t("recovery.done.demand"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def pay(self, form: dict[str, object]) -> None:
        """Write down what came back."""
        await self._run(
            recoveries.pay,
            recovery_id=self._id(),
            amount_fen=fen_of(text_of(form, "amount")),
            reference=text_of(form, "reference"),
            now=self._now(),
        )
        await self._read(t("recovery.done.pay"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def ask_off(self, form: dict[str, object]) -> None:
        """Ask to give something up."""
        await self._run(
            write_offs.ask,
            recovery_id=self._id(),
            amount_fen=fen_of(text_of(form, "amount")),
            reason=text_of(form, "reason"),
            document_no=text_of(form, "document_no"),
            now=self._now(),
        )
        await self._read(t("recovery.done.ask"))

    @rx.event
    @handler(P.HANDLE_CASES)
    async def decide_off(self, form: dict[str, object]) -> None:
        """Agree or refuse as the second officer."""
        await self._run(
            write_offs.decide,
            write_off_id=parse_id(text_of(form, "key"), "write_off"),
            agree=text_of(form, "agree") == "yes",
            answer=text_of(form, "reason"),
            now=self._now(),
        )
        await self._read(t("recovery.done.decide"))

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "recovery_id")

    async def _read(self, done: str = "") -> None:
        now = self._now()
        ask = recovery_views.recovery
        self._show(await self._run(ask, recovery_id=self._id(), now=now))
        self.done = done

    def _show(self, found: RecoveryView) -> None:
        self.card = recovery_card(found.row, day_of(self._now()))
        self.reason, self.is_open = found.reason, found.row.state == "open"
        self.entries = [
            Entry(
                str(one.seq_no),
                " ".join(
                    part
                    for part in (
                        t(f"recovery.entry.{one.kind}"),
                        money_text(one.amount_fen) if one.amount_fen else "",
                    )
                    if part
                ),
                [
                    f"{moment_text(one.at)} · {one.reference}",
                    t("recovery.balance", left=money_text(one.balance_fen)),
                ],
            )
            for one in reversed(found.entries)
        ]
        self.asked, self.asked_key, self.asked_mine = "", "", False
        if found.asked is not None:
            self.asked_key, self.asked_mine = str(found.asked.write_off_id), found.asked.mine
            self.asked = t(
                "recovery.asked",
                amount=money_text(found.asked.amount_fen),
                reason=found.asked.reason,
                no=found.asked.document_no,
            )
