"""The end of a case: with an outcome, once nothing in it waits for anybody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CaseSanction
from portal.domain.case_errors import NotDoneYet, NothingFound
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor
from portal.services.casework import case_rows, findings, hearings
from portal.services.casework.texts import clean_text
from portal.services.times import day_of

OUTCOMES = ("unfounded", "corrected", "sanctioned", "handed_over")


def close(
    session: Session, actor: Actor, *, case_id: UUID, outcome: str, note: str, now: datetime
) -> None:
    """Close it. Money still to come back goes on in its own ledger, and so does an appeal.

    Raises NotFound, CaseOver, NotDoneYet (a second officer, the institution's answer, an order to
    rectify), NothingFound (sanctioned without a sanction), BadInput.
    """
    case = case_rows.open_case_of(session, actor, case_id)
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "casework.choose")
    if findings.is_waiting(session, case.id) or hearings.is_waiting(session, case.id, day_of(now)):
        raise NotDoneYet
    decided = session.scalars(
        select(CaseSanction).where(CaseSanction.case_id == case.id, CaseSanction.state != "lifted")
    ).all()
    if any(one.kind == "rectify" and one.state == "in_force" for one in decided):
        raise NotDoneYet
    if outcome == "sanctioned" and not decided:
        raise NothingFound
    if outcome == "unfounded" and decided:
        raise BadInput("outcome", "casework.has_sanctions")
    case.closing_note = clean_text(note, "note")
    case.state, case.outcome = "closed", outcome
    case.closed_by, case.closed_at = actor.the_account(), now
    session.flush()
    detail = {"outcome": outcome}
    case_rows.write(session, actor, case, "close", now=now, note=case.closing_note, detail=detail)


def note(session: Session, actor: Actor, *, case_id: UUID, text: str, now: datetime) -> None:
    """A line in the history: what was done or seen. Raises NotFound, CaseOver, BadInput."""
    case = case_rows.open_case_of(session, actor, case_id)
    case_rows.write(session, actor, case, "note", now=now, note=clean_text(text, "text"))
