"""What was found and how it is graded: by a person only, confirmed fraud by two (reference M8).

Errors are to be told from fraud: “对培训工作中出现的失误和问题要区分不同情况对待”.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CaseFinding, ViolationCase
from portal.domain.case_errors import SaidBefore
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor
from portal.services.casework import case_rows
from portal.services.casework.texts import clean_text
from portal.services.reasons import clean_reason

GRADES = ("error", "negligence", "suspected_fraud", "confirmed_fraud")
EVIDENCE = ("inspection", "session", "class", "claim", "photo", "file", "other")
MOST_EVIDENCE = 20
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on: a kind of ``EVIDENCE``, where it is found, what it shows."""

    kind: str
    ref: str
    note: str = ""


def grade(
    session: Session,
    actor: Actor,
    *,
    case_id: UUID,
    what: str,
    grade: str,
    reason: str,
    evidence: Sequence[Evidence] = (),
    replaces_id: UUID | None = None,
    now: datetime,
) -> UUID:
    """Write down a finding with its grade; ``replaces_id`` is the one that it grades anew.

    Confirmed fraud waits for another officer (``second``), and needs evidence. Raises NotFound,
    CaseOver, SaidBefore (the other grade stands no more), BadInput.
    """
    case = case_rows.open_case_of(session, actor, case_id)
    if grade not in GRADES:
        raise BadInput("grade", "casework.choose")
    given = [_clean(one) for one in evidence[:MOST_EVIDENCE]]
    waits = grade == "confirmed_fraud"
    if waits and not given:
        raise BadInput("evidence", "casework.evidence_needed")
    old = _standing(session, case, replaces_id) if replaces_id else None
    made = CaseFinding(
        case_id=case.id,
        what=clean_text(what, "what"),
        grade=grade,
        reason=clean_reason(reason, shortest=_SHORTEST),
        evidence=given,
        state="proposed" if waits else "standing",
        replaces_id=replaces_id,
        graded_by=actor.the_account(),
        graded_at=now,
    )
    session.add(made)
    session.flush()
    if old is not None and not waits:
        old.state = "replaced"
    act = "propose_fraud" if waits else "grade"
    detail = {"finding": str(made.id), "grade": grade}
    case_rows.write(session, actor, case, act, now=now, note=made.what, detail=detail)
    return made.id


def second(
    session: Session, actor: Actor, *, finding_id: UUID, agree: bool, reason: str, now: datetime
) -> None:
    """Another officer confirms or refuses that it is fraud. The same again changes nothing.

    Raises NotFound, CaseOver, SecondOfficer (whoever graded it), SaidBefore.
    """
    of = session.scalar(select(CaseFinding.case_id).where(CaseFinding.id == finding_id))
    if of is None:
        raise NotFound
    case = case_rows.open_case_of(session, actor, of)
    row = session.get_one(CaseFinding, finding_id, with_for_update=True, populate_existing=True)
    case_rows.another_officer(session, actor, row.graded_by)
    state = "standing" if agree else "refused"
    if row.second_by is not None and row.state == state:
        return
    if row.state != "proposed":
        raise SaidBefore
    old = session.get(CaseFinding, row.replaces_id) if row.replaces_id else None
    row.state, row.second_by, row.second_at = state, actor.the_account(), now
    row.second_reason = clean_reason(reason, shortest=_SHORTEST)
    if agree and old is not None and old.state == "standing":
        old.state = "replaced"
    session.flush()
    act = "confirm_fraud" if agree else "refuse_fraud"
    case_rows.write(
        session, actor, case, act, now=now, note=row.second_reason, detail={"finding": str(row.id)}
    )


def standing(session: Session, case_id: UUID) -> tuple[CaseFinding, ...]:
    """The findings of a case that stand, in the order in which they were written."""
    query = select(CaseFinding).where(
        CaseFinding.case_id == case_id, CaseFinding.state == "standing"
    )
    return tuple(session.scalars(query.order_by(CaseFinding.graded_at, CaseFinding.id)))


def is_waiting(session: Session, case_id: UUID) -> bool:
    """Whether a second officer is waited for."""
    query = select(CaseFinding.id).where(
        CaseFinding.case_id == case_id, CaseFinding.state == "proposed"
    )
    return session.scalar(query.limit(1)) is not None


def _standing(session: Session, case: ViolationCase, finding_id: UUID) -> CaseFinding:
    row = session.get(CaseFinding, finding_id, with_for_update=True, populate_existing=True)
    if row is None or row.case_id != case.id:
        raise NotFound
    if row.state != "standing":
        raise SaidBefore
    return row


def _clean(one: Evidence) -> dict[str, str]:
    if one.kind not in EVIDENCE:
        raise BadInput("evidence", "casework.choose")
    ref = clean_text(one.ref, "evidence", shortest=2, longest=100)
    note = clean_text(one.note, "evidence", shortest=0, longest=200)
    return asdict(Evidence(one.kind, ref, note))
