"""The whole chain of somebody's archive for those who audit: superseded lines and hashes, too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Person
from portal.domain.errors import Forbidden, NotFound, Unauthenticated
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import archive, audit, facts_scope, one_person
from portal.services import archive_chain as chain
from portal.services.archive_chain import Entry
from portal.services.archive_lines import detail_of, source_label, status_label
from portal.services.reasons import clean_reason

_READ = ("title", "institution_name", "hours", "occurred_on", "detail", "certificate_number")
_SHORTEST_REASON = 4


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One line as it stands on record. ``superseded_by`` is the number of the line that took its
    place, None for one in force."""

    id: UUID
    seq: int
    kind: str
    kind_label: str
    status_label: str
    occurred_on: date
    title: str
    institution_name: str
    hours: int | None
    detail: dict[str, Any]
    source: str
    recorded_at: datetime
    supersedes: int | None
    superseded_by: int | None
    hash: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The lines of one record. ``broken_at`` is the number of the first line that is not as we
    wrote it, None when all is intact."""

    person_id: UUID
    broken_at: int | None
    lines: tuple[ChainLine, ...]


@dataclass(frozen=True, slots=True)
class FullChain:
    """The archive of one person: one chain, or several where records were merged."""

    person_id: UUID
    holder_masked: str
    chains: tuple[Chain, ...]


def full_chain(
    session: Session, actor: Actor, *, person_id: UUID, reason: str, now: datetime
) -> FullChain:
    """Everything that was ever written into somebody's archive, oldest first, for a reason.

    The person sees who looked, and why. Raises NotFound (also for people elsewhere and oneself),
    BadInput (reason), Forbidden.
    """
    if not (actor.may(Permission.READ_ARCHIVES) or actor.may(Permission.READ_AUDIT)):
        raise Forbidden if actor.is_signed_in else Unauthenticated
    told = clean_reason(reason, shortest=_SHORTEST_REASON)
    person = session.get(Person, person_id)
    if person is None or not _is_in_reach(session, actor, person_id):
        raise NotFound
    audit.record(
        session,
        actor,
        "archive.read",
        now=now,
        object_type="archive",
        object_id=person_id,
        on_behalf_of=person_id,
        fields_read=_READ,
        reason=told,
    )
    loaded = archive.load(session, person_id)
    chains = [
        Chain(one, chain.verify_chain(session, one), tuple(_lines(entries)))
        for one, entries in zip(loaded.ids, loaded.chains, strict=True)
        if entries
    ]
    return FullChain(person_id, mask_name(person.name), tuple(chains))


def _is_in_reach(session: Session, actor: Actor, person_id: UUID) -> bool:
    records = one_person.ids_of(session, person_id)
    query = select(Person.id).where(Person.id.in_(records), facts_scope.in_reach(actor))
    return session.scalar(query.limit(1)) is not None


def _lines(entries: Iterable[Entry]) -> Iterable[ChainLine]:
    listed = list(entries)
    number = {entry.id: entry.seq for entry in listed}
    after = {entry.supersedes: entry.seq for entry in listed if entry.supersedes}
    for entry in listed:
        yield ChainLine(
            id=entry.id,
            seq=entry.seq,
            kind=entry.kind,
            kind_label=t(f"archive.kind.{entry.kind}"),
            status_label=status_label(str(detail_of(entry).get("status") or "recorded")),
            occurred_on=entry.occurred_on,
            title=entry.title,
            institution_name=entry.institution_name,
            hours=entry.hours,
            detail=detail_of(entry),
            source=source_label(entry),
            recorded_at=entry.recorded_at,
            supersedes=number.get(entry.supersedes) if entry.supersedes else None,
            superseded_by=after.get(entry.id),
            hash=entry.hash,
        )
