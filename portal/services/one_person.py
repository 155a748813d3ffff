"""Records of one person: the one that is kept, and those merged into it (see ``person_merges``).

Merging rewrites nothing: rows stay with the record that they were written for, so everything
that asks for "all of this person" asks for all of these. Merging into a merged record is refused,
which makes one step enough.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Person


def kept(session: Session, person_id: UUID) -> UUID:
    """The record that stands for a person: the one itself, unless it was merged into another."""
    return session.scalar(select(Person.merged_into).where(Person.id == person_id)) or person_id


def ids_of(session: Session, person_id: UUID) -> tuple[UUID, ...]:
    """All records of a person, whichever of them is asked for: the kept one first.

    An unknown id stands for itself alone.
    """
    whole = kept(session, person_id)
    merged = select(Person.id).where(Person.merged_into == whole).order_by(Person.id)
    return (whole, *session.scalars(merged))


def same_person(column: Any, person_id: UUID) -> ColumnElement[bool]:
    """Whether a column names any record of a person, within one query: for hot paths."""
    found: ColumnElement[bool] = column.in_(records_of(person_id))
    return found


def records_of(person_id: UUID) -> Select[tuple[UUID]]:
    """The ids of all records of a person as a subquery."""
    asked = aliased(Person)
    of = select(asked.merged_into).where(asked.id == person_id).scalar_subquery()
    whole = func.coalesce(of, person_id)
    record = aliased(Person)
    return select(record.id).where(or_(record.id == whole, record.merged_into == whole))
