"""An owner's lines and requests as the owner reads them: what may be asked, what was answered."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, CorrectionRequest, Institution
from portal.domain.permissions import Actor, Permission
from portal.services import one_person
from portal.services.archive_chain import Entry, entries_of, in_force
from portal.services.correction_lines import can_be_corrected, values_of
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request and what came of it. ``desk`` is the institution's name, "" for the authority;
    ``again`` tells that an institution's refusal is looked at once more."""

    id: UUID
    entry_id: UUID
    title: str
    wish: str
    right_value: str
    state: str
    asked_at: datetime
    due_on: date
    desk: str
    again: bool
    late: bool
    answer: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line in force; ``kind`` is what it is about.

    ``may`` is ask, again (the authority is asked after an institution said no), open (a request
    waits) or answered (the authority has said no).
    """

    entry_id: UUID
    kind: str
    title: str
    institution_name: str
    hours: int | None
    starts_on: date
    ends_on: date
    may: str


@dataclass(frozen=True, slots=True)
class OwnCorrections:
    """What may be put right, and what was asked, newest first."""

    lines: tuple[OwnLine, ...]
    requests: tuple[OwnRequest, ...]


def my_corrections(session: Session, actor: Actor, *, now: datetime) -> OwnCorrections:
    """The actor's lines and requests."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    ids = one_person.ids_of(session, actor.the_person())
    requests = requests_of(session, ids)
    entries = [one for record in ids for one in in_force(entries_of(session, record))]
    entries = [one for one in entries if can_be_corrected(one)]
    entries.sort(key=lambda one: (values_of(one).ends_on, one.id), reverse=True)
    names = _names(session, requests)
    titles = dict(
        session.execute(
            select(ArchiveEntry.id, ArchiveEntry.title).where(
                ArchiveEntry.id.in_({one.entry_id for one in requests})
            )
        )
        .tuples()
        .all()
    )
    return OwnCorrections(
        lines=tuple(_line(one, requests) for one in entries),
        requests=tuple(_view(one, titles[one.entry_id], names, now) for one in requests),
    )


def requests_of(session: Session, ids: tuple[UUID, ...]) -> list[CorrectionRequest]:
    """All requests of a person, newest first."""
    query = select(CorrectionRequest).where(CorrectionRequest.person_id.in_(ids))
    return list(session.scalars(query.order_by(CorrectionRequest.id.desc())))


def _names(session: Session, requests: list[CorrectionRequest]) -> dict[UUID, str]:
    wanted = {one.institution_id for one in requests if one.institution_id}
    query = select(Institution.id, Institution.name).where(Institution.id.in_(wanted))
    return dict(session.execute(query).tuples().all())


def may_ask(before: list[CorrectionRequest]) -> str:
    """What the owner may still do about a line, from its requests, newest first."""
    if any(one.state == "open" for one in before):
        return "open"
    refused = last_refused(before)
    if refused is None:
        return "ask"
    return "again" if refused.institution_id else "answered"


def last_refused(before: list[CorrectionRequest]) -> CorrectionRequest | None:
    """The newest request that was refused."""
    return next((one for one in before if one.state == "refused"), None)


def _line(entry: Entry, requests: list[CorrectionRequest]) -> OwnLine:
    stands = values_of(entry)
    return OwnLine(
        entry_id=entry.id,
        kind=entry.subject,
        title=entry.title,
        institution_name=entry.institution_name,
        hours=entry.hours,
        starts_on=stands.starts_on,
        ends_on=stands.ends_on,
        may=may_ask([one for one in requests if one.entry_id == entry.id]),
    )


def _view(row: CorrectionRequest, title: str, names: dict[UUID, str], now: datetime) -> OwnRequest:
    return OwnRequest(
        id=row.id,
        entry_id=row.entry_id,
        title=title,
        wish=row.wish,
        right_value=row.right_value or "",
        state=row.state,
        asked_at=row.created_at,
        due_on=row.due_on,
        desk=names[row.institution_id] if row.institution_id else "",
        again=row.again_of is not None,
        late=row.state == "open" and row.due_on < day_of(now),
        answer=row.answer or "",
        decided_at=row.decided_at,
    )
