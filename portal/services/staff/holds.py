"""Accounts that may not be used for a time: suspended by who keeps accounts, locked by security.

The two are apart: neither administrator lifts what the other set, and the account is open again
when both are gone.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, AccountHold
from portal.domain.permissions import Actor
from portal.domain.staff_errors import NoSuchHold
from portal.services.staff import logins

Kind = Literal["suspended", "locked"]
HELD = "held"


def holds_of(session: Session, account_id: UUID) -> dict[str, AccountHold]:
    """The holds that stand, by kind."""
    rows = session.scalars(
        select(AccountHold).where(
            AccountHold.account_id == account_id, AccountHold.ended_at.is_(None)
        )
    )
    return {row.kind: row for row in rows}


def hold(
    session: Session, actor: Actor, account: Account, *, kind: Kind, reason: str, now: datetime
) -> None:
    """Stop an account and end its logins; the caller has locked the row. Raises NoSuchHold."""
    if kind in holds_of(session, account.id) or account.status not in ("active", HELD):
        raise NoSuchHold
    session.add(
        AccountHold(
            account_id=account.id,
            kind=kind,
            reason=reason,
            held_by=actor.the_account(),
            held_at=now,
        )
    )
    account.status = HELD
    logins.end_all(session, account.id, now)


def lift(session: Session, actor: Actor, account: Account, *, kind: Kind, now: datetime) -> None:
    """End a hold; the account is open again when it was the last. Raises NoSuchHold."""
    held = holds_of(session, account.id)
    if kind not in held:
        raise NoSuchHold
    held[kind].ended_by, held[kind].ended_at = actor.the_account(), now
    if len(held) == 1:
        account.status = "active"
    session.flush()
