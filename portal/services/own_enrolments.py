"""What a trainee sees and does with their own enrolments. Other people's ids are not found."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import asc, case, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    TrainingClass,
)
from portal.db.models.classes import ON_ROSTER, OPEN
from portal.domain.errors import CannotCancel
from portal.domain.permissions import Actor, Permission
from portal.services import audit, seats
from portal.services.counted_hours import class_hours, part_lines
from portal.services.enrolment_cards import (
    EnrolmentCard,
    can_cancel,
    card,
    cards,
    own_card,
)
from portal.services.hot import LOCK_PERSON
from portal.services.hours_needed import hours_needed
from portal.services.own_sessions import OwnMeeting, meetings_of
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason


@dataclass(frozen=True, slots=True)
class EnrolmentDetail:
    """One enrolment with its sessions. ``hours_needed`` of ``card.hours_planned`` earn the
    certificate; ``percent`` is credited of planned, ``percent_needed`` where the bar has its mark;
    ``parts`` says how theory and practice stand where the region asks something of them alone.
    Whoever was entered by a roster has signed nothing before they accept.
    """

    card: EnrolmentCard
    hours_needed: int
    percent: int
    percent_needed: int
    contact_phone: str
    commitment_version: str | None
    signed_at: datetime | None
    sessions: tuple[OwnMeeting, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassStanding:
    """How a class stands to the person: ``kind`` is none, enrolled, needs_review, waitlisted,
    offered or conflict.

    ``enrolment_id`` when there is one, ``conflict_title`` names the class at the same time.
    """

    kind: str
    enrolment_id: UUID | None = None
    conflict_title: str | None = None


def my_enrolments(
    session: Session, actor: Actor, *, now: datetime, page: int = 1, size: int = 20
) -> Page[EnrolmentCard]:
    """The person's enrolments: a seat to be confirmed on top, then open ones, the next to meet
    first; then the latest."""
    actor.require(Permission.ENROL)
    limit, offset = bounds(page, size)
    mine = Enrolment.person_id.in_(actor.the_records())
    live = Enrolment.status.in_(OPEN)
    query = cards(now).where(mine)
    query = query.order_by(
        case((Enrolment.status == "offered", 0), else_=1),
        case((live, 0), else_=1),
        asc("next_starts_at").nulls_last(),
        case((live, TrainingClass.starts_on)).asc().nulls_last(),
        TrainingClass.starts_on.desc(),
        Enrolment.id.desc(),
    )
    rows = session.execute(query.limit(limit).offset(offset))
    total = session.scalar(select(func.count()).select_from(Enrolment).where(mine)) or 0
    return Page(tuple(card(row, now) for row in rows), max(page, 1), limit, total)


def my_enrolment(
    session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime
) -> EnrolmentDetail:
    """One of them with its sessions and hours; raises NotFound."""
    actor.require(Permission.ENROL)
    row = own_card(session, actor, enrolment_id, now)
    enrolment, of = row.Enrolment, row.TrainingClass
    counted = class_hours(session, of, enrolment_id=enrolment.id).of(enrolment.id)
    mine = replace(card(row, now), hours_credited=counted.credited)
    needed = hours_needed(session, of, planned=counted.planned)
    planned = max(mine.hours_planned, 1)
    return EnrolmentDetail(
        card=mine,
        hours_needed=needed,
        percent=min(100, mine.hours_credited * 100 // planned),
        percent_needed=min(100, needed * 100 // planned),
        contact_phone=row.contact_phone,
        commitment_version=enrolment.commitment_version,
        signed_at=enrolment.signed_at,
        sessions=meetings_of(session, enrolment, now),
        parts=part_lines(counted),
    )


def cancel(
    session: Session, actor: Actor, *, enrolment_id: UUID, reason: str = "", now: datetime
) -> EnrolmentCard:
    """Leave a class before it begins; the seat is free at once. Again does no harm.

    Raises NotFound, CannotCancel (with the institution's phone), BadInput (reason).
    """
    actor.require(Permission.ENROL)
    why = clean_reason(reason) or None
    row = own_card(session, actor, enrolment_id, now)
    # The person first, then the enrolment, then the class: the order in which enrolling locks.
    session.execute(text(LOCK_PERSON), {"person_no": row.Enrolment.person_no})
    enrolment = session.get_one(
        Enrolment, enrolment_id, with_for_update=True, populate_existing=True
    )
    if enrolment.status not in ("withdrawn", "rejected", "expired"):
        if not can_cancel(enrolment, row.TrainingClass, row.first_meeting, now):
            raise CannotCancel(phone=row.contact_phone)
        _withdraw(session, actor, enrolment, why, now)
    return card(own_card(session, actor, enrolment_id, now), now)


def already(session: Session, actor: Actor, *, class_id: UUID) -> ClassStanding:
    """Whether the person is in the class, or in another at the same time; none for the public."""
    if actor.person_id is None or not actor.may(Permission.ENROL):
        return ClassStanding("none")
    wanted = select(TrainingClass.meets).where(TrainingClass.id == class_id).scalar_subquery()
    same = Enrolment.class_id == class_id
    found = session.execute(
        select(Enrolment.id, Enrolment.status, same.label("same"), TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.person_id.in_(actor.the_records()),
            Enrolment.status.in_(OPEN),
            same | Enrolment.busy.op("&&")(wanted),
        )
        .order_by(same.desc(), Enrolment.created_at)
    ).first()
    if found is None:
        return ClassStanding("none")
    if found.same:
        kind = "enrolled" if found.status in ON_ROSTER else found.status
        return ClassStanding(kind, enrolment_id=found.id)
    return ClassStanding("conflict", conflict_title=found.title)


def _withdraw(
    session: Session, actor: Actor, enrolment: Enrolment, reason: str | None, now: datetime
) -> None:
    seats.end(session, enrolment, status="withdrawn", now=now, reason=reason, offer="declined")
    audit.record(
        session,
        actor,
        "enrolment.cancel",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
        reason=reason,
    )
