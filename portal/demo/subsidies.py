"""The subsidies behind the demo's enrolments: consumed by a class that ended well, else held.

The demo writes its enrolments in bulk, past the rules; this writes what the rules would have
left behind. Nobody gets more than the most local cap allows: what is beyond it was learnt without
a subsidy.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Enrolment, SubsidyReservation, TrainingClass, TrainingProgramme
from portal.demo import seeds
from portal.demo.cast import Cast
from portal.policies import reference
from portal.services.eligibility_facts import skill_key
from portal.services.times import ZONE, day_of

# The first accounts of the contract and the last ones have this year's subsidies still before
# them, so that whoever tries the demo can enrol; those between show what a used-up year is.
_UNTOUCHED = (*range(4), *range(12, 20))
# One of each bucket a year, as Turpan has it.
_PER_BUCKET = 1
_HELD_AFTER_END = timedelta(days=365)


def ensure(session: Session, cast: Cast, *, now: datetime) -> None:
    """Write the reservations that are missing; again changes nothing."""
    free = {cast.trainees[index] for index in _UNTOUCHED}
    taken = Counter(_taken(session))
    rows = []
    for row in _enrolments(session, cast.people):
        if row.person_id in free and row.starts_on.year == day_of(now).year:
            continue
        made = _reservation(row, taken)
        if made is not None:
            rows.append(made)
    if rows:
        session.execute(insert(SubsidyReservation), rows)


def _taken(session: Session) -> Iterable[tuple[Any, ...]]:
    """What counts already: for the person's bucket, year, and occupation with level."""
    query = select(SubsidyReservation).where(SubsidyReservation.state.in_(("held", "consumed")))
    for row in session.scalars(query):
        yield (row.person_id, row.year, row.bucket)
        yield (row.person_id, row.year)
        yield (row.person_id, row.skill_key, row.level)


def _enrolments(session: Session, people: Iterable[UUID]) -> Iterable[Any]:
    """The demo's enrolments without a reservation, the earliest class first."""
    has = select(SubsidyReservation.id).where(SubsidyReservation.enrolment_id == Enrolment.id)
    return session.execute(
        select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.status,
            Enrolment.created_at,
            Enrolment.ended_at,
            TrainingClass.title,
            TrainingClass.starts_on,
            TrainingClass.ends_on,
            TrainingProgramme.training_type,
            TrainingProgramme.occupation_code,
            TrainingProgramme.topic_code,
            TrainingProgramme.level,
        )
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(
            Enrolment.person_id.in_(list(people)),
            Enrolment.status.in_(("accepted", "active", "completed")),
            TrainingClass.class_no.like("Y_-%"),
            # Classes for trying things out take nobody's subsidy.
            TrainingClass.class_no.not_like(f"{seeds.NOW}%"),
            TrainingClass.class_no.not_like(f"{seeds.DAYLONG}%"),
            ~has.exists(),
        )
        .order_by(TrainingClass.starts_on, Enrolment.id)
    )


def _reservation(row: Any, taken: Counter[tuple[Any, ...]]) -> dict[str, Any] | None:
    kind = reference.training_type(row.training_type)
    bucket = kind.bucket if kind else None
    skill = skill_key(row.occupation_code, row.topic_code)
    year = row.starts_on.year
    of_bucket, of_year = (row.person_id, year, bucket), (row.person_id, year)
    of_skill = (row.person_id, skill, row.level)
    if taken[of_skill] or (bucket and taken[of_bucket] >= _PER_BUCKET):
        return None
    for key in (of_bucket, of_year, of_skill):
        taken[key] += 1
    done = row.status == "completed"
    return {
        "id": new_id(),
        "person_id": row.person_id,
        "enrolment_id": row.id,
        "state": "consumed" if done else "held",
        "year": year,
        "bucket": bucket,
        "bucket_no": taken[of_bucket] if bucket else None,
        "total_no": taken[of_year] if bucket else None,
        "skill_key": skill,
        "level": row.level,
        "repeat_no": taken[of_skill] if skill else None,
        "title": row.title,
        "overridden": False,
        "expires_at": datetime.combine(row.ends_on, time(), ZONE) + _HELD_AFTER_END,
        "created_at": row.created_at,
        "ended_at": row.ended_at if done else None,
    }
