"""Checking in by the six typed digits, for whoever has no camera.

Six digits can be guessed, so every try is written down before it is judged, and more than ten
wrong ones in five minutes stop the account: in that time a guesser hits with less than 1:10,000.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import Enrolment, LoginAttempt, TrainingClass, TrainingSession
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import CODE_PERIOD, Phase
from portal.domain.errors import (
    CodeExpired,
    CodeInvalid,
    Forbidden,
    NotOnRoster,
    OutsideWindow,
    PortalError,
    TooManyAttempts,
    Unauthenticated,
)
from portal.services import times
from portal.services.checkin import ROLES, CheckinResult, check_in_now
from portal.services.hot import WHO, run_statement
from portal.services.windows import next_opening, phase_now

_MOST_WRONG = 10
_MEMORY = timedelta(minutes=5)
# How far back a wrong code is looked for, to say "too old" rather than "wrong": two minutes.
_STEPS_BACK = 8

# The key names an account under a purpose of its own, so that log-ins and digits never count
# against each other. An account's id is no personal identifier, hence no keyed hash.
_TRY = text(
    f"""
WITH {WHO}, attempt AS (
    INSERT INTO login_attempt (id, login_key, source_key, at, outcome)
    SELECT :attempt_id, mark, mark, :now, 'failed'
      FROM (SELECT sha256(convert_to('checkin.typed:' || who.account_id, 'UTF8')) AS mark
              FROM who WHERE who.role = ANY(:roles)) AS marked
    RETURNING login_key
)
SELECT who.role, who.person_id, attempt.login_key FROM who LEFT JOIN attempt ON TRUE
"""  # noqa: S608 - only constants of our own
)


def looks_typed(code: str) -> bool:
    """Whether a text is meant as the typed digits: it is short, or digits and spaces only."""
    plain = unicodedata.normalize("NFKC", code).strip()
    return len(plain) <= 8 or re.fullmatch(r"[0-9\s]{,32}", plain) is not None


def check_in_by_numeric(token_hash: bytes, *, numeric: str, now: datetime) -> CheckinResult:
    """Check in to the person's class that meets now and whose screen shows these digits.

    Raises what check_in_now does, TooManyAttempts, CodeInvalid, CodeExpired, NotOnRoster when no
    class of the person meets today, OutsideWindow when one does but takes no scans now.
    """
    attempt_id = new_id()
    row = _note_try(token_hash, attempt_id, now)
    verdict = in_transaction(
        lambda session: _judge(
            session, row.person_id, bytes(row.login_key), attempt_id, numeric, now
        )
    )
    if isinstance(verdict, PortalError):
        raise verdict
    session_id, phase = verdict
    return check_in_now(
        token_hash, session_id=session_id, phase=phase, occurred_at=now, method="numeric", now=now
    )


def _note_try(token_hash: bytes, attempt_id: UUID, now: datetime) -> Row[Any]:
    """Authenticate and write the try down; raises Unauthenticated, Forbidden."""
    params = {"token_hash": token_hash, "now": now, "attempt_id": attempt_id, "roles": ROLES}
    row = run_statement(_TRY, params)
    if row is None:
        raise Unauthenticated
    if row.role not in ROLES:
        raise Forbidden
    return row


def _judge(
    session: Session, person_id: UUID, key: bytes, attempt_id: UUID, numeric: str, now: datetime
) -> tuple[UUID, Phase] | PortalError:
    """The session and phase that the digits belong to, or the refusal (returned, so that the
    outcome of the try is committed)."""
    wait = _seconds_to_wait(session, key, now)
    if wait:
        _set_outcome(session, attempt_id, "refused")
        return TooManyAttempts(seconds=wait)
    meeting = _meeting_today(session, person_id, now)
    is_open = [(row, phase) for row in meeting if (phase := phase_now(row, now))]
    for row, phase in is_open:
        if _matches(row.id, phase, numeric, now):
            _set_outcome(session, attempt_id, "succeeded")
            return row.id, phase
    if not is_open:
        # Nothing was guessed: there was no code to hit.
        _set_outcome(session, attempt_id, "refused")
        opens = [at for row in meeting if (at := next_opening(row, now))]
        return OutsideWindow(opens_at=min(opens, default=None)) if meeting else NotOnRoster()
    if any(_was_shown(row.id, phase, numeric, now) for row, phase in is_open):
        return CodeExpired()
    return CodeInvalid()


def _seconds_to_wait(session: Session, key: bytes, now: datetime) -> int:
    """0 when this try is welcome; it stands in the table already and is counted."""
    wrong = session.execute(
        select(func.count(), func.min(LoginAttempt.at)).where(
            LoginAttempt.login_key == key,
            LoginAttempt.outcome == "failed",
            LoginAttempt.at > now - _MEMORY,
        )
    ).one()
    if wrong[0] <= _MOST_WRONG:
        return 0
    return max(1, int((wrong[1] + _MEMORY - now).total_seconds()))


def _set_outcome(session: Session, attempt_id: UUID, outcome: str) -> None:
    session.execute(
        update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(outcome=outcome)
    )


def _meeting_today(session: Session, person_id: UUID, now: datetime) -> list[TrainingSession]:
    """Today's sessions of the person's live classes, and those that take scans now."""
    start, end = times.day_bounds(now)
    query = (
        select(TrainingSession)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Enrolment, Enrolment.class_id == TrainingSession.class_id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.status.in_(("accepted", "active")),
            TrainingClass.status.not_in(("draft", "cancelled")),
            TrainingSession.sign_in_from < end,
            TrainingSession.sign_out_until >= start,
        )
        .order_by(TrainingSession.starts_at)
    )
    return list(session.scalars(query))


def _matches(session_id: UUID, phase: Phase, numeric: str, at: datetime) -> bool:
    key = checkin_code.session_key(get_vault().subkey("checkin"), session_id)
    return checkin_code.numeric_matches(key, numeric, session_id=session_id, phase=phase, at=at)


def _was_shown(session_id: UUID, phase: Phase, numeric: str, now: datetime) -> bool:
    """Whether the digits stood on this screen within the last minutes."""
    earlier = (now - step * CODE_PERIOD for step in range(1, _STEPS_BACK + 1))
    return any(_matches(session_id, phase, numeric, at) for at in earlier)
