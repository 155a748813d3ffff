"""The home page's state."""

import reflex as rx

from portal.domain.permissions import Permission
from portal.state.base import PageState, handler


class HomeState(PageState, rx.State):
    """What home shows to whoever opens it."""

    name: str = ""

    @rx.event
    @handler(Permission.PUBLIC)
    async def load(self) -> None:
        """Load the greeting."""
        self.name = "x"
