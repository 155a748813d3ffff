"""Trainings of people that come from another portal, as they stand in the archive here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import ArchiveEntry, CarriedHours, Enrolment, Person, TrainingClass
from portal.domain import carry
from portal.domain.permissions import Actor
from portal.services import archive_chain, audit
from portal.services.archive_chain import Entry
from portal.services.one_person import ids_of
from portal.services.teaching import ON_ROSTER

_Other = aliased(Person)


@dataclass(frozen=True, slots=True)
class Brought:
    """A training in force. ``lineage`` are its line and those that it took the place of: hours of
    any of them are hours of the same training. ``is_void``: its certificate has been revoked."""

    entry: Entry
    lineage: tuple[UUID, ...]
    is_void: bool


def brought(session: Session, person_id: UUID) -> list[Brought]:
    """What a person has brought along, oldest first."""
    people = ids_of(session, person_id)
    entries = [entry for one in people for entry in archive_chain.entries_of(session, one)]
    by_id = {entry.id: entry for entry in entries}
    in_force = archive_chain.in_force(entries)
    void = {
        (entry.source_system, entry.detail.get("certificate_number"))
        for entry in in_force
        if entry.detail.get("status") == "revoked"
    }
    return [
        Brought(
            entry,
            _lineage(entry, by_id),
            (entry.source_system, entry.detail.get("certificate_number")) in void,
        )
        for entry in in_force
        if entry.kind == archive_chain.CARRIED and entry.detail.get("subject") == carry.CLASS
    ]


def take_back_void(session: Session, actor: Actor, person_id: UUID, *, now: datetime) -> None:
    """Count no more, where the class is not closed yet, what was accepted of a training whose
    certificate has been revoked since, or that has fewer hours by now."""
    people = ids_of(session, person_id)
    rows = session.execute(
        select(CarriedHours, Enrolment)
        .join(Enrolment, Enrolment.id == CarriedHours.enrolment_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.person_id.in_(people),
            TrainingClass.status != "closed",
            CarriedHours.withdrawn_at.is_(None),
        )
        .with_for_update(of=CarriedHours)
    ).all()
    known = {key: one for one in brought(session, person_id) for key in one.lineage} if rows else {}
    for row, enrolment in rows:
        found = known.get(row.entry_id)
        if found is not None and not found.is_void and row.hours <= (found.entry.hours or 0):
            continue
        row.withdrawn_at, row.withdrawn_by = now, actor.account_id
        audit.record(
            session,
            actor,
            "carried.withdraw",
            now=now,
            object_type="enrolment",
            object_id=enrolment.id,
            on_behalf_of=enrolment.person_id,
            detail={"hours": row.hours},
        )
    session.flush()


def who_brought(session: Session, class_id: UUID) -> list[tuple[Enrolment, Person]]:
    """Those on a roster who may have brought something along, by name."""
    has_any = select(ArchiveEntry.id).where(
        ArchiveEntry.kind == archive_chain.CARRIED, ArchiveEntry.person_id == Person.id
    )
    # Also a record that was merged into this one, or the one that this was merged into.
    merged = select(_Other.id).where(_Other.merged_into == Person.id)
    query = (
        select(Enrolment, Person)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.class_id == class_id,
            Enrolment.status.in_(ON_ROSTER),
            has_any.exists() | Person.merged_into.is_not(None) | merged.exists(),
        )
        .order_by(Person.name_key, Enrolment.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _lineage(entry: Entry, by_id: dict[UUID, Entry]) -> tuple[UUID, ...]:
    found = [entry.id]
    while entry.supersedes in by_id:
        entry = by_id[entry.supersedes]
        found.append(entry.id)
    return tuple(found)
