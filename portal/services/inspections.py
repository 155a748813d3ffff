"""Unannounced inspections (reference B11.2, rule 6): an officer at the door counts heads.

Who should be in the room is told only after the count was entered, so that the count is honest.
The institution learns of it afterwards. Nothing follows by itself: a card is information.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Inspection,
    Institution,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import audit, inspection_counts
from portal.services.inspection_views import (
    InspectionView,
    RunningSession,
    running_session,
    view_of,
)
from portal.services.reasons import clean_reason
from portal.services.scope import REAL_CLASS, in_area, the_area

MOST_HEADS = 500
MOST_SHOWN = 50


def running(
    session: Session, actor: Actor, *, q: str = "", now: datetime
) -> tuple[RunningSession, ...]:
    """Sessions of the officer's region whose sign-in has opened and that have not ended.

    ``q``: a part of the class's number or title, or of the institution's name. Not how many are
    to be there.
    """
    actor.require(Permission.SUPERVISE)
    query = (
        select(TrainingSession, TrainingClass, Institution, _own_begun(actor))
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            REAL_CLASS,
            in_area(the_area(actor)),
            TrainingSession.sign_in_from <= now,
            TrainingSession.ends_at > now,
        )
        .order_by(TrainingSession.starts_at, TrainingClass.class_no)
        .limit(MOST_SHOWN)
    )
    if wanted := " ".join(q.split())[:40]:
        columns = (TrainingClass.class_no, TrainingClass.title, Institution.name)
        query = query.where(or_(*(one.icontains(wanted, autoescape=True) for one in columns)))
    return tuple(running_session(*row) for row in session.execute(query))


def _own_begun(actor: Actor) -> ScalarSelect[UUID]:
    """The inspection that this officer has begun and not counted."""
    return (
        select(Inspection.id)
        .where(
            Inspection.session_id == TrainingSession.id,
            Inspection.officer_account_id == actor.account_id,
            Inspection.counted_at.is_(None),
        )
        .order_by(Inspection.opened_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def may_inspect(session: Session, actor: Actor) -> bool:
    """Whether the actor goes to doors; an auditor only reads. Raises Forbidden for all others."""
    the_area(actor)
    return actor.may(Permission.SUPERVISE)


def open_inspection(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> UUID:
    """Begin one; the same officer's that is not counted yet is gone on with. Nobody is told.

    Raises NotFound (elsewhere), NotReady (not running).
    """
    actor.require(Permission.SUPERVISE)
    meeting, _ = _overseen(session, actor, session_id)
    if not meeting.sign_in_from <= now < meeting.ends_at:
        raise NotReady(reason="inspection.not_running")
    begun = session.scalar(
        select(Inspection.id)
        .where(
            Inspection.session_id == session_id,
            Inspection.officer_account_id == actor.the_account(),
            Inspection.counted_at.is_(None),
        )
        .limit(1)
    )
    if begun is not None:
        return begun
    made = Inspection(
        session_id=session_id, officer_account_id=actor.the_account(), opened_at=now, note=""
    )
    session.add(made)
    session.flush()
    _audit(session, actor, "inspection.open", made, now)
    return made.id


def inspection(
    session: Session, actor: Actor, *, inspection_id: UUID, now: datetime
) -> InspectionView:
    """One inspection. For officers and auditors of the region; raises NotFound."""
    found, meeting, made = _found(session, actor, inspection_id)
    if found.counted_at is not None:
        _audit(session, actor, "inspection.read", found, now)
    return view_of(session, actor, found, meeting, made, now)


def count(
    session: Session, actor: Actor, *, inspection_id: UUID, heads: int, now: datetime
) -> InspectionView:
    """Enter the heads, once, while the lesson runs; only then the sheet is told.

    A second count changes nothing and answers the first. The institution's managers are told.
    Raises NotFound (elsewhere, or another officer's), BadInput (heads), NotReady (over).
    """
    actor.require(Permission.SUPERVISE)
    found, meeting, made = _found(session, actor, inspection_id, lock=True)
    if found.officer_account_id != actor.the_account():
        raise NotFound
    if found.counted_at is None:
        if type(heads) is not int or not 0 <= heads <= MOST_HEADS:
            raise BadInput("heads", "inspection.bad_heads", most=MOST_HEADS)
        # After the end people leave one by one: no count is fair any more.
        if now >= meeting.ends_at:
            raise NotReady(reason="inspection.over")
        found.counted_at, found.head_count = now, heads
        found.roster_count = inspection_counts.roster_count(session, meeting)
        inspection_counts.compare(session, found, made)
        inspection_counts.tell(session, found, meeting, made, now)
        detail: dict[str, object] = {"heads": heads, "sheet": found.sheet_count, "card": found.card}
        _audit(session, actor, "inspection.count", found, now, detail=detail)
    session.flush()
    return view_of(session, actor, found, meeting, made, now)


def write_note(
    session: Session, actor: Actor, *, inspection_id: UUID, note: str, now: datetime
) -> InspectionView:
    """What else the officer saw; may be written again. Raises NotFound, BadInput, NotReady."""
    actor.require(Permission.SUPERVISE)
    found, meeting, made = _found(session, actor, inspection_id, lock=True)
    if found.officer_account_id != actor.the_account():
        raise NotFound
    if found.counted_at is None:
        raise NotReady(reason="inspection.count_first")
    found.note = clean_reason(note)
    _audit(session, actor, "inspection.note", found, now)
    session.flush()
    return view_of(session, actor, found, meeting, made, now)


def _found(
    session: Session, actor: Actor, inspection_id: UUID, *, lock: bool = False
) -> tuple[Inspection, TrainingSession, TrainingClass]:
    area = the_area(actor)
    query = (
        select(Inspection, TrainingSession, TrainingClass)
        .join(TrainingSession, TrainingSession.id == Inspection.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(Inspection.id == inspection_id, in_area(area))
    )
    if lock:
        query = query.with_for_update(of=Inspection)
        query = query.execution_options(populate_existing=True)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]


def _overseen(
    session: Session, actor: Actor, session_id: UUID
) -> tuple[TrainingSession, TrainingClass]:
    row = session.execute(
        select(TrainingSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(TrainingSession.id == session_id, REAL_CLASS, in_area(the_area(actor)))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    found: Inspection,
    now: datetime,
    *,
    detail: dict[str, object] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="training_session",
        object_id=found.session_id,
        detail={"inspection": str(found.id)} | (detail or {}),
    )
