"""What an employer states about the job of people whom it enters: that they work there, since
when. It is the employer's word, and stands until the person or an authority says otherwise."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Employer
from portal.domain.errors import NotReady
from portal.domain.permissions import Actor
from portal.services import audit, facts_rows
from portal.services.facts_rows import Teller
from portal.services.times import day_of

SOURCE = "employer"


def put(
    session: Session, actor: Actor, *, person_id: UUID, hired_on: date | None, now: datetime
) -> None:
    """State the job of somebody, who must be held; does nothing for an institution's roster.

    What an authority verified stands. Without a hire date, what is there already says more.
    """
    if actor.employer_id is None:
        return
    today = day_of(now)
    known = facts_rows.open_fact(session, person_id, "employment", today=today)
    if hired_on is None and known is not None:
        return
    employer = session.get_one(Employer, actor.employer_id)
    value = _value(employer, hired_on)
    by = Teller(actor.the_account(), SOURCE)
    try:
        row = facts_rows.put_fact(session, person_id, "employment", value, by=by, now=now)
    except NotReady:
        return
    if row is not None:
        audit.record(
            session,
            actor,
            "facts.declare",
            now=now,
            object_type="person_fact",
            object_id=row.id,
            on_behalf_of=person_id,
            detail={"kind": "employment", "source": SOURCE},
        )


def _value(employer: Employer, hired_on: date | None) -> dict[str, Any]:
    """The job as ``services.facts_values`` stores it; what the employer never said is left out."""
    said = {
        "employer_name": employer.name,
        "employer_uscc": employer.uscc,
        "employer_kind": employer.kind,
        "hired_on": hired_on.isoformat() if hired_on else None,
        "insured": employer.insured,
        "level_linked_pay": employer.level_linked_pay,
    }
    return {key: value for key, value in said.items() if value is not None}
