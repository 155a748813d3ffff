"""Taps that came in late by upload, for a time at which there evidently was a link.

A device without a link uploads by itself as soon as it has one. Who taps in the evening for the
morning can say any time; the room of the morning tells whether there was a link then.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import AttendanceEvent, AuditEvent, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.services.sign_ins import SignIn

# What comes in within this time was as good as tapped with a link.
_AT_ONCE = timedelta(minutes=10)
# One phone may have found a signal at the window.
_FEWEST_LINKED = 2


def late_taps(
    session: Session, meeting: TrainingSession, signed: Sequence[SignIn]
) -> frozenset[UUID]:
    """The enrolments of such taps; ``signed`` is all of the session.

    There was a link where others signed in with one in the same phase, or where the account that
    tapped did something with one just afterwards and yet did not upload. What it did before
    proves nothing: staff fetch the list at the door and go down into the basement.
    """
    if not any(one.offline and one.method is Method.MANUAL for one in signed):
        return frozenset()
    linked = defaultdict[Phase, set[UUID]](set)
    for one in signed:
        if one.is_own and not one.offline:
            linked[one.phase].add(one.enrolment_id)
    return frozenset(
        enrolment_id
        for enrolment_id, phase, was_online in _taps(session, meeting)
        if was_online or len(linked[phase] - {enrolment_id}) >= _FEWEST_LINKED
    )


def _taps(session: Session, meeting: TrainingSession) -> list[tuple[UUID, Phase, bool]]:
    """Taps that came in late, and whether their account was online just after each."""
    tap = AttendanceEvent
    was_online = exists().where(
        AuditEvent.actor_account_id == tap.actor_account_id,
        AuditEvent.at > tap.occurred_at,
        AuditEvent.at <= tap.occurred_at + _AT_ONCE,
    )
    query = select(tap.enrolment_id, tap.phase, was_online).where(
        tap.session_id == meeting.id,
        tap.method == Method.MANUAL.value,
        tap.offline,
        tap.server_at > tap.occurred_at + _AT_ONCE,
    )
    return [(who, Phase(phase), online) for who, phase, online in session.execute(query)]
