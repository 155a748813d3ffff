"""Two records that are one person, compared and counted as one; for 30 days it can be undone.

One officer asks for it and another confirms it: see ``person_merge_requests``.

Nothing is rewritten: ``Person.merged_into`` links the two, and whoever reads all of a person reads
both (``one_person``). What is new afterwards hangs on the record that is kept; what was begun
under the other stays with it, so that undoing leaves each with its own.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Person, PersonMerge
from portal.documents.signature import canonical
from portal.domain.errors import NotFound, PortalError
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import (
    facts_scope,
    notices,
    person_conflicts,
    person_finding,
    person_merge_rows,
    person_parting,
    person_stays,
)
from portal.services.person_conflicts import Conflict, Side
from portal.services.person_stays import Stays
from portal.services.reasons import clean_reason
from portal.services.times import day_of

# Long enough for a mistake to be noticed by whom it concerns, short enough to be sure afterwards.
UNDO_FOR = timedelta(days=30)
# Of a reason.
SHORTEST = 4
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """Both side by side. ``seen`` stands for the conflicts: who asks or confirms has read them."""

    kept: Side
    merged: Side
    conflicts: tuple[Conflict, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Both, found by their numbers; else which of the two was not (1, 2), or why they cannot be
    merged. Neither is raised, because the searches must be kept: the caller raises ``refusal``
    once the transaction is committed."""

    preview: Preview | None = None
    missing: int = 0
    refusal: PortalError | None = None


@dataclass(frozen=True, slots=True)
class MergeView:
    """A merge as officers see it; ``stays`` is what remains with the kept record when undone."""

    id: UUID
    kept_masked: str
    merged_masked: str
    reason: str
    at: datetime
    last_day: date
    can_undo: bool
    undone_at: datetime | None
    stays: Stays


def preview(
    session: Session, actor: Actor, *, kept_id: UUID, merged_id: UUID, now: datetime
) -> Preview:
    """What an officer must see before asking or confirming.

    Raises NotFound, Forbidden, MergeRefused.
    """
    actor.require(Permission.KEEP_PERSONS)
    kept, merged = (
        person_merge_rows.in_reach_or_raise(session, actor, one) for one in (kept_id, merged_id)
    )
    person_merge_rows.must_be_mergeable(session, kept, merged)
    fields = ("name", "id_no", "phone", "enrolments", "certificates", "archive", "subsidies")
    for one in (kept, merged):
        person_merge_rows.trace(
            session, actor, "person.compare", one, one.id, now, fields_read=fields
        )
    conflicts = person_conflicts.between(session, kept, merged)
    return Preview(
        kept=person_conflicts.side_of(session, kept),
        merged=person_conflicts.side_of(session, merged),
        conflicts=conflicts,
        seen=seen_of(conflicts),
    )


def compare(
    session: Session, actor: Actor, *, kept_number: str, merged_number: str, now: datetime
) -> Compared:
    """``preview`` of two people whose numbers the officer has before them.

    Raises BadInput (id_no), SearchLimit, Forbidden (oneself).
    """
    actor.require(Permission.KEEP_PERSONS)
    found = []
    for which, number in enumerate((kept_number, merged_number), 1):
        person = person_finding.find(session, actor, number=number, now=now)
        if person is None:
            return Compared(missing=which)
        found.append(person.id)
    try:
        return Compared(preview(session, actor, kept_id=found[0], merged_id=found[1], now=now))
    except MergeRefused as refused:
        return Compared(refusal=refused)


def seen_of(conflicts: tuple[Conflict, ...]) -> str:
    """A short name for exactly these conflicts."""
    return seen_in(as_kept(conflicts))


def as_kept(conflicts: tuple[Conflict, ...]) -> dict[str, Any]:
    """The conflicts as rows hold them."""
    return {"found": [asdict(one) for one in conflicts]}


def seen_in(held: dict[str, Any]) -> str:
    """The same short name, of conflicts as a row holds them."""
    return hashlib.sha256(canonical(held)).hexdigest()[:16]


def undo(
    session: Session, actor: Actor, *, merge_id: UUID, reason: str, now: datetime
) -> MergeView:
    """Make two of them again; the same again changes nothing. What ends: ``person_parting``.

    Raises NotFound, Forbidden, BadInput (reason), MergeRefused after ``UNDO_FOR``.
    """
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=SHORTEST)
    found = session.get(PersonMerge, merge_id)
    if found is None:
        raise NotFound
    kept, merged = person_merge_rows.locked(session, actor, found.kept_id, found.merged_id)
    made = session.get_one(PersonMerge, merge_id, with_for_update=True, populate_existing=True)
    if made.undone_at is not None:
        return view_of(session, made, now)
    if now >= made.undo_until:
        raise MergeRefused(why=t("persons.refused.too_late", days=UNDO_FOR.days))
    made.undone_at, made.undone_by, made.undo_reason = now, actor.the_account(), why
    merged.merged_into = None
    session.flush()
    ended = person_parting.end(session, actor, made, now=now)
    person_merge_rows.undone_line(session, actor, made, now)
    for one in (kept, merged):
        person_merge_rows.trace(
            session, actor, "person.unmerge", one, made.id, now, reason=why, detail=ended
        )
        notices.tell(session, one.id, "records_parted", now=now, sms=True)
    return view_of(session, made, now)


def recent(session: Session, actor: Actor, *, now: datetime) -> tuple[MergeView, ...]:
    """Merges of people in the officer's reach that can still be undone, the latest first."""
    actor.require(Permission.KEEP_PERSONS)
    query = (
        select(PersonMerge)
        .join(Person, Person.id == PersonMerge.kept_id)
        .where(
            PersonMerge.undone_at.is_(None),
            PersonMerge.undo_until > now,
            facts_scope.in_reach(actor),
        )
        .order_by(PersonMerge.at.desc(), PersonMerge.id.desc())
        .limit(_LISTED)
    )
    return tuple(view_of(session, one, now) for one in session.scalars(query).all())


def view_of(session: Session, made: PersonMerge, now: datetime) -> MergeView:
    """A merge as officers see it."""
    kept, merged = person_merge_rows.masked_names(session, made.kept_id, made.merged_id)
    return MergeView(
        id=made.id,
        kept_masked=kept,
        merged_masked=merged,
        reason=made.reason,
        at=made.at,
        # The last whole day on which it can be undone at any hour.
        last_day=day_of(made.undo_until - timedelta(days=1)),
        can_undo=made.undone_at is None and now < made.undo_until,
        undone_at=made.undone_at,
        stays=person_stays.since(session, made.kept_id, made.at),
    )
