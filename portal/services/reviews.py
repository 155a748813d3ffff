"""What the rules leave open, an officer decides: approve, refuse, or override a soft rule.

A review concerns an enrolment that holds a seat in a class of the officer's region. Every
decision is kept with the facts as they stood when it was made, and the person is told.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    Institution,
    Person,
    SubsidyReservation,
    TrainingClass,
)
from portal.domain.errors import NotFound, NotReady
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, eligibility, notices, reservations, scope, seats
from portal.services.eligibility import Judged, Preflight
from portal.services.hot import LOCK_PERSON
from portal.services.offer_terms import TAKING
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One enrolment that waits for a decision. ``late``: its day has passed."""

    enrolment_id: UUID
    person: str
    title: str
    institution_name: str
    starts_on: date
    submitted_at: datetime
    due_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class PastSubsidyRow:
    """A subsidy that counts for the person: set aside (``held``) for a class that runs or is to
    come, or used (``consumed``)."""

    title: str
    bucket: str | None
    year: int
    level: int | None
    state: str


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    """What an officer decides on: the rules asked anew, as the facts stand now.

    ``needs_override``: a soft rule refuses, so that only an override with a document lets the
    person in; ``blocked``: a rule refuses that nobody may set aside.
    """

    row: ReviewRow
    preflight: Preflight
    history: tuple[PastSubsidyRow, ...]
    needs_override: bool
    blocked: bool


def queue(
    session: Session, actor: Actor, *, now: datetime, page: int = 1, size: int = 20
) -> Page[ReviewRow]:
    """The reviews of the officer's region, the most urgent first. The reading is logged."""
    actor.require(Permission.DECIDE_REVIEWS)
    limit, offset = bounds(page, size)
    query = _waiting(actor)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (Enrolment.review_due_on, Enrolment.created_at, Enrolment.id)
    found = session.execute(query.order_by(*order).limit(limit).offset(offset)).all()
    audit.record(session, actor, "reviews.read", now=now, object_type="enrolment")
    today = day_of(now)
    return Page(tuple(_row(row, today) for row in found), max(page, 1), limit, total)


def review(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> ReviewDetail:
    """One of them with what the rules say now. Raises NotFound. The reading is logged."""
    actor.require(Permission.DECIDE_REVIEWS)
    row = session.execute(_waiting(actor).where(Enrolment.id == enrolment_id)).one_or_none()
    if row is None:
        raise NotFound
    judged = _judge(session, row.Enrolment, now)
    audit.record(
        session,
        actor,
        "review.read",
        now=now,
        object_type="enrolment",
        object_id=enrolment_id,
        on_behalf_of=row.Enrolment.person_id,
        fields_read=["groups", "facts", "subsidies"],
    )
    decision = judged.decision
    refused = decision.verdict == "not_eligible"
    return ReviewDetail(
        row=_row(row, day_of(now)),
        preflight=eligibility.view(judged, row.Enrolment.class_id),
        history=_history(session, row.Enrolment),
        needs_override=refused and decision.overridable,
        blocked=refused and not decision.overridable,
    )


def approve(
    session: Session, actor: Actor, *, enrolment_id: UUID, reason: str, now: datetime
) -> None:
    """Let the person in: what was unknown is as it should be. Raises NotFound, BadInput
    (reason), NotReady when the class is over, or a rule refuses by now and only an override
    would do."""
    enrolment, judged = _open(session, actor, enrolment_id, now)
    why = clean_reason(reason, shortest=2)
    if judged.decision.verdict == "not_eligible":
        raise NotReady(reason="reviews.rule_refuses")
    _let_in(session, enrolment, judged, now=now, override=False)
    _decided(session, actor, enrolment, judged, act="approve", reason=why, now=now)


def override(
    session: Session,
    actor: Actor,
    *,
    enrolment_id: UUID,
    reason: str,
    document_ref: str,
    now: datetime,
) -> None:
    """Let the person in though a soft rule (原则上) refuses, by the document that allows it.

    Raises NotFound, BadInput (reason, document), NotReady when a rule refuses that nobody may
    set aside.
    """
    enrolment, judged = _open(session, actor, enrolment_id, now)
    why = clean_reason(reason, shortest=2)
    document = clean_reason(document_ref, shortest=2)
    if not judged.decision.overridable:
        raise NotReady(reason="reviews.hard_rule")
    _let_in(session, enrolment, judged, now=now, override=True)
    _decided(
        session,
        actor,
        enrolment,
        judged,
        act="override",
        reason=why,
        document_ref=document,
        now=now,
    )


def refuse(
    session: Session, actor: Actor, *, enrolment_id: UUID, reason: str, now: datetime
) -> None:
    """Do not let the person in; the seat goes to whoever waits. Raises NotFound, BadInput."""
    enrolment, judged = _open(session, actor, enrolment_id, now)
    why = clean_reason(reason, shortest=2)
    seats.end(session, enrolment, status="rejected", now=now, reason=why)
    _decided(session, actor, enrolment, judged, act="refuse", reason=why, now=now)


def overdue(session: Session, actor: Actor, *, now: datetime, most: int) -> list[UUID]:
    """Enrolments still under review though their class has begun."""
    actor.require(Permission.RUN_TASKS)
    begun = func.lower(TrainingClass.meets) <= now
    query = (
        select(Enrolment.id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(Enrolment.status == "needs_review", begun)
    )
    return list(session.scalars(query.order_by(Enrolment.created_at).limit(most)))


def expire(session: Session, actor: Actor, *, enrolment_id: UUID, now: datetime) -> None:
    """End a review that nobody decided before the class began, and tell the person."""
    actor.require(Permission.RUN_TASKS)
    enrolment = session.get_one(Enrolment, enrolment_id)
    enrolment = _lock(session, enrolment_id, enrolment.person_no)
    if enrolment.status != "needs_review":
        return
    seats.end(session, enrolment, status="rejected", now=now, reason=t("reviews.too_late"))
    _tell(session, enrolment, "review_refused", now)
    audit.record(
        session,
        actor,
        "review.expire",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
    )


def _waiting(actor: Actor) -> Select[Enrolment, TrainingClass, str, str]:
    return (
        select(
            Enrolment,
            TrainingClass,
            Person.name.label("name"),
            Institution.name.label("institution_name"),
        )
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(Enrolment.status == "needs_review", scope.in_area(scope.the_area(actor)))
    )


def _row(row: Any, today: date) -> ReviewRow:
    enrolment: Enrolment = row.Enrolment
    due = enrolment.review_due_on or today
    return ReviewRow(
        enrolment_id=enrolment.id,
        person=mask_name(row.name),
        title=row.TrainingClass.title,
        institution_name=row.institution_name,
        starts_on=row.TrainingClass.starts_on,
        submitted_at=enrolment.created_at,
        due_on=due,
        late=due < today,
    )


def _history(session: Session, enrolment: Enrolment) -> tuple[PastSubsidyRow, ...]:
    """What counts for the person but for this very enrolment, the latest year first."""
    held = SubsidyReservation
    query = select(held.title, held.bucket, held.year, held.level, held.state).where(
        held.person_id == enrolment.person_id,
        held.state.in_(("held", "consumed")),
        held.enrolment_id.is_distinct_from(enrolment.id),
    )
    rows = session.execute(query.order_by(held.year.desc(), held.created_at.desc(), held.id))
    return tuple(PastSubsidyRow(*row) for row in rows)


def _open(
    session: Session, actor: Actor, enrolment_id: UUID, now: datetime
) -> tuple[Enrolment, Judged]:
    """The enrolment, locked and still undecided, and what the rules say now. Raises NotFound."""
    actor.require(Permission.DECIDE_REVIEWS)
    row = session.execute(_waiting(actor).where(Enrolment.id == enrolment_id)).one_or_none()
    if row is None:
        raise NotFound
    enrolment = _lock(session, enrolment_id, row.Enrolment.person_no)
    if enrolment.status != "needs_review":
        raise NotFound
    return enrolment, _judge(session, enrolment, now)


def _lock(session: Session, enrolment_id: UUID, person_no: int) -> Enrolment:
    """The person first, then the enrolment: the order in which enrolling locks."""
    session.execute(text(LOCK_PERSON), {"person_no": person_no})
    return session.get_one(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)


def _judge(session: Session, enrolment: Enrolment, now: datetime) -> Judged:
    return eligibility.decide(
        session,
        person_id=enrolment.person_id,
        class_id=enrolment.class_id,
        enrolment_id=enrolment.id,
        now=now,
    )


def _let_in(
    session: Session, enrolment: Enrolment, judged: Judged, *, now: datetime, override: bool
) -> None:
    # Held, lest the class is closed at this very moment without the person in it.
    made = session.get_one(
        TrainingClass, enrolment.class_id, with_for_update={"read": True}, populate_existing=True
    )
    if made.status not in TAKING:
        raise NotReady(reason="reviews.class_over")
    reserved = reservations.reserve(
        session,
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        quota=judged.decision.quota,
        title=made.title,
        ends_on=made.ends_on,
        now=now,
        override=override,
    )
    if not reserved:
        raise NotReady(reason="reviews.rule_refuses")
    enrolment.status, enrolment.review_due_on = "accepted", None
    session.flush()


def _decided(
    session: Session,
    actor: Actor,
    enrolment: Enrolment,
    judged: Judged,
    *,
    act: str,
    reason: str,
    now: datetime,
    document_ref: str | None = None,
) -> None:
    eligibility.snapshot(
        session,
        judged,
        enrolment_id=enrolment.id,
        now=now,
        act=act,
        decided_by=actor.the_account(),
        reason=reason,
        document_ref=document_ref,
    )
    audit.record(
        session,
        actor,
        f"review.{act}",
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
        reason=reason,
        detail={"document": document_ref} if document_ref else None,
    )
    _tell(session, enrolment, "review_refused" if act == "refuse" else "review_approved", now)


def _tell(session: Session, enrolment: Enrolment, kind: str, now: datetime) -> None:
    title = session.get_one(TrainingClass, enrolment.class_id).title
    notices.tell(
        session,
        enrolment.person_id,
        kind,
        params={"title": title},
        ref=("enrolment", enrolment.id),
        now=now,
        sms=True,
    )
