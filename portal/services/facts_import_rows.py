"""Writing an imported list: persons, groups, traces, notices; thousands in few statements."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import all_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent, Enrolment, FactImport, Person, PersonGroup
from portal.domain.permissions import Actor
from portal.policies.regions import NATIONAL
from portal.services import notices, people, waiting_list
from portal.services.facts_rows import HOLDING
from portal.services.people import Identity, Known
from portal.services.times import day_of

Progress = Callable[[int, int], None]
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the list and the person whom it means, None when there is none yet."""

    identity: Identity
    known: Known | None
    since: date
    until: date | None
    document_ref: str


@dataclass(slots=True)
class Counts:
    """What came of the lines, each counted once; ``new_people`` are among ``added``."""

    new_people: int = 0
    added: int = 0
    verified: int = 0
    renewed: int = 0
    unchanged: int = 0
    missing: int = 0


@dataclass(slots=True)
class _Changes:
    """Rows to write, and whom they concern."""

    inserts: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    touched: list[tuple[UUID, UUID]] = field(default_factory=list)
    to_tell: list[tuple[UUID, UUID]] = field(default_factory=list)


def write(
    session: Session,
    actor: Actor,
    made: FactImport,
    members: Sequence[Member],
    *,
    now: datetime,
    dry_run: bool,
    progress: Progress | None,
) -> Counts:
    """Bring the group of everybody on the list up to date; with ``dry_run`` only count."""
    counts = Counts(new_people=sum(member.known is None for member in members))
    if not dry_run:
        session.add(made)
        session.flush()
        members = _with_people(session, members, made, now)
    done = 0
    for start in range(0, len(members), _BATCH):
        batch = members[start : start + _BATCH]
        changes = _judge(session, actor, made, batch, counts, now, lock=not dry_run)
        if not dry_run:
            _apply(session, actor, made, changes, now)
        done += len(batch)
        if progress is not None:
            progress(done, len(members))
    ids = [member.known.id for member in members if member.known]
    counts.missing = _missing(session, made, ids, day_of(now))
    return counts


def _with_people(
    session: Session, members: Sequence[Member], made: FactImport, now: datetime
) -> list[Member]:
    """The members, each with a person: those whom nobody knew get a row without an account."""
    strangers = [member.identity for member in members if member.known is None]
    # A list of the whole country says of nobody where he or she lives.
    region = None if made.region_code == NATIONAL else made.region_code
    people.add_people(session, strangers, status=people.LISTED, residence_region=region, now=now)
    found = people.known_people(session, [one.hash for one in strangers])
    return [
        Member(one.identity, one.known or found[one.identity.hash], *_rest(one)) for one in members
    ]


def _rest(member: Member) -> tuple[date, date | None, str]:
    return member.since, member.until, member.document_ref


def _judge(
    session: Session,
    actor: Actor,
    made: FactImport,
    batch: Sequence[Member],
    counts: Counts,
    now: datetime,
    *,
    lock: bool,
) -> _Changes:
    """What each line changes. Rows of persons are held in one order, as every import does."""
    ids = sorted(member.known.id for member in batch if member.known)
    if lock:
        query = select(Person.id).where(Person.id.in_(ids)).order_by(Person.id)
        session.execute(query.with_for_update(key_share=True))
    standing = _standing(session, made.group_code, ids)
    changes = _Changes()
    for member in batch:
        rows = standing.get(member.known.id, []) if member.known else []
        _change(changes, counts, actor, made, member, rows, now)
    return changes


def _standing(session: Session, code: str, ids: list[UUID]) -> dict[UUID, list[PersonGroup]]:
    """Rows of the group that neither ended nor were refused, by person."""
    found: dict[UUID, list[PersonGroup]] = {}
    query = select(PersonGroup).where(
        PersonGroup.person_id.in_(ids),
        PersonGroup.group_code == code,
        PersonGroup.status.in_(HOLDING),
    )
    rows = session.scalars(query.order_by(PersonGroup.id), execution_options=_FRESH)
    for row in rows:
        found.setdefault(row.person_id, []).append(row)
    return found


_FRESH = {"populate_existing": True}


def _change(
    changes: _Changes,
    counts: Counts,
    actor: Actor,
    made: FactImport,
    member: Member,
    rows: list[PersonGroup],
    now: datetime,
) -> None:
    """Verify the open statement, else bring the verified row up to date, else add one."""
    stated = next((row for row in rows if row.status == "declared" and row.valid_to is None), None)
    row = stated or _overlapping(rows, member)
    begins = member.since
    if row is not None and row.status == "verified":
        # A later list does not undo that the person belonged to the group before.
        begins = min(begins, row.valid_from)
    values: dict[str, Any] = {
        "valid_from": begins,
        "valid_to": member.until,
        "evidence_ref": member.document_ref or (row.evidence_ref if row else None),
        "import_id": made.id,
    }
    verdict = {"status": "verified", "verified_at": now, "verified_by": actor.account_id}
    if row is None:
        counts.added += 1
        if member.known is not None:
            key = new_id()
            changes.inserts.append(_new_row(key, member.known.id, made, now) | values | verdict)
            _note(changes, member.known, key)
    elif row is stated:
        counts.verified += 1
        changes.updates.append({"id": row.id} | values | verdict)
        _note(changes, member.known, row.id)
    elif (row.valid_from, row.valid_to) == (begins, member.until):
        counts.unchanged += 1
        changes.updates.append({"id": row.id} | values)
    else:
        counts.renewed += 1
        changes.updates.append({"id": row.id} | values | verdict)
        changes.touched.append((row.person_id, row.id))


def _overlapping(rows: list[PersonGroup], member: Member) -> PersonGroup | None:
    """The verified row that shares a day with the line; one without an end comes first."""
    sharing = [
        row
        for row in rows
        if row.status == "verified"
        and (row.valid_to is None or row.valid_to >= member.since)
        and (member.until is None or row.valid_from <= member.until)
    ]
    return min(sharing, key=lambda row: (row.valid_to is not None, row.id), default=None)


def _new_row(key: UUID, person_id: UUID, made: FactImport, now: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "person_id": person_id,
        "group_code": made.group_code,
        "source": "roster",
        "created_at": now,
        "created_by": made.account_id,
    }


def _note(changes: _Changes, known: Known | None, row_id: UUID) -> None:
    """Somebody's group is verified now: written down, and told to whoever can read it."""
    if known is not None:
        changes.touched.append((known.id, row_id))
        if known.has_account:
            changes.to_tell.append((known.id, row_id))


def _apply(
    session: Session, actor: Actor, made: FactImport, changes: _Changes, now: datetime
) -> None:
    if changes.inserts:
        session.execute(insert(PersonGroup), changes.inserts)
    if changes.updates:
        session.execute(update(PersonGroup), changes.updates)
    if changes.touched:
        session.execute(insert(AuditEvent), list(_traces(actor, made, changes.touched, now)))
    told = [(person_id, ("person_group", row_id)) for person_id, row_id in changes.to_tell]
    notices.tell_all(session, "group_verified", told, now=now)
    for person_id in _who_waits(session, [person_id for person_id, _ in changes.touched]):
        waiting_list.rerank(session, person_id)


def _traces(
    actor: Actor, made: FactImport, touched: Iterable[tuple[UUID, UUID]], now: datetime
) -> Iterable[dict[str, Any]]:
    """A row of the trail for each person: everybody may ask who changed the own data."""
    for person_id, row_id in touched:
        yield {
            "id": new_id(),
            "at": now,
            "actor_account_id": actor.account_id,
            "actor_role": actor.role.value,
            "on_behalf_of": person_id,
            "action": "facts.verify",
            "object_type": "person_group",
            "object_id": str(row_id),
            "detail": {"import": str(made.id)},
        }


def _who_waits(session: Session, ids: list[UUID]) -> list[UUID]:
    query = select(Enrolment.person_id).where(
        Enrolment.person_id.in_(ids), Enrolment.status == "waitlisted"
    )
    return sorted(set(session.scalars(query)))


def _missing(session: Session, made: FactImport, ids: list[UUID], today: date) -> int:
    """How many an earlier list of this group and region named whom this one does not name."""
    query = (
        select(func.count(PersonGroup.person_id.distinct()))
        .join(FactImport, FactImport.id == PersonGroup.import_id)
        .where(
            FactImport.group_code == made.group_code,
            FactImport.region_code == made.region_code,
            PersonGroup.status == "verified",
            func.coalesce(PersonGroup.valid_to >= today, True),
            PersonGroup.person_id != all_(literal(ids, ARRAY(PersonGroup.person_id.type))),
        )
    )
    return session.scalar(query) or 0
