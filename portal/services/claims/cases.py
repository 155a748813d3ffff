"""What a "no" opens: an officer looks into it, decides, and the person is answered."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CaseFile, ClaimLine, Person, SubsidyClaim, TrainingClass
from portal.domain.claim_errors import CaseClosed
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.claims import questions, rows, sides
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason
from portal.services.scope import in_area, the_area
from portal.services.times import day_of

_SHORTEST_ANSWER = 4


@dataclass(frozen=True, slots=True)
class CaseRow:
    """An open case: who says what is wrong with which claim; ``late``: its day has passed."""

    case_id: UUID
    claim_id: UUID
    line_id: UUID
    claim_no: str
    title: str
    person: str
    summary: str
    amount_fen: int
    due_on: date
    late: bool


def open_cases(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20, now: datetime
) -> Page[CaseRow]:
    """The open cases of the officer's region, the most urgent first; the reading is logged."""
    actor.require(Permission.REVIEW_CLAIMS)
    limit, offset = bounds(page, size)
    inside = (CaseFile.state == "open", in_area(the_area(actor), CaseFile.region_code))
    total = session.scalar(select(func.count()).select_from(CaseFile).where(*inside)) or 0
    query = (
        select(CaseFile, SubsidyClaim.claim_no, TrainingClass.title, Person.name, ClaimLine)
        .join(SubsidyClaim, SubsidyClaim.id == CaseFile.claim_id)
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .join(ClaimLine, ClaimLine.id == CaseFile.claim_line_id)
        .join(Person, Person.id == CaseFile.person_id)
        .where(*inside)
        .order_by(CaseFile.due_on, CaseFile.opened_at, CaseFile.id)
        .limit(limit)
        .offset(offset)
    )
    found = session.execute(query).all()
    if found:
        audit.record(
            session, actor, "claims.read_cases", now=now, object_type="case_file",
            fields_read=["name", "summary"], detail={"cases": len(found)},
        )  # fmt: skip
    today = day_of(now)
    items = tuple(
        CaseRow(
            case_id=case.id,
            claim_id=line.claim_id,
            line_id=line.id,
            claim_no=number,
            title=title,
            person=name,
            summary=case.summary,
            amount_fen=line.amount_fen,
            due_on=case.due_on,
            late=case.due_on < today,
        )
        for case, number, title, name, line in found
    )
    return Page(items, offset // limit + 1, limit, total)


def close_case(
    session: Session, actor: Actor, *, case_id: UUID, upheld: bool, answer: str, now: datetime
) -> None:
    """Decide: upheld takes the line out of the claim, dismissed lets it stand.

    The claim stays with the claimer, who files it again. The same decision again changes
    nothing. Raises NotFound, CaseClosed, BadInput.
    """
    actor.require(Permission.REVIEW_CLAIMS)
    case = session.get(CaseFile, case_id)
    if case is None or case.claim_id is None or case.claim_line_id is None:
        raise NotFound
    line_id = case.claim_line_id
    found = sides.office_claim(session, actor, case.claim_id, now=now)
    case = next(one for one in found.cases if one.id == case_id)
    state = "upheld" if upheld else "dismissed"
    if case.state == state:
        return
    if case.state != "open":
        raise CaseClosed
    told = clean_reason(answer, shortest=_SHORTEST_ANSWER)
    line = found.line(line_id)
    case.state, case.answer, case.closed_at = state, told, now
    case.closed_by = actor.the_account()
    if upheld:
        line.state = "dropped"
    found.recount()
    rows.record(
        session, actor, found, f"case_{state}", now=now, reason=told,
        on_behalf_of=case.person_id, detail={"case": str(case.id), "line": str(line.id)},
    )  # fmt: skip
    questions.tell_decided(session, found, line, upheld=upheld, now=now)
    session.flush()
