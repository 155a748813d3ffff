"""The audit trail as an auditor reads it, itself a read that leaves a row.

An event belongs to the region of the thing it touched, else to the region of the member of staff
who acted. What has neither (a trainee's log-in) is shown to the national auditor only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Account, AuditEvent, Person
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import has, t
from portal.services import audit
from portal.services.access_words import purpose
from portal.services.audit_trail import search
from portal.services.audit_trail.standing import Standing, standings
from portal.services.audit_trail.wanted import Asked, Wanted, understand
from portal.services.scope import the_area
from portal.services.times import local, moment_text

SIZE = 20
_FIELDS = ("name", "action", "reason")
_EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One event in words; names are masked, ``reason`` is what the acting person wrote, ``no`` its
    number, ``standing`` how sure it is that nobody touched it since."""

    id: UUID
    at: datetime
    when: str
    who: str
    role: str
    action: str
    purpose: str
    subject: str
    reason: str
    no: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Trail:
    """Events, newest first; ``older`` is what to pass as ``before`` for more, None at the end."""

    entries: tuple[TrailEntry, ...]
    older: UUID | None


def read_trail(
    session: Session,
    actor: Actor,
    *,
    before: UUID | None = None,
    wanted: Wanted = _EVERYTHING,
    now: datetime,
) -> Trail:
    """A page of the trail of the auditor's region, older than the event ``before``.

    A search for people leaves a row about each of them. Raises BadInput (person, since, until),
    NotFound for a ``before`` that is no event.
    """
    actor.require(Permission.READ_AUDIT)
    area = the_area(actor)
    asked = understand(session, wanted, now=now)
    spot = None
    if before is not None:
        spot = search.spot_of(session, before)
        if spot is None:
            raise NotFound
    found = search.find(session, area, asked, before=spot, most=SIZE + 1)
    shown = _entries(session, found[:SIZE])
    detail: dict[str, Any] = {
        "count": len(shown),
        "before": None if before is None else str(before),
        "by": list(wanted.named),
    }
    note_reading(session, actor, asked, "audit.read", detail=detail, now=now)
    return Trail(shown, shown[-1].id if len(found) > SIZE else None)


def note_reading(
    session: Session,
    actor: Actor,
    asked: Asked,
    action: str,
    *,
    detail: dict[str, Any],
    now: datetime,
    reason: str | None = None,
    object_id: UUID | None = None,
) -> None:
    """Write down a look into the trail: once, or once for each person who was looked for."""
    for person in asked.people or (None,):
        audit.record(
            session,
            actor,
            action,
            now=now,
            object_type="audit_event",
            object_id=object_id,
            on_behalf_of=person,
            fields_read=_FIELDS,
            reason=reason,
            detail=detail,
        )


def _entries(session: Session, numbers: list[int]) -> tuple[TrailEntry, ...]:
    subject = aliased(Person)
    query = (
        select(AuditEvent, Person.name, subject.name)
        .outerjoin(Account, Account.id == AuditEvent.actor_account_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .outerjoin(subject, subject.id == AuditEvent.on_behalf_of)
        .where(AuditEvent.no.in_(numbers))
        .order_by(AuditEvent.at.desc(), AuditEvent.no.desc())
    )
    rows = session.execute(query).all()
    standing = standings(session, [event.no for event, *_ in rows])
    return tuple(_entry(*row, standing[row[0].no]) for row in rows)


def _entry(
    event: AuditEvent, who: str | None, subject: str | None, standing: Standing
) -> TrailEntry:
    return TrailEntry(
        id=event.id,
        at=event.at,
        when=f"{local(event.at).year}年{moment_text(event.at)}",
        who=mask_name(who) if who else "",
        role=label("role", event.actor_role),
        action=label("action", event.action),
        purpose=purpose(event.action),
        subject=mask_name(subject) if subject else "",
        reason=event.reason or "",
        no=event.no,
        standing=standing,
    )


def label(table: str, code: str) -> str:
    """The word for a code; a kind of event newer than the words is shown as another one."""
    key = f"admin.{table}.{code}"
    return t(key) if has(key) else t(f"admin.{table}.other")
