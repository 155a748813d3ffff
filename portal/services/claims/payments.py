"""Money that moves: an advance, the balance, what comes back. Each is written once, for good."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import Disbursement
from portal.domain import claims
from portal.domain.claim_errors import (
    AdvancePaid,
    AdvanceTooHigh,
    NoAdvance,
    RecoveredTooMuch,
    RuleRefuses,
    WrongStep,
)
from portal.domain.claim_ledger import Kind, asked_for, due
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.permissions import Actor
from portal.domain.rules.rule import Result
from portal.locale.rules import sentence
from portal.services import archive_records
from portal.services.casework import claim_mirror
from portal.services.claims import asking as asks
from portal.services.claims import questions, rows, sides
from portal.services.claims.rows import Opened
from portal.services.listings import holds
from portal.services.reasons import clean_reason

_SHORTEST_REASON = 4
_LONGEST_REFERENCE = 60
_ONCE = "uq_disbursement_once"


def advance_ceiling(session: Session, found: Opened) -> int | None:
    """The most that may be paid of this claim before the outcome is known (R40), in fen; None
    where no rule allows any."""
    result = _advance_rule(session, found, 0)
    ceiling = result.params.get("ceiling_fen") if result else None
    return ceiling if isinstance(ceiling, int) else None


def pay_advance(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    amount_fen: int,
    reference: str,
    fund: str = "",
    now: datetime,
) -> None:
    """Pay a part before the end, once. Raises NoAdvance, AdvancePaid, AdvanceTooHigh, TooEarly,
    RuleRefuses, WrongStep, AnsweredInIt, BadInput."""
    found = sides.office_claim(session, actor, claim_id, now=now)
    claims.require("pay_advance", found.claim, rows.doer(actor, "office"))
    holds.require_free(session, found.row, today=found.today)
    if found.claim.ledger.advance_fen:
        raise AdvancePaid
    if found.made.status not in ("running", "finished", "closed"):
        raise NotReady(reason="claims.refused.not_started")
    result = _advance_rule(session, found, amount_fen)
    if result is None:
        raise NoAdvance
    ceiling = result.params.get("ceiling_fen")
    if amount_fen <= 0:
        raise BadInput("amount", "claims.pay.amount")
    if result.outcome != "pass":
        raise AdvanceTooHigh(ceiling if isinstance(ceiling, int) else 0)
    found.row.advance_fen = amount_fen
    _move_money(session, actor, found, "advance", amount_fen, reference, fund, now)
    rows.move(session, actor, found, "pay_advance", now=now, detail={"advance_fen": amount_fen})


def pay(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    reference: str,
    fund: str = "",
    now: datetime,
) -> None:
    """Pay what is due less what was advanced. Where more was advanced than is due, nothing is
    paid and the difference is to come back. Raises WrongStep, ClaimStopped, RuleRefuses."""
    found = sides.office_claim(session, actor, claim_id, now=now)
    claims.require("pay", found.claim, rows.doer(actor, "office"))
    holds.require_free(session, found.row, today=found.today)
    owed = due(found.claim.lines)
    balance = found.claim.ledger.to_pay(owed)
    if balance:
        _move_money(session, actor, found, "balance", balance, reference, fund, now)
    _to_archives(session, found, fund or found.row.fund, now)
    back = found.claim.ledger.to_recover(owed)
    detail = {"due_fen": owed, "balance_fen": balance, "to_recover_fen": back}
    rows.move(session, actor, found, "pay", now=now, detail=detail)
    if balance or not back:
        questions.tell_paid(session, found, now=now)


def record_recovery(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    amount_fen: int,
    reference: str,
    now: datetime,
) -> None:
    """Write down money that came back; the last of it closes the claim.

    Raises WrongStep, RecoveredTooMuch, BadInput.
    """
    found = sides.office_claim(session, actor, claim_id, now=now)
    claims.require("recover", found.claim, rows.doer(actor, "office"))
    owed = found.claim.ledger.to_recover(due(found.claim.lines))
    if amount_fen <= 0:
        raise BadInput("amount", "claims.pay.amount")
    if amount_fen > owed:
        raise RecoveredTooMuch(owed)
    _move_money(session, actor, found, "recovery", amount_fen, reference, found.row.fund, now)
    claim_mirror.mirror(
        session, actor, claim_id=claim_id, amount_fen=amount_fen, reference=reference, now=now
    )
    detail = {"recovered_fen": amount_fen, "left_fen": owed - amount_fen}
    rows.move(session, actor, found, "recover", now=now, detail=detail)


def write_off(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    amount_fen: int,
    document_no: str,
    now: datetime,
) -> None:
    """What two officers gave up in a recovery is owed no more; the last of it closes the claim.

    Raises NotFound, WrongStep, RecoveredTooMuch.
    """
    found = sides.office_claim(session, actor, claim_id, now=now)
    claims.require("write_off", found.claim, rows.doer(actor, "office"))
    owed = found.claim.ledger.to_recover(due(found.claim.lines))
    if amount_fen > owed:
        raise RecoveredTooMuch(owed)
    found.row.written_off_fen += amount_fen
    given_up = found.row.written_off_fen
    found.claim = replace(found.claim, ledger=replace(found.claim.ledger, written_off_fen=given_up))
    detail = {"written_off_fen": amount_fen, "left_fen": owed - amount_fen}
    rows.move(session, actor, found, "write_off", now=now, reason=document_no, detail=detail)


def claw_back(
    session: Session, actor: Actor, *, line_ids: tuple[UUID, ...], reason: str, now: datetime
) -> None:
    """Take lines out of a claim that was paid (R46): a revoked certificate, a proven fraud.

    Raises WrongStep, NotFound, BadInput.
    """
    if not line_ids:
        raise BadInput("lines", "claims.pay.choose_lines")
    first = rows.of_line(session, line_ids[0], now=now)
    found = sides.office_claim(session, actor, first.row.id, now=now)
    claims.require("claw_back", found.claim, rows.doer(actor, "office"))
    told = clean_reason(reason, shortest=_SHORTEST_REASON)
    lines = [found.line(line_id) for line_id in line_ids]
    if not any(line.state != "dropped" for line in lines):
        raise WrongStep
    for line in sorted(lines, key=lambda one: one.person_id):
        line.state = "dropped"
        archive_records.subsidy_taken_back(session, line, reason=told, now=now)
    detail = {"lines": [str(line.id) for line in lines]}
    rows.move(session, actor, found, "claw_back", now=now, reason=told, detail=detail)


def _to_archives(session: Session, found: Opened, fund: str, now: datetime) -> None:
    """Tell the archive of everybody for whom it was paid, in an order in which no two claims can
    wait for each other."""
    payee = questions.payee_name(session, found.row)
    for line in sorted(found.lines, key=lambda one: one.person_id):
        if rows.domain_line(line, excused=found.excused(line)).stands:
            archive_records.subsidy_paid(
                session, line, found.row, title=found.made.title, payee=payee, fund=fund, now=now
            )


def _advance_rule(session: Session, found: Opened, amount_fen: int) -> Result | None:
    """What R40 says about an advance of this size on what is claimed now."""
    ask = asks.asking_of(session, found.row, found.made, found.book, today=found.today)
    if ask is None:
        return None
    claimed = asked_for(found.claim.lines)
    answers = asks.class_results(ask, amount_fen=claimed, advance_fen=amount_fen)
    return next((one for one in answers if one.rule.kind == "advance"), None)


def _move_money(
    session: Session,
    actor: Actor,
    found: Opened,
    kind: Kind,
    amount_fen: int,
    reference: str,
    fund: str,
    now: datetime,
) -> None:
    """A line of the ledger, from a fund that the rules name (R41, R42)."""
    paid_from = fund or found.row.fund
    if kind != "recovery":
        _check_fund(session, found, paid_from)
    told = " ".join(reference.split())
    if not told or len(told) > _LONGEST_REFERENCE or not told.isprintable():
        raise BadInput("reference", "claims.pay.reference", longest=_LONGEST_REFERENCE)
    session.add(
        Disbursement(
            claim_id=found.row.id,
            kind=kind,
            amount_fen=amount_fen,
            fund=paid_from,
            reference=told,
            by_account_id=actor.the_account(),
            at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        # The lock on the claim forbids it already; the index forbids it whoever forgets the lock.
        if violated_constraint(error) == _ONCE:
            raise AdvancePaid if kind == "advance" else WrongStep from None
        raise
    found.claim = replace(found.claim, ledger=found.claim.ledger.with_entry(kind, amount_fen))


def _check_fund(session: Session, found: Opened, fund: str) -> None:
    ask = asks.asking_of(session, found.row, found.made, found.book, today=found.today)
    if ask is None:
        raise NotFound
    for result in asks.class_results(ask, fund=fund):
        if result.rule.kind in ("fund_sources", "fund_order") and result.outcome == "fail":
            raise RuleRefuses(why=sentence(result))
