"""How many people of a class have not confirmed their seat, for the page of the class."""

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import rosters_desk
from portal.state.base import PageState, handler
from portal.state.inputs import path_part


class UnconfirmedState(PageState, rx.State):
    """The number in words and the way to the desk's list; empty when nobody is waited for."""

    label: str = ""
    href: str = ""

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Count."""
        self.label = ""
        of = parse_id(path_part(self.router.url.path, 2), "class_id")
        count = await self._run(rosters_desk.count_unconfirmed, class_id=of, now=self._now())
        self.label = t("roster.desk.count", count=count) if count else ""
        self.href = f"/teach/classes/{of}/confirm"
