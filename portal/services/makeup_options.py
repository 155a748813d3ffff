"""Which sessions of other classes a missed one can be made up in.

The same programme, or the same skill and level; the same kind of session; still to come; not
while the person's own classes meet; with a free chair. Also at another institution, the nearest
first: a trainee who works cannot always wait for the own school's next class.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    AttendanceRecord,
    Enrolment,
    Institution,
    MakeUp,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import ON_ROSTER, OPEN, SEATED
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import times
from portal.services.one_person import same_person

# How far ahead one looks, and how many a person can choose from.
_AHEAD = timedelta(days=60)
_MOST = 20
_MEETS = ("enrolling", "running")


class Missed(NamedTuple):
    """A session of the person's own class, and what it counted for them."""

    enrolment: Enrolment
    session: TrainingSession
    training_class: TrainingClass
    record: AttendanceRecord | None


@dataclass(frozen=True, slots=True)
class MakeUpOption:
    """A session in which the missed one can be made up. ``hours``: what it can count at most.

    ``chairs`` are still free; ``same_topic``: it has the missed session's topic.
    """

    session_id: UUID
    class_title: str
    institution_name: str
    is_own_institution: bool
    address: str
    room: str
    topic: str
    same_topic: bool
    when: str
    starts_at: datetime
    hours: int
    chairs: int


def missed_of(session: Session, actor: Actor, session_id: UUID) -> Missed:
    """A session of the person's own class; raises NotFound, Forbidden, Unauthenticated."""
    actor.require(Permission.ENROL)
    row = session.execute(
        select(Enrolment, TrainingSession, TrainingClass, AttendanceRecord)
        .join(TrainingSession, TrainingSession.class_id == Enrolment.class_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .outerjoin(
            AttendanceRecord,
            and_(
                AttendanceRecord.session_id == TrainingSession.id,
                AttendanceRecord.enrolment_id == Enrolment.id,
            ),
        )
        .where(
            TrainingSession.id == session_id,
            Enrolment.person_id.in_(actor.the_records()),
            Enrolment.status.in_(ON_ROSTER),
            TrainingClass.status.not_in(("draft", "cancelled")),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Missed(*row)


def hindrance(missed: Missed) -> str | None:
    """Why there is nothing to make up, in words; None when there is."""
    if missed.session.confirmed_at is None or missed.record is None:
        return t("makeup.not_confirmed")
    if missed.record.credited_hours:
        return t("makeup.nothing_missed")
    if missed.training_class.status == "closed":
        return t("makeup.class_closed")
    return None


def options(
    session: Session, actor: Actor, *, missed_session_id: UUID, now: datetime
) -> tuple[MakeUpOption, ...]:
    """Where the person can make up a missed session; nothing when there is nothing to make up.

    The nearest first, there the soonest. Raises NotFound.
    """
    missed = missed_of(session, actor, missed_session_id)
    if hindrance(missed) is not None:
        return ()
    near = missed.training_class.region_code
    region = TrainingClass.region_code
    rows = session.execute(
        _offered(missed, now)
        .where(has_chair())
        .order_by(
            case(
                (region == near, 0),
                (region.startswith(near[:4]), 1),
                (region.startswith(near[:2]), 2),
                else_=3,
            ),
            TrainingSession.starts_at,
            TrainingSession.id,
        )
        .limit(_MOST)
    )
    return tuple(_option(missed, *row) for row in rows)


def fits(session: Session, missed: Missed, at_session_id: UUID, now: datetime) -> bool | None:
    """Whether one session fits: None when it does not, False when only the chairs are gone."""
    row = session.scalar(
        _offered(missed, now)
        .with_only_columns(has_chair())
        .where(TrainingSession.id == at_session_id)
    )
    return row if row is None else bool(row)


def has_chair() -> ColumnElement[bool]:
    """Whether the class's seats and the session's guests leave a chair free."""
    free: ColumnElement[bool] = TrainingClass.seats_taken + _guests() < TrainingClass.capacity
    return free


def _guests() -> Any:
    """How many guests a session expects."""
    return (
        select(func.count())
        .select_from(MakeUp)
        .join(Enrolment, Enrolment.id == MakeUp.enrolment_id)
        .where(
            MakeUp.at_session_id == TrainingSession.id,
            MakeUp.state.in_(("planned", "attended")),
            Enrolment.status.in_(ON_ROSTER),
        )
        .correlate(TrainingSession)
        .scalar_subquery()
    )


def _offered(missed: Missed, now: datetime) -> Select[*tuple[Any, ...]]:
    """Sessions that would do, whether or not a chair is free."""
    own, of = missed.session, missed.training_class
    same_skill = and_(
        TrainingClass.occupation_code == of.occupation_code,
        TrainingClass.level.is_not_distinct_from(of.level),
    )
    return (
        select(TrainingSession, TrainingClass, Institution, _guests().label("guests"))
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            TrainingSession.starts_at > now,
            TrainingSession.starts_at < now + _AHEAD,
            TrainingSession.kind == own.kind,
            TrainingClass.id != of.id,
            TrainingClass.status.in_(_MEETS),
            or_(TrainingClass.programme_id == of.programme_id, same_skill),
            *_is_free(missed.enrolment.person_id),
        )
    )


def _is_free(person_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The person is not in that class, and has nothing else at that time."""
    span = func.tstzrange(TrainingSession.starts_at, TrainingSession.ends_at)
    other = aliased(TrainingSession)
    mine = select(Enrolment.id).where(same_person(Enrolment.person_id, person_id))
    in_class = mine.where(
        Enrolment.class_id == TrainingClass.id, Enrolment.status.in_(OPEN)
    ).correlate(TrainingClass)
    busy = mine.where(Enrolment.status.in_(SEATED), Enrolment.busy.op("&&")(span)).correlate(
        TrainingSession
    )
    planned = (
        select(MakeUp.id)
        .join(other, other.id == MakeUp.at_session_id)
        .where(
            same_person(MakeUp.person_id, person_id),
            MakeUp.state == "planned",
            other.starts_at < TrainingSession.ends_at,
            other.ends_at > TrainingSession.starts_at,
        )
        .correlate(TrainingSession)
    )
    return ~in_class.exists(), ~busy.exists(), ~planned.exists()


def _option(
    missed: Missed, at: TrainingSession, of: TrainingClass, where: Institution, guests: int
) -> MakeUpOption:
    return MakeUpOption(
        session_id=at.id,
        class_title=of.title,
        institution_name=where.name,
        is_own_institution=where.id == missed.training_class.institution_id,
        address=of.address,
        room=at.room or of.site,
        topic=at.topic,
        same_topic=bool(at.topic) and at.topic == missed.session.topic,
        when=times.span_text(at.starts_at, at.ends_at),
        starts_at=at.starts_at,
        hours=min(at.hours, missed.session.hours),
        chairs=of.capacity - of.seats_taken - guests,
    )
