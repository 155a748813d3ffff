"""The officer's answer: send the owner to whoever examines, or say why not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Advancement, Person
from portal.domain.errors import NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import facts_scope, notices, one_person
from portal.services.advancement.suggesting import OBJECT, trace
from portal.services.advancement.views import level_text
from portal.services.casework.texts import clean_text
from portal.services.reasons import clean_reason

PERMISSION = Permission.ISSUE_CERTIFICATES
LONGEST_PLACE = 80
_SHORTEST = 4


def recommend(
    session: Session, actor: Actor, *, advancement_id: UUID, place: str, now: datetime
) -> None:
    """Agree that the owner applies for the level; ``place`` is where to go with the papers.

    It issues nothing: the certificate comes from whoever examines, and is put on record like any
    other. The same again changes nothing. Raises NotFound, NotReady (decided), BadInput (place),
    Forbidden for the officer's own.
    """
    row = _held(session, actor, advancement_id)
    if _is_done(row, actor, "recommended"):
        return
    told = clean_text(place, "place", longest=LONGEST_PLACE)
    _decide(session, actor, row, "recommended", told, now)


def decline(
    session: Session, actor: Actor, *, advancement_id: UUID, reason: str, now: datetime
) -> None:
    """Say that the level is not recommended; the reason is for the owner, the line stays.

    The same again changes nothing. Raises as ``recommend``, BadInput (reason).
    """
    row = _held(session, actor, advancement_id)
    if _is_done(row, actor, "declined"):
        return
    _decide(session, actor, row, "declined", clean_reason(reason, shortest=_SHORTEST), now)


def _held(session: Session, actor: Actor, advancement_id: UUID) -> Advancement:
    """A suggestion for a person in reach, locked: of two who decide, one comes first."""
    actor.require(PERMISSION)
    query = select(Advancement).where(Advancement.id == advancement_id)
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    # Under whichever record the line stands, it is the person's whose reach counts.
    person = session.get_one(Person, one_person.kept(session, row.person_id))
    facts_scope.check_reach(session, actor, person)
    return row


def _is_done(row: Advancement, actor: Actor, state: str) -> bool:
    """Whether the actor decided just so before; raises NotReady where another decision stands."""
    if row.state == "open":
        return False
    if row.state == state and row.decided_by == actor.account_id:
        return True
    raise NotReady(reason="advancement.decided")


def _decide(
    session: Session, actor: Actor, row: Advancement, state: str, answer: str, now: datetime
) -> None:
    row.state, row.answer = state, answer
    row.decided_at, row.decided_by = now, actor.the_account()
    session.flush()
    act = {"recommended": "recommend", "declined": "decline"}[state]
    trace(session, actor, act, row, now, reason=answer)
    notices.tell(
        session,
        row.person_id,
        f"advancement_{state}",
        params={"level": level_text(row), "answer": answer},
        ref=(OBJECT, row.id),
        now=now,
    )
