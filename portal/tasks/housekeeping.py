"""What keeps the queue and short-lived rows small."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services import code_claims, queue, risk_scores, shares
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("forget_jobs", every=timedelta(days=1))
def forget_jobs(*, now: datetime) -> None:
    """Delete what ended more than a week ago."""
    as_actor(queue.forget, SYSTEM, now=now)


@periodic("forget_code_claims", every=timedelta(days=1))
def forget_code_claims(*, now: datetime) -> None:
    """Delete the claims of check-in codes that are long worthless."""
    as_actor(code_claims.forget, SYSTEM, now=now)


@periodic("forget_signals", every=timedelta(days=1))
def forget_signals(*, now: datetime) -> None:
    """Delete what sign-ins looked like, 90 days after the sheet was confirmed (reference D11)."""
    while as_actor(risk_scores.forget_signals, SYSTEM, now=now):
        pass


@periodic("wipe_shares", every=timedelta(hours=1))
def wipe_shares(*, now: datetime) -> None:
    """Destroy what share links showed that are over."""
    as_actor(shares.wipe_ended, SYSTEM, now=now)
