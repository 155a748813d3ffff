"""Requests for a merge as rows: who may still decide one, and how officers see them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Account, Person, PersonMergeRequest
from portal.domain.errors import Forbidden
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import facts_scope, person_merge_rows
from portal.services.one_person import ids_of
from portal.services.times import day_of

# As long as an undoing takes to be too late: a file that lay that long is looked at anew.
OPEN_FOR = timedelta(days=30)
_LISTED = 50
OPEN, CONFIRMED, DECLINED = "open", "confirmed", "declined"
WITHDRAWN, LAPSED = "withdrawn", "lapsed"


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as officers see it; ``is_own`` for whoever asked, who cannot decide it.

    ``answer`` is why it was declined, empty while it is open.
    """

    id: UUID
    kept_masked: str
    merged_masked: str
    reason: str
    asked_by: str
    at: datetime
    last_day: date
    is_own: bool
    state: str
    answer: str


def open_requests(session: Session, actor: Actor, *, now: datetime) -> tuple[RequestView, ...]:
    """Requests about people in the officer's reach, the oldest first: those that wait, and the
    officer's own that were declined of late and not asked again."""
    actor.require(Permission.KEEP_PERSONS)
    asked, later = PersonMergeRequest, aliased(PersonMergeRequest)
    own_declined = and_(
        asked.state == DECLINED,
        asked.decided_at > now - OPEN_FOR,
        asked.officer_account_id == actor.the_account(),
        ~exists().where(later.merged_id == asked.merged_id, later.at > asked.at),
    )
    query = (
        select(asked)
        .where(
            or_(and_(asked.state == OPEN, asked.lapses_at > now), own_declined),
            reaches(actor, asked.kept_id),
            reaches(actor, asked.merged_id),
        )
        .order_by(asked.at, asked.id)
        .limit(_LISTED)
    )
    return tuple(view_of_request(session, actor, one) for one in session.scalars(query).all())


def reaches(actor: Actor, person_id: Any) -> ColumnElement[bool]:
    """Whether any record of the person is in reach, as ``person_finding.in_reach`` has it."""
    one = or_(Person.id == person_id, Person.merged_into == person_id)
    return exists().where(one, facts_scope.in_reach(actor))


def must_be_for(session: Session, actor: Actor, asked: PersonMergeRequest, now: datetime) -> None:
    """Raise MergeRefused or Forbidden unless another officer decides it while it is open."""
    if is_own(session, actor, asked):
        raise MergeRefused(why=t("persons.refused.own_request"))
    # Whoever asked may have become one of the two by another merge since.
    if {asked.kept_id, asked.merged_id} & set(ids_of(session, asker_of(session, asked).id)):
        raise Forbidden
    must_be_open(asked, now)


def must_be_open(asked: PersonMergeRequest, now: datetime) -> None:
    """Raise MergeRefused for what is decided or has lapsed."""
    if asked.state != OPEN:
        raise MergeRefused(why=t("persons.refused.decided"))
    if now >= asked.lapses_at:
        raise MergeRefused(why=t("persons.refused.lapsed", days=OPEN_FOR.days))


def asker_of(session: Session, asked: PersonMergeRequest) -> Person:
    """The officer who asked, as a person."""
    query = select(Person).join(Account, Account.person_id == Person.id)
    return session.scalars(query.where(Account.id == asked.officer_account_id)).one()


def is_own(session: Session, actor: Actor, asked: PersonMergeRequest) -> bool:
    """Whether the same person asked, with whatever account."""
    if asked.officer_account_id == actor.the_account():
        return True
    return asker_of(session, asked).id in actor.the_records()


def view_of_request(session: Session, actor: Actor, asked: PersonMergeRequest) -> RequestView:
    """A request as the officer sees it."""
    kept, merged = person_merge_rows.masked_names(session, asked.kept_id, asked.merged_id)
    return RequestView(
        id=asked.id,
        kept_masked=kept,
        merged_masked=merged,
        reason=asked.reason,
        asked_by=asker_of(session, asked).name,
        at=asked.at,
        # The last whole day on which it can be confirmed at any hour.
        last_day=day_of(asked.lapses_at - timedelta(days=1)),
        is_own=is_own(session, actor, asked),
        state=asked.state,
        answer=(asked.answer or "") if asked.state == DECLINED else "",
    )
