"""What a count of heads is compared with, the card, and the word to the institution."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    Account,
    AttendanceEvent,
    Enrolment,
    Inspection,
    MakeUp,
    TrainingClass,
    TrainingSession,
)
from portal.domain.checkin_code import Phase
from portal.domain.inspection import Card, CardLines, card_of
from portal.domain.permissions import Actor, Permission, Role
from portal.services import notices
from portal.services.attendance_lines import is_guest
from portal.services.rule_book import book_for
from portal.services.teaching import ON_ROSTER
from portal.services.times import day_of, day_text

_NOTICES = {Card.NONE: "inspected", Card.YELLOW: "inspected_yellow", Card.RED: "inspected_red"}


def recount(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> int:
    """Compare a class's counts again, with sign-ins that devices without a link brought later.

    Answers how many cards changed; the institution is told of those.
    """
    actor.require(Permission.RUN_TASKS)
    rows = session.execute(
        select(Inspection, TrainingSession, TrainingClass)
        .join(TrainingSession, TrainingSession.id == Inspection.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(TrainingClass.id == class_id, Inspection.counted_at.is_not(None))
    ).all()
    changed = 0
    for found, meeting, made in rows:
        before = found.card
        compare(session, found, made)
        if found.card != before:
            changed += 1
            tell(session, found, meeting, made, now)
    session.flush()
    return changed


def compare(session: Session, found: Inspection, made: TrainingClass) -> None:
    """Set the sheet of the moment of the count, and the card."""
    if found.counted_at is None or found.head_count is None:
        return
    found.sheet_count = _sheet_at(session, found.session_id, found.counted_at)
    found.card = card_of(found.head_count, found.sheet_count, lines_for(session, made)).value


def lines_for(session: Session, made: TrainingClass) -> CardLines:
    """The lines of a class's region, exactly as they are written.

    By the rules of the class's first day, as everything of its attendance.
    """
    rules = book_for(session, made.region_code, made.starts_on).attendance
    return CardLines(
        yellow=Fraction(str(rules.yellow_below)),
        red=Fraction(str(rules.red_below)),
        yellows_a_year=rules.yellows_a_year,
        reds_a_year=rules.reds_a_year,
    )


def _sheet_at(session: Session, session_id: UUID, at: datetime) -> int:
    """How many had come by a moment and not left."""
    left = aliased(AttendanceEvent)
    gone = select(left.id).where(
        left.session_id == session_id,
        left.enrolment_id == AttendanceEvent.enrolment_id,
        left.phase == Phase.OUT.value,
        left.occurred_at <= at,
    )
    query = select(func.count()).where(
        AttendanceEvent.session_id == session_id,
        AttendanceEvent.phase == Phase.IN.value,
        AttendanceEvent.occurred_at <= at,
        ~gone.exists(),
    )
    return session.scalar(query) or 0


def roster_count(session: Session, meeting: TrainingSession) -> int:
    """Everybody on the sheet of a session, guests included."""
    own = select(func.count()).where(
        Enrolment.class_id == meeting.class_id, Enrolment.status.in_(ON_ROSTER)
    )
    guests = select(func.count()).select_from(MakeUp).where(is_guest(meeting.id))
    return (session.scalar(own) or 0) + (session.scalar(guests) or 0)


def may_come(session: Session, actor: Actor, meeting: TrainingSession, now: datetime) -> bool:
    """Whether this officer has not counted heads in the lesson, and still may: then nobody tells
    them a number."""
    counted = select(Inspection.id).where(
        Inspection.session_id == meeting.id,
        Inspection.officer_account_id == actor.the_account(),
        Inspection.counted_at.is_not(None),
    )
    return now < meeting.ends_at and session.scalar(counted.limit(1)) is None


def tell(
    session: Session,
    found: Inspection,
    meeting: TrainingSession,
    made: TrainingClass,
    now: datetime,
) -> None:
    """Tell the managers what was counted and what the sheet said."""
    params: dict[str, object] = {
        "title": made.title,
        "day": day_text(day_of(meeting.starts_at)),
        "heads": found.head_count or 0,
        "sheet": found.sheet_count or 0,
    }
    kind = _NOTICES[Card(found.card or Card.NONE)]
    for person_id in _managers(session, made.institution_id):
        notices.tell(
            session,
            person_id,
            kind,
            params=params,
            ref=("training_session", meeting.id),
            now=now,
        )


def _managers(session: Session, institution_id: UUID) -> Sequence[UUID]:
    query = select(Account.person_id).where(
        Account.institution_id == institution_id,
        Account.role == Role.MANAGER.value,
        Account.status == "active",
    )
    return session.scalars(query.order_by(Account.id)).all()
