"""Logins that end because their account is not what it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db.models import LoginChallenge, LoginSession


def end_all(session: Session, account_id: UUID, now: datetime) -> int:
    """End every login of an account, and what the password alone has begun; returns how many.

    Whoever typed a password that is worth nothing by now does not go on to the second step.
    """
    session.execute(
        update(LoginChallenge)
        .where(LoginChallenge.account_id == account_id, LoginChallenge.used_at.is_(None))
        .values(used_at=now)
    )
    ended = session.execute(
        update(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(LoginSession.id)
    )
    return len(ended.all())
