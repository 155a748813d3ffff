"""The states of ``/policies`` and of one policy document's page."""

import reflex as rx

from portal.domain.permissions import Permission
from portal.services import policies
from portal.services.policies import PackCard, PackDetail
from portal.state.base import PageState, handler
from portal.state.inputs import path_part


class PoliciesState(PageState, rx.State):
    """The published documents."""

    rows: list[PackCard] = []

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Load the list; there are few."""
        self.rows = list(await self._run(policies.list_packs, now=self._now()))


class PolicyState(PageState, rx.State):
    """One document."""

    item: PackDetail | None = None

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Show the document that the address names."""
        # Whatever stood here before, this one has not loaded yet.
        self.status = "loading"
        name = path_part(self.router.url.path, 1)
        self.item = await self._run(policies.pack_detail, pack_id=name, now=self._now())
