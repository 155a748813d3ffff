"""Asking everybody in a claim whether it is true, and noting who did not answer."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine, Employer, Institution, SubsidyClaim
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, notices
from portal.services.claims import texts
from portal.services.claims.rows import OBJECT, Opened
from portal.services.times import ZONE

# How a line was answered.
PAGE = "page"
LINE = "claim_line"
_AT_ONCE = 500


def ask(session: Session, found: Opened, *, now: datetime) -> None:
    """Ask about every line that is new or changed. Whoever claims for himself says yes by it.

    A claim for a class that still runs asks nobody: there is nothing yet to be true.
    """
    if not found.claim.is_over:
        return
    until = _answer_by(found)
    for line in found.lines:
        if line.state != "draft":
            continue
        line.asked_at = now
        if found.row.payee_person_id == line.person_id:
            line.state, line.answered_at, line.answered_via = "confirmed", now, PAGE
            continue
        line.state, line.answer_by = "asked", until
        _tell(session, found, line, now=now)
    found.recount()


def payee_name(session: Session, row: SubsidyClaim) -> str:
    """Who asks for the money, as people are told; empty for the person concerned."""
    if row.payee_institution_id:
        return session.get_one(Institution, row.payee_institution_id).name
    if row.payee_employer_id:
        return session.get_one(Employer, row.payee_employer_id).name
    return ""


def note_silence(session: Session, actor: Actor, *, now: datetime) -> int:
    """Mark those who did not answer in time; an officer decides whether to go on without them."""
    actor.require(Permission.RUN_TASKS)
    late = session.scalars(
        select(ClaimLine)
        .where(ClaimLine.state == "asked", ClaimLine.answer_by <= now)
        .order_by(ClaimLine.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for line in late:
        line.state = "no_answer"
        audit.record(
            session, actor, "claims.no_answer", now=now, object_type=OBJECT,
            object_id=line.claim_id, on_behalf_of=line.person_id, detail={"line": str(line.id)},
        )  # fmt: skip
    return len(late)


def _answer_by(found: Opened) -> datetime:
    """The end of the last day to answer, in Beijing."""
    last = found.today + timedelta(days=found.book.claims.confirm_days)
    return datetime.combine(last + timedelta(days=1), time(), ZONE)


def _tell(session: Session, found: Opened, line: ClaimLine, *, now: datetime) -> None:
    params = {
        "sender": payee_name(session, found.row),
        "title": found.made.title,
        "learned": texts.learned(line),
        "amount": texts.money(line.amount_fen),
    }
    ref = (LINE, line.id)
    notices.tell(
        session, line.person_id, "claim_confirm_asked", params=params, ref=ref, now=now, sms=True
    )


def tell_stopped(session: Session, found: Opened, line: ClaimLine, *, now: datetime) -> None:
    """Tell a person that the "no" has stopped the claim."""
    params = {"title": found.made.title}
    notices.tell(
        session, line.person_id, "claim_stopped", params=params, ref=(LINE, line.id), now=now
    )


def tell_decided(
    session: Session, found: Opened, line: ClaimLine, *, upheld: bool, now: datetime
) -> None:
    """Tell a person how the office decided about the "no"."""
    kind = "claim_case_upheld" if upheld else "claim_case_dismissed"
    params = {"title": found.made.title}
    notices.tell(
        session, line.person_id, kind, params=params, ref=(LINE, line.id), now=now, sms=True
    )


def tell_paid(session: Session, found: Opened, *, now: datetime) -> None:
    """Tell everybody who is in it that the money went out, and to whom."""
    payee = payee_name(session, found.row) or t("claims.payee.you")
    for line in found.lines:
        if line.state == "dropped":
            continue
        params = {
            "title": found.made.title,
            "amount": texts.money(line.amount_fen),
            "payee": payee,
        }
        notices.tell(
            session, line.person_id, "claim_paid", params=params, ref=(LINE, line.id), now=now
        )
