"""Hours that a trainee has had elsewhere and that this class counts, where the pack allows.

The manager sees only trainings that were brought along from another portal, and of these only
what is needed to judge them. Every training is counted once in a lifetime.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CarriedHours, Enrolment, Person, TrainingClass
from portal.domain import carry
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, carried_rules
from portal.services.carried_lines import Brought, brought, who_brought
from portal.services.carried_rules import CarryPolicy
from portal.services.results import ResultClosed
from portal.services.teaching import ON_ROSTER, own_class


@dataclass(frozen=True, slots=True)
class CarriedLine:
    """A training from elsewhere beside one trainee. ``counted`` are its hours that count here,
    ``most`` those that may; ``why`` says why none may."""

    enrolment_id: UUID
    entry_id: UUID
    carried_id: UUID | None
    name: str
    title: str
    occupation: str
    hours: int
    starts_on: str
    ends_on: str
    portal: str
    counted: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class ClassCarried:
    """What the people of a class brought along, and what the pack says of it."""

    policy: str
    counts: bool
    is_open: bool
    lines: tuple[CarriedLine, ...]


def of_class(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> ClassCarried:
    """The trainings from elsewhere of everybody on the roster; audited for each of them.

    Raises NotFound, Forbidden.
    """
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    policy, taken = carried_rules.policy_of(session, made), _taken(session, made.id)
    lines = []
    for enrolment, person in who_brought(session, made.id):
        found = brought(session, person.id)
        if found:
            _audit_read(session, actor, enrolment, now)
        mine = taken[enrolment.id]
        lines += [_line(session, policy, made, (enrolment, person), one, mine) for one in found]
    return ClassCarried(
        policy=policy.sentence,
        counts=policy.rules.counts,
        is_open=made.status != "closed",
        lines=tuple(lines),
    )


def accept(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    entry_id: UUID,
    hours: int,
    now: datetime,
) -> None:
    """Count hours of a training from elsewhere for a trainee of the class.

    Raises NotFound, ResultClosed, HoursRefused (what the pack says), BadInput for more hours than
    may count, AlreadyCounted.
    """
    actor.require(Permission.FINISH_CLASS)
    enrolment, made = _locked(session, actor, enrolment_id)
    policy = carried_rules.policy_of(session, made)
    known = {one.entry.id: one for one in brought(session, enrolment.person_id)}
    if entry_id not in known:
        raise NotFound
    found = known[entry_id]
    why = carried_rules.obstacle(policy, made, found)
    if why is not None:
        raise carry.HoursRefused(why=why)
    if _counted(session, found.lineage):
        raise carry.AlreadyCounted
    entry = found.entry
    carried = sum(row.hours for row in _taken(session, made.id)[enrolment.id].values())
    most = carried_rules.most(policy, made, hours=entry.hours or 0, carried=carried)
    if not 1 <= hours <= most:
        raise BadInput("hours", "carry.hours_most", most=most)
    row = CarriedHours(
        id=new_id(),
        enrolment_id=enrolment.id,
        entry_id=entry.id,
        hours=hours,
        accepted_by=actor.the_account(),
        at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise carry.AlreadyCounted from None
    _audit(
        session, actor, "carried.accept", enrolment, {"hours": hours, "entry": str(entry.id)}, now
    )


def withdraw(session: Session, actor: Actor, *, carried_id: UUID, now: datetime) -> None:
    """Count them no longer; possible until the class is closed. Again does no harm."""
    actor.require(Permission.FINISH_CLASS)
    found = session.get(CarriedHours, carried_id)
    if found is None:
        raise NotFound
    enrolment, _ = _locked(session, actor, found.enrolment_id)
    row = session.get_one(CarriedHours, carried_id, with_for_update=True, populate_existing=True)
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at, row.withdrawn_by = now, actor.account_id
    session.flush()
    _audit(session, actor, "carried.withdraw", enrolment, {"hours": row.hours}, now)


def _locked(session: Session, actor: Actor, enrolment_id: UUID) -> tuple[Enrolment, TrainingClass]:
    """An enrolment of an own, open class, both held still: nobody closes the class meanwhile."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.status not in ON_ROSTER:
        raise NotFound
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=enrolment.class_id)
    session.refresh(made, with_for_update={"key_share": True})
    if made.status == "closed":
        raise ResultClosed
    session.refresh(enrolment, with_for_update={"key_share": True})
    return enrolment, made


def _taken(session: Session, class_id: UUID) -> dict[UUID, dict[UUID, CarriedHours]]:
    """What counts already in a class, by enrolment and archive line."""
    rows = session.scalars(
        select(CarriedHours)
        .join(Enrolment, Enrolment.id == CarriedHours.enrolment_id)
        .where(Enrolment.class_id == class_id, CarriedHours.withdrawn_at.is_(None))
    )
    found: dict[UUID, dict[UUID, CarriedHours]] = defaultdict(dict)
    for row in rows:
        found[row.enrolment_id][row.entry_id] = row
    return found


def _line(
    session: Session,
    policy: CarryPolicy,
    of: TrainingClass,
    who: tuple[Enrolment, Person],
    found: Brought,
    taken: dict[UUID, CarriedHours],
) -> CarriedLine:
    entry, detail = found.entry, found.entry.detail
    mine = next((taken[one] for one in found.lineage if one in taken), None)
    why, most = None, 0
    if mine is None:
        why = carried_rules.obstacle(policy, of, found)
        carried = sum(row.hours for row in taken.values())
        most = carried_rules.most(policy, of, hours=entry.hours or 0, carried=carried)
        if why is None and _counted(session, found.lineage):
            why = t(carry.AlreadyCounted.key)
        elif why is None and most == 0:
            why = t("carry.share_full")
    return CarriedLine(
        enrolment_id=who[0].id,
        entry_id=entry.id,
        carried_id=mine.id if mine else None,
        name=who[1].name,
        title=entry.title,
        occupation=str(detail.get("occupation_code") or ""),
        hours=entry.hours or 0,
        starts_on=detail["starts_on"],
        ends_on=detail["ends_on"],
        portal=str(detail.get("portal") or entry.source_system),
        counted=mine.hours if mine else 0,
        most=0 if why else most,
        why=why or "",
    )


def _counted(session: Session, lineage: tuple[UUID, ...]) -> bool:
    """Whether hours of this training count anywhere."""
    query = select(CarriedHours.id).where(
        CarriedHours.entry_id.in_(lineage), CarriedHours.withdrawn_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def _audit_read(session: Session, actor: Actor, enrolment: Enrolment, now: datetime) -> None:
    audit.record(
        session,
        actor,
        "carried.read",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
        fields_read=["occupation", "hours", "dates", "portal"],
    )


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    enrolment: Enrolment,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
        detail=detail,
    )
