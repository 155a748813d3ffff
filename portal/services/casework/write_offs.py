"""Money that will not come back is given up by two officers: one asks, another agrees."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Recovery, RecoveryWriteOff
from portal.domain.case_errors import MoreThanOwed, NotDoneYet, SaidBefore
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services.casework import case_rows, recovery_rows
from portal.services.casework.texts import clean_document, clean_text
from portal.services.claims import payments
from portal.services.reasons import clean_reason

_SHORTEST = 4


def ask(
    session: Session,
    actor: Actor,
    *,
    recovery_id: UUID,
    amount_fen: int,
    reason: str,
    document_no: str,
    now: datetime,
) -> UUID:
    """Ask that so much be given up. Nothing changes before another officer agrees.

    Raises NotFound, SaidBefore (settled), NotDoneYet (one is asked for), MoreThanOwed, BadInput.
    """
    row = recovery_rows.locked(session, actor, recovery_id)
    if row.state != "open":
        raise SaidBefore
    if type(amount_fen) is not int or amount_fen <= 0:
        raise BadInput("amount", "claims.pay.amount")
    left = recovery_rows.last_entry(session, row.id).balance_fen
    if amount_fen > left:
        raise MoreThanOwed(left)
    asked = select(RecoveryWriteOff.id).where(
        RecoveryWriteOff.recovery_id == row.id, RecoveryWriteOff.state == "asked"
    )
    if session.scalar(asked) is not None:
        raise NotDoneYet
    made = RecoveryWriteOff(
        recovery_id=row.id,
        amount_fen=amount_fen,
        reason=clean_reason(reason, shortest=_SHORTEST),
        document_no=clean_document(document_no),
        state="asked",
        asked_by=actor.the_account(),
        asked_at=now,
    )
    session.add(made)
    session.flush()
    recovery_rows.trail(session, actor, row, "ask_write_off", now=now, amount_fen=amount_fen)
    return made.id


def decide(
    session: Session, actor: Actor, *, write_off_id: UUID, agree: bool, answer: str, now: datetime
) -> None:
    """Another officer agrees or refuses. The same again changes nothing.

    Raises NotFound, SecondOfficer (whoever asked), SaidBefore, MoreThanOwed: by now less is left.
    """
    actor.require(Permission.HANDLE_CASES)
    of = session.scalar(
        select(RecoveryWriteOff.recovery_id).where(RecoveryWriteOff.id == write_off_id)
    )
    if of is None:
        raise NotFound
    recovery_rows.claim_first(session, actor, of, now=now)
    row = recovery_rows.locked(session, actor, of)
    asked = session.get_one(RecoveryWriteOff, write_off_id, populate_existing=True)
    case_rows.another_officer(session, actor, asked.asked_by)
    state = "agreed" if agree else "refused"
    if asked.state == state:
        return
    if asked.state != "asked":
        raise SaidBefore
    asked.state, asked.decided_by, asked.decided_at = state, actor.the_account(), now
    asked.answer = clean_text(answer, "answer", longest=200)
    session.flush()
    if not agree:
        recovery_rows.trail(session, actor, row, "refuse_write_off", now=now)
        return
    _give_up(session, actor, row, asked, now)


def _give_up(
    session: Session, actor: Actor, row: Recovery, asked: RecoveryWriteOff, now: datetime
) -> None:
    """A line of the ledger; of a claim the same sum is owed no more there (ADR 0042)."""
    recovery_rows.enter(
        session,
        actor,
        row,
        "write_off",
        amount_fen=asked.amount_fen,
        reference=asked.document_no,
        # Who asked stands beside who agreed.
        second_by=asked.asked_by,
        now=now,
    )
    if row.claim_id is not None:
        payments.write_off(
            session,
            actor,
            claim_id=row.claim_id,
            amount_fen=asked.amount_fen,
            document_no=asked.document_no,
            now=now,
        )
