"""Runs a hot act: one statement that checks the login itself, off the event loop."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from fastapi import Request

from portal.domain.errors import Unauthenticated
from portal.http.context import login_token
from portal.services.hot import Steps, run_steps_async
from portal.services.unit import declared_permission, in_thread, token_hash

P = ParamSpec("P")
T = TypeVar("T")


def hashed_token(request: Request) -> bytes:
    """The hash of the caller's login token; raises Unauthenticated when there is none."""
    declared_permission()
    token = login_token(request)
    if token is None:
        raise Unauthenticated
    return token_hash(token)


async def run_hot(
    act: Callable[Concatenate[bytes, P], T], request: Request, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run ``act(token_hash, ...)`` for the caller; the statement refuses other roles itself."""
    hashed = hashed_token(request)
    return await in_thread(lambda: act(hashed, *args, **kwargs))


async def run_hot_steps(
    act: Callable[Concatenate[bytes, P], Steps[T]],
    request: Request,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The same for an act of several statements, on the event loop."""
    return await run_steps_async(act(hashed_token(request), *args, **kwargs))
