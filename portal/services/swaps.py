"""Somewhere else to learn the same, at once: for whoever waits in line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Enrolment, Institution, TrainingClass, TrainingProgramme
from portal.db.models.classes import OPEN, SEATED
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies import reference
from portal.services import eligibility
from portal.services.catalogue.cards import short_region
from portal.services.catalogue.search import closed_channels
from portal.services.enrolment_cards import own_card
from portal.services.listing import listings_of
from portal.services.one_person import same_person
from portal.services.times import day_of, day_text

Nearness = Literal["county", "city", "province", "elsewhere"]
_NEARNESS: tuple[Nearness, ...] = ("county", "city", "province", "elsewhere")
# Some of the nearest fall out: not listed any more, or not for this person.
_LOOKED_AT = 12

# Made once: an alias of a class costs milliseconds each time.
_Own = aliased(Enrolment)


@dataclass(frozen=True, slots=True)
class Swap:
    """A class of the same subject and level with free seats. ``near`` compares its region with
    that of the class waited for; texts are ready to print."""

    class_id: UUID
    title: str
    institution_name: str
    region_name: str
    near: Nearness
    near_text: str
    starts_text: str
    seats_left: int


def swaps(
    session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime, limit: int = 3
) -> tuple[Swap, ...]:
    """Where the person who waits could go instead, the nearest region first, then the soonest.

    Only classes that would take the person now: open, nobody waiting, no clash with a class of
    theirs, and no rule against it. Raises NotFound.
    """
    actor.require(Permission.ENROL)
    row = own_card(session, actor, enrolment_id, now)
    found = _candidates(session, row.TrainingClass, row.Enrolment, now)
    listed = listings_of(
        session, {r.TrainingClass.institution_id for r in found}, today=day_of(now)
    )
    found = [row for row in found if listed[row.TrainingClass.institution_id].takes_trainees]
    return tuple(_swap(row) for row in _allowed(session, actor, found, now)[:limit])


def _allowed(
    session: Session, actor: Actor, rows: Sequence[Row[Any]], now: datetime
) -> list[Row[Any]]:
    """Those against which no rule stands."""
    pairs = [(actor.the_person(), row.TrainingClass.id) for row in rows]
    judged = eligibility.decide_many(session, pairs, now=now)
    return [
        row
        for row, one in zip(rows, judged, strict=True)
        if one is not None and one.decision.verdict != "not_eligible"
    ]


def _candidates(
    session: Session, of: TrainingClass, mine: Enrolment, now: datetime
) -> list[Row[Any]]:
    programme = session.get_one(TrainingProgramme, of.programme_id)
    other = TrainingClass
    clash = exists().where(
        same_person(_Own.person_id, mine.person_id),
        (_Own.class_id == other.id) & _Own.status.in_(OPEN)
        | _Own.status.in_(SEATED) & _Own.busy.op("&&")(other.meets),
    )
    near = _nearness(of.region_code)
    query = (
        select(other, Institution.name.label("institution_name"), near.label("near"))
        .join(TrainingProgramme, TrainingProgramme.id == other.programme_id)
        .join(Institution, Institution.id == other.institution_id)
        .where(
            other.id != of.id,
            _same_subject(programme),
            TrainingProgramme.level.is_not_distinct_from(programme.level),
            other.status == "enrolling",
            other.enrol_from <= now,
            other.enrol_until > now,
            other.seats_taken < other.capacity,
            other.waiting == 0,
            ~other.group_codes.overlap(closed_channels()),
            ~clash,
        )
        .order_by(near, other.starts_on, other.id)
        .limit(_LOOKED_AT)
    )
    return list(session.execute(query))


def _same_subject(programme: TrainingProgramme) -> ColumnElement[bool]:
    """The same occupation in any edition of the book, or the same topic."""
    code = programme.occupation_code
    if code is None:
        return TrainingProgramme.topic_code == programme.topic_code
    return TrainingProgramme.occupation_code.in_(reference.codes_of_same_occupation(code))


def _nearness(region: str) -> ColumnElement[int]:
    """0 for the same county, 1 the same city, 2 the same province, 3 elsewhere (GB/T 2260)."""
    other = TrainingClass.region_code
    return case(
        (other == region, 0),
        (func.left(other, 4) == region[:4], 1),
        (func.left(other, 2) == region[:2], 2),
        else_=3,
    )


def _swap(row: Row[Any]) -> Swap:
    of = row.TrainingClass
    near = _NEARNESS[row.near]
    return Swap(
        class_id=of.id,
        title=of.title,
        institution_name=row.institution_name,
        region_name=short_region(of.region_code),
        near=near,
        near_text=t(f"waiting.near.{near}"),
        starts_text=day_text(of.starts_on),
        seats_left=of.capacity - of.seats_taken,
    )
