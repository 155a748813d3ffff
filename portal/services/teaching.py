"""What the institution's staff may reach: rows of their own institution, nothing else.

A row of another institution is answered like a row that does not exist.
"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass, TrainingSession
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission

# Who stands on a roster: all but those who left. The finished stay on the sheets of their class.
ON_ROSTER = ("accepted", "active", "completed", "failed")


class OwnSession(NamedTuple):
    """A session and its class, of the actor's own institution."""

    session: TrainingSession
    training_class: TrainingClass


def own_sessions(actor: Actor) -> Select[TrainingSession, TrainingClass]:
    """Sessions of the actor's institution with their classes; cancelled and draft ones left out."""
    return (
        select(TrainingSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingClass.institution_id == actor.institution_id,
            TrainingClass.status.not_in(("draft", "cancelled")),
        )
    )


def own_session(
    session: Session, actor: Actor, permission: Permission, *, session_id: UUID, lock: bool = False
) -> OwnSession:
    """One of them, its row locked if asked. Raises NotFound, Forbidden, Unauthenticated."""
    actor.require(permission)
    query = own_sessions(actor).where(TrainingSession.id == session_id)
    if lock:
        # Scans refer to the row and must not wait for the sheet: hence key_share.
        query = query.with_for_update(of=TrainingSession, key_share=True)
        query = query.execution_options(populate_existing=True)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    if lock:
        # Whoever closes a class holds its sessions: by now its new status can be seen.
        session.refresh(row[1])
    return OwnSession(row[0], row[1])


def own_class(
    session: Session, actor: Actor, permission: Permission, *, class_id: UUID
) -> TrainingClass:
    """A class of the actor's institution; raises NotFound, Forbidden, Unauthenticated."""
    actor.require(permission)
    found = session.get(TrainingClass, class_id)
    if found is None or found.institution_id != actor.institution_id:
        raise NotFound
    return found
