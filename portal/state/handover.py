"""A phone that changes hands: what one person saw is never sent to the next.

A browser tab keeps its Reflex state through logging out and in again, and a page that opens is
first sent that whole state, before any handler has looked at the login. A login that was ended
elsewhere is nobody's: whoever found the phone may still reconnect with its cookie.
"""

from typing import Any

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.constants import CompileVars
from reflex_base.event import Event

from portal.domain.permissions import Actor
from portal.services.unit import public, run_unit
from portal.state.base import LOGIN_COOKIE, PageState, read_cookie

# A page sends one of these first, at every opening and every reconnect.
_FIRST = frozenset({CompileVars.HYDRATE, CompileVars.HYDRATE_AND_LOAD})


class HandoverState(rx.State):
    """Whose login filled this tab's state; never sent to the page."""

    _holder: str = ""


def _login(session: object, actor: Actor) -> str:
    return str(actor.login_id or "")


@public
async def holder_of(root: Any) -> str:
    """The login that holds the tab now; empty for none and for one that has ended."""
    token = read_cookie(root.router.headers.cookie, LOGIN_COOKIE)
    if not token:
        return ""
    try:
        return await run_unit(_login, token, PageState._now())
    except Exception:
        # Without the database nobody can be told apart. What loads next says what is wrong.
        return ""


def forget_others(root: Any, holder: str) -> None:
    """Empty the state of a tab when another login (or none) has taken it over."""
    own = root.get_substate(HandoverState.get_full_name().split("."))
    if own._holder != holder:
        root.reset()
        own._holder = holder


class Handover(Middleware):
    """Runs before Reflex answers a page's first event; add it with ``index=0``."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Forget, then go on."""
        if event.name.rsplit(".", 1)[-1] in _FIRST:
            root = state._get_root_state()
            forget_others(root, await holder_of(root))
        return None
