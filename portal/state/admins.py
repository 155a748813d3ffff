"""The accounts of the authority before the system administrator, their sign-in before security."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission, Role
from portal.locale import t
from portal.services.staff import accounts_desk, invitations, moves, roles, security_desk
from portal.services.staff.accounts_desk import KeptAccount
from portal.services.staff.moves import MoveView
from portal.services.staff.security_desk import SecuredAccount
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.pager import page_number
from portal.state.staff import InvitationRow, invitation_row

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
    # at_once, by_two or "": a reviewer has no region.
    moves: str
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
        moves=_moves(one.role),
        is_suspended=one.is_suspended,
        is_locked=one.is_locked,
        has_factor=False,
    )


def _moves(role: Role) -> str:
    if role is Role.OFFICER:
        return "at_once"
    return "by_two" if role in roles.ADMINISTRATORS else ""


def move_row(one: MoveView) -> InvitationRow:
    """A move that waits, as invitations are shown."""
    return InvitationRow(
        key=str(one.move_id),
        name=one.name,
        facts=" · ".join((one.role_name, one.where, one.reason)),
        state=t("staff.page.state.proposed"),
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
        moves="",
        is_suspended=one.is_suspended,
        is_locked=one.is_locked,
        has_factor=one.has_factor,
    )


class AccountsState(PageState, rx.State):
    """Accounts, invitations and proposals."""

    rows: list[AccountRow] = []
    invited: list[InvitationRow] = []
    moves: list[InvitationRow] = []
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def load(self) -> None:
        """Show both lists."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def invite(self, form: dict[str, str]) -> None:
        """Invite an officer or reviewer, or propose an administrator."""
        await self._run(
            invitations.invite,
            role=text_of(form, "role"),
            name=text_of(form, "name"),
            phone=text_of(form, "phone"),
            region_code=text_of(form, "region_code"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("staff.page.invited_or_proposed")
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
        """Give an officer another region, or propose an administrator's."""
        is_done = await self._run(
            moves.move,
            account_id=parse_id(text_of(form, "key")),
            region_code=text_of(form, "region_code"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t(f"staff.page.done.{'change_region' if is_done else 'propose_region'}")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_ACCOUNTS)
    async def revoke_move(self, key: str) -> None:
        """Take the proposal of a move back."""
        await self._run(moves.revoke, move_id=parse_id(key), now=self._now())
        self.done = t("staff.page.revoked")
        await self._show()

    async def _show(self) -> None:
        found = await self._run(accounts_desk.kept, now=self._now())
        waiting = await self._run(invitations.open_ones, now=self._now())
        self.rows = [kept_row(one) for one in found]
        self.invited = [invitation_row(one) for one in waiting]
        self.moves = [move_row(one) for one in await self._run(moves.waiting)]


class SecurityState(PageState, rx.State):
    """How people sign in, and administrators who wait for consent."""

    rows: list[AccountRow] = []
    proposed: list[InvitationRow] = []
    moves: list[InvitationRow] = []
    q: str = ""
    number: int = 1
    place: str = ""
    has_previous: bool = False
    has_next: bool = False
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_SECURITY)
    async def load(self) -> None:
        """Show both lists."""
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
        """Agree to an administrator."""
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
        """Agree to an administrator's new region."""
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
        waiting = await self._run(invitations.open_ones, now=self._now())
        pages = max(-(-found.total // _PAGE), 1)
        self.rows = [secured_row(one) for one in found.items]
        self.proposed = [invitation_row(one) for one in waiting]
        self.moves = [move_row(one) for one in await self._run(moves.waiting)]
        self.number = found.page
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.has_previous, self.has_next = found.page > 1, found.page < pages
