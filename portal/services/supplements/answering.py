"""The province's answer to what a region filed: accepted, and live at once, or rejected."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import SupplementEntry, SupplementFiling
from portal.domain import supplements
from portal.domain.errors import Forbidden, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import notices
from portal.services.publication import versions
from portal.services.reasons import clean_reason
from portal.services.supplements import base, covering, desks, live
from portal.services.supplements.drafting import lock, trace
from portal.services.supplements.filing import open_filing


def accept(
    session: Session, actor: Actor, *, entry_id: UUID, round_no: int, reason: str, now: datetime
) -> UUID:
    """Accept an entry as it was filed the ``round_no``-th time; returns its programme's id.

    From now on classes can be opened for it. Raises Forbidden, NotFound, BadInput (reason; the
    base has it by now), NotReady (answered or taken back meanwhile, or filed anew).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    # What is published above meanwhile is either seen here, or sees this entry.
    versions.lock(session)
    row, filing = _held(session, actor, entry_id, round_no)
    why = clean_reason(reason, shortest=4)
    lock(session, row.region_code)
    base.refuse_if_there(session, row)
    state = supplements.after(row.state, "accept")
    programme = live.put_in_force(session, actor, row, filing, now=now)
    row.state, row.programme_id = state, programme.id
    _settle(session, actor, row, filing, "accepted", why, now)
    covering.settle(session, row.region_code, now=now)
    return programme.id


def reject(
    session: Session, actor: Actor, *, entry_id: UUID, round_no: int, reason: str, now: datetime
) -> None:
    """Reject an entry, and say why: the region may correct it and file it anew.

    Raises Forbidden, NotFound, BadInput (reason), NotReady (as ``accept``).
    """
    row, filing = _held(session, actor, entry_id, round_no)
    why = clean_reason(reason, shortest=4)
    row.state = supplements.after(row.state, "reject")
    _settle(session, actor, row, filing, "rejected", why, now)


def _held(
    session: Session, actor: Actor, entry_id: UUID, round_no: int
) -> tuple[SupplementEntry, SupplementFiling]:
    actor.require(Permission.FILE_SUPPLEMENTS)
    row = desks.held_for_answer(session, actor, entry_id)
    if row.state != "filed":
        raise NotReady(reason=f"supplements.is_{row.state}")
    filing = open_filing(session, row)
    if filing.round_no != round_no:
        # What was read on the screen is not what stands there now.
        raise NotReady(reason="supplements.filed_anew")
    if actor.the_account() in (filing.filed_by, row.created_by):
        # Somebody who has moved up since does not answer what he or she drafted or filed below.
        raise Forbidden
    return row, filing


def _settle(
    session: Session,
    actor: Actor,
    row: SupplementEntry,
    filing: SupplementFiling,
    outcome: str,
    why: str,
    now: datetime,
) -> None:
    filing.outcome, filing.answer = outcome, why
    filing.decided_at, filing.decided_by = now, actor.account_id
    row.changed_at = now
    session.flush()
    act = "accept" if outcome == "accepted" else "reject"
    trace(
        session,
        actor,
        f"supplement.{act}",
        row,
        now=now,
        reason=why,
        doc_no=filing.doc_no,
        round=filing.round_no,
    )
    for person in desks.staff_of(session, row.region_code):
        notices.tell(
            session,
            person,
            f"supplement_{outcome}",
            params={"title": row.title, "reason": why},
            ref=("supplement_entry", row.id),
            now=now,
        )
