"""Calling off one class (停办): by its institution, or by the authority of its region.

Two steps, since locks go from person to enrolment to class and a class may have hundreds of
people. The act itself is one short transaction on the class: from its commit on nobody enrols,
is offered a seat, checks in or comes as a guest, as all of these ask for the status with the class
locked or in their own statement. Everybody's place then ends in the background, one transaction
each (``call_off_ends``). A class that was called off stays so: its people have gone elsewhere.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceEvent,
    ClassCallOff,
    Enrolment,
    MakeUp,
    Person,
    RosterRow,
    RosterUpload,
    SubsidyClaim,
    SubsidyReservation,
    TrainingClass,
    TrainingSession,
)
from portal.db.models.classes import ON_ROSTER, OPEN
from portal.domain.calling_off import LIVE, CannotCallOff, obstacle
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, notices, queue, staff_told
from portal.services.enrolment_locks import begins, locked_class
from portal.services.listings.effects import CLAIM_OVER
from portal.services.oversight.reach import class_within
from portal.services.reasons import clean_reason
from portal.services.rosters_words import ENTERS
from portal.services.teaching import own_class
from portal.services.times import moment_text


@dataclass(frozen=True, slots=True)
class Counts:
    """What hangs on a class. People by their enrolments: on the roster, before an officer
    (``in_review``), offered a seat, waiting; ``guests`` come to make up a session, ``on_rosters``
    stand in rosters that are not entered yet; ``reservations`` are subsidies held."""

    enrolled: int
    in_review: int
    offered: int
    waiting: int
    guests: int
    on_rosters: int
    reservations: int


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A class that was called off, in words. ``is_done``: everybody's place has ended."""

    reason: str
    who: str
    people: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the actor may call the class off (``is_offered``), and else why not; or how it was
    called off."""

    is_offered: bool
    why_not: str
    called_off: CalledOff | None


def standing(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> Standing:
    """How a class of the actor's institution or region stands to being called off.

    Raises NotFound, Forbidden, Unauthenticated.
    """
    made = _seen(session, actor, class_id)
    row = session.get(ClassCallOff, class_id)
    if row is not None:
        return Standing(False, "", _told(session, actor, row))
    if made.status not in LIVE or not actor.may(Permission.CALL_OFF_CLASS):
        return Standing(False, "", None)
    return Standing(True, _why_not(session, actor, made, now) or "", None)


def effects(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> tuple[str, ...]:
    """What calling the class off would do, in sentences. Raises NotFound, CannotCallOff."""
    made = _reached(session, actor, class_id)
    _must_be_possible(session, actor, made, now)
    return _sentences(_count(session, made.id))


def call_off(
    session: Session, actor: Actor, *, class_id: UUID, reason: str, now: datetime
) -> Standing:
    """Call the class off for good; the second to do so gets what the first did.

    ``reason`` is shown to everybody whom it concerns. Raises NotFound, CannotCallOff, BadInput.
    """
    _reached(session, actor, class_id)
    why = clean_reason(reason, shortest=4)
    made = locked_class(session, class_id)
    if session.get(ClassCallOff, class_id) is None:
        _hold_sessions(session, class_id)
        _must_be_possible(session, actor, made, now)
        _write(session, actor, made, why, now)
    return standing(session, actor, class_id=class_id, now=now)


def called_off_reason(session: Session, class_id: UUID) -> str:
    """Why a class was called off, as everybody may read it; empty when it was not."""
    row = session.get(ClassCallOff, class_id)
    return row.reason if row else ""


def _seen(session: Session, actor: Actor, class_id: UUID) -> TrainingClass:
    """A class of the actor's institution, or of the region that they oversee."""
    if actor.institution_id is not None:
        made = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    else:
        made = class_within(session, actor, class_id)
    if made.status == "draft":
        raise NotFound
    return made


def _reached(session: Session, actor: Actor, class_id: UUID) -> TrainingClass:
    actor.require(Permission.CALL_OFF_CLASS)
    return _seen(session, actor, class_id)


def _hold_sessions(session: Session, class_id: UUID) -> None:
    """Wait for sign-ins that are being written, which refer to these rows, and see them then."""
    session.execute(
        select(TrainingSession.id)
        .where(TrainingSession.class_id == class_id)
        .order_by(TrainingSession.id)
        .with_for_update()
    ).all()


def _must_be_possible(session: Session, actor: Actor, made: TrainingClass, now: datetime) -> None:
    why = _why_not(session, actor, made, now)
    if why is not None:
        raise CannotCallOff(why=why)


def _why_not(session: Session, actor: Actor, made: TrainingClass, now: datetime) -> str | None:
    """What stands in the way, and what whoever asks can do instead."""
    word = obstacle(
        made.status,
        begins=begins(made),
        is_claimed=_is_claimed(session, made.id),
        has_sign_ins=_has_sign_ins(session, made.id),
        now=now,
    )
    if word is None:
        return None
    told = t(f"call_off.no.{word}", begins=moment_text(begins(made)))
    if word in ("begun", "signed_in"):
        told += t(f"call_off.instead.{_side(actor)}")
    return told


def _side(actor: Actor) -> str:
    return "authority" if actor.institution_id is None else "institution"


def _is_claimed(session: Session, class_id: UUID) -> bool:
    """Whether money of the class is being asked for: an advance, on its first day (R40)."""
    asked = select(SubsidyClaim.id).where(
        SubsidyClaim.class_id == class_id, SubsidyClaim.state.not_in(CLAIM_OVER)
    )
    return session.scalar(asked.limit(1)) is not None


def _has_sign_ins(session: Session, class_id: UUID) -> bool:
    """Whether anybody was signed in, or a sheet was confirmed."""
    events = select(AttendanceEvent.id).where(AttendanceEvent.session_id == TrainingSession.id)
    query = select(TrainingSession.id).where(
        TrainingSession.class_id == class_id,
        or_(TrainingSession.confirmed_at.is_not(None), events.exists()),
    )
    return session.scalar(query.limit(1)) is not None


def _count(session: Session, class_id: UUID) -> Counts:
    status = Enrolment.status
    row = session.execute(
        select(
            func.count().filter(status.in_(ON_ROSTER)),
            func.count().filter(status == "needs_review"),
            func.count().filter(status == "offered"),
            func.count().filter(status == "waitlisted"),
        ).where(Enrolment.class_id == class_id, status.in_(OPEN))
    ).one()
    held = (
        select(func.count())
        .select_from(SubsidyReservation)
        .join(Enrolment, Enrolment.id == SubsidyReservation.enrolment_id)
        .where(Enrolment.class_id == class_id, SubsidyReservation.state == "held")
    )
    guests = (
        select(func.count())
        .select_from(MakeUp)
        .join(TrainingSession, TrainingSession.id == MakeUp.at_session_id)
        .where(TrainingSession.class_id == class_id, MakeUp.state == "planned")
    )
    rosters = (
        select(func.count())
        .select_from(RosterRow)
        .join(RosterUpload, RosterUpload.id == RosterRow.upload_id)
        .where(
            RosterRow.class_id == class_id,
            RosterRow.outcome.in_(ENTERS),
            RosterRow.commit_state == "none",
            RosterUpload.state.in_(("checking", "checked", "committing")),
        )
    )
    others = [session.scalar(query) or 0 for query in (guests, rosters, held)]
    return Counts(*row, *others)


def _sentences(counts: Counts) -> tuple[str, ...]:
    """One sentence for each thing that ends; what concerns nobody is left out."""
    told = [
        t(f"call_off.effect.{name}", n=number) for name, number in asdict(counts).items() if number
    ]
    empty = [] if told else [t("call_off.effect.nobody")]
    return (t("call_off.effect.first"), *told, *empty, t("call_off.effect.last"))


def _write(session: Session, actor: Actor, made: TrainingClass, reason: str, now: datetime) -> None:
    made.status = "cancelled"
    row = ClassCallOff(
        class_id=made.id,
        side=_side(actor),
        reason=reason,
        counts=asdict(_count(session, made.id)),
        called_off_by=actor.the_account(),
        called_off_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        "class.call_off",
        now=now,
        object_type="training_class",
        object_id=made.id,
        reason=reason,
        detail=row.counts | {"side": row.side},
    )
    _tell_staff(session, actor, made, row, now)
    queue.defer(session, "end_called_off", key=f"call_off:{made.id}", class_id=made.id)


def _tell_staff(
    session: Session, actor: Actor, made: TrainingClass, row: ClassCallOff, now: datetime
) -> None:
    """Who manages the institution and who would have taught, but for whoever did it."""
    teachers = set(
        session.scalars(
            select(TrainingSession.instructor_id).where(TrainingSession.class_id == made.id)
        )
    )
    words = {"title": made.title, "who": t(f"call_off.side.{row.side}"), "reason": row.reason}
    people = staff_told.managers_and(session, made.institution_id, {*teachers, made.instructor_id})
    for person_id in set(people) - {actor.the_person()}:
        notices.tell(
            session,
            person_id,
            "class_off_staff",
            params=words,
            ref=("training_class", made.id),
            now=now,
        )


def _told(session: Session, actor: Actor, row: ClassCallOff) -> CalledOff:
    """Who did it by name for their own side, and for whoever oversees both."""
    who = t(f"call_off.side.{row.side}")
    if _side(actor) in (row.side, "authority"):
        name = session.scalars(
            select(Person.name)
            .join(Account, Account.person_id == Person.id)
            .where(Account.id == row.called_off_by)
        ).one()
        who = t("call_off.who_named", side=who, name=name)
    counts = Counts(**row.counts)
    seats = counts.enrolled + counts.in_review + counts.offered
    return CalledOff(
        reason=row.reason,
        who=t("call_off.who", at=moment_text(row.called_off_at), who=who),
        people=t("call_off.people", seats=seats, waiting=counts.waiting),
        is_done=row.ended_at is not None,
    )
