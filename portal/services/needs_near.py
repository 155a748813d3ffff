"""Classes that are open already and would do for a wish, shown when it is written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Institution, TrainingClass, TrainingProgramme
from portal.policies import reference
from portal.services import eligibility
from portal.services.listing import listings_of
from portal.services.need_terms import Wish
from portal.services.one_person import same_person
from portal.services.times import day_of, day_text

_NEAR = 3


@dataclass(frozen=True, slots=True)
class NearClass:
    """A class that is open now and would do."""

    class_id: UUID
    title: str
    institution_name: str
    starts_text: str


def near_classes(
    session: Session, person_id: UUID, wish: Wish, *, now: datetime
) -> tuple[NearClass, ...]:
    """Classes that are open already in the same city and would do, the next to begin first."""
    rows = session.execute(
        open_classes(now)
        .add_columns(Institution.name.label("institution_name"))
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            _teaches(wish.skill_key),
            _same_city(wish.region_code),
            TrainingClass.starts_on >= wish.from_month,
            ~_knows_class(person_id),
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id)
        .limit(4 * _NEAR)
    ).all()
    listed = listings_of(session, {r.TrainingClass.institution_id for r in rows}, today=day_of(now))
    rows = [row for row in rows if listed[row.TrainingClass.institution_id].takes_trainees]
    pairs = [(person_id, row.TrainingClass.id) for row in rows]
    judged = eligibility.decide_many(session, pairs, now=now) if pairs else []
    fitting = [
        NearClass(
            row.TrainingClass.id,
            row.TrainingClass.title,
            row.institution_name,
            day_text(row.TrainingClass.starts_on),
        )
        for row, one in zip(rows, judged, strict=True)
        if one is not None and one.decision.verdict != "not_eligible"
    ]
    return tuple(fitting[:_NEAR])


def open_classes(now: datetime) -> Select[*tuple[Any, ...]]:
    """Classes that take people now and have a seat that nobody waits for."""
    return (
        select(
            TrainingClass,
            TrainingProgramme.occupation_code.label("occupation"),
            TrainingProgramme.topic_code.label("topic"),
        )
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(
            TrainingClass.status == "enrolling",
            TrainingClass.enrol_from <= now,
            TrainingClass.enrol_until > now,
            TrainingClass.seats_taken < TrainingClass.capacity,
            TrainingClass.waiting == 0,
        )
    )


def _same_city(region_code: str) -> ColumnElement[bool]:
    """Classes in the city of a place; of a province, anywhere in it."""
    width = 2 if region_code.endswith("0000") else 4
    return TrainingClass.region_code.startswith(region_code[:width], autoescape=True)


def _teaches(key: str) -> ColumnElement[bool]:
    if key.startswith("topic:"):
        return and_(
            TrainingProgramme.occupation_code.is_(None),
            TrainingProgramme.topic_code == key.removeprefix("topic:"),
        )
    return TrainingProgramme.occupation_code.in_(reference.codes_of_same_occupation(key))


def _knows_class(person_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        Enrolment.class_id == TrainingClass.id, same_person(Enrolment.person_id, person_id)
    )
