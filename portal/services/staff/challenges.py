"""Between the password and the login: a short-lived word that the second step is asked with."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.db.models import Account, LoginChallenge
from portal.domain.staff_errors import StepLapsed
from portal.services.staff import factors
from portal.services.unit import token_hash

LASTS = timedelta(minutes=5)
# Setting up an app takes longer than typing six digits.
LASTS_TO_SET_UP = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The word for the second step; ``enrols`` when the factor has yet to be set up."""

    token: str
    expires_at: datetime
    enrols: bool


def needed(
    session: Session,
    account: Account,
    *,
    kind: str,
    device: str,
    device_hash: bytes | None,
    now: datetime,
) -> Challenge | None:
    """A challenge when the account is asked for more than a password; else None."""
    enrols = not factors.has_factor(session, account.id)
    if enrols and not factors.must_have(account):
        return None
    session.execute(
        delete(LoginChallenge).where(
            LoginChallenge.account_id == account.id, LoginChallenge.expires_at < now
        )
    )
    token = secrets.token_urlsafe(32)
    expires_at = now + (LASTS_TO_SET_UP if enrols else LASTS)
    session.add(
        LoginChallenge(
            account_id=account.id,
            token_hash=token_hash(token),
            kind=kind,
            device=device,
            device_hash=device_hash,
            enrols=enrols,
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return Challenge(token, expires_at, enrols)


def open_one(
    session: Session, token: str, *, now: datetime, lock: bool = False
) -> tuple[LoginChallenge, Account]:
    """The challenge of a word and its account. Raises StepLapsed."""
    query = (
        select(LoginChallenge, Account)
        .join(Account, Account.id == LoginChallenge.account_id)
        .where(
            LoginChallenge.token_hash == token_hash(token),
            LoginChallenge.used_at.is_(None),
            LoginChallenge.expires_at > now,
            Account.status == "active",
        )
    )
    if lock:
        query = query.with_for_update(of=LoginChallenge)
    row = session.execute(query).one_or_none()
    if row is None:
        raise StepLapsed
    return row[0], row[1]
