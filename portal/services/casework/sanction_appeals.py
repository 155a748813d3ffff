"""An institution appeals against a sanction; an officer who did not decide it answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CaseSanction, ViolationCase
from portal.domain.case_errors import SaidBefore, TermOver
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.policies import deadlines
from portal.services.casework import case_rows, hearings, sanctions
from portal.services.casework.listing_effects import undo
from portal.services.casework.texts import clean_document, clean_text
from portal.services.times import day_of


def appeal(session: Session, actor: Actor, *, sanction_id: UUID, why: str, now: datetime) -> None:
    """The institution appeals, once, within the term. The same again changes nothing.

    Raises NotFound (another's), TermOver, SaidBefore, BadInput.
    """
    actor.require(hearings.ANSWERS)
    query = (
        select(ViolationCase)
        .join(CaseSanction, CaseSanction.case_id == ViolationCase.id)
        .where(CaseSanction.id == sanction_id, hearings.of_institution(actor))
        .with_for_update(key_share=True, of=ViolationCase)
    )
    case = session.scalar(query)
    if case is None:
        raise NotFound
    row = session.get_one(CaseSanction, sanction_id, with_for_update=True, populate_existing=True)
    told = clean_text(why, "appeal")
    if row.appeal == told:
        return
    if row.appeal is not None or row.state == "lifted":
        raise SaidBefore
    today = day_of(now)
    if today > row.appeal_until:
        raise TermOver(row.appeal_until)
    row.appeal, row.appealed_by, row.appealed_at = told, actor.the_account(), now
    row.appeal_due_on = deadlines.last_day("sanction_appeal_answer", today)
    session.flush()
    detail = {"sanction": str(row.id)}
    case_rows.write(session, actor, case, "appeal", now=now, note=told, detail=detail)


def answer(
    session: Session,
    actor: Actor,
    *,
    sanction_id: UUID,
    upheld: bool,
    answer: str,
    document_no: str = "",
    now: datetime,
) -> None:
    """Decide an appeal: upheld lifts the sanction, also in a case that is closed by now.

    Lifting needs the number of the decision. The same again changes nothing. Raises NotFound,
    SecondOfficer (whoever decided the sanction), SaidBefore, BadInput.
    """
    row, case = sanctions.of_office(session, actor, sanction_id, still_open=False)
    if row.appeal is None:
        raise NotFound
    case_rows.another_officer(session, actor, row.decided_by)
    if row.appeal_answered_at is not None:
        if row.appeal_upheld is upheld:
            return
        raise SaidBefore
    told = clean_text(answer, "answer")
    if upheld:
        paper = clean_document(document_no)
        row.state = "lifted"
        undo(session, actor, case, row, document_no=paper, now=now)
    row.appeal_upheld, row.appeal_answer = upheld, told
    row.appeal_answered_by, row.appeal_answered_at = actor.the_account(), now
    session.flush()
    word = "upheld" if upheld else "refused"
    hearings.tell(session, case, f"case_appeal_{word}", {}, now)
    detail = {"sanction": str(row.id)}
    case_rows.write(session, actor, case, f"appeal_{word}", now=now, note=told, detail=detail)
