"""How often one person may ask an officer to set a rule aside (原则上) at the same time.

Whoever asks holds a seat, or a place in line, that no limit of subsidies bounds until an officer
has decided: without an end, one person could keep the seats of every class from everybody.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import EligibilityDecision, Enrolment
from portal.domain.errors import NotEligible
from portal.locale import t
from portal.services.one_person import same_person

MOST: Final = 3
_UNDECIDED: Final = ("needs_review", "waitlisted", "offered")
_HOLD = text(
    "SELECT pg_advisory_xact_lock(7461, CAST(k.no & 2147483647 AS int))"
    " FROM person p JOIN person k ON k.id = COALESCE(p.merged_into, p.id) WHERE p.id = :id"
)


def hold(session: Session, person_id: UUID) -> None:
    """Take the person's lock (``hot.LOCK_PERSON``); what comes next sees all that others did."""
    session.execute(_HOLD, {"id": person_id})


def hold_and_check(session: Session, person_id: UUID) -> None:
    """``must_be_few`` after taking the person's lock (``hot.LOCK_PERSON``): of several that ask
    at the same instant, each counts those before it."""
    hold(session, person_id)
    must_be_few(session, person_id)


def must_be_few(session: Session, person_id: UUID) -> None:
    """Raise NotEligible when the person, who is held, waits for ``MOST`` such decisions."""
    refused = select(EligibilityDecision.enrolment_id).where(
        EligibilityDecision.verdict == "not_eligible"
    )
    asked = select(func.count()).where(
        same_person(Enrolment.person_id, person_id),
        Enrolment.status.in_(_UNDECIDED),
        Enrolment.id.in_(refused),
    )
    if (session.scalar(asked) or 0) >= MOST:
        raise NotEligible(why=t("enrol.asked_often", most=MOST))
