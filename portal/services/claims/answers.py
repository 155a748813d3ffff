"""The word of the people a claim is about: yes, or no and what is wrong.

"X 报告您学习40课时，申领1200元，对吗？" A "no" stops the claim and opens a case at the office. The
answer may come through somebody else (a village helper with a mandate, the office's desk), never
through whoever asks for the money.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CaseFile, ClaimLine
from portal.domain import claims, working_days
from portal.domain.claim_errors import AnsweredNo, LineClosed
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission, Role
from portal.locale import t
from portal.services import mandates
from portal.services.claims import questions, rows, sides, texts
from portal.services.claims.rows import Opened
from portal.services.reasons import clean_reason

# What may be wrong, as the page offers it; the order is that of the page.
WRONG: Final = ("hours", "absent", "amount", "unknown", "other")
HELPER: Final = "helper"
_ANSWERABLE: Final = frozenset({*claims.STOPPABLE, "returned"})


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What became of a "no". ``state`` is open, upheld or dismissed."""

    state: str
    due_on: date
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked about one claim, and what was answered.

    ``state`` is asked, no_answer, confirmed, denied or dropped; ``can_answer``: a yes or no still
    counts; ``can_object``: a yes may still become a no.
    """

    line_id: UUID
    claim_no: str
    payee: str
    is_own: bool
    title: str
    kind: str
    learned: str
    hours: int
    days: int
    months: int
    amount_fen: int
    state: str
    claim_state: str
    answer_by: datetime | None
    answered_at: datetime | None
    answered_via: str | None
    note: str
    can_answer: bool
    can_object: bool
    case: CaseAnswer | None


def progress(one: Question) -> str:
    """Where it stands for the person whom the claim is about, in a sentence. The claim's own
    state says nothing to whoever said no, or whose line is taken out."""
    if is_void(one):
        return t("trainee.claim.void")
    if one.state == "denied" and (one.case is None or one.case.state == "open"):
        return t("trainee.claim.stopped")
    return texts.state_name(one.claim_state)


def is_void(one: Question) -> bool:
    """Whether nothing is asked for the person any more."""
    return one.state == "dropped" or (one.case is not None and one.case.state == "upheld")


def question(session: Session, actor: Actor, *, line_id: UUID, now: datetime) -> Question:
    """What the actor is asked. Raises NotFound for anybody else's."""
    actor.require(Permission.ENROL)
    line = session.get(ClaimLine, line_id)
    if line is None or line.person_id not in actor.the_records() or line.state == "draft":
        raise NotFound
    return view(session, rows.of_line(session, line_id, now=now), line_id)


def answer(
    session: Session,
    actor: Actor,
    *,
    line_id: UUID,
    agrees: bool,
    wrong: str = "",
    note: str = "",
    now: datetime,
) -> Question:
    """Say yes, or no with what is wrong (a word of ``WRONG``). The same again changes nothing.

    Raises NotFound, LineClosed, AnsweredNo, BadInput.
    """
    actor.require(Permission.ENROL)
    found = rows.of_line(session, line_id, now=now, lock=True)
    if found.line(line_id).person_id not in actor.the_records():
        raise NotFound
    _answer(session, actor, found, line_id, agrees, wrong, note, questions.PAGE, now)
    return view(session, found, line_id)


def answer_for(
    session: Session,
    actor: Actor,
    *,
    line_id: UUID,
    agrees: bool,
    wrong: str = "",
    note: str = "",
    now: datetime,
) -> Question:
    """Pass on what somebody said who cannot do it alone: a helper with the person's mandate, or
    an officer at the desk. Raises NotFound for any other line, and what ``answer`` raises."""
    found = rows.of_line(session, line_id, now=now, lock=True)
    via = _door(session, actor, found, line_id, now=now)
    _answer(session, actor, found, line_id, agrees, wrong, note, via, now)
    return view(session, found, line_id)


def view(session: Session, found: Opened, line_id: UUID) -> Question:
    """A line as the person concerned sees it."""
    line, row = found.line(line_id), found.row
    stands = row.state in _ANSWERABLE
    case = next((c for c in reversed(found.cases) if c.claim_line_id == line_id), None)
    return Question(
        line_id=line.id,
        claim_no=row.claim_no,
        payee=questions.payee_name(session, row),
        is_own=row.payee_person_id == line.person_id,
        title=found.made.title,
        kind=row.kind,
        learned=texts.learned(line),
        hours=line.hours,
        days=line.days,
        months=line.months,
        amount_fen=line.amount_fen,
        state=line.state,
        claim_state=row.state,
        answer_by=line.answer_by,
        answered_at=line.answered_at,
        answered_via=line.answered_via,
        note=(line.note or "") if line.state == "denied" else "",
        can_answer=stands and line.state in ("asked", "no_answer"),
        can_object=stands and line.state == "confirmed",
        case=CaseAnswer(case.state, case.due_on, case.answer or "") if case else None,
    )


def _door(session: Session, actor: Actor, found: Opened, line_id: UUID, *, now: datetime) -> str:
    """Through whom the answer comes; raises Forbidden or NotFound for who may pass on none."""
    if actor.role is Role.OFFICER:
        actor.require(Permission.REVIEW_CLAIMS)
        if not sides.in_region(actor, found.row.region_code):
            raise NotFound
        return rows.DESK
    actor.require(Permission.HELP_OTHERS)
    # The helper's mandate, by the one function that knows what a mandate is worth.
    mandates.in_force_of(session, actor, person_id=found.line(line_id).person_id, now=now)
    return HELPER


def _answer(
    session: Session,
    actor: Actor,
    found: Opened,
    line_id: UUID,
    agrees: bool,
    wrong: str,
    note: str,
    via: str,
    now: datetime,
) -> None:
    line = found.line(line_id)
    if line.state == ("confirmed" if agrees else "denied"):
        return
    if line.state == "denied":
        raise AnsweredNo
    if found.row.state not in _ANSWERABLE or line.state in ("draft", "dropped"):
        raise LineClosed
    told = "" if agrees else _what_is_wrong(wrong, note)
    line.state = "confirmed" if agrees else "denied"
    line.answered_at, line.answered_via, line.note = now, via, told or None
    if agrees:
        found.recount()
        rows.record(
            session, actor, found, "confirm", now=now, on_behalf_of=line.person_id,
            detail={"line": str(line.id), "via": via},
        )  # fmt: skip
        session.flush()
    else:
        _stop(session, actor, found, line, told, via, now)


def _stop(
    session: Session, actor: Actor, found: Opened, line: ClaimLine, told: str, via: str,
    now: datetime,
) -> None:  # fmt: skip
    """A case for the office, and the claim goes nowhere until it is decided."""
    case = CaseFile(
        id=new_id(),
        kind="claim_denied",
        region_code=found.row.region_code,
        claim_id=found.row.id,
        claim_line_id=line.id,
        person_id=line.person_id,
        summary=told,
        state="open",
        due_on=working_days.after(found.today, found.book.review.due_working_days),
        opened_at=now,
    )
    session.add(case)
    found.cases.append(case)
    claims.require("deny", found.claim, claims.Doer("trainee"))
    rows.move(
        session, actor, found, "deny", now=now, on_behalf_of=line.person_id,
        detail={"line": str(line.id), "via": via, "case": str(case.id)},
    )  # fmt: skip
    questions.tell_stopped(session, found, line, now=now)


def _what_is_wrong(wrong: str, note: str) -> str:
    """What the person says is wrong, in a line; a word of the list is enough."""
    if wrong not in WRONG:
        raise BadInput("wrong", "claims.answer.choose")
    words = clean_reason(note) if note.strip() else ""
    if wrong == "other" and not words:
        raise BadInput("note", "claims.answer.say_what")
    label = t(f"claims.wrong.{wrong}")
    return f"{label}：{words}" if words else label
