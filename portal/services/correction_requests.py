"""The owner's side of a correction: say that a line of the archive is wrong, see the answer.

The deciders' side is ``correction_desk``; what a line can be is in ``correction_lines``.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, CorrectionRequest
from portal.domain import working_days
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import audit, notices, one_person, staff_told
from portal.services.correction_lines import Desk, can_be_corrected, desk_of
from portal.services.correction_own import last_refused, may_ask, requests_of
from portal.services.times import day_of

# Two weeks of office days: time to look into paper that lies in a cupboard, and no more.
DUE = 10
SHORTEST, LONGEST = 4, 500
# Asked and taken back more often for one line, it is no question.
_MOST_ASKED = 5


def ask(
    session: Session,
    actor: Actor,
    *,
    entry_id: UUID,
    wish: str,
    right_value: str = "",
    now: datetime,
) -> UUID:
    """Say what is wrong with a line, and what would be right; whoever recorded it is told.

    After an institution's refusal the authority is asked, once. Raises NotFound, BadInput (wish,
    right_value), NotReady (one is open, the authority has answered, the line is another by now).
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    words = _clean("wish", wish, shortest=SHORTEST)
    right = _clean("right_value", right_value, shortest=0)
    ids = one_person.ids_of(session, actor.the_person())
    entry = session.get(ArchiveEntry, entry_id)
    if entry is None or entry.person_id not in ids or not can_be_corrected(entry):
        raise NotFound
    if not is_in_force(session, entry):
        raise NotReady(reason="rights.corrections.line_moved")
    before = [one for one in requests_of(session, ids) if one.entry_id == entry.id]
    may = may_ask(before)
    if may in ("open", "answered"):
        raise NotReady(reason=f"rights.corrections.is_{may}")
    if len(before) >= _MOST_ASKED:
        raise NotReady(reason="rights.corrections.too_often")
    desk = desk_of(session, entry)
    if may == "again":
        desk = Desk(None, desk.region_code)
    refused = last_refused(before) if may == "again" else None
    made = CorrectionRequest(
        id=new_id(),
        person_id=actor.the_person(),
        entry_id=entry.id,
        institution_id=desk.institution_id,
        region_code=desk.region_code,
        again_of=refused.id if refused else None,
        wish=words,
        right_value=right or None,
        state="open",
        created_at=now,
        due_on=working_days.after(day_of(now), DUE),
    )
    _insert(session, made)
    _tell_desk(session, made, entry.title, now)
    trace(session, actor, "correction.ask", made, now=now)
    return made.id


def withdraw(session: Session, actor: Actor, *, request_id: UUID, now: datetime) -> None:
    """Take a request back; again does no harm. Raises NotFound, also once it is answered."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    ids = one_person.ids_of(session, actor.the_person())
    query = select(CorrectionRequest).where(CorrectionRequest.id == request_id)
    found = session.scalar(
        query.where(CorrectionRequest.person_id.in_(ids))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or found.state not in ("open", "withdrawn"):
        raise NotFound
    if found.state == "open":
        found.state = "withdrawn"
        trace(session, actor, "correction.withdraw", found, now=now)


def is_in_force(session: Session, entry: ArchiveEntry) -> bool:
    """Whether no later line stands in the place of this one."""
    later = exists().where(ArchiveEntry.supersedes == entry.id)
    return not session.scalar(select(later.where(ArchiveEntry.person_id == entry.person_id)))


def trace(
    session: Session,
    actor: Actor,
    action: str,
    row: CorrectionRequest,
    *,
    now: datetime,
    reason: str | None = None,
    **detail: object,
) -> None:
    """Write an act on a request into the trail."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="correction_request",
        object_id=row.id,
        on_behalf_of=row.person_id,
        reason=reason,
        detail={"entry": str(row.entry_id)} | detail,
    )


def _insert(session: Session, made: CorrectionRequest) -> None:
    """The database keeps one open for each line, whoever asks at the same instant."""
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        if violated_constraint(error) != "uq_correction_request_open":
            raise
        raise NotReady(reason="rights.corrections.is_open") from None


def _tell_desk(session: Session, made: CorrectionRequest, title: str, now: datetime) -> None:
    if made.institution_id is None:
        return  # Officers have a queue with the day on it; there are too many of them to tell.
    for person in staff_told.managers_and(session, made.institution_id, ()):
        notices.tell(session, person, "record_asked", params={"title": title}, now=now)


def _clean(field: str, raw: str, *, shortest: int) -> str:
    text = " ".join(raw.split())
    if len(text) < shortest:
        raise BadInput(field, "rights.corrections.too_short", shortest=shortest)
    if len(text) > LONGEST:
        raise BadInput(field, "rights.corrections.too_long", longest=LONGEST)
    if not text.isprintable():
        raise BadInput(field, "reason.unreadable")
    return text
