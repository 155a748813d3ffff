"""What moves on the room's screen between two codes, cheap enough to be asked all the time.

A hot act in one statement that checks the login itself: 200 screens that follow every scan ask
some 300 times a second.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from portal.domain.checkin_code import Phase
from portal.domain.errors import Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import GRANTS, Permission, Role
from portal.services.code_claims import seq_after
from portal.services.hot import run_statement_async
from portal.services.windows import phase_now

_ROLES = {role.value for role in Role if Permission.RUN_SESSION in GRANTS[role]}

# Whose sessions are theirs: as teaching.own_sessions. Nothing is locked, unlike hot.WHO does.
_PULSE = text(
    """
WITH who AS (
    SELECT a.role, a.institution_id
      FROM login_session l JOIN account a ON a.id = l.account_id
     WHERE l.token_hash = :token_hash AND l.revoked_at IS NULL AND l.expires_at > :now
       AND a.status = 'active'
), own AS (
    SELECT s.id, s.starts_at, s.ends_at, s.hours, s.sign_in_from, s.late_after, s.sign_in_until,
           s.sign_out_from, s.sign_out_until,
           COALESCE(k.new_code_per_scan, FALSE) AS new_code_per_scan,
           EXISTS (SELECT FROM session_call m WHERE m.session_id = s.id
                      AND m.called_at <= :now AND :now < m.closes_at) AS is_called
      FROM who
      JOIN training_class c ON c.institution_id = who.institution_id
      JOIN training_session s ON s.class_id = c.id
      LEFT JOIN class_checkin k ON k.class_id = c.id
     WHERE s.id = :session_id AND c.status NOT IN ('draft', 'cancelled')
)
SELECT who.role, own.*,
       (SELECT jsonb_object_agg(n.phase, n.people) FROM (
            SELECT e.phase, count(*) AS people FROM attendance_event e
             WHERE e.session_id = own.id GROUP BY e.phase) AS n) AS people,
       (SELECT jsonb_object_agg(n.phase, n.claims) FROM (
            SELECT c.phase, count(*) AS claims FROM code_claim c
             WHERE c.session_id = own.id AND own.new_code_per_scan
             GROUP BY c.phase) AS n) AS claims
  FROM who LEFT JOIN own ON TRUE
"""
)


@dataclass(frozen=True, slots=True)
class Pulse:
    """``phase``, ``seq`` and ``count`` (with guests) as in room_screen.ScreenCode."""

    phase: str | None
    seq: int
    count: int


async def pulse(token_hash: bytes, *, session_id: UUID, now: datetime) -> Pulse:
    """The pulse of an own session, to staff. Raises Unauthenticated, Forbidden, NotFound."""
    params = {"token_hash": token_hash, "session_id": session_id, "now": now}
    row = await run_statement_async(_PULSE, params)
    if row is None:
        raise Unauthenticated
    if row.role not in _ROLES:
        raise Forbidden
    if row.id is None:
        raise NotFound
    phase = Phase.MID if row.is_called else phase_now(row, now)
    return Pulse(
        phase=phase.value if phase else None,
        seq=_seq(row, phase),
        count=(row.people or {}).get(phase or Phase.IN, 0),
    )


def _seq(row: Any, phase: Phase | None) -> int:
    if phase is None or not row.new_code_per_scan:
        return 0
    return seq_after((row.claims or {}).get(phase, 0))
