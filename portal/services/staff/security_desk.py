"""What the security administrator does: how others sign in. Creates no account, gives no role."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.db.models import Account, Institution, LoginSession, PasswordReset, Person
from portal.db.vault import get_vault
from portal.domain.errors import NotFound
from portal.domain.names import name_key
from portal.domain.passwords import check_password, normalise_password
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import InvitationOver, NotSetUp, OwnAccount
from portal.locale import t
from portal.policies.reference import region_name
from portal.services import audit, notices, sms
from portal.services.paging import Page, bounds
from portal.services.passwords import hash_password
from portal.services.reasons import clean_reason
from portal.services.staff import factors, holds, logins, roles
from portal.services.staff.invitations import role_name
from portal.services.unit import token_hash
from portal.settings import get_settings

RESET_LASTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class SecuredAccount:
    """How somebody who works here signs in."""

    account_id: UUID
    name: str
    role_name: str
    place: str
    has_factor: bool
    must_have: bool
    logins: int
    is_suspended: bool
    is_locked: bool
    is_self: bool


def secured(
    session: Session, actor: Actor, *, q: str = "", page: int = 1, size: int = 20, now: datetime
) -> Page[SecuredAccount]:
    """Accounts of those who work in the actor's region, by name; ``q`` is part of a name."""
    actor.require(Permission.KEEP_SECURITY)
    limit, offset = bounds(page, size)
    found = (
        select(Account, Person.name)
        .join(Person, Person.id == Account.person_id)
        .where(
            Account.role.in_(roles.WORKING),
            Account.status.in_(("active", holds.HELD)),
            roles.in_reach(actor),
            Person.name_key.contains(name_key(q), autoescape=True),
        )
    )
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session.execute(
        found.order_by(Account.role, Person.name_key, Account.id).limit(limit).offset(offset)
    ).all()
    audit.record(
        session, actor, "security.read", now=now, object_type="account", fields_read=("name",)
    )
    items = tuple(_view(session, actor, account, name, now) for account, name in rows)
    return Page(items, max(page, 1), limit, total)


def _view(
    session: Session, actor: Actor, account: Account, name: str, now: datetime
) -> SecuredAccount:
    held = holds.holds_of(session, account.id) if account.status == holds.HELD else {}
    open_logins = select(func.count()).where(
        LoginSession.account_id == account.id,
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > now,
    )
    return SecuredAccount(
        account_id=account.id,
        name=name,
        role_name=role_name(Role(account.role)),
        place=_place(session, account),
        has_factor=factors.has_factor(session, account.id),
        must_have=factors.must_have(account),
        logins=session.scalar(open_logins) or 0,
        is_suspended="suspended" in held,
        is_locked="locked" in held,
        is_self=account.id == actor.account_id,
    )


def _place(session: Session, account: Account) -> str:
    if account.institution_id is not None:
        return session.get_one(Institution, account.institution_id).name
    return region_name(account.region_code) if account.region_code else ""


def reset_factor(
    session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime
) -> None:
    """Take somebody's second factor away, who lost the device; they are told at once.

    Raises NotFound, OwnAccount, NotSetUp, BadInput.
    """
    account = _another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    if not factors.forget(session, account.id):
        raise NotSetUp
    logins.end_all(session, account.id, now)
    words = {"reason": told}
    notices.tell(session, account.person_id, "second_factor_reset", params=words, now=now, sms=True)
    _trace(session, actor, account, "second_factor.reset", told, now)


def log_out(session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime) -> int:
    """End every login of somebody; returns how many. Raises NotFound, OwnAccount, BadInput."""
    account = _another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    ended = logins.end_all(session, account.id, now)
    _done(session, actor, account, "log_out", told, now)
    return ended


def lock(session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime) -> None:
    """Lock an account until security unlocks it. Raises NotFound, OwnAccount, NoSuchHold."""
    account = _another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    holds.hold(session, actor, account, kind="locked", reason=told, now=now)
    _done(session, actor, account, "lock", told, now)


def unlock(session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime) -> None:
    """Lift a lock; a suspension stays. Raises NotFound, OwnAccount, NoSuchHold."""
    account = _another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    holds.lift(session, actor, account, kind="locked", now=now)
    _done(session, actor, account, "unlock", told, now)


def start_reset(
    session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime
) -> None:
    """Send somebody a link by which they set a new password; security never sees one.

    Raises NotFound, OwnAccount, BadInput, TooManyAttempts.
    """
    account = _another(session, actor, account_id)
    told = clean_reason(reason, shortest=4)
    person = session.get_one(Person, account.person_id)
    if person.phone_enc is None:
        raise NotFound
    token = secrets.token_urlsafe(24)
    session.add(
        PasswordReset(
            account_id=account.id,
            token_hash=token_hash(token),
            started_by=actor.the_account(),
            created_at=now,
            expires_at=now + RESET_LASTS,
        )
    )
    words: dict[str, object] = {"address": f"{get_settings().public_url}/reset/{token}"}
    phone = get_vault().open("phone", person.phone_enc)
    sms.send(session, phone, "staff.reset.sms", words, now, until=now + RESET_LASTS)
    _done(session, actor, account, "start_reset", told, now)


def reset_password(
    session: Session, actor: Actor, *, token: str, password: str, now: datetime
) -> None:
    """Set a new password by a link; every login ends. Raises InvitationOver, BadInput."""
    row = _reset_of(session, token, now)
    account = session.get_one(Account, row.account_id, with_for_update=True)
    name = session.get_one(Person, account.person_id).name
    check_password(password, name=name, phone="")
    account.password_hash = hash_password(normalise_password(password))
    # Whatever other link was sent is worth nothing any more.
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.account_id == account.id, PasswordReset.used_at.is_(None))
        .values(used_at=now)
    )
    logins.end_all(session, account.id, now)
    owner = Actor(role=Role(account.role), account_id=account.id, person_id=account.person_id)
    audit.record(
        session,
        owner,
        "account.new_password",
        now=now,
        object_type="account",
        object_id=account.id,
    )


def look_at_reset(session: Session, actor: Actor, *, token: str, now: datetime) -> None:
    """Whether a link still opens the form. Raises InvitationOver."""
    _reset_of(session, token, now)


def _reset_of(session: Session, token: str, now: datetime) -> PasswordReset:
    row = session.scalar(
        select(PasswordReset)
        .join(Account, Account.id == PasswordReset.account_id)
        .where(
            PasswordReset.token_hash == token_hash(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
            Account.status == "active",
        )
        .with_for_update(of=PasswordReset)
    )
    if row is None:
        raise InvitationOver
    return row


def _another(session: Session, actor: Actor, account_id: UUID) -> Account:
    actor.require(Permission.KEEP_SECURITY)
    if account_id == actor.account_id:
        raise OwnAccount
    account = roles.account_in_reach(session, actor, account_id, roles.WORKING)
    if account is None:
        raise NotFound
    return account


def _done(
    session: Session, actor: Actor, account: Account, act: str, reason: str, now: datetime
) -> None:
    words = {"what": t(f"staff.told.{act}"), "reason": reason}
    notices.tell(session, account.person_id, "account_looked_after", params=words, now=now)
    _trace(session, actor, account, f"security.{act}", reason, now)


def _trace(
    session: Session, actor: Actor, account: Account, action: str, reason: str, now: datetime
) -> None:
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
