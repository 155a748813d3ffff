"""What else stands about a claim: the open case, and the ledger of what must come back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Recovery, SubsidyClaim, ViolationCase
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.services.casework import case_rows, recovery_rows
from portal.services.scope import in_area, the_area


@dataclass(frozen=True, slots=True)
class ClaimLinks:
    """The latest open case about a claim and its latest recovery; None where there is none.

    ``may_enter``: it owes, and no open ledger says so yet.
    """

    case_id: UUID | None
    recovery_id: UUID | None
    may_enter: bool


def of_claim(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> ClaimLinks:
    """Both of a claim of the officer's region. Raises NotFound, Forbidden."""
    cases, owed = case_rows.within(actor), recovery_rows.within(actor)
    inside = in_area(the_area(actor), SubsidyClaim.region_code)
    query = select(SubsidyClaim.state).where(SubsidyClaim.id == claim_id, inside)
    if (state := session.scalar(query)) is None:
        raise NotFound
    case = session.scalar(
        cases.where(ViolationCase.claim_id == claim_id, ViolationCase.state == "open")
        .order_by(ViolationCase.opened_at.desc(), ViolationCase.id.desc())
        .limit(1)
    )
    recovery = session.scalar(
        owed.where(Recovery.claim_id == claim_id)
        .order_by(Recovery.opened_at.desc(), Recovery.id.desc())
        .limit(1)
    )
    return ClaimLinks(
        case_id=case.id if case else None,
        recovery_id=recovery.id if recovery else None,
        may_enter=state == "recovering" and (recovery is None or recovery.state != "open"),
    )
