"""Ending an accepted entry: nothing new is opened for it; what was opened goes on (R53)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import SupplementEntry
from portal.domain import supplements
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import region_name
from portal.services import notices
from portal.services.publication import versions
from portal.services.reasons import clean_reason
from portal.services.supplements import covering, desks, standing
from portal.services.supplements.drafting import lock, trace
from portal.services.supplements.filing import clean_document


def end(
    session: Session, actor: Actor, *, entry_id: UUID, doc_no: str, reason: str, now: datetime
) -> None:
    """End an accepted entry for good, by a document, for a reason that everybody can read.

    The region that filed it may, and whoever answers it. Raises Forbidden, NotFound, BadInput
    (doc_no, reason), NotReady (it is not accepted, or ended already).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    versions.lock(session)
    row = desks.held_by_either(session, actor, entry_id)
    state = supplements.after(row.state, "end")
    document, why = clean_document(doc_no), clean_reason(reason, shortest=4)
    lock(session, row.region_code)
    standing.take_out(
        session, row, "ended", said=t("supplements.log.ended", doc=document, reason=why)
    )
    row.state, row.changed_at, row.covered_by = state, now, None
    row.ended_at, row.ended_by = now, actor.account_id
    row.ended_doc, row.ended_reason = document, why
    session.flush()
    trace(session, actor, "supplement.end", row, now=now, reason=why, doc_no=document)
    # Below, a county's may hold again that this one covered.
    covering.settle(session, row.region_code, now=now)
    _tell(session, actor, row, now)


def _tell(session: Session, actor: Actor, row: SupplementEntry, now: datetime) -> None:
    """Both sides hear of it, but for whoever did it."""
    above = desks.desk_above(session, row.region_code)[1]
    people = {*desks.staff_of(session, row.region_code), *above} - {actor.person_id}
    params = {
        "title": row.title,
        "region": region_name(row.region_code),
        "doc": row.ended_doc,
        "reason": row.ended_reason,
    }
    for person in sorted(people):
        notices.tell(
            session,
            person,
            "supplement_ended",
            params=params,
            ref=("supplement_entry", row.id),
            now=now,
        )
