"""Money of a claim that came back stands in the claim's own ledger and in the recovery's.

It is written down in one place (``services.claims.payments``), which calls this: so the two agree
whichever page an officer used.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Recovery
from portal.domain.permissions import Actor
from portal.services.casework.recovery_rows import enter, last_entry


def mirror(
    session: Session,
    actor: Actor,
    *,
    claim_id: UUID,
    amount_fen: int,
    reference: str,
    now: datetime,
) -> None:
    """Enter what came back for a claim into its open recovery, if there is one.

    What was given up there may come back after all: then only the rest is entered.
    """
    query = select(Recovery).where(Recovery.claim_id == claim_id, Recovery.state == "open")
    row = session.scalar(query.with_for_update(key_share=True))
    if row is None:
        return
    counted = min(amount_fen, last_entry(session, row.id).balance_fen)
    if counted:
        enter(session, actor, row, "payment", amount_fen=counted, reference=reference, now=now)
