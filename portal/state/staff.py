"""The people of an institution, before its manager."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.staff import invitations, team
from portal.services.staff.invitations import InvitationView
from portal.services.times import moment_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of


@dataclass(frozen=True)
class InvitationRow:
    """An invitation in words."""

    key: str
    name: str
    facts: str
    # Why it was proposed, why it was not agreed to; empty where nobody asks for it.
    why: str
    answer: str
    state: str
    can_agree: bool
    can_revoke: bool


@dataclass(frozen=True)
class MemberRow:
    """Somebody of the institution in words."""

    key: str
    name: str
    facts: str
    is_self: bool


def invitation_row(one: InvitationView) -> InvitationRow:
    """An invitation in words."""
    facts = [one.role_name, one.where, one.phone_masked]
    if one.state != "declined":
        facts.append(t("staff.page.until", until=moment_text(one.expires_at)))
    return InvitationRow(
        key=str(one.id),
        name=one.name,
        facts=" · ".join(facts),
        why=why_text(one.reason),
        answer=answer_text(one.answer),
        state=t(f"staff.page.state.{one.state}"),
        can_agree=one.can_agree,
        can_revoke=one.can_revoke,
    )


def why_text(reason: str) -> str:
    """Why something was proposed; empty where nobody said."""
    return t("staff.page.why", reason=reason) if reason else ""


def answer_text(answer: str) -> str:
    """Why something was not agreed to; empty where it was not answered so."""
    return t("staff.page.answer", answer=answer) if answer else ""


class StaffState(PageState, rx.State):
    """Who works here, who is invited, and what it means that somebody goes."""

    members: list[MemberRow] = []
    invited: list[InvitationRow] = []
    going: str = ""
    going_name: str = ""
    consequences: list[str] = []
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def load(self) -> None:
        """Show both lists."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def invite(self, form: dict[str, str]) -> None:
        """Invite somebody."""
        await self._run(
            invitations.invite,
            role=text_of(form, "role"),
            name=text_of(form, "name"),
            phone=text_of(form, "phone"),
            now=self._now(),
        )
        self.done = t("staff.page.invited")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def revoke(self, key: str) -> None:
        """Take an invitation back."""
        await self._run(invitations.revoke, invitation_id=parse_id(key), now=self._now())
        self.done = t("staff.page.revoked")
        await self._show()

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def ask(self, key: str) -> None:
        """Spell out what it means that somebody goes."""
        self.done = ""
        found = await self._run(team.leaving, account_id=parse_id(key), now=self._now())
        self.going, self.going_name = str(found.account_id), found.name
        self.consequences = [*found.sentences, *found.sessions]

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def step_back(self) -> None:
        """Nobody goes."""
        self.going, self.consequences = "", []

    @rx.event
    @handler(Permission.KEEP_STAFF)
    async def remove(self, form: dict[str, str]) -> None:
        """Take the one out who was asked about."""
        await self._run(
            team.remove,
            account_id=parse_id(self.going),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("staff.page.removed", name=self.going_name)
        self.going, self.consequences = "", []
        await self._show()

    async def _show(self) -> None:
        found = await self._run(team.members, now=self._now())
        waiting = await self._run(invitations.open_ones, now=self._now())
        self.members = [
            MemberRow(
                key=str(one.account_id),
                name=one.name,
                facts=" · ".join(
                    part
                    for part in (
                        one.role_name,
                        one.phone_masked,
                        t("staff.page.ahead", n=one.ahead) if one.ahead else "",
                        t("staff.page.two_steps") if one.has_factor else "",
                    )
                    if part
                ),
                is_self=one.is_self,
            )
            for one in found
        ]
        self.invited = [invitation_row(one) for one in waiting]
