"""Two records that are one person, made to count as one; for 30 days it can be undone.

Nothing is rewritten: ``Person.merged_into`` links the two, and whoever reads all of a person reads
both (``one_person``). What is new afterwards hangs on the record that is kept; what was begun
under the other stays with it, so that undoing leaves each with its own.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.ids import new_id
from portal.db.models import Person, PersonMerge
from portal.documents.signature import canonical
from portal.domain.errors import NotFound, PortalError
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import (
    facts_scope,
    notices,
    person_conflicts,
    person_finding,
    person_merge_rows,
    person_stays,
)
from portal.services.person_conflicts import Conflict, Side
from portal.services.person_stays import Stays
from portal.services.reasons import clean_reason
from portal.services.times import day_of

# Long enough for a mistake to be noticed by whom it concerns, short enough to be sure afterwards.
UNDO_FOR = timedelta(days=30)
_SHORTEST = 4
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """Both side by side. ``seen`` stands for the conflicts: whoever confirms has read these."""

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
    """What the officer must see before merging. Raises NotFound, Forbidden, MergeRefused."""
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
        seen=_seen(conflicts),
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


def merge(
    session: Session,
    actor: Actor,
    *,
    kept_id: UUID,
    merged_id: UUID,
    reason: str,
    seen: str,
    now: datetime,
) -> MergeView:
    """Let one record count as the other; the same again changes nothing.

    ``seen`` is that of the preview. Raises NotFound, Forbidden (oneself), BadInput (reason), and
    MergeRefused: the same record, one that is merged or has others merged into it, two with an
    account each, or conflicts that the officer has not seen.
    """
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=_SHORTEST)
    kept, merged = person_merge_rows.locked(session, actor, kept_id, merged_id)
    if merged.merged_into == kept.id:
        return _view(session, _standing(session, merged.id), now)
    person_merge_rows.must_be_mergeable(session, kept, merged)
    conflicts = person_conflicts.between(session, kept, merged)
    if _seen(conflicts) != seen:
        raise MergeRefused(why=t("persons.refused.changed"))
    made = PersonMerge(
        id=new_id(),
        kept_id=kept.id,
        merged_id=merged.id,
        reason=why,
        conflicts={"found": [asdict(one) for one in conflicts]},
        at=now,
        officer_account_id=actor.the_account(),
        undo_until=now + UNDO_FOR,
    )
    session.add(made)
    merged.merged_into = kept.id
    session.flush()
    person_merge_rows.merged_line(session, actor, made, now)
    for one in (kept, merged):
        person_merge_rows.trace(session, actor, "person.merge", one, made.id, now, reason=why)
    person_merge_rows.tell_all_of(session, kept, merged, "records_merged", now)
    return _view(session, made, now)


def undo(
    session: Session, actor: Actor, *, merge_id: UUID, reason: str, now: datetime
) -> MergeView:
    """Make two of them again; the same again changes nothing.

    Raises NotFound, Forbidden, BadInput (reason), MergeRefused after ``UNDO_FOR``.
    """
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=_SHORTEST)
    found = session.get(PersonMerge, merge_id)
    if found is None:
        raise NotFound
    kept, merged = person_merge_rows.locked(session, actor, found.kept_id, found.merged_id)
    made = session.get_one(PersonMerge, merge_id, with_for_update=True, populate_existing=True)
    if made.undone_at is not None:
        return _view(session, made, now)
    if now >= made.undo_until:
        raise MergeRefused(why=t("persons.refused.too_late", days=UNDO_FOR.days))
    made.undone_at, made.undone_by, made.undo_reason = now, actor.the_account(), why
    merged.merged_into = None
    session.flush()
    person_merge_rows.undone_line(session, actor, made, now)
    for one in (kept, merged):
        person_merge_rows.trace(session, actor, "person.unmerge", one, made.id, now, reason=why)
        notices.tell(session, one.id, "records_parted", now=now, sms=True)
    return _view(session, made, now)


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
    return tuple(_view(session, one, now) for one in session.scalars(query).all())


def _seen(conflicts: tuple[Conflict, ...]) -> str:
    """A short name for exactly these conflicts."""
    return hashlib.sha256(canonical({"found": [asdict(one) for one in conflicts]})).hexdigest()[:16]


def _standing(session: Session, merged_id: UUID) -> PersonMerge:
    query = select(PersonMerge).where(
        PersonMerge.merged_id == merged_id, PersonMerge.undone_at.is_(None)
    )
    return session.scalars(query).one()


def _view(session: Session, made: PersonMerge, now: datetime) -> MergeView:
    kept, merged = aliased(Person), aliased(Person)
    names = session.execute(
        select(kept.name, merged.name)
        .join(merged, merged.id == made.merged_id)
        .where(kept.id == made.kept_id)
    ).one()
    return MergeView(
        id=made.id,
        kept_masked=mask_name(names[0]),
        merged_masked=mask_name(names[1]),
        reason=made.reason,
        at=made.at,
        # The last whole day on which it can be undone at any hour.
        last_day=day_of(made.undo_until - timedelta(days=1)),
        can_undo=made.undone_at is None and now < made.undo_until,
        undone_at=made.undone_at,
        stays=person_stays.since(session, made.kept_id, made.at),
    )
