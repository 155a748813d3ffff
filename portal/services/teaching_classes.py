"""The classes of an institution, as its staff go through them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass, TrainingSession
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import results
from portal.services.results import ClassResults
from portal.services.times import day_of

_MOST = 100


@dataclass(frozen=True, slots=True)
class OwnClass:
    """A class of the institution. ``stage``: soon, running, over (taught, not closed), closed,
    cancelled (called off).

    ``open_sheets`` are sessions that ended and are not confirmed; ``may_finish``: the actor's
    role may record results and close the class.
    """

    class_id: UUID
    class_no: str
    title: str
    stage: str
    starts_on: date
    ends_on: date
    hours: int
    site: str
    address: str
    schedule_note: str
    seats_taken: int
    capacity: int
    open_sheets: int
    is_mine: bool
    may_finish: bool


def own_classes(session: Session, actor: Actor, *, now: datetime) -> tuple[OwnClass, ...]:
    """The institution's classes: those that need something first, closed and called off last."""
    actor.require(Permission.RUN_SESSION)
    query = _classes(actor, now).order_by(
        TrainingClass.status.in_(("closed", "cancelled")),
        TrainingClass.starts_on.desc(),
        TrainingClass.id,
    )
    found = [_view(row, actor, now) for row in session.execute(query.limit(_MOST))]
    order = {"over": 0, "running": 1, "soon": 2, "cancelled": 3, "closed": 4}
    return tuple(sorted(found, key=lambda one: (order[one.stage], not one.is_mine)))


def own_class_facts(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> OwnClass:
    """One of them; raises NotFound for a class of another institution."""
    actor.require(Permission.RUN_SESSION)
    row = session.execute(_classes(actor, now).where(TrainingClass.id == class_id)).one_or_none()
    if row is None:
        raise NotFound
    return _view(row, actor, now)


def pass_the_rest(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> ClassResults:
    """Record a pass for everybody who has no result yet, all or nobody.

    Raises as results.record_result does.
    """
    actor.require(Permission.FINISH_CLASS)
    before = results.class_results(session, actor, class_id=class_id, now=now)
    for row in before.rows:
        if row.exam_passed is None:
            results.record_result(
                session, actor, enrolment_id=UUID(row.enrolment_id), passed=True, now=now
            )
    return results.class_results(session, actor, class_id=class_id, now=now)


def _classes(actor: Actor, now: datetime) -> Select[*tuple[Any, ...]]:
    meetings = select(func.count()).where(TrainingSession.class_id == TrainingClass.id)
    return select(
        TrainingClass,
        select(func.max(TrainingSession.ends_at))
        .where(TrainingSession.class_id == TrainingClass.id)
        .scalar_subquery()
        .label("last_end"),
        meetings.where(TrainingSession.confirmed_at.is_(None), TrainingSession.ends_at <= now)
        .scalar_subquery()
        .label("open_sheets"),
        meetings.where(TrainingSession.instructor_id == actor.account_id)
        .scalar_subquery()
        .label("mine"),
    ).where(
        TrainingClass.institution_id == actor.institution_id,
        TrainingClass.status != "draft",
    )


def _view(row: Row[*tuple[Any, ...]], actor: Actor, now: datetime) -> OwnClass:
    made: TrainingClass = row[0]
    return OwnClass(
        class_id=made.id,
        class_no=made.class_no,
        title=made.title,
        stage=_stage(made, row.last_end, now),
        starts_on=made.starts_on,
        ends_on=made.ends_on,
        hours=made.hours,
        site=made.site,
        address=made.address,
        schedule_note=made.schedule_note,
        seats_taken=made.seats_taken,
        capacity=made.capacity,
        open_sheets=row.open_sheets,
        is_mine=made.instructor_id == actor.account_id or row.mine > 0,
        may_finish=actor.may(Permission.FINISH_CLASS),
    )


def _stage(made: TrainingClass, last_end: datetime | None, now: datetime) -> str:
    if made.status in ("closed", "cancelled"):
        return made.status
    if last_end is not None and last_end <= now:
        return "over"
    return "running" if made.starts_on <= day_of(now) else "soon"
