"""The audit trail as an auditor reads it, itself a read that leaves a row.

An event belongs to the region of the thing it touched, else to the region of the member of staff
who acted. What has neither (a trainee's log-in) is shown to the national auditor only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, cast, func, select, true
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    Account,
    AuditEvent,
    Certificate,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import has, t
from portal.services import audit
from portal.services.scope import region_prefix, the_area
from portal.services.times import local, moment_text

SIZE = 20


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One event in words; names are masked, ``reason`` is what the acting person wrote."""

    id: UUID
    at: datetime
    when: str
    who: str
    role: str
    action: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trail:
    """Events, newest first; ``older`` is what to pass as ``before`` for more, None at the end."""

    entries: tuple[TrailEntry, ...]
    older: UUID | None


def read_trail(
    session: Session, actor: Actor, *, before: UUID | None = None, now: datetime
) -> Trail:
    """A page of the trail of the auditor's region, older than the event ``before``."""
    actor.require(Permission.READ_AUDIT)
    subject = aliased(Person)
    query = (
        select(AuditEvent, Person.name, subject.name)
        .outerjoin(Account, Account.id == AuditEvent.actor_account_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .outerjoin(Institution, Institution.id == Account.institution_id)
        .outerjoin(subject, subject.id == AuditEvent.on_behalf_of)
        .where(_in_scope(the_area(actor)))
        # Ids grow with time, so they page without counting.
        .order_by(AuditEvent.id.desc())
        .limit(SIZE + 1)
    )
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = session.execute(query).all()
    shown = tuple(_entry(*row) for row in rows[:SIZE])
    audit.record(
        session,
        actor,
        "audit.read",
        now=now,
        object_type="audit_event",
        fields_read=("name", "action", "reason"),
        detail={"count": len(shown), "before": None if before is None else str(before)},
    )
    return Trail(shown, shown[-1].id if len(rows) > SIZE else None)


def _in_scope(area: str) -> Any:
    prefix = region_prefix(area)
    if not prefix:
        return true()
    region = func.coalesce(_region_of_object(), Account.region_code, Institution.region_code)
    return region.startswith(prefix, autoescape=True)


def _region_of_object() -> Any:
    """The region of what was touched. Only these kinds of object carry ids that can be cast."""
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


def _entry(event: AuditEvent, who: str | None, subject: str | None) -> TrailEntry:
    return TrailEntry(
        id=event.id,
        at=event.at,
        when=f"{local(event.at).year}年{moment_text(event.at)}",
        who=mask_name(who) if who else "",
        role=_label("role", event.actor_role),
        action=_label("action", event.action),
        subject=mask_name(subject) if subject else "",
        reason=event.reason or "",
    )


def _label(table: str, code: str) -> str:
    """The word for a code; a kind of event newer than the words is shown as another one."""
    key = f"admin.{table}.{code}"
    return t(key) if has(key) else t(f"admin.{table}.other")
