"""What a sample is drawn from, and that it was drawn: by a recorded seed, again at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, ReviewAssignment, ReviewItem, TrainingClass, TrainingSession
from portal.db.models.classes import ON_ROSTER
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.sampling import draw, population_hash
from portal.services.scope import REAL_CLASS, in_area, the_area
from portal.services.times import ZONE


@dataclass(frozen=True, slots=True)
class Reach:
    """What may come into a sample. Empty tuples leave it open; the area never is."""

    area: str
    unit: str
    institution_ids: tuple[UUID, ...]
    class_ids: tuple[UUID, ...]
    period_from: date
    period_to: date


@dataclass(frozen=True, slots=True)
class Proof:
    """A sample drawn again. ``same_population``: nothing came or went since; ``same_sample``: the
    seed gives what the reviewer was given."""

    same_population: bool
    same_sample: bool
    seed: str
    population_then: int
    population_now: int


def population(session: Session, reach: Reach, *, before: datetime) -> tuple[UUID, ...]:
    """Ids of all that fits: sessions that met in the period, or enrolments of classes that began
    in it and that were made before ``before``."""
    fits: list[ColumnElement[bool]] = [REAL_CLASS, in_area(reach.area)]
    if reach.institution_ids:
        fits.append(TrainingClass.institution_id.in_(reach.institution_ids))
    if reach.class_ids:
        fits.append(TrainingClass.id.in_(reach.class_ids))
    query: Any
    if reach.unit == "session":
        start, end = _midnight(reach.period_from), _midnight(reach.period_to + timedelta(days=1))
        query = (
            select(TrainingSession.id)
            .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
            .where(TrainingSession.starts_at >= start, TrainingSession.starts_at < end, *fits)
        )
    else:
        query = (
            select(Enrolment.id)
            .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
            .where(
                TrainingClass.starts_on >= reach.period_from,
                TrainingClass.starts_on <= reach.period_to,
                Enrolment.status.in_(ON_ROSTER),
                Enrolment.created_at < before,
                *fits,
            )
        )
    return tuple(session.scalars(query))


def prove(session: Session, actor: Actor, *, assignment_id: UUID) -> Proof:
    """Draw the sample of an assignment of the officer's region again. Raises NotFound."""
    actor.require(Permission.HANDLE_CASES)
    row = session.scalar(
        select(ReviewAssignment).where(
            ReviewAssignment.id == assignment_id,
            in_area(the_area(actor), ReviewAssignment.region_code),
        )
    )
    if row is None:
        raise NotFound
    ids = population(session, reach_of(row), before=row.made_at)
    drawn = draw(ids, seed=row.seed, size=row.sample_size)
    given = session.execute(
        select(ReviewItem.session_id, ReviewItem.enrolment_id)
        .where(ReviewItem.assignment_id == row.id)
        .order_by(ReviewItem.seq_no)
    )
    return Proof(
        same_population=population_hash(ids) == row.population_hash,
        same_sample=drawn == tuple(one or other for one, other in given),
        seed=row.seed,
        population_then=row.population_count,
        population_now=len(ids),
    )


def reach_of(row: ReviewAssignment) -> Reach:
    """What an assignment was drawn from."""
    return Reach(
        area=row.region_code,
        unit=row.unit,
        institution_ids=_ids(row.reach["institution_ids"]),
        class_ids=_ids(row.reach["class_ids"]),
        period_from=row.period_from,
        period_to=row.period_to,
    )


def _ids(raw: Sequence[str]) -> tuple[UUID, ...]:
    return tuple(UUID(one) for one in raw)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
