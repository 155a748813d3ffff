"""A recovery's ledger: locked, its balance, and the one way in which a line is added to it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import Recovery, RecoveryEntry
from portal.domain.case_errors import MoreThanOwed
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.claims import sides
from portal.services.scope import in_area, the_area

OBJECT = "recovery"


def within(actor: Actor) -> Select[Recovery]:
    """The recoveries of the officer's region; raises Forbidden for everybody else."""
    actor.require(Permission.HANDLE_CASES)
    return select(Recovery).where(in_area(the_area(actor), Recovery.region_code))


def locked(session: Session, actor: Actor, recovery_id: UUID) -> Recovery:
    """One of them, held until the act ends; raises NotFound."""
    query = within(actor).where(Recovery.id == recovery_id)
    row = session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def claim_first(session: Session, actor: Actor, recovery_id: UUID, *, now: datetime) -> None:
    """Hold the claim of a recovery before the recovery, as on the claim's own page: whoever needs
    both takes them in this order, and nobody waits in a circle."""
    claim_id = session.scalar(
        within(actor).with_only_columns(Recovery.claim_id).where(Recovery.id == recovery_id)
    )
    if claim_id is not None:
        sides.office_claim(session, actor, claim_id, now=now)


def last_entry(session: Session, recovery_id: UUID) -> RecoveryEntry:
    """The line that says how much is left."""
    query = select(RecoveryEntry).where(RecoveryEntry.recovery_id == recovery_id)
    return session.scalars(query.order_by(RecoveryEntry.seq_no.desc()).limit(1)).one()


def enter(
    session: Session,
    actor: Actor,
    row: Recovery,
    kind: str,
    *,
    amount_fen: int = 0,
    reference: str,
    due_on: date | None = None,
    second_by: UUID | None = None,
    now: datetime,
) -> RecoveryEntry:
    """Add a line; the caller holds the recovery. The last of the money settles it.

    Raises BadInput (amount), MoreThanOwed.
    """
    last = last_entry(session, row.id)
    if kind != "demand" and amount_fen <= 0:
        raise BadInput("amount", "claims.pay.amount")
    if amount_fen > last.balance_fen:
        raise MoreThanOwed(last.balance_fen)
    made = RecoveryEntry(
        recovery_id=row.id,
        seq_no=last.seq_no + 1,
        kind=kind,
        amount_fen=amount_fen,
        balance_fen=last.balance_fen - amount_fen,
        reference=reference,
        due_on=due_on,
        by_account_id=actor.the_account(),
        second_by=second_by,
        at=now,
    )
    session.add(made)
    if due_on is not None:
        row.due_on = due_on
    if made.balance_fen == 0:
        row.state = "settled"
    session.flush()
    trail(session, actor, row, kind, now=now, amount_fen=amount_fen)
    return made


def trail(
    session: Session, actor: Actor, row: Recovery, act: str, *, now: datetime, amount_fen: int = 0
) -> None:
    """A line in the trail."""
    detail: dict[str, object] = {"no": row.recovery_no, "amount_fen": amount_fen, "fund": row.fund}
    audit.record(
        session, actor, f"recovery.{act}", now=now, object_type=OBJECT, object_id=row.id,
        detail=detail,
    )  # fmt: skip
