"""The first page of everything that is mine."""

import reflex as rx

from portal.domain.permissions import Permission, Role
from portal.locale import t
from portal.services import makeups
from portal.services.accounts import AccountView, my_account
from portal.services.notices import unread_count
from portal.services.offer_page import open_offer
from portal.services.own_sessions import today
from portal.services.times import day_of, day_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.meetings import MeetingRow, meeting_row
from portal.state.session_notes import VisitNote, visit_note
from portal.state.waiting import OfferNote, offer_note

# Where the work of a role is, and the word for it; the authority's is /admin.
_WORK = {
    Role.INSTRUCTOR: "teach",
    Role.MANAGER: "teach",
    Role.EMPLOYER: "employer",
    Role.HELPER: "help",
    Role.REVIEWER: "review",
}


class MeState(PageState, rx.State):
    """Who I am, and today's sessions."""

    name: str = ""
    role: str = ""
    id_no: str = ""
    phone: str = ""
    phone_note: str = ""
    devices: str = ""
    is_trainee: bool = True
    work_href: str = ""
    work_label: str = ""
    day: str = ""
    # How many messages are new, in words; empty when none is.
    unread: str = ""
    meetings: list[MeetingRow] = []
    # Where I make up a session as a guest of another class.
    visits: list[VisitNote] = []
    offer: OfferNote = OfferNote()

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Load the account, and for a trainee what is on today."""
        forget(self)
        now = self._now()
        account = await self._run(my_account, now=now)
        self._show(account)
        self.day = day_text(day_of(now))
        unread = await self._run(unread_count, now=now)
        self.unread = t("messages.count", count=unread) if unread else ""
        if self.is_trainee:
            found = await self._run(today, now=now)
            self.meetings = [meeting_row(meeting, now) for meeting in found]
            visits = await self._run(makeups.visits_on, now=now)
            self.visits = [visit_note(visit) for visit in visits]
            self.offer = offer_note(await self._run(open_offer, now=now))

    def _show(self, account: AccountView) -> None:
        self.name = account.name
        self.id_no = account.id_no_masked
        self.phone = account.phone_masked
        self.phone_note = "" if account.phone_logs_in else t("trainee.me.phone_shared")
        self.devices = t("trainee.me.devices", count=account.devices)
        self.is_trainee = account.role == Role.TRAINEE
        self.role = " · ".join(
            part for part in (t(f"trainee.role.{account.role}"), account.institution_name) if part
        )
        if not self.is_trainee:
            work = _WORK.get(Role(account.role), "admin")
            self.work_href = f"/{work}"
            self.work_label = t(f"trainee.me.{work}")
