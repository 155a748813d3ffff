"""What stands in the way of anybody's enrolment, whatever the rules say and whoever acts.

The same refusals as the hot act gives (``enrolment``), for those who enrol in a unit of work.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Enrolment, Person, TrainingClass
from portal.db.models.classes import OPEN, SEATED
from portal.domain.errors import AlreadyEnrolled, EnrolmentClosed, Forbidden, TimeConflict
from portal.domain.permissions import GRANTS, Permission, Role
from portal.locale import t
from portal.services import times
from portal.services.listing import listing_of
from portal.services.one_person import same_person


def must_be_trainee(session: Session, person_id: UUID) -> None:
    """Raise Forbidden for staff: nobody learns by the account of their work."""
    roles = session.scalars(select(Account.role).where(same_person(Account.person_id, person_id)))
    if any(Permission.ENROL not in GRANTS[Role(role)] for role in roles):
        raise Forbidden


def staff_among(session: Session, ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these people who have an account for their work, and so learn by no list."""
    if not ids:
        return frozenset()
    learners = [role.value for role in Role if Permission.ENROL in GRANTS[role]]
    query = (
        select(func.coalesce(Person.merged_into, Person.id))
        .join(Account, Account.person_id == Person.id)
        .where(Person.id.in_(ids) | Person.merged_into.in_(ids), Account.role.not_in(learners))
    )
    return frozenset(session.scalars(query))


def must_not_be_in(session: Session, person_id: UUID, class_id: UUID) -> None:
    """Raise AlreadyEnrolled when the person has an open place in the class."""
    found = session.scalar(
        select(Enrolment.id).where(
            same_person(Enrolment.person_id, person_id),
            Enrolment.class_id == class_id,
            Enrolment.status.in_(OPEN),
        )
    )
    if found is not None:
        raise AlreadyEnrolled(enrolment_id=found)


def must_be_open(session: Session, of: TrainingClass, now: datetime) -> None:
    """Raise EnrolmentClosed unless the class takes people now."""
    if not listing_of(session, of.institution_id, today=times.day_of(now)).takes_trainees:
        raise EnrolmentClosed(why=t("enrol.closed_institution"))
    if of.status != "enrolling":
        raise EnrolmentClosed(why=t("enrol.closed_class"))
    if now < of.enrol_from:
        opens = times.moment_text(of.enrol_from)
        raise EnrolmentClosed(why=t("enrol.closed_not_yet", opens=opens))
    if now >= of.enrol_until:
        raise EnrolmentClosed(why=t("enrol.closed_over"))


def must_have_time(session: Session, person_id: UUID, of: TrainingClass) -> None:
    """Raise TimeConflict naming the class at the same time, of those that hold a seat.

    The person's lock is held, so none can come in between; the database would refuse it, too.
    """
    title = session.scalar(
        select(TrainingClass.title)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            same_person(Enrolment.person_id, person_id),
            Enrolment.status.in_(SEATED),
            Enrolment.busy.op("&&")(of.meets),
        )
        .order_by(Enrolment.created_at)
        .limit(1)
    )
    if title is not None:
        raise TimeConflict(title=title)
