"""A browser tab without a browser: a Reflex state tree, a cookie, an address."""

import asyncio
from typing import Any, TypeVar

import reflex as rx

S = TypeVar("S", bound=rx.State)


class Tab:
    """Opens pages as whoever holds the login token; states keep what they were told."""

    def __init__(self, token: str | None = None) -> None:
        self.root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        self.go("/", token)

    def go(self, path: str, token: str | None = None) -> None:
        """Be at ``path`` with this cookie."""
        cookie = f"portal_login={token}" if token else ""
        data = {
            "headers": {"cookie": cookie, "origin": "http://localhost"},
            "pathname": path,
            "asPath": path,
            "query": {},
        }
        self.root._update_router_vars(data, {})

    def state(self, kind: type[S]) -> S:
        """The tab's own instance of a state."""
        found: S = self.root.get_substate(kind.get_full_name().split("."))
        return found

    def call(self, kind: type[S], handler: str, *args: Any) -> S:
        """Run one event handler as a page would; answers the state."""
        state = self.state(kind)
        asyncio.run(kind.event_handlers[handler].fn(state, *args))
        return state
