"""The roster of an application: a sheet that was uploaded before there was a class.

Its rows could not be judged, since nobody knew for which class; they are as soon as there is one.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from portal.db.models import RosterRow, RosterUpload
from portal.services import queue
from portal.services.opening.check import Check, fail, good, warn
from portal.services.opening.facts import Facts

_MOST_CHOICES = 12
_READ = ("checked", "done")
# What every row of a sheet that names no class says, and what a class mends.
_NO_CLASS = "roster.fault.no_class"


@dataclass(frozen=True, slots=True)
class RosterChoice:
    """A sheet to choose from; ``people`` are the rows that can be entered once there is a class."""

    id: UUID
    sent_at: datetime
    people: int
    bad: int


def choices(session: Session, institution_id: UUID) -> tuple[RosterChoice, ...]:
    """The institution's sheets that name no class, the latest first."""
    query = (
        select(RosterUpload)
        .where(RosterUpload.institution_id == institution_id, RosterUpload.class_id.is_(None))
        .order_by(RosterUpload.created_at.desc(), RosterUpload.id.desc())
        .limit(_MOST_CHOICES)
    )
    return tuple(_choice(session, one) for one in session.scalars(query))


def _choice(session: Session, upload: RosterUpload) -> RosterChoice:
    usable, bad = _counts(session, upload.id)
    return RosterChoice(upload.id, upload.created_at, usable, bad)


def check(session: Session, facts: Facts) -> Check:
    """The sheet is the institution's, was read, and its people have seats."""
    key = facts.content.people.roster_id
    upload = session.get(RosterUpload, key) if key else None
    if upload is None or upload.institution_id != facts.institution.id:
        return fail("roster", "people", "missing", "five")
    if upload.class_id is not None:
        return fail("roster", "people", "used", "five")
    if upload.state == "failed":
        return fail("roster", "people", "failed", "five")
    if upload.state not in _READ:
        return fail("roster", "people", "reading", "five")
    usable, bad = _counts(session, upload.id)
    if not usable:
        return fail("roster", "people", "nobody", "five")
    seats = facts.content.where.capacity
    if seats is not None and usable > seats:
        return fail("roster", "people", "too_many", "five", people=usable, seats=seats)
    if bad:
        return warn("roster", "people", "bad_rows", "five", people=usable, bad=bad)
    return good("roster", "people", "five", people=usable)


def judge_for(session: Session, upload_id: UUID, class_id: UUID) -> None:
    """Have the rows judged for the class that has been opened, in the background."""
    upload = session.get_one(RosterUpload, upload_id, with_for_update=True, populate_existing=True)
    if upload.class_id is not None or upload.state not in _READ:
        return
    upload.class_id, upload.state, upload.finished_at = class_id, "checking", None
    session.execute(
        update(RosterRow)
        .where(RosterRow.upload_id == upload_id, _waits())
        .values(class_id=class_id, outcome="unread", reasons=[])
    )
    session.flush()
    queue.defer(session, "check_roster", key=str(upload_id), upload_id=upload_id)


def _counts(session: Session, upload_id: UUID) -> tuple[int, int]:
    """How many rows a class is all that they lack, and how many are bad otherwise."""
    usable = func.count().filter(_waits())
    query = select(usable, func.count()).where(RosterRow.upload_id == upload_id)
    found, every = session.execute(query).tuples().one()
    return found, every - found


def _waits() -> ColumnElement[bool]:
    bad: ColumnElement[bool] = RosterRow.outcome == "bad"
    first: ColumnElement[bool] = RosterRow.reasons[0]["key"].astext == _NO_CLASS
    alone: ColumnElement[bool] = func.jsonb_array_length(RosterRow.reasons) == 1
    return bad & alone & first
