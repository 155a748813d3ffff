"""Logins that end because their account is not what it was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db.models import LoginSession


def end_all(session: Session, account_id: UUID, now: datetime) -> int:
    """End every login of an account; returns how many."""
    ended = session.execute(
        update(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(LoginSession.id)
    )
    return len(ended.all())
