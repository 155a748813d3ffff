"""Money that must come back (reference R46): opened, demanded, paid, each line for good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import (
    Recovery,
    RecoveryEntry,
    SubsidyClaim,
    TrainingClass,
    ViolationCase,
)
from portal.domain.case_errors import ClaimNotOwing, SaidBefore
from portal.domain.claim_ledger import due
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies import deadlines
from portal.services.casework import case_rows, recovery_rows
from portal.services.casework.texts import clean_document, clean_text
from portal.services.claims import asking, payments, sides
from portal.services.rule_book import book_for
from portal.services.times import day_of

# More than any fund of a county: a slip of the finger.
MOST_FEN = 100_000_000_00
_SHORTEST = 4


def open_for_case(
    session: Session,
    actor: Actor,
    *,
    case_id: UUID,
    amount_fen: int,
    fund: str,
    reason: str,
    document_no: str,
    now: datetime,
) -> UUID:
    """Demand money of a case's institution, of one fund. Raises NotFound, CaseOver, BadInput."""
    case = case_rows.open_case_of(session, actor, case_id)
    paper, why = clean_document(document_no), clean_text(reason, "reason", longest=200)
    paid_from = clean_text(fund, "fund", shortest=2, longest=40)
    allowed = funds(session, actor, now=now)
    if allowed and paid_from not in allowed:
        raise BadInput("fund", "casework.choose")
    made = Recovery(
        recovery_no=case_rows.new_number(session, "ZH", now),
        region_code=case.region_code,
        institution_id=case.institution_id,
        case_id=case.id,
        claim_id=None,
        fund=paid_from,
        amount_fen=_amount(amount_fen),
        reason=why,
        document_no=paper,
    )
    _open(session, actor, made, now)
    detail = {"recovery": made.recovery_no, "amount_fen": amount_fen}
    case_rows.write(session, actor, case, "recover", now=now, note=why, detail=detail)
    return made.id


def open_for_claim(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    case_id: UUID | None = None,
    document_no: str,
    reason: str,
    now: datetime,
) -> UUID:
    """Take what a claim owes into the ledger: its own sum and fund, nothing typed.

    Which lines fall out of a claim is decided there (``claims.payments.claw_back``). An open case
    about the claim is named in it. Again changes nothing. Raises NotFound, ClaimNotOwing, BadInput.
    """
    actor.require(Permission.HANDLE_CASES)
    found = sides.office_claim(session, actor, claim_id, now=now)
    paper, why = clean_document(document_no), clean_text(reason, "reason", longest=200)
    begun = select(Recovery.id).where(Recovery.claim_id == claim_id, Recovery.state == "open")
    if (known := session.scalar(begun)) is not None:
        return known
    owed = found.claim.ledger.to_recover(due(found.claim.lines))
    if found.row.state != "recovering" or owed <= 0:
        raise ClaimNotOwing
    case = case_rows.found(session, actor, case_id) if case_id else None
    case = case or _case_of(session, actor, claim_id)
    institution = found.row.payee_institution_id
    if case is not None and case.institution_id != _taught_by(session, found.row):
        raise NotFound
    made = Recovery(
        recovery_no=case_rows.new_number(session, "ZH", now),
        region_code=found.row.region_code,
        institution_id=institution,
        case_id=case.id if case else None,
        claim_id=claim_id,
        fund=found.row.fund,
        amount_fen=owed,
        reason=why,
        document_no=paper,
    )
    try:
        with session.begin_nested():
            _open(session, actor, made, now)
    except IntegrityError as error:
        if violated_constraint(error) != "uq_recovery_claim":
            raise
        return session.scalars(begun).one()
    return made.id


def demand(
    session: Session, actor: Actor, *, recovery_id: UUID, document_no: str, now: datetime
) -> None:
    """Ask for it (again), with a paper and a new last day. Raises NotFound, SaidBefore."""
    row = recovery_rows.locked(session, actor, recovery_id)
    if row.state != "open":
        raise SaidBefore
    last = deadlines.last_day("recovery", day_of(now))
    paper = clean_document(document_no)
    recovery_rows.enter(session, actor, row, "demand", reference=paper, due_on=last, now=now)


def pay(
    session: Session,
    actor: Actor,
    *,
    recovery_id: UUID,
    amount_fen: int,
    reference: str,
    now: datetime,
) -> None:
    """Write down money that came back; of a claim in the claim's ledger, too.

    Raises NotFound, SaidBefore (settled), MoreThanOwed, BadInput.
    """
    told = clean_text(reference, "reference", shortest=2, longest=60)
    recovery_rows.claim_first(session, actor, recovery_id, now=now)
    row = recovery_rows.locked(session, actor, recovery_id)
    if row.state != "open":
        raise SaidBefore
    if row.claim_id is not None:
        payments.record_recovery(
            session, actor, claim_id=row.claim_id, amount_fen=amount_fen, reference=told, now=now
        )
        return
    recovery_rows.enter(
        session, actor, row, "payment", amount_fen=amount_fen, reference=told, now=now
    )


def funds(session: Session, actor: Actor, *, now: datetime) -> tuple[str, ...]:
    """The funds that the rules of the officer's region name (R42)."""
    actor.require(Permission.HANDLE_CASES)
    return asking.funds(book_for(session, actor.region_code or "", day_of(now)))


def _amount(amount_fen: int) -> int:
    if type(amount_fen) is not int or not 0 < amount_fen <= MOST_FEN:
        raise BadInput("amount", "claims.pay.amount")
    return amount_fen


def _case_of(session: Session, actor: Actor, claim_id: UUID) -> ViolationCase | None:
    """The open case about a claim, the latest of several."""
    query = case_rows.within(actor).where(
        ViolationCase.claim_id == claim_id, ViolationCase.state == "open"
    )
    return session.scalar(query.order_by(ViolationCase.opened_at.desc()).limit(1))


def _taught_by(session: Session, claim: SubsidyClaim) -> UUID:
    return session.get_one(TrainingClass, claim.class_id).institution_id


def _open(session: Session, actor: Actor, made: Recovery, now: datetime) -> None:
    """The row with the first line of its ledger."""
    made.state = "open"
    made.due_on = deadlines.last_day("recovery", day_of(now))
    made.opened_by, made.opened_at = actor.the_account(), now
    session.add(made)
    session.flush()
    session.add(
        RecoveryEntry(
            recovery_id=made.id,
            seq_no=1,
            kind="opened",
            amount_fen=made.amount_fen,
            balance_fen=made.amount_fen,
            reference=made.document_no,
            due_on=made.due_on,
            by_account_id=actor.the_account(),
            at=now,
        )
    )
    session.flush()
    recovery_rows.trail(session, actor, made, "open", now=now, amount_fen=made.amount_fen)
