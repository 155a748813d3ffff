"""The requests for corrections on a desk: an institution's, or an authority's."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, CorrectionRequest, Institution, Person
from portal.domain.errors import Forbidden
from portal.domain.permissions import Actor, Permission, Role
from portal.policies.regions import NATIONAL
from portal.services import audit
from portal.services import correction_lines as lines
from portal.services.correction_lines import Values
from portal.services.paging import Page, bounds
from portal.services.scope import in_area
from portal.services.times import day_of

SIZE = 10
# How long an answered one stays in the list.
_SHOWN_FOR = timedelta(days=30)
_READ = ("name", "archive_line")


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """One request. ``stands`` is what the line says, ``proposed`` what the institution says where
    it may not decide; ``by_value`` tells whether accepting asks for the right values, or a new
    document follows; ``certificate`` is the number that says the same as the line."""

    id: UUID
    name: str
    institution: str
    line_institution: str
    kind: str
    stands: Values
    proposed: Values | None
    wish: str
    right_value: str
    state: str
    asked_at: datetime
    due_on: date
    late: bool
    again: bool
    by_value: bool
    certificate: str
    money: bool
    answer: str


def queue(
    session: Session, actor: Actor, *, page: int = 1, answered: bool = False, now: datetime
) -> Page[DeskRequest]:
    """The requests on the actor's desk, the most urgent first; or those ``answered`` lately.

    Each reading is written down, so that its owner sees it.
    """
    actor.require(Permission.DECIDE_CORRECTIONS)
    limit, offset = bounds(page, SIZE)
    request = CorrectionRequest
    where = and_(
        in_reach(actor),
        request.state.in_(("accepted", "refused")) & (request.decided_at > now - _SHOWN_FOR)
        if answered
        else on_desk(actor, now),
    )
    order = request.decided_at.desc() if answered else request.due_on
    query = (
        select(request, ArchiveEntry, Person.name, Institution.name)
        .join(ArchiveEntry, ArchiveEntry.id == request.entry_id)
        .join(Person, Person.id == request.person_id)
        .outerjoin(Institution, Institution.id == request.institution_id)
        .where(where)
    )
    rows = session.execute(query.order_by(order, request.id).limit(limit).offset(offset)).all()
    total = session.scalar(select(func.count()).select_from(request).where(where)) or 0
    for row, *_ in rows:
        audit.record(
            session,
            actor,
            "correction.read",
            now=now,
            object_type="correction_request",
            object_id=row.id,
            on_behalf_of=row.person_id,
            fields_read=_READ,
        )
    items = tuple(_view(session, *row, now) for row in rows)
    return Page(items, max(page, 1), limit, total)


def waiting(session: Session, actor: Actor, *, now: datetime) -> int:
    """How many requests wait for the actor; none for staff who do not decide about them."""
    if not actor.may(Permission.DECIDE_CORRECTIONS):
        return 0
    return count_open(session, actor, now=now)


def count_open(session: Session, actor: Actor, *, now: datetime) -> int:
    """How many requests wait on the actor's desk."""
    actor.require(Permission.DECIDE_CORRECTIONS)
    where = and_(in_reach(actor), on_desk(actor, now))
    return session.scalar(select(func.count()).select_from(CorrectionRequest).where(where)) or 0


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """The requests that may ever come to the actor's desk."""
    request = CorrectionRequest
    if actor.role is Role.MANAGER:
        own: ColumnElement[bool] = request.institution_id == actor.institution_id
        return own
    if actor.region_code is None:
        raise Forbidden
    # A person without any place would else be answered by nobody.
    return or_(in_area(actor.region_code, request.region_code), request.region_code == NATIONAL)


def on_desk(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Open, and the actor's turn: the authority's once the institution's day has passed."""
    request = CorrectionRequest
    is_open = request.state == "open"
    if actor.role is Role.MANAGER:
        return is_open
    return is_open & (request.institution_id.is_(None) | (request.due_on < day_of(now)))


def _view(
    session: Session,
    row: CorrectionRequest,
    entry: ArchiveEntry,
    name: str,
    institution: Any,
    now: datetime,
) -> DeskRequest:
    is_open = row.state == "open"
    return DeskRequest(
        id=row.id,
        name=name,
        institution=institution or "",
        line_institution=entry.institution_name,
        kind=lines.origin(session, entry).kind,
        stands=lines.values_of(entry),
        proposed=lines.from_plain(row.proposed) if row.proposed else None,
        wish=row.wish,
        right_value=row.right_value or "",
        state=row.state,
        asked_at=row.created_at,
        due_on=row.due_on,
        late=is_open and row.due_on < day_of(now),
        again=row.again_of is not None,
        by_value=lines.is_rewritten(session, entry),
        certificate=lines.certificate_of(session, entry),
        money=lines.concerns_money(session, entry),
        answer=row.answer or "",
    )
