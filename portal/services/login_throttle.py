"""The back-off of log-in tries: facts from the database, the decision in domain.login_guard."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import LoginAttempt
from portal.domain.login_guard import FAILURE_MEMORY, Failures, wait_seconds

FAILED, SUCCEEDED, REFUSED = "failed", "succeeded", "refused"

# A source that logged in within this time keeps its access while somebody else guesses.
SUCCESS_MEMORY = timedelta(days=180)


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:pair)")


@dataclass(frozen=True, slots=True)
class Tries:
    """Which account is tried from where, as keyed hashes, and when."""

    login_key: bytes
    source_key: bytes
    now: datetime


def _count(session: Session, outcome: str, *conditions: ColumnElement[bool]) -> Failures:
    row = session.execute(
        select(func.count(), func.max(LoginAttempt.at)).where(
            LoginAttempt.outcome == outcome, *conditions
        )
    ).one()
    return Failures(count=row[0], last_at=row[1])


def seconds_to_wait(session: Session, tries: Tries) -> int:
    """How long this source must wait for this account; 0 when a try is welcome.

    A refusal is remembered once, so that patience counts (domain.login_guard). Tries of one
    source for one account run one after the other until their transactions end: guesses sent
    all at once would each find that none has failed yet.
    """
    session.execute(_ONE_AT_A_TIME, {"pair": _pair_number(tries)})
    by_login = LoginAttempt.login_key == tries.login_key
    by_source = LoginAttempt.source_key == tries.source_key
    recent = LoginAttempt.at > tries.now - FAILURE_MEMORY
    success = _count(
        session, SUCCEEDED, by_login, by_source, LoginAttempt.at > tries.now - SUCCESS_MEMORY
    )
    since_success = LoginAttempt.at > success.last_at if success.last_at else recent
    pair = _count(session, FAILED, by_login, by_source, recent, since_success)
    since_failure = LoginAttempt.at >= pair.last_at if pair.last_at else since_success
    first_refused = session.scalar(
        select(func.min(LoginAttempt.at)).where(
            LoginAttempt.outcome == REFUSED, by_login, by_source, recent, since_failure
        )
    )
    seconds = wait_seconds(
        pair=pair,
        account=_count(session, FAILED, by_login, recent),
        source=_count(session, FAILED, by_source, recent),
        known_source=success.count > 0,
        waiting_since=first_refused,
        now=tries.now,
    )
    if seconds and first_refused is None:
        note(session, tries, REFUSED)
    return seconds


def _pair_number(tries: Tries) -> int:
    """The pair as a signed 64-bit number; two pairs that share one only wait for each other."""
    digest = hashlib.sha256(tries.login_key + tries.source_key).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def note(session: Session, tries: Tries, outcome: str) -> None:
    """Remember a try and how it ended."""
    session.add(
        LoginAttempt(
            login_key=tries.login_key, source_key=tries.source_key, at=tries.now, outcome=outcome
        )
    )


def prune(session: Session, *, now: datetime) -> int:
    """Forget tries that no longer count; returns how many."""
    spent = (LoginAttempt.outcome != SUCCEEDED) & (LoginAttempt.at < now - FAILURE_MEMORY)
    old = LoginAttempt.at < now - SUCCESS_MEMORY
    gone = session.execute(delete(LoginAttempt).where(spent | old).returning(LoginAttempt.id))
    return len(gone.all())
