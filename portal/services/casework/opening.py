"""A case is opened by an officer: from an inspection, an odd session, a complaint, a claim, or by
hand. No score and no rule opens one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import (
    Complaint,
    Inspection,
    Institution,
    SubsidyClaim,
    TrainingClass,
    TrainingSession,
    ViolationCase,
)
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies import deadlines
from portal.services.casework import case_rows
from portal.services.casework.texts import TITLE, clean_text
from portal.services.scope import in_area, the_area
from portal.services.times import day_of

SOURCES = ("manual", "inspection", "odd_session", "complaint", "claim")
_SAME_SOURCE = "uq_violation_case_source"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about; its region decides which officers work on it."""

    region_code: str
    institution_id: UUID
    class_id: UUID | None = None
    session_id: UUID | None = None
    claim_id: UUID | None = None


def open_case(
    session: Session,
    actor: Actor,
    *,
    title: str,
    summary: str,
    source: str = "manual",
    source_id: UUID | None = None,
    institution_id: UUID | None = None,
    class_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """Open a case; one that is open from the same source is gone on with.

    By hand it is about an institution or a class. Raises NotFound for what lies elsewhere,
    BadInput.
    """
    actor.require(Permission.HANDLE_CASES)
    told = clean_text(title, "title", shortest=2, longest=TITLE)
    what = clean_text(summary, "summary")
    if source not in SOURCES:
        raise BadInput("source", "casework.choose")
    subject = _subject(session, actor, source, source_id, institution_id, class_id)
    if source_id is not None and (begun := _begun(session, actor, source, source_id)):
        return begun
    made = ViolationCase(
        case_no=case_rows.new_number(session, "AJ", now),
        region_code=subject.region_code,
        institution_id=subject.institution_id,
        class_id=subject.class_id,
        session_id=subject.session_id,
        claim_id=subject.claim_id,
        source=source,
        source_id=source_id,
        title=told,
        summary=what,
        state="open",
        due_on=deadlines.last_day("case", day_of(now)),
        opened_by=actor.the_account(),
        opened_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        # Two officers opened it at once: both go on with the first.
        if violated_constraint(error) != _SAME_SOURCE or source_id is None:
            raise
        return _begun(session, actor, source, source_id) or made.id
    case_rows.write(session, actor, made, "open", now=now, note=what, detail={"source": source})
    _link_complaint(session, made)
    return made.id


def _begun(session: Session, actor: Actor, source: str, source_id: UUID) -> UUID | None:
    query = case_rows.within(actor).where(
        ViolationCase.source == source,
        ViolationCase.source_id == source_id,
        ViolationCase.state == "open",
    )
    row = session.scalar(query)
    return row.id if row else None


def _link_complaint(session: Session, made: ViolationCase) -> None:
    if made.source == "complaint" and made.source_id is not None:
        session.get_one(Complaint, made.source_id).case_id = made.id
        session.flush()


def _subject(
    session: Session,
    actor: Actor,
    source: str,
    source_id: UUID | None,
    institution_id: UUID | None,
    class_id: UUID | None,
) -> Subject:
    if source == "manual":
        return _by_hand(session, actor, institution_id, class_id)
    if source_id is None:
        raise NotFound
    finders: dict[str, Callable[[UUID, str], Select[Any]]] = {
        "inspection": _inspection,
        "odd_session": _session,
        "claim": _claim,
    }
    if source in finders:
        row = session.execute(finders[source](source_id, the_area(actor))).one_or_none()
        if row is None:
            raise NotFound
        return Subject(**row._mapping)
    return _complained(session, actor, source_id)


def _by_hand(
    session: Session, actor: Actor, institution_id: UUID | None, class_id: UUID | None
) -> Subject:
    area = the_area(actor)
    if class_id is not None:
        made = session.get(TrainingClass, class_id)
        inside = select(TrainingClass.id).where(TrainingClass.id == class_id, in_area(area))
        if made is None or session.scalar(inside) is None:
            raise NotFound
        return Subject(made.region_code, made.institution_id, class_id=made.id)
    found = session.scalar(
        select(Institution).where(
            Institution.id == institution_id, in_area(area, Institution.region_code)
        )
    )
    if found is None:
        raise NotFound
    return Subject(found.region_code, found.id)


_OF_CLASS: tuple[Any, ...] = (
    TrainingClass.region_code,
    TrainingClass.institution_id,
    TrainingClass.id.label("class_id"),
)


def _inspection(source_id: UUID, area: str) -> Select[Any]:
    return (
        select(*_OF_CLASS, TrainingSession.id.label("session_id"))
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .join(Inspection, Inspection.session_id == TrainingSession.id)
        .where(Inspection.id == source_id, Inspection.counted_at.is_not(None), in_area(area))
    )


def _session(source_id: UUID, area: str) -> Select[Any]:
    return (
        select(*_OF_CLASS, TrainingSession.id.label("session_id"))
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .where(TrainingSession.id == source_id, in_area(area))
    )


def _claim(source_id: UUID, area: str) -> Select[Any]:
    columns: tuple[Any, ...] = (
        SubsidyClaim.region_code,
        TrainingClass.institution_id,
        TrainingClass.id.label("class_id"),
        SubsidyClaim.id.label("claim_id"),
    )
    return (
        select(*columns)
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .where(SubsidyClaim.id == source_id, in_area(area, SubsidyClaim.region_code))
    )


def _complained(session: Session, actor: Actor, source_id: UUID) -> Subject:
    inside = in_area(the_area(actor), Complaint.region_code)
    row = session.scalar(select(Complaint).where(Complaint.id == source_id, inside))
    if row is None:
        raise NotFound
    if row.institution_id is None:
        raise BadInput("institution", "casework.complaint_needs_institution")
    return Subject(row.region_code, row.institution_id)
