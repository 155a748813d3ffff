"""Unmet need (R56): somebody found no suitable class, and says what, where and from when.

Recorded once for each skill and place, by the person or by the helper who holds a mandate. When
a class opens the person is told (``needs_matching``), and the authority sees the sum
(``needs_report``): “每个有培训需求的……劳动力都有机会接受职业技能培训” (reference R56).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Person, TrainingClass, TrainingNeed
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit, needs_matching, needs_near
from portal.services.hot import LOCK_PERSON
from portal.services.need_terms import Wish, month_text, region_text, skill_name, subject_of
from portal.services.needs_near import NearClass
from portal.services.one_person import same_person

OPEN = ("open", "told")
# A list of everything that could be learnt is no wish any more.
MOST_OPEN = 10


@dataclass(frozen=True, slots=True)
class NeedView:
    """A wish as its person reads it. ``state`` is open, told (a class opened; ``class_id`` and
    ``class_title`` say which), met (the person learns it) or withdrawn.

    ``search`` finds classes of it in the place and beyond.
    """

    id: UUID
    skill: str
    region: str
    month: str
    state: str
    since: datetime
    search: str
    class_id: UUID | None = None
    class_title: str = ""
    by_helper: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """A wish that was written down, and classes nearby that would do already."""

    need: NeedView
    near: tuple[NearClass, ...]


def record(session: Session, actor: Actor, *, wish: Wish, now: datetime) -> Recorded:
    """Write down what the actor would like to learn; again changes only the month.

    Raises BadInput (subject) when the person wishes for too many things.
    """
    actor.require(Permission.ENROL)
    return record_for(
        session, actor, person_id=actor.the_person(), wish=wish, channel="web", now=now
    )


def record_for(
    session: Session, actor: Actor, *, person_id: UUID, wish: Wish, channel: str, now: datetime
) -> Recorded:
    """As ``record``, for somebody else: the caller has made sure that the actor may."""
    person = session.get_one(Person, person_id)
    session.execute(text(LOCK_PERSON), {"person_no": person.no})
    need = _standing(session, person_id, wish)
    if need is None:
        _must_be_few(session, person_id)
        need = _add(session, actor, person_id, wish, channel, now)
        _trace(session, actor, "need.record", need, now)
    else:
        need.from_month = wish.from_month
    session.flush()
    near = needs_near.near_classes(session, person_id, wish, now=now)
    return Recorded(_view(need, None), near)


def withdraw(
    session: Session, actor: Actor, *, need_id: UUID, now: datetime
) -> tuple[NeedView, ...]:
    """The actor does not wish for it any more; again does no harm. Raises NotFound."""
    actor.require(Permission.ENROL)
    withdraw_for(session, actor, person_id=actor.the_person(), need_id=need_id, now=now)
    return my_needs(session, actor, now=now)


def withdraw_for(
    session: Session, actor: Actor, *, person_id: UUID, need_id: UUID, now: datetime
) -> None:
    """As ``withdraw``, for somebody else: the caller has made sure that the actor may."""
    query = select(TrainingNeed).where(
        TrainingNeed.id == need_id, same_person(TrainingNeed.person_id, person_id)
    )
    need = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if need is None:
        raise NotFound
    if need.state in OPEN:
        need.state, need.ended_at = "withdrawn", now
        _trace(session, actor, "need.withdraw", need, now)
        session.flush()


def my_needs(session: Session, actor: Actor, *, now: datetime) -> tuple[NeedView, ...]:
    """What the actor wished for and did not take back, the latest first."""
    actor.require(Permission.ENROL)
    return needs_of(session, actor.the_person())


def needs_of(session: Session, person_id: UUID) -> tuple[NeedView, ...]:
    """The wishes of a person that stand or were met; who may read them the caller decides."""
    rows = session.execute(
        select(TrainingNeed, TrainingClass.title)
        .outerjoin(TrainingClass, TrainingClass.id == TrainingNeed.told_class_id)
        .where(same_person(TrainingNeed.person_id, person_id), TrainingNeed.state != "withdrawn")
        .order_by(TrainingNeed.created_at.desc(), TrainingNeed.id.desc())
        .limit(2 * MOST_OPEN)
    ).all()
    met = needs_matching.met_needs(session, person_id=person_id)
    return tuple(_view(need, title, met=need.id in met) for need, title in rows)


def _standing(session: Session, person_id: UUID, wish: Wish) -> TrainingNeed | None:
    query = select(TrainingNeed).where(
        same_person(TrainingNeed.person_id, person_id),
        TrainingNeed.skill_key == wish.skill_key,
        TrainingNeed.region_code == wish.region_code,
        TrainingNeed.state.in_(OPEN),
    )
    return session.scalar(query.with_for_update())


def _must_be_few(session: Session, person_id: UUID) -> None:
    count = select(func.count()).where(
        same_person(TrainingNeed.person_id, person_id), TrainingNeed.state.in_(OPEN)
    )
    if (session.scalar(count) or 0) >= MOST_OPEN:
        raise BadInput("subject", "needs.too_many", most=MOST_OPEN)


def _add(
    session: Session,
    actor: Actor,
    person_id: UUID,
    wish: Wish,
    channel: str,
    now: datetime,
) -> TrainingNeed:
    own = actor.person_id == person_id
    made = TrainingNeed(
        id=new_id(),
        person_id=person_id,
        skill_key=wish.skill_key,
        region_code=wish.region_code,
        from_month=wish.from_month,
        state="open",
        channel=channel,
        acting_account_id=None if own else actor.account_id,
        created_at=now,
    )
    session.add(made)
    return made


def _view(need: TrainingNeed, title: str | None, *, met: bool = False) -> NeedView:
    subject = subject_of(need.skill_key)
    return NeedView(
        id=need.id,
        skill=skill_name(need.skill_key),
        region=region_text(need.region_code),
        month=month_text(need.from_month),
        state="met" if met else need.state,
        since=need.created_at,
        search=f"/classes?occupation={subject}",
        class_id=need.told_class_id,
        class_title=title or "",
        by_helper=need.acting_account_id is not None,
    )


def _trace(session: Session, actor: Actor, action: str, need: TrainingNeed, now: datetime) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_need",
        object_id=need.id,
        on_behalf_of=need.person_id,
    )
