"""Enrolling somebody who is not the one logged in: by a roster, at a desk, through a helper.

The same guarantees as the hot act (``enrolment``), in a unit of work: the rules are asked, then
the class is held still while a seat or a number of the waiting list is given, and the subsidy is
set aside with the seat. Who acts and for whom are kept apart: the audit names both.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Enrolment, Person, TrainingClass
from portal.domain import working_days
from portal.domain.errors import NotEligible, NotFound, SeatsGone
from portal.domain.permissions import Actor
from portal.domain.waiting_list import closes_at
from portal.services import (
    audit,
    commitment,
    eligibility,
    one_person,
    reservations,
    review_asks,
    times,
)
from portal.services.commitment import CommitmentView
from portal.services.desk_checks import (
    must_be_open,
    must_be_trainee,
    must_have_time,
    must_not_be_in,
)
from portal.services.eligibility import Judged
from portal.services.enrolment_locks import begins, locked_class
from portal.services.hot import LOCK_PERSON
from portal.services.offer_terms import terms_of
from portal.services.waiting_order import position_of


@dataclass(frozen=True, slots=True)
class By:
    """Who enters somebody, and how: ``channel`` is desk, roster or helper.

    ``account_id`` is whoever answers for it, also when the background does the work; ``detail``
    goes into the audit and names nobody.
    """

    channel: str
    account_id: UUID
    mandate_id: UUID | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody got: ``status`` is accepted, needs_review (an officer answers by
    ``review_due_on``), waitlisted (``position`` counts from 1) or, unsigned, offered.

    ``why`` says what an officer has to look at.
    """

    enrolment_id: UUID
    class_id: UUID
    title: str
    status: str
    position: int | None = None
    review_due_on: date | None = None
    why: str = ""


def enrol_person(
    session: Session,
    actor: Actor,
    *,
    person_id: UUID,
    class_id: UUID,
    by: By,
    signed: CommitmentView | None,
    now: datetime,
    wait: bool = True,
    ask_review: bool = False,
    judged: Judged | None = None,
) -> Entered:
    """Give the person a seat of the class, or a place on its list; all or nothing.

    ``signed`` is the commitment that the person has signed. Without it the seat is only kept:
    the state is ``offered``, no subsidy is set aside, and the caller makes the offer in the same
    transaction (``offering.make``). ``judged`` when the caller knows more than the database.

    No permission is asked here: the caller has made sure that the actor may act for the person.
    Raises NotFound, Forbidden (staff), AlreadyEnrolled, EnrolmentClosed, NotEligible, SeatsGone,
    TimeConflict; nothing is written then, and the transaction can go on.
    """
    person = session.get(Person, one_person.kept(session, person_id))
    if person is None:
        raise NotFound
    person_id = person.id
    session.execute(text(LOCK_PERSON), {"person_no": person.no})
    must_be_trainee(session, person_id)
    must_not_be_in(session, person_id, class_id)
    of = session.get(TrainingClass, class_id, populate_existing=True)
    if of is None or of.status == "draft":
        raise NotFound
    must_be_open(session, of, now)
    asked = judged or eligibility.decide(session, person_id=person_id, class_id=class_id, now=now)
    status = _status_by_rules(asked, ask_review=ask_review)
    if asked.decision.verdict == "not_eligible":
        review_asks.must_be_few(session, person_id)
    must_have_time(session, person_id, of)
    with session.begin_nested():
        # From here on nobody else takes a seat or a place in line of this class.
        of = locked_class(session, class_id)
        must_be_open(session, of, now)
        row = _new_row(person, of, by, now)
        _sign(session, row, signed, now)
        _place(row, of, asked, status if signed else "offered", wait=wait, now=now)
        session.add(row)
        session.flush()
        _reserve(session, row, of, asked, now)
        eligibility.snapshot(session, asked, enrolment_id=row.id, now=now)
        _trace(session, actor, row, by, now)
    return _entered(session, row, of, asked)


def _status_by_rules(judged: Judged, *, ask_review: bool) -> str:
    """The state in which the rules let the person have the seat. Raises NotEligible."""
    decision = judged.decision
    if decision.verdict == "eligible":
        return "accepted"
    if decision.verdict == "needs_review" or (ask_review and decision.overridable):
        return "needs_review"
    raise NotEligible(why=eligibility.headline(decision))


def _new_row(person: Person, of: TrainingClass, by: By, now: datetime) -> Enrolment:
    return Enrolment(
        id=new_id(),
        person_id=person.id,
        person_no=person.no,
        class_id=of.id,
        busy=TimestamptzMultirange([]),
        channel=by.channel,
        acting_account_id=by.account_id,
        mandate_id=by.mandate_id,
        created_at=now,
    )


def _sign(session: Session, row: Enrolment, signed: CommitmentView | None, now: datetime) -> None:
    if signed is None:
        return
    commitment.ensure_stored(session, now)
    row.commitment_version = signed.version
    row.commitment_text_hash = signed.text_hash
    row.signed_at = now


def _place(
    row: Enrolment, of: TrainingClass, judged: Judged, seated_as: str, *, wait: bool, now: datetime
) -> None:
    """A seat, unless others wait for it; else the next number of the list. Raises SeatsGone.

    The class is locked, so that numbers are drawn in one strict order with the hot act's.
    """
    if of.seats_taken < of.capacity and not of.waiting:
        of.seats_taken = of.seats_taken + 1
        row.status = seated_as
        row.busy = of.meets if seated_as != "offered" else row.busy
        if seated_as == "needs_review":
            due_in = judged.book.review.due_working_days
            row.review_due_on = working_days.after(times.day_of(now), due_in)
        return
    if not wait or now >= closes_at(begins(of), terms_of(judged.book)):
        raise SeatsGone
    of.waiting, of.last_waiting_no = of.waiting + 1, of.last_waiting_no + 1
    row.status = "waitlisted"
    row.waiting_rank, row.waiting_no = 0 if judged.has_priority else 1, of.last_waiting_no


def _reserve(
    session: Session, row: Enrolment, of: TrainingClass, judged: Judged, now: datetime
) -> None:
    """Set the subsidy aside with the seat. Raises NotEligible when a limit would be passed.

    Beyond the limits it is set aside only once an officer has decided so.
    """
    if row.status not in ("accepted", "needs_review") or judged.decision.verdict == "not_eligible":
        return
    made = reservations.reserve(
        session,
        person_id=row.person_id,
        enrolment_id=row.id,
        quota=judged.decision.quota,
        title=of.title,
        ends_on=of.ends_on,
        now=now,
    )
    if not made:
        # Drawn by another act since the rules were asked: they say it better now.
        again = eligibility.decide(
            session, person_id=row.person_id, class_id=of.id, now=now, enrolment_id=row.id
        )
        raise NotEligible(why=eligibility.headline(again.decision))


def _trace(session: Session, actor: Actor, row: Enrolment, by: By, now: datetime) -> None:
    audit.record(
        session,
        actor,
        "enrolment.enrol",
        now=now,
        object_type="enrolment",
        object_id=row.id,
        on_behalf_of=row.person_id,
        detail={"via": by.channel} | (by.detail or {}),
    )
    session.flush()


def _entered(session: Session, row: Enrolment, of: TrainingClass, judged: Judged) -> Entered:
    position = None
    if row.status == "waitlisted":
        position = session.scalar(select(position_of(Enrolment)).where(Enrolment.id == row.id))
    reviewed = row.status == "needs_review"
    return Entered(
        enrolment_id=row.id,
        class_id=of.id,
        title=of.title,
        status=row.status,
        position=position,
        review_due_on=row.review_due_on,
        why=eligibility.headline(judged.decision) if reviewed else "",
    )
