"""The one strict order of a waiting list, as a column of a query."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import aliased

from portal.db.models import Enrolment

# Made once: an alias of a class costs milliseconds each time.
_Other = aliased(Enrolment)


def position_of(mine: Any) -> ColumnElement[int | None]:
    """Where ``mine`` (Enrolment, or an alias) stands, counted from 1: rank first, then number.

    NULL for an enrolment that does not wait.
    """
    not_behind = (
        select(func.count())
        .where(
            _Other.class_id == mine.class_id,
            _Other.status == "waitlisted",
            tuple_(_Other.waiting_rank, _Other.waiting_no)
            <= tuple_(mine.waiting_rank, mine.waiting_no),
        )
        .correlate(mine)
        .scalar_subquery()
    )
    return case((mine.status == "waitlisted", not_behind))
