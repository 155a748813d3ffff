"""What a sanction does to the institution's place on the list, and how an appeal undoes it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.models import CaseSanction, Institution, ViolationCase
from portal.domain.case_errors import InstitutionElsewhere
from portal.domain.errors import NotFound
from portal.domain.listing_errors import NotFromHere, NotToLift
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies.regions import local_name
from portal.services.listings import decisions, lifting

# How an institution stands after each sanction that touches its place.
TO = {"warning": "warning", "suspend": "suspended", "remove": "removed"}


def follow(
    session: Session, actor: Actor, case: ViolationCase, sanction: CaseSanction, *, now: datetime
) -> None:
    """Let the listing follow a sanction. An order to rectify leaves it as it is.

    A warning to an institution that is warned or suspended already changes nothing there. Raises
    what the listing refuses; InstitutionElsewhere for one that taught here and is registered in
    another county.
    """
    if sanction.kind not in TO:
        return
    try:
        sanction.decision_id = decisions.decide(
            session,
            actor,
            institution_id=case.institution_id,
            to=TO[sanction.kind],
            reason=sanction.reason,
            document_no=sanction.document_no,
            effective_on=sanction.effective_on,
            ban_until=sanction.ban_until,
            case_id=case.id,
            now=now,
        )
    except NotFound:
        home = session.get_one(Institution, case.institution_id).region_code
        raise InstitutionElsewhere(region=local_name(home)) from None
    except NotFromHere:
        if sanction.kind != "warning":
            raise
    session.flush()


def undo(
    session: Session,
    actor: Actor,
    case: ViolationCase,
    sanction: CaseSanction,
    *,
    document_no: str,
    now: datetime,
) -> bool:
    """Lift what a sanction did to the listing, by a decision of its own.

    False where it did nothing, or where that was lifted or overtaken before it ever stood.
    """
    if sanction.decision_id is None:
        return False
    try:
        lifting.lift(
            session,
            actor,
            decision_id=sanction.decision_id,
            reason=t("casework.lifted_reason", case_no=case.case_no),
            document_no=document_no,
            case_id=case.id,
            now=now,
        )
    except NotToLift:
        return False
    return True
