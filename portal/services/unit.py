"""Runs a service as a unit of work for whoever holds a login token.

``run_unit`` loads the actor afresh for every call (revoked means revoked now), checks the
permission that the calling handler declared with ``guarded`` or ``public``, and commits once.
A handler that declared nothing cannot run a service at all.
"""

import functools
import hashlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import anyio.to_thread
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.db.engine import in_transaction
from portal.db.models import Account, LoginSession, Person
from portal.domain.permissions import ANONYMOUS, Actor, Permission, Role
from portal.settings import get_settings

P = ParamSpec("P")
T = TypeVar("T")

# What run_unit runs: ``service(session, actor, ...)``.
Service: TypeAlias = Callable[Concatenate[Session, Actor, P], T]

_declared: ContextVar[Permission | None] = ContextVar("declared_permission", default=None)
_limiter: anyio.CapacityLimiter | None = None

# Made once: an alias of a class costs milliseconds each time.
_Own = aliased(Person)
_Merged = aliased(Person)


def guarded(
    permission: Permission,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Declare who may call an async handler or route; ``run_unit`` enforces it."""

    def decorate(handler: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(handler)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            token = _declared.set(permission)
            try:
                return await handler(*args, **kwargs)
            finally:
                _declared.reset(token)

        wrapper.required_permission = permission  # type: ignore[attr-defined]
        return wrapper

    return decorate


public = guarded(Permission.PUBLIC)


def required_permission(handler: object) -> Permission | None:
    """What a handler declared; None when it says nothing."""
    return getattr(handler, "required_permission", None)


def token_hash(token: str) -> bytes:
    """What the database keeps of a login token (256 random bits need no salt)."""
    return hashlib.sha256(token.encode()).digest()


def load_actor(session: Session, token: str | None, *, now: datetime) -> Actor:
    """The actor of a login token; anonymous for none, an unknown, expired or revoked one."""
    if not token:
        return ANONYMOUS
    others = select(_Merged.id).where(_Merged.merged_into == Person.id).order_by(_Merged.id)
    row = session.execute(
        select(
            LoginSession.id, Account, Person.id, Person.name, func.array(others.scalar_subquery())
        )
        .join(Account, Account.id == LoginSession.account_id)
        .join(_Own, _Own.id == Account.person_id)
        # Whoever logs in with a record that was merged into another acts as that one.
        .join(Person, Person.id == func.coalesce(_Own.merged_into, _Own.id))
        .where(
            LoginSession.token_hash == token_hash(token),
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            Account.status == "active",
        )
    ).one_or_none()
    if row is None:
        return ANONYMOUS
    login_id, account, person_id, name, merged_ids = row
    return Actor(
        role=Role(account.role),
        account_id=account.id,
        person_id=person_id,
        login_id=login_id,
        institution_id=account.institution_id,
        employer_id=account.employer_id,
        region_code=account.region_code,
        name=name,
        merged=tuple(merged_ids),
    )


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a worker thread, as many at once as there are connections."""
    global _limiter
    if _limiter is None:
        _limiter = anyio.CapacityLimiter(get_settings().pool_size)
    return await anyio.to_thread.run_sync(work, limiter=_limiter)


def declared_permission() -> Permission:
    """The permission of the handler that is running; refuses a handler that said nothing."""
    permission = _declared.get()
    if permission is None:
        raise RuntimeError("a handler must be @guarded or @public before it runs a service")
    return permission


async def run_unit(
    service: Service[P, T],
    token: str | None,
    now: datetime,
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run ``service(session, actor, ...)`` in one transaction, in a worker thread.

    Raises Unauthenticated or Forbidden when the actor lacks the declared permission, and
    whatever the service raises.
    """
    permission = declared_permission()

    def work(session: Session) -> T:
        actor = load_actor(session, token, now=now)
        actor.require(permission)
        return service(session, actor, *args, **kwargs)

    return await in_thread(lambda: in_transaction(work))


def as_actor(service: Service[P, T], actor: Actor, /, *args: Any, **kwargs: Any) -> T:
    """Run a service for an actor already known: the command line, background work, tests."""
    return in_transaction(lambda session: service(session, actor, *args, **kwargs))
