"""To which region a row of the trail belongs: that of what was touched, else of who acted.

What has neither (a trainee's log-in) is shown to the national auditor only.
"""

from typing import Any

from sqlalchemy import case, cast, func, select, true
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from portal.db.models import (
    Account,
    AuditEvent,
    Certificate,
    Enrolment,
    Institution,
    TrainingClass,
    TrainingSession,
)
from portal.services.scope import region_prefix


def region_now() -> Any:
    """The region of an event as its rows say now, None for none."""
    return func.coalesce(_of_object(), _of_actor())


def within(area: str, region: Any) -> Any:
    """Whether a region lies in an area; with no region at all only in the whole country."""
    prefix = region_prefix(area)
    return region.startswith(prefix, autoescape=True) if prefix else true()


def _of_actor() -> Any:
    return (
        select(func.coalesce(Account.region_code, Institution.region_code))
        .select_from(Account)
        .outerjoin(Institution, Institution.id == Account.institution_id)
        .where(Account.id == AuditEvent.actor_account_id)
        .correlate(AuditEvent)
        .scalar_subquery()
    )


def _of_object() -> Any:
    """Only these kinds of object carry ids that can be cast."""
    key = cast(AuditEvent.object_id, PG_UUID(as_uuid=True))
    of_class = select(TrainingClass.region_code)
    by_kind = {
        "training_class": of_class.where(TrainingClass.id == key),
        "training_session": of_class.join(
            TrainingSession, TrainingSession.class_id == TrainingClass.id
        ).where(TrainingSession.id == key),
        "enrolment": of_class.join(Enrolment, Enrolment.class_id == TrainingClass.id).where(
            Enrolment.id == key
        ),
        "certificate": select(func.substr(Certificate.number, 3, 6)).where(Certificate.id == key),
    }
    return case(
        *[
            (AuditEvent.object_type == kind, query.correlate(AuditEvent).scalar_subquery())
            for kind, query in by_kind.items()
        ]
    )
