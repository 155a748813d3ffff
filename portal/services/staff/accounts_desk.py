"""What the system administrator does: keeps the accounts of the authority, and reads no more.

Names and places of accounts, no phones, no documents, no trail: those are others' offices.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Person
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import OwnAccount
from portal.locale import t
from portal.policies.reference import region_name
from portal.services import audit, notices
from portal.services.reasons import clean_reason
from portal.services.staff import holds, roles
from portal.services.staff.invitations import role_name


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """An account of the authority; ``state`` is active, suspended, locked or both."""

    account_id: UUID
    name: str
    role: Role
    role_name: str
    region_code: str
    region_name: str
    is_suspended: bool
    is_locked: bool
    is_self: bool
    since: datetime


def regions(session: Session, actor: Actor) -> tuple[str, ...]:
    """Where the actor may propose somebody to work, as ``roles.region_within`` takes it."""
    actor.require(Permission.KEEP_ACCOUNTS)
    return tuple(roles.region_text(*one) for one in roles.regions_within(actor).items())


def kept(session: Session, actor: Actor, *, now: datetime) -> tuple[KeptAccount, ...]:
    """The accounts of the authority in the actor's region, by role and name."""
    actor.require(Permission.KEEP_ACCOUNTS)
    rows = session.execute(
        select(Account, Person.name)
        .join(Person, Person.id == Account.person_id)
        .where(Account.role.in_(roles.AUTHORITY), roles.in_reach(actor))
        .order_by(Account.role, Person.name_key, Account.id)
        .limit(1000)
    ).all()
    audit.record(
        session, actor, "accounts.read", now=now, object_type="account", fields_read=("name",)
    )
    return tuple(_view(session, actor, account, name) for account, name in rows)


def _view(session: Session, actor: Actor, account: Account, name: str) -> KeptAccount:
    held = holds.holds_of(session, account.id) if account.status == holds.HELD else {}
    code = account.region_code or ""
    return KeptAccount(
        account_id=account.id,
        name=name,
        role=Role(account.role),
        role_name=role_name(Role(account.role)),
        region_code=code,
        region_name=region_name(code) if code else "",
        is_suspended="suspended" in held,
        is_locked="locked" in held,
        is_self=account.id == actor.account_id,
        since=account.created_at,
    )


def suspend(
    session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime
) -> None:
    """Stop an account until it is reinstated. Raises NotFound, OwnAccount, NoSuchHold."""
    account = another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    holds.hold(session, actor, account, kind="suspended", reason=told, now=now)
    _done(session, actor, account, "accounts.suspend", told, now)


def reinstate(
    session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime
) -> None:
    """Let a suspended account work again; a lock of security's stays. Raises as ``suspend``."""
    account = another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    holds.lift(session, actor, account, kind="suspended", now=now)
    _done(session, actor, account, "accounts.reinstate", told, now)


def another(session: Session, actor: Actor, account_id: UUID) -> Account:
    """Somebody else's account of the authority, held. Raises NotFound, OwnAccount."""
    actor.require(Permission.KEEP_ACCOUNTS)
    if account_id == actor.account_id:
        raise OwnAccount
    account = roles.account_in_reach(session, actor, account_id, roles.AUTHORITY)
    if account is None:
        raise NotFound
    return account


def _done(
    session: Session,
    actor: Actor,
    account: Account,
    action: str,
    reason: str,
    now: datetime,
) -> None:
    words = {"what": t(f"staff.told.{action.split('.')[1]}"), "reason": reason}
    notices.tell(session, account.person_id, "account_looked_after", params=words, now=now)
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="account",
        object_id=account.id,
        on_behalf_of=account.person_id,
        reason=reason,
    )
