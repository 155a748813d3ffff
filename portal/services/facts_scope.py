"""Which persons an officer may act on: who lives in the region, or learns there.

Residence decides; only while nobody said it, an open enrolment in a class of the region does.
"""

from typing import Any

from sqlalchemy import and_, exists, or_, select, true
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Person, TrainingClass
from portal.db.models.classes import OPEN
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor
from portal.services.scope import in_area, region_prefix


def the_region(actor: Actor) -> str:
    """The region of an officer; raises Forbidden for everybody else."""
    if actor.region_code is None:
        raise Forbidden
    return actor.region_code


def in_reach(actor: Actor) -> Any:
    """Whether a ``Person`` of the query is one whom the officer may act on: never the own."""
    area = the_region(actor)
    others = Person.id.not_in(actor.the_records()) if actor.person_id else true()
    if not region_prefix(area):
        return others
    learns_here = (
        exists()
        .where(
            Enrolment.person_id == Person.id,
            Enrolment.status.in_(OPEN),
            TrainingClass.id == Enrolment.class_id,
            in_area(area),
        )
        .correlate(Person)
    )
    residence: Any = Person.residence_region
    return and_(others, or_(in_area(area, residence), and_(residence.is_(None), learns_here)))


def check_reach(session: Session, actor: Actor, person: Person) -> None:
    """Raise NotFound for a person elsewhere, and for the officer's own facts."""
    if actor.person_id and person.id in actor.the_records():
        raise Forbidden
    if session.scalar(select(Person.id).where(Person.id == person.id, in_reach(actor))) is None:
        raise NotFound
