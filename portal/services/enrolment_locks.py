"""Locks in the one order that everybody takes them in: person, enrolment, class.

Whoever holds a class must not ask for a person any more; so an act that goes from class to
class or from person to person commits in between.
"""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, TrainingClass
from portal.domain.errors import NotFound
from portal.services.hot import LOCK_PERSON
from portal.services.times import ZONE


def locked_enrolment(session: Session, enrolment_id: UUID) -> Enrolment:
    """The enrolment as it is now, its person and itself locked. Raises NotFound."""
    found = session.get(Enrolment, enrolment_id)
    if found is None:
        raise NotFound
    session.execute(text(LOCK_PERSON), {"person_no": found.person_no})
    return session.get_one(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)


def locked_class(session: Session, class_id: UUID) -> TrainingClass:
    """The class as it is now, locked: nobody else takes a seat or a place in line meanwhile."""
    return session.get_one(TrainingClass, class_id, with_for_update=True, populate_existing=True)


def begins(of: TrainingClass) -> datetime:
    """When the class first meets; the beginning of its first day while that is not planned."""
    return of.meets[0].lower if of.meets else datetime.combine(of.starts_on, time(), ZONE)
