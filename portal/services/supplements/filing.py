"""Filing entries upward under a document number, and taking them back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import SupplementEntry, SupplementFiling
from portal.domain import supplements, working_days
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor, Permission
from portal.policies.regions import region_name
from portal.services import notices
from portal.services.supplements import base, desks
from portal.services.supplements.drafting import lock, trace
from portal.services.supplements.words import as_filed
from portal.services.times import day_of

_LONGEST_DOC = 60
# As many as stand in one document of a city.
MOST = 100


def file(
    session: Session, actor: Actor, *, entry_ids: Collection[UUID], doc_no: str, now: datetime
) -> int:
    """File entries with one document, all of them or none; returns how many.

    Drafts and rejected entries can be filed. Each is answered by itself, within ``ANSWER_DUE``
    working days. Raises Forbidden, NotFound, BadInput (doc_no, entries, or what the base has by
    now), NotReady (one is not to be filed).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    region = desks.own_region(actor)
    document = clean_document(doc_no)
    if not 1 <= len(set(entry_ids)) <= MOST:
        raise BadInput("entries", "supplements.choose_some", most=MOST)
    rows = [desks.held(session, actor, one) for one in sorted(set(entry_ids))]
    for place in sorted({row.region_code for row in rows}):
        lock(session, place)
    for row in rows:
        _file_one(session, actor, row, document, now)
    _, staff = desks.desk_above(session, region)
    for person in staff:
        params = {"region": region_name(region), "count": len(rows), "doc": document}
        notices.tell(session, person, "supplement_filed", params=params, now=now)
    return len(rows)


def take_back(session: Session, actor: Actor, *, entry_id: UUID, now: datetime) -> None:
    """Take an entry back before it is answered: it is a draft again.

    Raises Forbidden, NotFound, NotReady (answered meanwhile, or never filed).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    row = desks.held(session, actor, entry_id)
    row.state = supplements.after(row.state, "take_back")
    row.changed_at = now
    filing = open_filing(session, row)
    filing.outcome, filing.decided_at, filing.decided_by = "taken_back", now, actor.account_id
    session.flush()
    trace(session, actor, "supplement.take_back", row, now=now, doc_no=filing.doc_no)


def open_filing(session: Session, row: SupplementEntry) -> SupplementFiling:
    """The filing of a filed entry that waits for its answer."""
    return session.scalars(
        select(SupplementFiling).where(
            SupplementFiling.entry_id == row.id, SupplementFiling.outcome.is_(None)
        )
    ).one()


def _file_one(
    session: Session, actor: Actor, row: SupplementEntry, document: str, now: datetime
) -> None:
    state = supplements.after(row.state, "file")
    # The base may have got it since the draft was written, or another draft was filed first.
    base.refuse_if_there(session, row)
    base.refuse_if_drafted(session, row)
    former = session.scalar(
        select(func.max(SupplementFiling.round_no)).where(SupplementFiling.entry_id == row.id)
    )
    made = SupplementFiling(
        id=new_id(),
        entry_id=row.id,
        round_no=(former or 0) + 1,
        doc_no=document,
        words=as_filed(row),
        filed_at=now,
        filed_by=actor.account_id,
        due_on=working_days.after(day_of(now), supplements.ANSWER_DUE),
    )
    row.state, row.changed_at = state, now
    session.add(made)
    session.flush()
    trace(session, actor, "supplement.file", row, now=now, doc_no=document, round=made.round_no)


def clean_document(raw: str) -> str:
    """The number of a document, on one line; raises BadInput (doc_no)."""
    text = " ".join(raw.split())
    if not text:
        raise BadInput("doc_no", "supplements.doc_missing")
    if len(text) > _LONGEST_DOC or not text.isprintable():
        raise BadInput("doc_no", "supplements.doc_bad", longest=_LONGEST_DOC)
    return text
