"""Checking in: the hot act that records a sign-in or sign-out in one SQL statement.

One event a person, session and phase: a repeated scan answers the first result. The scan's own
moment (``occurred_at``) is judged, so that a slow link or a log-in after the scan costs nobody
an hour.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from portal.db.ids import new_id
from portal.db.models.classes import LIVE
from portal.db.vault import get_vault
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import Forbidden, NotFound, NotOnRoster, OutsideWindow, Unauthenticated
from portal.domain.masking import mask_name
from portal.domain.permissions import GRANTS, Permission, Role
from portal.services.hot import WHO, run_statement, run_statement_async
from portal.services.signals import NOTHING, Signals
from portal.services.windows import next_opening

ROLES = [role.value for role in Role if Permission.CHECK_IN in GRANTS[role]]
_ALLOWED = ", ".join(f"'{role}'" for role in ROLES)
# A try is lost only to the same person's other request in the same instant.
_TRIES = 5
# Crockford's alphabet: no letter that is read as a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# The windows as in domain.attendance.phase_open: sign-in ends before its last moment, sign-out
# includes it; a roll-call has its own. Signing out without having signed in is recorded; the
# sheet shows it as odd.
_IN_WINDOW = """CASE :phase
    WHEN 'in' THEN s.sign_in_from <= :occurred_at AND :occurred_at < s.sign_in_until
    WHEN 'mid' THEN EXISTS (SELECT FROM session_call k WHERE k.session_id = s.id
         AND k.called_at <= :occurred_at AND :occurred_at < k.closes_at)
    ELSE s.sign_out_from <= :occurred_at AND :occurred_at <= s.sign_out_until END"""

# A guest makes up a session of their own class here and is recorded under their own enrolment;
# who has joined this class since is no guest any more: one event a person, never two. Who named
# the wrong colour and then came by a way that cannot ask has failed, not skipped, the question.
_CHECK_IN = text(
    f"""
WITH {WHO}, s AS (
    SELECT s.id, s.class_id, s.seq_no, s.starts_at, s.ends_at, s.sign_in_from, s.late_after,
           s.sign_in_until, s.sign_out_from, s.sign_out_until, c.title,
           COALESCE(k.relay_trap, FALSE) AS relay_trap
      FROM training_session s JOIN training_class c ON c.id = s.class_id
      LEFT JOIN class_checkin k ON k.class_id = c.id
     WHERE s.id = :session_id AND c.status NOT IN ('draft', 'cancelled')
), mine AS (
    SELECT id, person_id, class_id FROM (
        SELECT e.id, e.person_id, e.class_id, FALSE AS is_guest FROM who, s
          JOIN enrolment e ON e.class_id = s.class_id
         WHERE e.person_id = ANY(who.person_id || who.merged)
           AND e.{LIVE} AND who.role IN ({_ALLOWED})
        UNION ALL
        SELECT e.id, e.person_id, e.class_id, TRUE FROM who, s
          JOIN makeup m ON m.at_session_id = s.id AND m.state IN ('planned', 'attended')
          JOIN enrolment e ON e.id = m.enrolment_id
         WHERE m.person_id = ANY(who.person_id || who.merged)
           AND e.{LIVE} AND who.role IN ({_ALLOWED})
    ) AS places ORDER BY is_guest, id LIMIT 1
), new AS (
    INSERT INTO attendance_event (id, session_id, enrolment_id, person_id, phase, method,
           occurred_at, server_at, actor_account_id, receipt, offline)
    SELECT :event_id, s.id, mine.id, mine.person_id, :phase, :method,
           :occurred_at, :now, who.account_id, :receipt, :offline
      FROM who, s, mine WHERE {_IN_WINDOW}
    ON CONFLICT (session_id, enrolment_id, phase) DO NOTHING
    RETURNING id, occurred_at, receipt
), looks AS (
    INSERT INTO attendance_signal (event_id, session_id, device, network, moved_login, band, spot,
           code_age, relay, relay_tries, relay_seconds, clock_off)
    SELECT new.id, s.id, :device, :network, who.device_hash IS NOT NULL
           AND who.device_hash IS DISTINCT FROM CAST(:device AS bytea), :band,
           :spot, :code_age, COALESCE(:relay, CASE WHEN NOT s.relay_trap THEN NULL
           WHEN EXISTS (SELECT FROM relay_try t WHERE t.session_id = s.id
                AND t.person_id = who.person_id AND t.phase = :phase AND NOT t."right")
           THEN 'failed' ELSE 'skipped' END),
           :relay_tries, :relay_seconds, :clock_off
      FROM new, s, who
), trace AS (
    INSERT INTO audit_event (id, at, actor_account_id, actor_role, on_behalf_of, action,
           object_type, object_id, detail)
    SELECT :audit_id, :now, who.account_id, who.role, who.person_id,
           CASE :phase WHEN 'in' THEN 'checkin.sign_in' WHEN 'mid' THEN 'checkin.roll_call'
                       ELSE 'checkin.sign_out' END,
           'training_session', CAST(:session_id AS text), jsonb_build_object('event', new.id)
      FROM who, new
)
SELECT who.role, who.name, s.*, s.id AS session_id, mine.id AS enrolment_id, {_IN_WINDOW} AS open,
       new.id AS new_id, COALESCE(new.occurred_at, old.occurred_at) AS recorded_at,
       COALESCE(new.receipt, old.receipt) AS receipt, c.hours AS class_hours, c.id AS own_class_id,
       (SELECT COALESCE(sum(r.credited_hours), 0) FROM attendance_record r
         WHERE r.enrolment_id = mine.id) AS credited
  FROM (SELECT) AS nothing
  LEFT JOIN who ON TRUE LEFT JOIN s ON TRUE LEFT JOIN mine ON TRUE LEFT JOIN new ON TRUE
  LEFT JOIN training_class c ON c.id = mine.class_id
  LEFT JOIN attendance_event old
    ON old.session_id = s.id AND old.enrolment_id = mine.id AND old.phase = :phase
"""  # noqa: S608 - only constants of our own
)


@dataclass(frozen=True, slots=True)
class CheckinResult:
    """What was recorded, as the person is told.

    ``recorded_at`` is the moment that counts: that of the scan. ``punctuality`` is ``on_time`` or
    ``late`` (a sign-out is always on time), ``minutes_late`` counts from the session's start.
    ``hours_credited`` are the confirmed 课时 so far, of ``hours_planned`` in the person's own
    class (``own_class_id``), which differs from the session's when they make up one.
    """

    session_id: UUID
    enrolment_id: UUID
    phase: str
    recorded_at: datetime
    repeated: bool
    name_masked: str
    class_title: str
    seq_no: int
    starts_at: datetime
    ends_at: datetime
    punctuality: str
    minutes_late: int
    sign_out_from: datetime
    sign_out_until: datetime
    hours_credited: int
    hours_planned: int
    own_class_id: UUID
    receipt: str
    # The colour on the screen was named wrongly three times; the instructor looks at the row.
    colour_failed: bool = False


def check_in_now(
    token_hash: bytes,
    *,
    session_id: UUID,
    phase: Phase,
    occurred_at: datetime,
    method: Method,
    now: datetime,
    seen: Signals = NOTHING,
    offline: bool = False,
) -> CheckinResult:
    """Record the coming or leaving of whoever holds the login token.

    The caller has proved by code, ticket or digits that the person was there at ``occurred_at``.
    Raises Unauthenticated, Forbidden, NotFound, NotOnRoster, OutsideWindow.
    """
    scan = _Scan(token_hash, session_id, phase, occurred_at, method, now, seen, offline)
    for _ in range(_TRIES):
        if result := _conclude(run_statement(_CHECK_IN, scan.params()), scan):
            return result
    raise RuntimeError("a check-in was neither recorded nor refused")


async def check_in_async(
    token_hash: bytes,
    *,
    session_id: UUID,
    phase: Phase,
    occurred_at: datetime,
    method: Method,
    now: datetime,
    seen: Signals = NOTHING,
    offline: bool = False,
) -> CheckinResult:
    """``check_in_now`` on the event loop, for the route that a whole class calls at once."""
    scan = _Scan(token_hash, session_id, phase, occurred_at, method, now, seen, offline)
    for _ in range(_TRIES):
        if result := _conclude(await run_statement_async(_CHECK_IN, scan.params()), scan):
            return result
    raise RuntimeError("a check-in was neither recorded nor refused")


@dataclass(frozen=True, slots=True)
class _Scan:
    """Who scanned what and when: the same for every try of one check-in."""

    token_hash: bytes
    session_id: UUID
    phase: Phase
    occurred_at: datetime
    method: Method
    now: datetime
    seen: Signals
    offline: bool

    def params(self) -> dict[str, Any]:
        """The parameters of one try, with fresh ids."""
        event_id = new_id()
        return {
            "token_hash": self.token_hash,
            "session_id": self.session_id,
            "phase": self.phase.value,
            "occurred_at": self.occurred_at,
            "method": self.method.value,
            "now": self.now,
            "offline": self.offline,
            "event_id": event_id,
            "receipt": receipt_of(event_id),
            "audit_id": new_id(),
            **self.seen.params(),
        }


def _conclude(row: Any, scan: _Scan) -> CheckinResult | None:
    """The result of a try, its refusal raised, or None when it must be run again."""
    if row is None:
        return None
    if row.recorded_at is not None:
        return _result(row, scan.phase)
    _refuse(row, scan.phase, scan.now)
    return None


def receipt_of(event_id: UUID) -> str:
    """A short code for the event that only we can make: 7KQ2-M4XP."""
    mac = hmac.digest(get_vault().subkey("receipt"), event_id.bytes, "sha256")
    letters = "".join(_ALPHABET[byte % 32] for byte in mac[:8])
    return f"{letters[:4]}-{letters[4:]}"


def _refuse(row: Row[Any], phase: Phase, now: datetime) -> None:
    """Raise what stood in the way; nothing when it was only a race, to be run again."""
    if row.role is None:
        raise Unauthenticated
    if row.role not in ROLES:
        raise Forbidden
    if row.session_id is None:
        raise NotFound
    if row.enrolment_id is None:
        raise NotOnRoster(title=row.title)
    if not row.open:
        raise OutsideWindow(phase=phase.value, opens_at=next_opening(row, now))


def _result(row: Row[Any], phase: Phase) -> CheckinResult:
    late = phase is Phase.IN and row.recorded_at > row.late_after
    return CheckinResult(
        session_id=row.session_id,
        enrolment_id=row.enrolment_id,
        phase=phase.value,
        recorded_at=row.recorded_at,
        repeated=row.new_id is None,
        name_masked=mask_name(row.name),
        class_title=row.title,
        seq_no=row.seq_no,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        punctuality="late" if late else "on_time",
        minutes_late=(row.recorded_at - row.starts_at) // timedelta(minutes=1) if late else 0,
        sign_out_from=row.sign_out_from,
        sign_out_until=row.sign_out_until,
        hours_credited=row.credited,
        hours_planned=row.class_hours,
        own_class_id=row.own_class_id,
        receipt=row.receipt,
    )
