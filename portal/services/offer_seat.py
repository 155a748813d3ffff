"""What an offered seat still depends on when it is accepted: the rules, the time, the subsidy."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, TrainingClass
from portal.db.models.classes import SEATED
from portal.domain import working_days
from portal.domain.errors import EnrolmentClosed, NotEligible, TimeConflict
from portal.locale import t
from portal.services import commitment, eligibility, notices, reservations
from portal.services.eligibility import Judged
from portal.services.listing import listing_of
from portal.services.offer_terms import TAKING
from portal.services.offering import may_have
from portal.services.one_person import same_person
from portal.services.times import day_of, day_text


def take_seat(session: Session, enrolment: Enrolment, now: datetime) -> None:
    """Make the offered seat the person's own, as the rules stand now.

    The caller holds the enrolment's lock. Raises EnrolmentClosed, TimeConflict, NotEligible.
    """
    of = session.get_one(TrainingClass, enrolment.class_id, populate_existing=True)
    _must_take_people(session, of, now)
    _must_have_time(session, enrolment, of)
    judged = _judge(session, enrolment, now)
    if not may_have(session, enrolment, judged):
        raise NotEligible(why=eligibility.headline(judged.decision))
    over = judged.decision.verdict == "not_eligible"
    if not over and not _reserve(session, enrolment, of, judged, now):
        # Drawn by another act since the rules were asked: they say it better now.
        again = _judge(session, enrolment, now)
        raise NotEligible(why=eligibility.headline(again.decision))
    signed = commitment.ensure_stored(session, now)
    enrolment.status, enrolment.busy = "accepted", of.meets
    enrolment.commitment_version = signed.version
    enrolment.commitment_text_hash = signed.text_hash
    enrolment.signed_at = now
    if judged.decision.verdict != "eligible":
        _ask_review(session, enrolment, of, judged, now)
    session.flush()
    eligibility.snapshot(session, judged, enrolment_id=enrolment.id, now=now)


def _must_take_people(session: Session, of: TrainingClass, now: datetime) -> None:
    if of.status not in TAKING:
        raise EnrolmentClosed(why=t("enrol.closed_class"))
    if not listing_of(session, of.institution_id, today=day_of(now)).takes_trainees:
        raise EnrolmentClosed(why=t("enrol.closed_institution"))


def _must_have_time(session: Session, enrolment: Enrolment, of: TrainingClass) -> None:
    """Raise TimeConflict naming the class at the same time, of those that hold a seat.

    The person's lock is held, so none can come in between; the database would refuse it, too.
    """
    title = session.scalar(
        select(TrainingClass.title)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            same_person(Enrolment.person_id, enrolment.person_id),
            Enrolment.id != enrolment.id,
            Enrolment.status.in_(SEATED),
            Enrolment.busy.op("&&")(of.meets),
        )
        .order_by(Enrolment.created_at)
        .limit(1)
    )
    if title is not None:
        raise TimeConflict(title=title)


def _judge(session: Session, enrolment: Enrolment, now: datetime) -> Judged:
    return eligibility.decide(
        session,
        person_id=enrolment.person_id,
        class_id=enrolment.class_id,
        enrolment_id=enrolment.id,
        now=now,
    )


def _reserve(
    session: Session, enrolment: Enrolment, of: TrainingClass, judged: Judged, now: datetime
) -> bool:
    return reservations.reserve(
        session,
        person_id=enrolment.person_id,
        enrolment_id=enrolment.id,
        quota=judged.decision.quota,
        title=of.title,
        ends_on=of.ends_on,
        now=now,
    )


def _ask_review(
    session: Session, enrolment: Enrolment, of: TrainingClass, judged: Judged, now: datetime
) -> None:
    """The seat is had, and an officer decides what the rules leave open."""
    due = working_days.after(day_of(now), judged.book.review.due_working_days)
    enrolment.status, enrolment.review_due_on = "needs_review", due
    notices.tell(
        session,
        enrolment.person_id,
        "review_waiting",
        params={"title": of.title, "due": day_text(due)},
        ref=("enrolment", enrolment.id),
        now=now,
    )
