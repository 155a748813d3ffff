"""The question for the colour on the room's screen, between a scan and its sign-in (relay trap).

A question is a signed note of the ticket and the moment it was asked; nothing is stored before
it is answered. A right answer signs in; the third wrong one does too, and the event says so: who
stood in the room and could not see the screen is not sent away, the instructor looks at the row.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models.classes import LIVE
from portal.db.vault import get_vault
from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import ScanTicket
from portal.domain.errors import Unauthenticated
from portal.domain.permissions import Actor, Permission
from portal.domain.relay_trap import MOST_TRIES, TIME_TO_ANSWER, Answer
from portal.services.checkin import CheckinResult
from portal.services.checkin_codes import ScanView, check_in_with_ticket
from portal.services.hot import WHO, run_statement
from portal.services.signals import Signals

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Writes the answer down unless three stand already. ``passed`` tells of an earlier right one. Of
# answers that come at once, one for each colour, only one is counted: tries are numbered.
_ANSWER = text(
    f"""
WITH {WHO}, before AS (
    SELECT count(*) AS tries, COALESCE(bool_or(t."right"), FALSE) AS passed
      FROM who JOIN relay_try t ON t.person_id = who.person_id
     WHERE t.session_id = :session_id AND t.phase = :phase
), new AS (
    INSERT INTO relay_try (id, session_id, person_id, phase, no, asked_at, answered_at, "right")
    SELECT :try_id, :session_id, who.person_id, :phase, before.tries + 1, :asked_at, :now, :right
      FROM who, before WHERE before.tries < :most AND NOT before.passed
    ON CONFLICT DO NOTHING
    RETURNING no, "right"
)
SELECT EXISTS (SELECT FROM who) AS is_known, before.tries, before.passed, new.no,
       COALESCE(new."right", FALSE) AS is_right
  FROM before LEFT JOIN new ON TRUE
"""  # noqa: S608 - only constants of our own
)


_IS_NEEDED = text(
    f"""
SELECT EXISTS (
    SELECT FROM training_session s
      JOIN enrolment e ON e.person_id = :person_id AND e.{LIVE}
      LEFT JOIN makeup m ON m.at_session_id = s.id AND m.enrolment_id = e.id
           AND m.state IN ('planned', 'attended')
     WHERE s.id = :session_id AND (e.class_id = s.class_id OR m.id IS NOT NULL)
       AND NOT EXISTS (SELECT FROM attendance_event v WHERE v.session_id = s.id
                          AND v.enrolment_id = e.id AND v.phase = :phase))
"""  # noqa: S608 - only constants of our own
)


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: ``token`` comes back with the answer, within ``seconds``."""

    token: str
    seconds: float
    colours: tuple[str, ...] = relay_trap.COLOURS


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The answer did not do: it was ``late``, or wrong with ``tries_left`` more to come."""

    late: bool
    tries_left: int


def who_scans(session: Session, actor: Actor, *, scan: ScanView) -> tuple[Actor, bool]:
    """Who looks at the page of a scan, and whether their scan needs a colour.

    Who is not on the sheet, or signed in before, is told so at once and not asked first.
    """
    if not scan.asks_colour or not actor.may(Permission.CHECK_IN):
        return actor, False
    params = {
        "session_id": scan.session_id,
        "phase": scan.phase,
        "person_id": actor.the_person(),
    }
    return actor, bool(session.scalar(_IS_NEEDED, params))


def ask(ticket: str, *, now: datetime) -> Question:
    """A question for the colour at this moment, to the holder of the ticket."""
    moment = (now - _EPOCH) // _MICROSECOND
    return Question(f"{moment:x}.{_mac(ticket, moment)}", TIME_TO_ANSWER.total_seconds())


def answer(
    token_hash: bytes,
    scan: ScanTicket,
    *,
    ticket: str,
    question: str,
    colour: str,
    seen: Signals,
    now: datetime,
) -> CheckinResult | AskAgain:
    """Judge an answer, and sign in unless it must be asked again.

    A question of another ticket or one that we did not ask counts as late. Raises what
    check_in_now does.
    """
    asked_at = _asked_at(ticket, question)
    if asked_at is None or asked_at > now:
        return AskAgain(late=True, tries_left=MOST_TRIES)
    found = _judge(scan, colour, asked_at, now)
    if found.late:
        return AskAgain(late=True, tries_left=MOST_TRIES)
    row = run_statement(_ANSWER, _params(token_hash, scan, found, asked_at, now))
    if row is None or not row.is_known:
        raise Unauthenticated
    passed, tries = row.passed or row.is_right, row.no or row.tries
    if not passed and tries < MOST_TRIES:
        return AskAgain(late=row.no is None, tries_left=MOST_TRIES - tries)
    outcome = replace(
        seen,
        relay="passed" if passed else "failed",
        relay_tries=tries,
        relay_seconds=round(found.seconds, 2),
    )
    result = check_in_with_ticket(token_hash, scan, seen=outcome, now=now)
    return replace(result, colour_failed=not passed)


def _params(
    token_hash: bytes, scan: ScanTicket, found: Answer, asked_at: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "token_hash": token_hash,
        "try_id": new_id(),
        "session_id": scan.code.session_id,
        "phase": scan.code.phase.value,
        "asked_at": asked_at,
        "now": now,
        "right": found.right,
        "most": MOST_TRIES,
    }


def _judge(scan: ScanTicket, colour: str, asked_at: datetime, now: datetime) -> Answer:
    key = checkin_code.session_key(get_vault().subkey("checkin"), scan.code.session_id)
    blocks = {relay_trap.block_of(at) for at in (now - relay_trap.GRACE, now)}
    keys = {block: checkin_code.screen_key(key, scan.code.phase, block) for block in blocks}
    return relay_trap.judge(keys, colour, asked_at=asked_at, answered_at=now)


def _asked_at(ticket: str, question: str) -> datetime | None:
    """When a question of ours was asked; None for anything else."""
    moment, _, mac = question[:100].partition(".")
    try:
        asked = int(moment, 16)
        genuine = hmac.compare_digest(mac, _mac(ticket, asked))
        return _EPOCH + asked * _MICROSECOND if genuine else None
    except (ValueError, OverflowError, TypeError):
        return None


def _mac(ticket: str, moment: int) -> str:
    message = f"{ticket}:{moment}".encode()
    raw = hmac.digest(get_vault().subkey("checkin.colour"), message, "sha256")
    return urlsafe_b64encode(raw[:16]).rstrip(b"=").decode()
