"""The accounts of the authority before the system administrator, their sign-in before security."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.staff import accounts_desk, invitations, moves, security_desk
from portal.services.staff.accounts_desk import KeptAccount
from portal.services.staff.moves import MoveView
from portal.services.staff.security_desk import SecuredAccount
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.pager import page_number
from portal.state.staff import InvitationRow, answer_text, invitation_row, why_text

_PAGE = 20
_ACCOUNT_ACTS: dict[str, Callable[..., Any]] = {
    "suspend": accounts_desk.suspend,
    "reinstate": accounts_desk.reinstate,
}
_SECURITY_ACTS: dict[str, Callable[..., Any]] = {
    "reset_factor": security_desk.reset_factor,
    "log_out": security_desk.log_out,
    "lock": security_desk.lock,
    "unlock": security_desk.unlock,
    "start_reset": security_desk.start_reset,
}


@dataclass(frozen=True)
class AccountRow:
    """An account in words, and which acts fit it."""

    key: str
    name: str
    facts: str
    state: str
    tone: str
    is_self: bool
    is_suspended: bool
    is_locked: bool
    has_factor: bool


def _state(*, suspended: bool, locked: bool) -> tuple[str, str]:
    if suspended or locked:
        return t(f"staff.page.{'suspended' if suspended else 'locked'}"), "bad"
    return t("staff.page.active"), "good"


def kept_row(one: KeptAccount) -> AccountRow:
    """An account as its keeper sees it."""
    state, tone = _state(suspended=one.is_suspended, locked=one.is_locked)
    return AccountRow(
        key=str(one.account_id),
        name=one.name,
        facts=" · ".join(part for part in (one.role_name, one.region_name) if part),
        state=state,
        tone=tone,
        is_self=one.is_self,
        is_suspended=one.is_suspended,
        is_locked=one.is_locked,
        has_factor=False,
    )


def move_row(one: MoveView) -> InvitationRow:
    """A move that waits or was refused, as invitations are shown."""
    return InvitationRow(
        key=str(one.move_id),
        name=one.name,
        facts=" · ".join((one.role_name, one.where)),
        why=why_text(one.reason),
        answer=answer_text(one.answer),
        state=t(f"staff.page.state.{one.state}"),
        can_agree=one.can_agree,
        can_revoke=one.can_revoke,
    )


def secured_row(one: SecuredAccount) -> AccountRow:
    """An account as security sees it."""
    state, tone = _state(suspended=one.is_suspended, locked=one.is_locked)
    factor = t("staff.page.two_steps") if one.has_factor else t("staff.page.one_step")
    logins = t("staff.page.logins", n=one.logins)
    return AccountRow(
        key=str(one.account_id),
        name=one.name,
        facts=" · ".join(part for part in (one.role_name, one.place, factor, logins) if part),
        state=state,
        tone=tone,
        is_self=one.is_self,
        is_suspended=one.is_suspended,
        is_locked=one.is_locked,
        has_factor=one.has_factor,
    )


class AccountsState(PageState, rx.State):
    """Accounts, invitations, proposals, and what was not agreed to."""

    rows: list[AccountRow] = []
    invited: list[InvitationRow] = []
    moves: list[InvitationRow] = []
    refused: list[InvitationRow] = []
    regions: list[str] = []
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def load(self) -> None:
        """Show every list."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def invite(self, form: dict[str, str]) -> None:
        """Propose somebody for an account of the authority."""
        await self._run(
            invitations.invite,
            role=text_of(form, "role"),
            name=text_of(form, "name"),
            phone=text_of(form, "phone"),
            region_code=text_of(form, "region_code"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("staff.page.done.propose")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def revoke(self, key: str) -> None:
        """Take an invitation back."""
        await self._run(invitations.revoke, invitation_id=parse_id(key), now=self._now())
        self.done = t("staff.page.revoked")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def act(self, form: dict[str, str]) -> None:
        """Suspend or reinstate; the form says which and whom."""
        name = text_of(form, "act")
        if name in _ACCOUNT_ACTS:
            await self._run(
                _ACCOUNT_ACTS[name],
                account_id=parse_id(text_of(form, "key")),
                reason=text_of(form, "reason"),
                now=self._now(),
            )
            self.done = t(f"staff.page.done.{name}")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def move(self, form: dict[str, str]) -> None:
        """Propose another region for somebody."""
        await self._run(
            moves.propose,
            account_id=parse_id(text_of(form, "key")),
            region_code=text_of(form, "region_code"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("staff.page.done.propose_region")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def revoke_move(self, key: str) -> None:
        """Take the proposal of a move back."""
        await self._run(moves.revoke, move_id=parse_id(key), now=self._now())
        self.done = t("staff.page.done.revoke_region")
        await self._show()

    async def _show(self) -> None:
        found = await self._run(accounts_desk.kept, now=self._now())
        self.rows = [kept_row(one) for one in found]
        self.regions = list(await self._run(accounts_desk.regions))
        invited = await self._run(invitations.open_ones, now=self._now())
        moved = await self._run(moves.waiting, now=self._now())
        self.invited = [invitation_row(one) for one in invited if one.state != "declined"]
        self.moves = [move_row(one) for one in moved if one.state != "declined"]
        self.refused = [invitation_row(one) for one in invited if one.state == "declined"]
        self.refused += [move_row(one) for one in moved if one.state == "declined"]


class SecurityState(PageState, rx.State):
    """What waits for consent and what was answered, and how people sign in."""

    rows: list[AccountRow] = []
    proposed: list[InvitationRow] = []
    moves: list[InvitationRow] = []
    answered: list[InvitationRow] = []
    waiting: str = ""
    q: str = ""
    number: int = 1
    place: str = ""
    has_previous: bool = False
    has_next: bool = False
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def load(self) -> None:
        """Show every list."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def search(self, form: dict[str, str]) -> None:
        """Show whose name holds what was typed."""
        self.q, self.number, self.done = text_of(form, "q"), 1, ""
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def turn(self, step: int) -> None:
        """Show the page before or after."""
        forward = 1 if step == 1 else -1
        self.number = max(page_number(str(self.number)) + forward, 1)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def act(self, form: dict[str, str]) -> None:
        """What was chosen for whom, with its reason."""
        name = text_of(form, "act")
        if name in _SECURITY_ACTS:
            await self._run(
                _SECURITY_ACTS[name],
                account_id=parse_id(text_of(form, "key")),
                reason=text_of(form, "reason"),
                now=self._now(),
            )
            self.done = t(f"staff.page.done.{name}")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def agree(self, key: str) -> None:
        """Agree to an account."""
        await self._run(invitations.agree, invitation_id=parse_id(key), now=self._now())
        self.done = t("staff.page.done.agree")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def decline(self, form: dict[str, str]) -> None:
        """Do not agree, and say why."""
        await self._run(
            invitations.decline,
            invitation_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("staff.page.done.decline")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def agree_move(self, key: str) -> None:
        """Agree to a new region."""
        await self._run(moves.agree, move_id=parse_id(key), now=self._now())
        self.done = t("staff.page.done.agree_region")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def decline_move(self, form: dict[str, str]) -> None:
        """Do not agree to it, and say why."""
        await self._run(
            moves.decline,
            move_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("staff.page.done.decline")
        await self._show()

    async def _show(self) -> None:
        found = await self._run(
            security_desk.secured, q=self.q, page=self.number, size=_PAGE, now=self._now()
        )
        pages = max(-(-found.total // _PAGE), 1)
        self.rows = [secured_row(one) for one in found.items]
        self.number = found.page
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.has_previous, self.has_next = found.page > 1, found.page < pages
        await self._show_consents()

    async def _show_consents(self) -> None:
        invited = await self._run(invitations.open_ones, now=self._now())
        moved = await self._run(moves.waiting, now=self._now())
        self.proposed = [invitation_row(one) for one in invited if one.state == "proposed"]
        self.moves = [move_row(one) for one in moved if one.state == "proposed"]
        self.answered = [invitation_row(one) for one in invited if one.state != "proposed"]
        self.answered += [move_row(one) for one in moved if one.state != "proposed"]
        number = len(self.proposed) + len(self.moves)
        self.waiting = t("staff.page.waiting", n=number) if number else ""
