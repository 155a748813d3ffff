"""Checking in by the six typed digits, for whoever has no camera.

Six digits can be guessed, so every try is written down before it is judged. Two codes are right
at any moment; more than ten wrong tries in five minutes or forty in twelve hours stop the account.
So a guesser hits a session, its sign-in and sign-out together, with less than 1:10,000.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    Enrolment,
    LoginAttempt,
    MakeUp,
    SessionCall,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import ON_ROSTER
from portal.db.vault import get_vault
from portal.domain import checkin_code
from portal.domain.checkin_code import CODE_PERIOD, Phase, ReadCode
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
from portal.services.checkin import ROLES
from portal.services.hot import WHO, run_statement
from portal.services.one_person import same_person
from portal.services.windows import next_opening, phase_now

# How many wrong tries within how long.
_LIMITS = ((10, timedelta(minutes=5)), (40, timedelta(hours=12)))
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


def read_numeric(token_hash: bytes, *, numeric: str, now: datetime) -> ReadCode:
    """The code of the person's class that meets now and whose screen shows these digits.

    Raises TooManyAttempts, CodeInvalid, CodeExpired, NotOnRoster when no class of the person
    meets today, OutsideWindow when one does but takes no scans now, Unauthenticated, Forbidden.
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
    return ReadCode(session_id, phase, checkin_code.step_of(now))


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
    called = _called_now(session, meeting, now)
    is_open = [(row, phase) for row in meeting if (phase := _phase(row, called, now))]
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
    wrong = select(LoginAttempt.at).where(
        LoginAttempt.login_key == key, LoginAttempt.outcome == "failed", LoginAttempt.at <= now
    )
    for most, memory in reversed(_LIMITS):
        latest = wrong.where(LoginAttempt.at > now - memory).order_by(LoginAttempt.at.desc())
        # The one that has to be forgotten before the next is welcome.
        oldest = session.scalar(latest.offset(most).limit(1))
        if oldest is not None:
            return max(1, int((oldest + memory - now).total_seconds()))
    return 0


def _set_outcome(session: Session, attempt_id: UUID, outcome: str) -> None:
    session.execute(
        update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(outcome=outcome)
    )


def _meeting_today(session: Session, person_id: UUID, now: datetime) -> list[TrainingSession]:
    """Today's sessions of the person's live classes or where they are a guest, and those that take
    scans now."""
    start, end = times.day_bounds(now)
    own = select(Enrolment.class_id).where(
        same_person(Enrolment.person_id, person_id), Enrolment.status.in_(ON_ROSTER)
    )
    guest = select(MakeUp.at_session_id).where(
        same_person(MakeUp.person_id, person_id), MakeUp.state.in_(("planned", "attended"))
    )
    query = (
        select(TrainingSession)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingSession.class_id.in_(own) | TrainingSession.id.in_(guest),
            TrainingClass.status.not_in(("draft", "cancelled")),
            TrainingSession.sign_in_from < end,
            TrainingSession.sign_out_until >= start,
        )
        .order_by(TrainingSession.starts_at)
    )
    return list(session.scalars(query))


def _called_now(session: Session, meeting: list[TrainingSession], now: datetime) -> set[UUID]:
    """The sessions whose roll-call is open."""
    query = select(SessionCall.session_id).where(
        SessionCall.session_id.in_([row.id for row in meeting]),
        SessionCall.called_at <= now,
        SessionCall.closes_at > now,
    )
    return set(session.scalars(query))


def _phase(row: TrainingSession, called: set[UUID], now: datetime) -> Phase | None:
    return Phase.MID if row.id in called else phase_now(row, now)


def _matches(session_id: UUID, phase: Phase, numeric: str, at: datetime) -> bool:
    key = checkin_code.session_key(get_vault().subkey("checkin"), session_id)
    return checkin_code.numeric_matches(key, numeric, session_id=session_id, phase=phase, at=at)


def _was_shown(session_id: UUID, phase: Phase, numeric: str, now: datetime) -> bool:
    """Whether the digits stood on this screen within the last minutes."""
    earlier = (now - step * CODE_PERIOD for step in range(1, _STEPS_BACK + 1))
    return any(_matches(session_id, phase, numeric, at) for at in earlier)
