"""Corrections as those who decide see and answer them: the institution, or the authority.

An institution answers about classes that it recorded. The authority answers about everything
else, about what the institution left past its day, and where money hangs on the answer: whoever
was paid for an hour does not alone say that there were more of them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, CorrectionRequest
from portal.domain import working_days
from portal.domain.errors import Forbidden, NotFound, NotReady
from portal.domain.permissions import Actor, Permission, Role
from portal.services import correction_lines as lines
from portal.services import notices, one_person
from portal.services.correction_lines import Values
from portal.services.correction_queue import in_reach, on_desk
from portal.services.correction_requests import DUE, is_in_force, trace
from portal.services.reasons import clean_reason
from portal.services.times import day_of

SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """What an acceptance came to: ``accepted``, or ``passed_on`` to the authority. A certificate
    with this number must be reissued where it is not empty."""

    outcome: str
    certificate: str = ""


def accept(
    session: Session,
    actor: Actor,
    *,
    request_id: UUID,
    values: Values | None,
    answer: str,
    now: datetime,
) -> Answered:
    """Give right: a line with ``values`` takes the wrong one's place, which stays to be seen.

    An institution's values go on to the authority where a subsidy was claimed for the class and
    more than the title changes. ``values`` are not used where the document must be made anew.
    Raises NotFound, Forbidden (the own archive), BadInput, NotReady (answered meanwhile; another
    line stands there by now).
    """
    request, entry = _held(session, actor, request_id, now)
    why = clean_reason(answer, shortest=SHORTEST)
    if not lines.is_rewritten(session, entry):
        _settle(session, actor, request, entry, "accepted", why, now)
        return Answered("accepted", lines.certificate_of(session, entry))
    if values is None:
        raise NotReady(reason="rights.desk.needs_values")
    right = lines.check_values(entry, values, today=day_of(now))
    money = lines.concerns_money(session, entry)
    if money and actor.role is Role.MANAGER and _counts_otherwise(entry, right):
        _pass_on(session, actor, request, entry, right, why, now)
        return Answered("passed_on")
    try:
        made = lines.supersede(session, entry, right, request_id=request.id, now=now)
    except ValueError:
        raise NotReady(reason="rights.corrections.line_moved") from None
    request.correction_id = made.id
    _settle(session, actor, request, entry, "accepted", why, now, concerns_money=money)
    return Answered("accepted", lines.certificate_of(session, entry))


def refuse(session: Session, actor: Actor, *, request_id: UUID, answer: str, now: datetime) -> None:
    """Leave the line, and say why. Raises NotFound, Forbidden, BadInput (reason), NotReady."""
    request, entry = _held(session, actor, request_id, now)
    why = clean_reason(answer, shortest=SHORTEST)
    money = lines.concerns_money(session, entry)
    _settle(session, actor, request, entry, "refused", why, now, concerns_money=money)


def _held(
    session: Session, actor: Actor, request_id: UUID, now: datetime
) -> tuple[CorrectionRequest, ArchiveEntry]:
    """An open request on the actor's desk and its line; locked, so that one of two decides."""
    actor.require(Permission.DECIDE_CORRECTIONS)
    query = select(CorrectionRequest).where(CorrectionRequest.id == request_id, in_reach(actor))
    locked = query.with_for_update().execution_options(populate_existing=True)
    request = session.scalar(locked)
    if request is None:
        raise NotFound
    if request.person_id in one_person.ids_of(session, actor.the_person()):
        raise Forbidden
    if request.state != "open":
        raise NotReady(reason="rights.desk.decided")
    mine = CorrectionRequest.id == request_id, on_desk(actor, now)
    if not session.scalar(select(CorrectionRequest.id).where(*mine)):
        raise NotReady(reason="rights.desk.not_yet")
    entry = session.get_one(ArchiveEntry, request.entry_id)
    if not is_in_force(session, entry):
        raise NotReady(reason="rights.corrections.line_moved")
    return request, entry


def _counts_otherwise(entry: ArchiveEntry, right: Values) -> bool:
    """Whether more than the title changes: what money is counted by."""
    stands = lines.values_of(entry)
    of = (stands.hours, stands.starts_on, stands.ends_on, stands.status)
    return of != (right.hours, right.starts_on, right.ends_on, right.status)


def _pass_on(
    session: Session,
    actor: Actor,
    request: CorrectionRequest,
    entry: ArchiveEntry,
    right: Values,
    why: str,
    now: datetime,
) -> None:
    request.institution_id = None
    request.proposed = lines.as_plain(right) | {"note": why}
    request.due_on = working_days.after(day_of(now), DUE)
    notices.tell(
        session, request.person_id, "record_passed_on", params={"title": entry.title}, now=now
    )
    trace(session, actor, "correction.pass_on", request, now=now, reason=why, concerns_money=True)


def _settle(
    session: Session,
    actor: Actor,
    request: CorrectionRequest,
    entry: ArchiveEntry,
    state: str,
    why: str,
    now: datetime,
    **detail: object,
) -> None:
    request.state, request.answer = state, why
    request.decided_by, request.decided_at = actor.the_account(), now
    if actor.role is not Role.MANAGER:
        # The authority has spoken; there is nobody left to ask once more.
        request.institution_id = None
    notices.tell(
        session, request.person_id, f"record_{state}", params={"title": entry.title}, now=now
    )
    act = "correction.accept" if state == "accepted" else "correction.refuse"
    trace(session, actor, act, request, now=now, reason=why, **detail)
