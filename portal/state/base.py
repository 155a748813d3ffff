"""What every page state shares: who calls, how a service is run, how a refusal is shown.

Identity comes from the HttpOnly cookie of the websocket's handshake and nothing else: every
variable and argument that a client sends may be forged.
"""

import functools
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, ParamSpec, TypeVar

import reflex as rx

from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.permissions import Permission
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.unit import Service, guarded, run_unit

logger = logging.getLogger("portal.pages")

P = ParamSpec("P")
T = TypeVar("T")

LOGIN_COOKIE = "portal_login"


def read_cookie(header: str, name: str) -> str | None:
    """One cookie of a Cookie header; None when it is absent or the header is nonsense."""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return morsel.value if morsel else None


class PageState(rx.State, mixin=True):
    """Base of page states: ``status`` is what the page branches on."""

    # loading | ready | sign_in | refused
    status: str = "loading"
    problem: str = ""

    def _token(self) -> str | None:
        return read_cookie(self.router.headers.cookie, LOGIN_COOKIE)

    async def _run(
        self,
        service: Service[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await run_unit(service, self._token(), self._now(), *args, **kwargs)

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)


def _refuse(state: Any, sentence: str) -> None:
    """Say what was refused, and no longer what was done before."""
    state.problem = sentence
    state.status = "refused" if state.status == "loading" else state.status
    if getattr(state, "done", ""):
        state.done = ""


def handler(
    permission: Permission,
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Any]]:
    """Guard an event handler and turn a refusal into the page's status and sentence."""

    def decorate(method: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        guarded_method = guarded(permission)(method)

        @functools.wraps(method)
        async def wrapper(self: PageState, *args: Any, **kwargs: Any) -> Any:
            self.problem = ""
            try:
                result = await guarded_method(self, *args, **kwargs)
            except Unauthenticated:
                # What the page held belongs to a login that has ended.
                self.reset()  # type: ignore[no-untyped-call]
                self.status = "sign_in"
            except PortalError as error:
                _refuse(self, sentence_for(error))
            except Exception as error:
                # The kind and place only: the message of a database error holds what was typed.
                frame = traceback.extract_tb(error.__traceback__)[-1]
                logger.error(
                    "%s in %s at %s:%s",
                    type(error).__name__,
                    method.__qualname__,
                    frame.filename,
                    frame.lineno,
                )
                _refuse(self, t(PortalError.key))
            else:
                self.status = "ready"
                return result
            return None

        wrapper.required_permission = permission  # type: ignore[attr-defined]
        return wrapper

    return decorate
