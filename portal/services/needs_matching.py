"""Brings wishes and classes together: who is told of a new class, and which wishes are met.

Nobody is told of what they could not have: a class that is full, begins too early, lies too far
away, that they are in already, or that the rules would refuse them. Nobody is told twice of the
same class, nor more than once a week about the same wish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    Notice,
    TrainingClass,
    TrainingNeed,
    TrainingProgramme,
)
from portal.domain.permissions import Actor, Permission
from portal.services import eligibility, notices
from portal.services.eligibility_facts import skill_key
from portal.services.listing import listing_of
from portal.services.needs_near import open_classes
from portal.services.times import day_of, day_text

OPEN = ("open", "told")
# Whoever is told more often than that stops reading.
QUIET = timedelta(days=7)
_BATCH = 200
# Classes that a lost task left untold are looked for this long.
_RECENT = timedelta(days=14)
# Learning it, or having learnt it, meets a wish; waiting for it does not.
_LEARNS = ("accepted", "active", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Batch:
    """How many were told, and where to go on; None when everybody was looked at."""

    told: int
    last: UUID | None


def match_batch(
    session: Session, actor: Actor, *, class_id: UUID, after: UUID | None, now: datetime
) -> Batch:
    """Tell the next few people who wish for what this class teaches."""
    actor.require(Permission.RUN_TASKS)
    found = _open_class(session, class_id, now)
    if found is None:
        return Batch(0, None)
    query = _unmet(found, now).order_by(TrainingNeed.id).limit(_BATCH)
    if after is not None:
        query = query.where(TrainingNeed.id > after)
    needs = session.scalars(query.with_for_update(skip_locked=True)).all()
    told = _tell(session, found.TrainingClass, needs, now)
    return Batch(told, needs[-1].id if len(needs) == _BATCH else None)


def classes_to_match(session: Session, actor: Actor, *, now: datetime) -> tuple[UUID, ...]:
    """Classes that opened lately and for which somebody wishes."""
    actor.require(Permission.RUN_TASKS)
    wanted = set(
        session.scalars(
            select(TrainingNeed.skill_key).where(TrainingNeed.state.in_(OPEN)).distinct()
        )
    )
    if not wanted:
        return ()
    since = now - _RECENT
    rows = session.execute(
        open_classes(now).where(
            or_(TrainingClass.published_at > since, TrainingClass.enrol_from > since)
        )
    )
    return tuple(
        row.TrainingClass.id for row in rows if skill_key(row.occupation, row.topic) in wanted
    )


def met_needs(session: Session, *, person_id: UUID | None = None) -> frozenset[UUID]:
    """Open wishes whose person has begun to learn it since; of one person, or of all."""
    query = (
        select(
            TrainingNeed.id,
            TrainingNeed.skill_key,
            TrainingProgramme.occupation_code,
            TrainingProgramme.topic_code,
        )
        .join(Enrolment, Enrolment.person_id == TrainingNeed.person_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(
            TrainingNeed.state.in_(OPEN),
            Enrolment.status.in_(_LEARNS),
            Enrolment.created_at >= TrainingNeed.created_at,
        )
    )
    if person_id is not None:
        query = query.where(TrainingNeed.person_id == person_id)
    rows = session.execute(query)
    return frozenset(row[0] for row in rows if row[1] == skill_key(row[2], row[3]))


def settle(session: Session, actor: Actor, *, now: datetime) -> int:
    """Close the wishes that are met; answers how many."""
    actor.require(Permission.RUN_TASKS)
    met = met_needs(session)
    query = select(TrainingNeed).where(TrainingNeed.id.in_(met), TrainingNeed.state.in_(OPEN))
    rows = session.scalars(query.with_for_update(skip_locked=True)).all()
    for need in rows:
        need.state, need.ended_at = "met", now
    return len(rows)


def reopen(session: Session, enrolment: Enrolment) -> None:
    """Let a person wish again for what a class was to teach that does not take place.

    Whoever was told of it lately is told of the next one at once.
    """
    since, wish = enrolment.created_at, TrainingNeed
    of_class = (
        select(TrainingProgramme.occupation_code, TrainingProgramme.topic_code)
        .join(TrainingClass, TrainingClass.programme_id == TrainingProgramme.id)
        .where(TrainingClass.id == enrolment.class_id)
    )
    key = skill_key(*session.execute(of_class).one())
    met = (wish.state == "met") & (wish.skill_key == key)
    query = (
        select(wish)
        .where(
            wish.person_id == enrolment.person_id,
            or_(
                met & (wish.created_at <= since) & (wish.ended_at >= since),
                (wish.state == "told") & (wish.told_class_id == enrolment.class_id),
            ),
        )
        .order_by(wish.id)
        .with_for_update()
    )
    for need in session.scalars(query).all():
        if need.state == "met" and _wishes_again(session, need):
            continue
        need.state, need.ended_at = "open", None
        need.told_at = need.told_class_id = None


def _wishes_again(session: Session, need: TrainingNeed) -> bool:
    """Whether the person wrote the same down anew since."""
    same = exists().where(
        TrainingNeed.person_id == need.person_id,
        TrainingNeed.skill_key == need.skill_key,
        TrainingNeed.region_code == need.region_code,
        TrainingNeed.state.in_(OPEN),
    )
    return bool(session.scalar(select(same)))


def _open_class(session: Session, class_id: UUID, now: datetime) -> Any:
    row = session.execute(open_classes(now).where(TrainingClass.id == class_id)).one_or_none()
    if row is None:
        return None
    of = row.TrainingClass
    return row if listing_of(session, of.institution_id, today=day_of(now)).takes_trainees else None


def _unmet(row: Any, now: datetime) -> Select[TrainingNeed]:
    """Wishes for what a class teaches, whose people may be told of it now."""
    of: TrainingClass = row.TrainingClass
    told_of_it = exists().where(
        Notice.person_id == TrainingNeed.person_id,
        Notice.kind == "need_met",
        Notice.ref_id == of.id,
    )
    was_in_it = exists().where(
        Enrolment.person_id == TrainingNeed.person_id, Enrolment.class_id == of.id
    )
    return select(TrainingNeed).where(
        TrainingNeed.state.in_(OPEN),
        TrainingNeed.skill_key == skill_key(row.occupation, row.topic),
        _wished_near(of.region_code),
        TrainingNeed.from_month <= of.starts_on,
        # What stood there already when the wish was written down did not suit.
        TrainingNeed.created_at <= max(of.published_at, of.enrol_from),
        or_(TrainingNeed.told_at.is_(None), TrainingNeed.told_at <= now - QUIET),
        ~told_of_it,
        ~was_in_it,
    )


def _tell(session: Session, of: TrainingClass, needs: Sequence[TrainingNeed], now: datetime) -> int:
    pairs = [(need.person_id, of.id) for need in needs]
    judged = eligibility.decide_many(session, pairs, now=now) if pairs else []
    told: set[UUID] = set()
    for need, one in zip(needs, judged, strict=True):
        if one is None or one.decision.verdict == "not_eligible":
            continue
        need.state, need.told_at, need.told_class_id = "told", now, of.id
        # The same wish for the county and for the city is one piece of news.
        if need.person_id in told:
            continue
        told.add(need.person_id)
        notices.tell(
            session,
            need.person_id,
            "need_met",
            params={"title": of.title, "starts": day_text(of.starts_on)},
            ref=("training_class", of.id),
            now=now,
            until=of.enrol_until,
            sms=True,
        )
    return len(told)


def _wished_near(region_code: str) -> ColumnElement[bool]:
    """Wishes for a place in the class's city; a province stands for all of it."""
    return or_(
        func.left(TrainingNeed.region_code, 4) == region_code[:4],
        TrainingNeed.region_code == f"{region_code[:2]}0000",
    )
