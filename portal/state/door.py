"""The door of the websocket: only what our pages send gets in, and no faster than people tap.

Reflex writes an event that it cannot run into the log whole, with the headers and so the login
cookie, and answers it with an alert in English. A page of an older version sends such events all
by itself after every change of the program.
"""

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import reflex as rx
from reflex_base.registry import RegistrationContext

logger = logging.getLogger("portal.pages")

# No page of ours sets a variable from outside; everything is asked of a handler.
_NEVER = frozenset({"setvar"})
# Longer than any address of ours, whatever was appended to it on its way through chats.
_LONGEST_PATH = 8_000
# Events that a tab may send at once, and in each second for good: a fast typist sends ten.
BURST, PER_SECOND = 60.0, 15.0


@dataclass(slots=True)
class _Allowance:
    """What a connection may still send."""

    left: float
    at: float

    def spend(self, now: float) -> bool:
        """Whether one more event is welcome."""
        self.left = min(BURST, self.left + (now - self.at) * PER_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


def fits(data: object, handlers: Mapping[str, inspect.Signature]) -> bool:
    """Whether ``data`` is an event of a handler of ours with the arguments that it takes.

    ``handlers`` are the signatures by the names of their events.
    """
    if not isinstance(data, dict):
        return False
    name, payload, router = data.get("name"), data.get("payload", {}), data.get("router_data", {})
    if not isinstance(name, str) or name not in handlers:
        return False
    if not isinstance(payload, dict) or not isinstance(router, dict):
        return False
    places = (router.get("pathname", ""), router.get("asPath", ""))
    if not all(isinstance(place, str) and len(place) <= _LONGEST_PATH for place in places):
        return False
    try:
        handlers[name].bind(None, **payload)
    except TypeError:
        return False
    return True


class Door:
    """Stands before the namespace of a Reflex app's events."""

    def __init__(
        self,
        let_in: Callable[[str, Any], Awaitable[None]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._let_in = let_in
        self._clock = clock
        self._allowances: dict[str, _Allowance] = {}

    async def on_event(self, sid: str, data: Any = None) -> None:
        """Pass an event on, or drop it: who sent it was not one of our pages."""
        now = self._clock()
        allowance = self._allowances.setdefault(sid, _Allowance(BURST, now))
        if allowance.spend(now) and fits(data, handlers()):
            await self._let_in(sid, data)

    def leave(self, sid: str) -> None:
        """Forget a connection that has ended."""
        self._allowances.pop(sid, None)


@cache
def handlers() -> dict[str, inspect.Signature]:
    """What every event takes; asked first when the app stands, and it gets no more then."""
    found = RegistrationContext.ensure_context().event_handlers
    return {
        name: inspect.signature(registered.handler.fn)
        for name, registered in found.items()
        if name.rpartition(".")[2] not in _NEVER
    }


def guard(app: rx.App) -> None:
    """Put the door before the app's events; once, when it is put together."""
    namespace: Any = app.event_namespace
    door, leave = Door(namespace.on_event), namespace.on_disconnect

    def on_disconnect(sid: str) -> Any:
        door.leave(sid)
        return leave(sid)

    namespace.on_event, namespace.on_disconnect = door.on_event, on_disconnect


def unexpected(exception: Exception) -> None:
    """Reflex could not run an event: kind only, since its words may hold what was typed.

    For ``rx.App(backend_exception_handler=...)``, whose default alerts people in English.
    """
    logger.error("%s in an event", type(exception).__name__)
