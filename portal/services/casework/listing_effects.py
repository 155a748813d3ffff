"""What a sanction does to the institution's place on the list, and how an appeal undoes it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CaseSanction, ViolationCase
from portal.domain.listing_errors import NotFromHere
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.listings import decisions
from portal.services.times import day_of

_TO = {"warning": "warning", "suspend": "suspended", "remove": "removed"}


def follow(
    session: Session, actor: Actor, case: ViolationCase, sanction: CaseSanction, *, now: datetime
) -> None:
    """Let the listing follow a sanction. An order to rectify leaves it as it is.

    A warning to an institution that is warned or suspended already changes nothing there. Raises
    what the listing refuses.
    """
    if sanction.kind not in _TO:
        return
    try:
        decisions.decide(
            session,
            actor,
            institution_id=case.institution_id,
            to=_TO[sanction.kind],
            reason=sanction.reason,
            document_no=sanction.document_no,
            effective_on=sanction.effective_on,
            ban_until=sanction.ban_until,
            case_id=case.id,
            now=now,
        )
    except NotFromHere:
        if sanction.kind != "warning":
            raise


def undo(
    session: Session,
    actor: Actor,
    case: ViolationCase,
    sanction: CaseSanction,
    *,
    document_no: str,
    now: datetime,
) -> bool:
    """Put the institution back on the list, unless another sanction was decided since.

    False where nothing was to be done, also for a removal in force: whoever was removed is
    admitted anew (reference A5).
    """
    if sanction.kind not in _TO or _followed(session, case, sanction):
        return False
    try:
        decisions.decide(
            session,
            actor,
            institution_id=case.institution_id,
            to="listed",
            reason=t("casework.lifted_reason", case_no=case.case_no),
            document_no=document_no,
            effective_on=day_of(now),
            case_id=case.id,
            now=now,
        )
    except NotFromHere:
        return False
    return True


def _followed(session: Session, case: ViolationCase, sanction: CaseSanction) -> bool:
    """Whether another sanction that stands was decided about the institution since."""
    query = (
        select(CaseSanction.id)
        .join(ViolationCase, ViolationCase.id == CaseSanction.case_id)
        .where(
            ViolationCase.institution_id == case.institution_id,
            CaseSanction.id != sanction.id,
            CaseSanction.kind.in_(_TO),
            CaseSanction.state == "in_force",
            CaseSanction.decided_at >= sanction.decided_at,
        )
    )
    return session.scalar(query.limit(1)) is not None
