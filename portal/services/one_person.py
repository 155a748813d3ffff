"""Records of one person: the one that is kept, and those merged into it (see ``person_merges``).

Merging rewrites nothing: rows stay with the record that they were written for, so everything
that asks for "all of this person" asks for all of these. Merging into a merged record is refused,
which makes one step enough.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.db.models import Person

# Made once and of the bare table: an alias of the class costs milliseconds each time.
_ASKED, _RECORD = (Person.__table__.alias(name) for name in ("asked_record", "one_record"))

# Somebody's id, or a column of the query around, which holds one.
_Whose = UUID | InstrumentedAttribute[UUID]


def kept(session: Session, person_id: UUID) -> UUID:
    """The record that stands for a person: the one itself, unless it was merged into another."""
    return session.scalar(select(Person.merged_into).where(Person.id == person_id)) or person_id


def ids_of(session: Session, person_id: UUID) -> tuple[UUID, ...]:
    """All records of a person, whichever of them is asked for: the kept one first.

    An unknown id stands for itself alone.
    """
    # A statement that is put together anew costs more than its answer.
    found = tuple(session.scalars(_ALL_RECORDS, {"person_id": person_id}))
    return found or (person_id,)


def same_person(column: Any, person_id: _Whose) -> ColumnElement[bool]:
    """Whether a column names any record of a person, within one query."""
    found: ColumnElement[bool] = column.in_(records_of(person_id))
    return found


def records_of(person_id: _Whose) -> Select[UUID]:
    """The ids of all records of a person, as a subquery."""
    into = select(_ASKED.c.merged_into).where(_ASKED.c.id == person_id)
    found: Select[UUID] = select(_RECORD.c.id)
    if isinstance(person_id, InstrumentedAttribute):
        into, found = into.correlate(person_id.class_), found.correlate(person_id.class_)
    whole = func.coalesce(into.scalar_subquery(), person_id)
    return found.where(or_(_RECORD.c.id == whole, _RECORD.c.merged_into == whole))


def _all_records() -> Select[UUID]:
    asked: Any = bindparam("person_id", type_=Person.__table__.c.id.type)
    kept_first = _RECORD.c.merged_into.is_not(None)
    return records_of(asked).order_by(kept_first, _RECORD.c.id)


_ALL_RECORDS = _all_records()
