"""The institution is told what is held against it, and may answer before a sanction.

What led to the case, and whoever complained, it never learns: it reads the allegation alone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.db.models import CaseHearing, ViolationCase
from portal.domain.case_errors import CaseOver, NotDoneYet, SaidBefore, TermOver
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies import deadlines
from portal.services import notices, staff_told
from portal.services.casework import case_rows
from portal.services.casework.texts import clean_text
from portal.services.times import day_of, day_text

# Who answers for the institution as a whole: whoever keeps its staff.
ANSWERS = Permission.KEEP_STAFF


def ask(session: Session, actor: Actor, *, case_id: UUID, allegation: str, now: datetime) -> UUID:
    """Tell the institution, which may answer within the term.

    Raises NotFound, CaseOver, NotDoneYet (an answer is waited for), BadInput.
    """
    case = case_rows.open_case_of(session, actor, case_id)
    today = day_of(now)
    if is_waiting(session, case.id, today):
        raise NotDoneYet
    made = CaseHearing(
        case_id=case.id,
        allegation=clean_text(allegation, "allegation"),
        until=deadlines.last_day("hearing", today),
        asked_by=actor.the_account(),
        asked_at=now,
    )
    session.add(made)
    session.flush()
    tell(session, case, "case_hearing", {"day": day_text(made.until)}, now)
    case_rows.write(session, actor, case, "hear", now=now, note=made.allegation)
    return made.id


def state(
    session: Session, actor: Actor, *, hearing_id: UUID, statement: str, now: datetime
) -> None:
    """The institution's word, once, until the last day. The same again changes nothing.

    Raises NotFound (another's), TermOver, SaidBefore, CaseOver, BadInput.
    """
    row, case = own_hearing(session, actor, hearing_id)
    told = clean_text(statement, "statement")
    if row.statement == told:
        return
    if row.statement is not None:
        raise SaidBefore
    if case.state != "open":
        raise CaseOver
    if day_of(now) > row.until:
        raise TermOver(row.until)
    row.statement, row.stated_by, row.stated_at = told, actor.the_account(), now
    session.flush()
    case_rows.write(session, actor, case, "state", now=now, note=told)


def own_hearing(
    session: Session, actor: Actor, hearing_id: UUID
) -> tuple[CaseHearing, ViolationCase]:
    """A hearing of the actor's institution, both rows held; raises NotFound for another's."""
    actor.require(ANSWERS)
    query = (
        select(ViolationCase)
        .join(CaseHearing, CaseHearing.case_id == ViolationCase.id)
        .where(CaseHearing.id == hearing_id, of_institution(actor))
        .with_for_update(key_share=True, of=ViolationCase)
    )
    case = session.scalar(query)
    if case is None:
        raise NotFound
    row = session.get_one(CaseHearing, hearing_id, with_for_update=True, populate_existing=True)
    return row, case


def of_institution(actor: Actor) -> ColumnElement[bool]:
    """Whether a ``ViolationCase`` of a query is about the actor's institution."""
    if actor.institution_id is None:
        raise NotFound
    own: ColumnElement[bool] = ViolationCase.institution_id == actor.institution_id
    return own


def is_waiting(session: Session, case_id: UUID, today: date) -> bool:
    """Whether the institution may still answer."""
    query = select(CaseHearing.id).where(
        CaseHearing.case_id == case_id,
        CaseHearing.statement.is_(None),
        CaseHearing.until >= today,
    )
    return session.scalar(query.limit(1)) is not None


def was_heard(session: Session, case_id: UUID, today: date) -> bool:
    """Whether the institution has answered, or has let its days pass."""
    query = select(CaseHearing.id).where(
        CaseHearing.case_id == case_id,
        or_(CaseHearing.statement.is_not(None), CaseHearing.until < today),
    )
    return session.scalar(query.limit(1)) is not None


def tell(
    session: Session, case: ViolationCase, kind: str, params: Mapping[str, str], now: datetime
) -> None:
    """A notice to whoever manages the institution."""
    filled = {"case_no": case.case_no, **params}
    for person in staff_told.managers_and(session, case.institution_id, ()):
        notices.tell(session, person, kind, params=filled, ref=("case", case.id), now=now)
