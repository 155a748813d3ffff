"""The versions of one number: which of them it stands for, and one act on it at a time."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Certificate
from portal.domain.errors import NotFound
from portal.services.verification import LIVE, spelled


def hold_number(session: Session, number: str) -> None:
    """Let one act at a time go on with a number, to the end of the transaction.

    A row lock is not enough: who waits for the version that is being replaced would find none.
    """
    key = func.hashtextextended(f"certificate:{number}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def live_version(session: Session, number: str) -> Certificate:
    """The version that a number stands for, held against others. Raises NotFound, BadInput."""
    wanted = spelled(number)
    hold_number(session, wanted)
    found = session.scalar(
        select(Certificate)
        .where(Certificate.number == wanted, Certificate.status.in_(LIVE))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
