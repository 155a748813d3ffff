"""The authority's side (备案评估): accept for a time, return, end what is in force."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Employer, SelfEvaluation
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import notices
from portal.services.casework.texts import clean_document
from portal.services.reasons import clean_reason
from portal.services.scope import in_area, the_area
from portal.services.self_evaluation.filing import trace, trade_text
from portal.services.times import day_of, day_text

# What was looked at before an enterprise may evaluate: all of it, or it is returned.
POINTS = ("plan", "standard", "people", "place")
_LONGEST = timedelta(days=366 * 5)
_SHORTEST = 4


def accept(
    session: Session,
    actor: Actor,
    *,
    filing_id: UUID,
    points: Collection[str],
    doc_no: str,
    valid_until: date,
    now: datetime,
) -> None:
    """The enterprise may evaluate its staff until a day. Pay that follows the level counts from
    now on for what its results are worth (R14). The same again changes nothing.

    Raises NotFound, NotReady (answered), BadInput (points, doc_no, valid_until).
    """
    row = _held(session, actor, filing_id)
    if row.state == "accepted" and row.decided_by == actor.account_id:
        return
    _must_wait(row)
    if set(points) != set(POINTS):
        raise BadInput("points", "evaluation.all_points")
    today = day_of(now)
    if not today < valid_until <= today + _LONGEST:
        raise BadInput("valid_until", "evaluation.valid_until")
    row.doc_no = clean_document(doc_no)
    row.effective_from, row.valid_until = today, valid_until
    if row.level_linked_pay:
        session.get_one(Employer, row.employer_id).level_linked_pay = True
    _decide(session, actor, row, "accepted", "", now)
    until = day_text(valid_until)
    _tell(session, row, "evaluation_accepted", {"doc": row.doc_no, "until": until}, now)


def send_back(
    session: Session, actor: Actor, *, filing_id: UUID, reason: str, now: datetime
) -> None:
    """Return it with what is missing; the enterprise may file anew. The same again changes
    nothing. Raises NotFound, NotReady, BadInput (reason)."""
    row = _held(session, actor, filing_id)
    if row.state == "returned" and row.decided_by == actor.account_id:
        return
    _must_wait(row)
    told = clean_reason(reason, shortest=_SHORTEST)
    _decide(session, actor, row, "returned", told, now)
    _tell(session, row, "evaluation_returned", {"reason": told}, now)


def end(session: Session, actor: Actor, *, filing_id: UUID, reason: str, now: datetime) -> None:
    """End what is in force; what was issued under it stays. Again changes nothing.

    Raises NotFound, NotReady (not in force), BadInput (reason).
    """
    row = _held(session, actor, filing_id)
    if row.state == "ended":
        return
    if row.state != "accepted":
        raise NotReady(reason="evaluation.not_in_force")
    told = clean_reason(reason, shortest=_SHORTEST)
    _decide(session, actor, row, "ended", told, now)
    _tell(session, row, "evaluation_ended", {"reason": told}, now)


def _held(session: Session, actor: Actor, filing_id: UUID) -> SelfEvaluation:
    """A filing of the officer's region, locked: of two who decide, one comes first."""
    actor.require(Permission.KEEP_LISTINGS)
    query = select(SelfEvaluation).where(
        SelfEvaluation.id == filing_id, in_area(the_area(actor), SelfEvaluation.region_code)
    )
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _must_wait(row: SelfEvaluation) -> None:
    if row.state != "filed":
        raise NotReady(reason="evaluation.answered")


def _decide(
    session: Session, actor: Actor, row: SelfEvaluation, state: str, answer: str, now: datetime
) -> None:
    row.state, row.answer = state, answer
    row.decided_at, row.decided_by = now, actor.the_account()
    session.flush()
    act = {"accepted": "accept", "returned": "return", "ended": "end"}[state]
    trace(session, actor, act, row, now, reason=answer or None, document=row.doc_no)


def _tell(
    session: Session, row: SelfEvaluation, kind: str, params: dict[str, object], now: datetime
) -> None:
    """Everybody who acts for the enterprise hears of it."""
    staff = select(Account.person_id).where(
        Account.employer_id == row.employer_id, Account.status == "active"
    )
    for person_id in sorted(set(session.scalars(staff))):
        notices.tell(session, person_id, kind, params={"trade": trade_text(row)} | params, now=now)
