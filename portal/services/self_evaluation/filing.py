"""The enterprise's side: file one trade with its levels, and take it back before the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.ids import new_id
from portal.db.models import Employer, SelfEvaluation
from portal.domain import working_days
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.levels import SkillLevel
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies import reference
from portal.services import audit
from portal.services.casework.texts import clean_text
from portal.services.rule_book import book_for
from portal.services.times import day_of

OBJECT = "self_evaluation"
SHORTEST_PLAN, LONGEST_PLAN = 10, 1000
# No enterprise has more; a slip of the finger otherwise.
_MOST_STAFF = 1_000_000


@dataclass(frozen=True, slots=True)
class EvaluationForm:
    """What an enterprise files: the trade by its code or name, levels as ranks, how it will be
    examined, how many people, and whether pay follows the level (R14)."""

    occupation: str
    levels: tuple[int, ...]
    plan: str
    staff: int
    level_linked_pay: bool = False


def file(session: Session, actor: Actor, *, form: EvaluationForm, now: datetime) -> UUID:
    """File a trade; the authority answers within its region's days.

    Raises Forbidden, BadInput (occupation, levels, plan, staff), NotReady: it is filed already.
    """
    employer = own_employer(session, actor)
    today = day_of(now)
    book = book_for(session, employer.region_code, today)
    made = SelfEvaluation(
        id=new_id(),
        employer_id=employer.id,
        region_code=employer.region_code,
        occupation_code=_occupation(form.occupation),
        levels=_levels(form.levels),
        plan=clean_text(form.plan, "plan", shortest=SHORTEST_PLAN, longest=LONGEST_PLAN),
        staff=_staff(form.staff),
        level_linked_pay=form.level_linked_pay,
        state="filed",
        filed_at=now,
        filed_by=actor.the_account(),
        due_on=working_days.after(today, book.review.due_working_days),
        answer="",
        doc_no="",
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError as error:
        if violated_constraint(error) != "uq_self_evaluation_trade":
            raise
        raise NotReady(reason="evaluation.filed_already") from None
    trace(session, actor, "file", made, now)
    return made.id


def withdraw(session: Session, actor: Actor, *, filing_id: UUID, now: datetime) -> None:
    """Take it back while it waits; again changes nothing. Raises NotFound, NotReady."""
    employer = own_employer(session, actor)
    query = select(SelfEvaluation).where(
        SelfEvaluation.id == filing_id, SelfEvaluation.employer_id == employer.id
    )
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.state == "withdrawn":
        return
    if row.state != "filed":
        raise NotReady(reason="evaluation.answered")
    row.state = "withdrawn"
    session.flush()
    trace(session, actor, "withdraw", row, now)


def own_employer(session: Session, actor: Actor) -> Employer:
    """For which enterprise the actor files; raises Unauthenticated, Forbidden."""
    actor.require(Permission.FILE_EVALUATION)
    if actor.employer_id is None:
        raise Forbidden
    return session.get_one(Employer, actor.employer_id)


def trace(
    session: Session,
    actor: Actor,
    act: str,
    row: SelfEvaluation,
    now: datetime,
    *,
    reason: str | None = None,
    **detail: object,
) -> None:
    """Write down who did what to a filing."""
    audit.record(
        session,
        actor,
        f"evaluation.{act}",
        now=now,
        object_type=OBJECT,
        object_id=row.id,
        reason=reason,
        detail={"occupation": row.occupation_code, "levels": list(row.levels)} | detail,
    )


def _occupation(raw: str) -> str:
    """The code of a trade of today, typed as code or as name."""
    found = reference.typed_occupation(raw)
    if found is None:
        raise BadInput("occupation", "evaluation.unknown_occupation")
    return found.code


def _levels(ranks: Sequence[int]) -> list[int]:
    known = {int(level) for level in SkillLevel}
    if not ranks or not set(ranks) <= known:
        raise BadInput("levels", "evaluation.choose_levels")
    return sorted(set(ranks))


def _staff(staff: int) -> int:
    if not 1 <= staff <= _MOST_STAFF:
        raise BadInput("staff", "evaluation.staff")
    return staff


def trade_text(row: SelfEvaluation) -> str:
    """电工（五级/初级工、四级/中级工）"""
    known = reference.occupation(row.occupation_code)
    levels = "、".join(SkillLevel(rank).printed_name for rank in row.levels)
    return t("evaluation.trade", name=known.name if known else row.occupation_code, levels=levels)
