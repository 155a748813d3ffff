"""Sign-ins with what they looked like, as the odd rows and the score read them.

Signals are gone 90 days after the confirmation (``forget_signals`` of ``risk_scores``): then an
event stands here without any, and nothing speaks against anybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.models import AttendanceEvent, AttendanceSignal, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import BY_ONESELF, Method
from portal.domain.risk.facts import Elsewhere
from portal.services.signals import metres_between


class SignIn(NamedTuple):
    """An event of any phase with its signals; ``actor`` is the account that wrote it."""

    session_id: UUID
    enrolment_id: UUID
    phase: Phase
    method: Method
    at: datetime
    offline: bool
    actor: UUID | None
    device: bytes | None
    network: bytes | None
    moved_login: bool
    band: str | None
    spot: bytes | None
    code_age: float | None
    relay: str | None
    relay_seconds: float | None
    clock_off: float | None

    @property
    def is_own(self) -> bool:
        """Whether the person did it, and nobody for them."""
        return self.method in BY_ONESELF


def sign_ins_of(session: Session, session_ids: Iterable[UUID]) -> list[SignIn]:
    """All events of these sessions in one query, in order of time."""
    event, signal = AttendanceEvent, AttendanceSignal
    query = (
        select(
            event.session_id,
            event.enrolment_id,
            event.phase,
            event.method,
            event.occurred_at,
            event.offline,
            event.actor_account_id,
            signal.device,
            signal.network,
            signal.moved_login,
            signal.band,
            signal.spot,
            signal.code_age,
            signal.relay,
            signal.relay_seconds,
            signal.clock_off,
        )
        .outerjoin(signal, signal.event_id == event.id)
        .where(event.session_id.in_(list(session_ids)))
        .order_by(event.occurred_at, event.id)
    )
    return [_sign_in(*row) for row in session.execute(query)]


def _sign_in(
    session_id: UUID, enrolment_id: UUID, phase: str, method: str, *known: object
) -> SignIn:
    values = (session_id, enrolment_id, Phase(phase), Method(method), *known)
    found = SignIn(*values)  # type: ignore[arg-type]
    return found._replace(moved_login=bool(found.moved_login))


def phones_before(session: Session, meeting: TrainingSession) -> Mapping[UUID, frozenset[bytes]]:
    """The phones with which people signed in themselves in earlier sessions of the class.

    By enrolment, as keyed hashes; who never did is not in it.
    """
    event, signal = AttendanceEvent, AttendanceSignal
    query = (
        select(event.enrolment_id, signal.device)
        .join(signal, signal.event_id == event.id)
        .join(TrainingSession, TrainingSession.id == event.session_id)
        .where(
            TrainingSession.class_id == meeting.class_id,
            TrainingSession.starts_at < meeting.starts_at,
            event.method.in_([method.value for method in BY_ONESELF]),
        )
        .distinct()
    )
    found: defaultdict[UUID, set[bytes]] = defaultdict(set)
    for enrolment_id, device in session.execute(query):
        if device is not None:
            found[enrolment_id].add(device)
    return {who: frozenset(devices) for who, devices in found.items()}


# The event just before each sign-in by the same person, in a session of another class, where both
# classes told where they meet. Enrolments lead to it: events have no index by person.
_BEFORE = text("""
SELECT e.session_id, e.enrolment_id, b.occurred_at AS left_at,
       here.venue_lat AS lat, here.venue_lon AS lon,
       there.venue_lat AS other_lat, there.venue_lon AS other_lon
  FROM attendance_event e
  JOIN training_session s ON s.id = e.session_id
  JOIN class_checkin here ON here.class_id = s.class_id AND here.venue_lat IS NOT NULL
 CROSS JOIN LATERAL (
       SELECT v.session_id, v.occurred_at
         FROM enrolment o JOIN attendance_event v ON v.enrolment_id = o.id
        WHERE o.person_id = e.person_id AND v.session_id <> e.session_id
          AND v.occurred_at < e.occurred_at
        ORDER BY v.occurred_at DESC LIMIT 1) b
  JOIN training_session t ON t.id = b.session_id AND t.class_id <> s.class_id
  JOIN class_checkin there ON there.class_id = t.class_id AND there.venue_lat IS NOT NULL
 WHERE e.session_id = ANY(:sessions) AND e.phase = 'in'
""")

Journeys = Mapping[tuple[UUID, UUID], Elsewhere]


def journeys_of(session: Session, session_ids: Iterable[UUID]) -> Journeys:
    """Where people came from, by session and enrolment; only where both rooms are known.

    Who only signed in there is taken to have left at once, which favours the person.
    """
    rows = session.execute(_BEFORE, {"sessions": list(session_ids)})
    return {
        (row.session_id, row.enrolment_id): Elsewhere(
            row.left_at,
            metres_between((row.other_lat, row.other_lon), (row.lat, row.lon)) / 1_000,
        )
        for row in rows
    }
