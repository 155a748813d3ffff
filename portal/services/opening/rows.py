"""The rows behind an application: whose they are, held still, traced."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClassOpening, ClassOpeningDecision, ClassOpeningVersion
from portal.domain.errors import Forbidden, NotFound
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, scope

# In these the institution may still change it.
EDITABLE = ("draft", "returned")
OBJECT = "class_opening"


def the_institution(actor: Actor) -> UUID:
    """For which institution the actor applies; raises Unauthenticated, Forbidden."""
    actor.require(Permission.APPLY_FOR_CLASS)
    if actor.institution_id is None:
        raise Forbidden
    return actor.institution_id


def own(session: Session, actor: Actor, opening_id: UUID, *, lock: bool = False) -> ClassOpening:
    """An application of the actor's institution; raises NotFound for any other."""
    mine = the_institution(actor)
    found = _found(session, opening_id, lock=lock)
    if found is None or found.institution_id != mine:
        raise NotFound
    return found


def editable(session: Session, actor: Actor, opening_id: UUID) -> ClassOpening:
    """One that may be changed, held still; raises NotFound, OpeningRefused."""
    opening = own(session, actor, opening_id, lock=True)
    if opening.state not in EDITABLE:
        raise OpeningRefused(why=t(f"opening.refused.not_editable_{opening.state}"))
    return opening


def in_area(
    session: Session, actor: Actor, opening_id: UUID, *, lock: bool = False
) -> ClassOpening:
    """One that was sent, of the officer's region; raises NotFound for any other."""
    actor.require(Permission.DECIDE_OPENINGS)
    prefix = scope.region_prefix(scope.the_area(actor))
    found = _found(session, opening_id, lock=lock)
    if found is None or not found.region_code.startswith(prefix) or found.version_no == 0:
        raise NotFound
    return found


def _found(session: Session, opening_id: UUID, *, lock: bool) -> ClassOpening | None:
    query = select(ClassOpening).where(ClassOpening.id == opening_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def version(session: Session, opening: ClassOpening, number: int) -> ClassOpeningVersion | None:
    """What was sent as this number."""
    sent = ClassOpeningVersion
    query = select(sent).where(sent.opening_id == opening.id, sent.version_no == number)
    return session.execute(query).scalar_one_or_none()


def the_version(session: Session, opening: ClassOpening) -> ClassOpeningVersion:
    """What was sent last; raises NotFound when nothing was."""
    found = version(session, opening, opening.version_no)
    if found is None:
        raise NotFound
    return found


def decisions(session: Session, opening: ClassOpening) -> Sequence[ClassOpeningDecision]:
    """What was answered, in order."""
    made = ClassOpeningDecision
    query = select(made).where(made.opening_id == opening.id).order_by(made.version_no)
    return session.scalars(query).all()


def trace(
    session: Session,
    actor: Actor,
    act: str,
    opening: ClassOpening,
    now: datetime,
    *,
    reason: str | None = None,
    **detail: Any,
) -> None:
    """Write down what was done with it."""
    audit.record(
        session,
        actor,
        f"opening.{act}",
        now=now,
        object_type=OBJECT,
        object_id=opening.id,
        reason=reason,
        detail=detail or None,
    )
