"""A merge of two records is asked for by one officer and confirmed by another.

Whoever may merge alone may give one person's certificates and hours to an accomplice. So nothing
follows from asking: the other officer reads the same comparison, and only a confirmation links the
two records. What nobody confirms within ``OPEN_FOR`` lapses by itself, since every question about
a request takes the time.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Person, PersonMerge, PersonMergeRequest
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import person_conflicts, person_merge_rows
from portal.services.person_merge_asked import (
    CONFIRMED,
    DECLINED,
    LAPSED,
    OPEN,
    OPEN_FOR,
    WITHDRAWN,
    RequestView,
    is_own,
    must_be_for,
    must_be_open,
    view_of_request,
)
from portal.services.person_merges import (
    SHORTEST,
    UNDO_FOR,
    MergeView,
    Preview,
    as_kept,
    preview,
    seen_in,
    seen_of,
    view_of,
)
from portal.services.reasons import clean_reason


@dataclass(frozen=True, slots=True)
class Check:
    """What the other officer decides on. What came up since the asking makes it ``is_stale``: it
    cannot be confirmed as it was asked for."""

    request: RequestView
    preview: Preview
    is_stale: bool


def ask(
    session: Session,
    actor: Actor,
    *,
    kept_id: UUID,
    merged_id: UUID,
    reason: str,
    seen: str,
    now: datetime,
) -> RequestView:
    """Ask that one record counts as the other; the same again changes nothing.

    ``seen`` is that of the preview; asking with others takes the place of one's earlier request.
    Raises NotFound, Forbidden (oneself), BadInput (reason), and MergeRefused: the same record, one
    that is merged or has others merged into it, two with an account each, conflicts that the
    officer has not seen, or another open request about one of them.
    """
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=SHORTEST)
    kept, merged = person_merge_rows.locked(session, actor, kept_id, merged_id)
    person_merge_rows.must_be_mergeable(session, kept, merged)
    conflicts = person_conflicts.between(session, kept, merged)
    if seen_of(conflicts) != seen:
        raise MergeRefused(why=t("persons.refused.changed"))
    standing = _made_room(session, actor, kept, merged, seen, now)
    if standing is not None:
        return view_of_request(session, actor, standing)
    made = PersonMergeRequest(
        id=new_id(),
        kept_id=kept.id,
        merged_id=merged.id,
        reason=why,
        conflicts=as_kept(conflicts),
        at=now,
        officer_account_id=actor.the_account(),
        lapses_at=now + OPEN_FOR,
        state=OPEN,
    )
    session.add(made)
    session.flush()
    _trace(session, actor, "person.merge_ask", made, now, why)
    return view_of_request(session, actor, made)


def check(session: Session, actor: Actor, *, request_id: UUID, now: datetime) -> Check:
    """The comparison that the other officer reads before deciding.

    Raises NotFound, Forbidden (oneself), MergeRefused: one's own request, one that is decided or
    has lapsed, two that cannot be merged any more.
    """
    actor.require(Permission.KEEP_PERSONS)
    asked = _in_reach_or_raise(session, actor, request_id)
    must_be_for(session, actor, asked, now)
    found = preview(session, actor, kept_id=asked.kept_id, merged_id=asked.merged_id, now=now)
    is_stale = found.seen != seen_in(asked.conflicts)
    return Check(view_of_request(session, actor, asked), found, is_stale)


def confirm(
    session: Session, actor: Actor, *, request_id: UUID, reason: str, seen: str, now: datetime
) -> MergeView:
    """Let the one record count as the other from now on; the same again changes nothing.

    ``seen`` is that of the check. Raises as ``check`` does, BadInput (reason), and MergeRefused
    for conflicts that either officer has not seen.
    """
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=SHORTEST)
    found = _in_reach_or_raise(session, actor, request_id)
    # Persons before requests, here and in ``ask``, so that nobody waits in a circle.
    kept, merged = person_merge_rows.locked(session, actor, found.kept_id, found.merged_id)
    asked = _held(session, request_id)
    made = session.get(PersonMerge, asked.merge_id) if asked.merge_id else None
    if made and made.undone_at is None and made.confirmed_by == actor.the_account():
        return view_of(session, made, now)
    must_be_for(session, actor, asked, now)
    person_merge_rows.must_be_mergeable(session, kept, merged)
    conflicts = person_conflicts.between(session, kept, merged)
    if not seen_of(conflicts) == seen == seen_in(asked.conflicts):
        raise MergeRefused(why=t("persons.refused.changed"))
    made = person_merge_rows.link(
        session, actor, asked, kept, merged, undo_until=now + UNDO_FOR, now=now
    )
    asked.merge_id = made.id
    _close(asked, CONFIRMED, actor, now, why)
    session.flush()
    for one in (kept, merged):
        person_merge_rows.trace(session, actor, "person.merge", one, made.id, now, reason=why)
    return view_of(session, made, now)


def decline(
    session: Session, actor: Actor, *, request_id: UUID, reason: str, now: datetime
) -> RequestView:
    """Leave the two apart; the same again changes nothing. Raises as ``check``, BadInput."""
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=SHORTEST)
    _in_reach_or_raise(session, actor, request_id)
    asked = _held(session, request_id)
    if asked.state == DECLINED and asked.decided_by == actor.the_account():
        return view_of_request(session, actor, asked)
    must_be_for(session, actor, asked, now)
    _close(asked, DECLINED, actor, now, why)
    session.flush()
    _trace(session, actor, "person.merge_decline", asked, now, why)
    return view_of_request(session, actor, asked)


def take_back(session: Session, actor: Actor, *, request_id: UUID, now: datetime) -> RequestView:
    """Ask no more; the same again changes nothing.

    Raises NotFound also for another's, MergeRefused for one that was decided.
    """
    actor.require(Permission.KEEP_PERSONS)
    asked = session.get(
        PersonMergeRequest, request_id, with_for_update=True, populate_existing=True
    )
    if asked is None or not is_own(session, actor, asked):
        raise NotFound
    if asked.state != WITHDRAWN:
        must_be_open(asked, now)
        _close(asked, WITHDRAWN, actor, now)
        session.flush()
        _trace(session, actor, "person.merge_take_back", asked, now)
    return view_of_request(session, actor, asked)


def _made_room(
    session: Session, actor: Actor, kept: Person, merged: Person, seen: str, now: datetime
) -> PersonMergeRequest | None:
    """The officer's same request if it is open; else what is over is closed, so that a new one
    can be. Raises MergeRefused where another one waits: two confirmed could make a chain."""
    asked = PersonMergeRequest
    touching = or_(asked.merged_id.in_((kept.id, merged.id)), asked.kept_id == merged.id)
    query = select(asked).where(asked.state == OPEN, touching).order_by(asked.id)
    rows = session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        same = (row.kept_id, row.merged_id) == (kept.id, merged.id)
        if now >= row.lapses_at:
            row.state, row.decided_at = LAPSED, now
        elif not (same and is_own(session, actor, row)):
            raise MergeRefused(why=t("persons.refused.asked"))
        elif seen_in(row.conflicts) == seen:
            return row
        else:
            _close(row, WITHDRAWN, actor, now)
    session.flush()
    return None


def _in_reach_or_raise(session: Session, actor: Actor, request_id: UUID) -> PersonMergeRequest:
    """A request about two people in reach; raises NotFound, Forbidden for the officer's own."""
    asked = session.get(PersonMergeRequest, request_id)
    if asked is None:
        raise NotFound
    for one in (asked.kept_id, asked.merged_id):
        person_merge_rows.in_reach_or_raise(session, actor, one)
    return asked


def _held(session: Session, request_id: UUID) -> PersonMergeRequest:
    """The request held still: of two decisions the second one sees the first."""
    return session.get_one(
        PersonMergeRequest, request_id, with_for_update=True, populate_existing=True
    )


def _close(
    asked: PersonMergeRequest, state: str, actor: Actor, now: datetime, answer: str | None = None
) -> None:
    asked.state, asked.decided_at, asked.answer = state, now, answer
    asked.decided_by = actor.the_account()


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    asked: PersonMergeRequest,
    now: datetime,
    reason: str | None = None,
) -> None:
    """For both: each sees it among what officers did with the own record."""
    for one in (asked.kept_id, asked.merged_id):
        person = session.get_one(Person, one)
        person_merge_rows.trace(session, actor, action, person, asked.id, now, reason=reason)
