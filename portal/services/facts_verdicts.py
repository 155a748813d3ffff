"""An officer's decisions on what people stated: true, not true, over after all, or left as it is.

Nobody decides on the own facts. What was decided is told to the person, and a place on a waiting
list is looked at anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Person, PersonFact, PersonGroup
from portal.domain.errors import BadInput, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services import archive_records, facts_checks, facts_rows, facts_values, notices
from portal.services.facts_own import status_of
from portal.services.facts_rows import FactRow, Teller
from portal.services.reasons import clean_reason
from portal.services.times import day_of
from portal.services.waiting_list import rerank

_REFERENCE_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a decision: ``status`` verified, refused, ended or kept."""

    id: UUID
    person_masked: str
    what: str
    status: str


def verify_fact(
    session: Session,
    actor: Actor,
    *,
    check_id: UUID,
    document_ref: str = "",
    valid_to: date | None = None,
    now: datetime,
) -> Settled:
    """Find that a statement is true, until a day or for good; ``document_ref`` names the proof.

    Raises NotFound, BadInput (date, document) and NotReady when it was decided already.
    """
    row, person = _decide(session, actor, check_id, "declared")
    evidence = _reference(document_ref)
    if valid_to is not None and valid_to < max(row.valid_from, day_of(now)):
        raise BadInput("valid_to", "facts.valid_to_range")
    row.status, row.verified_at, row.verified_by = "verified", now, actor.account_id
    row.evidence_ref, row.valid_to, row.note = evidence or row.evidence_ref, valid_to, None
    if isinstance(row, PersonFact) and row.kind == "employment":
        archive_records.employment_verified(session, row, now=now)
    return _settle(session, actor, row, person, "verified", now)


def refuse_fact(
    session: Session, actor: Actor, *, check_id: UUID, reason: str, instead: str = "", now: datetime
) -> Settled:
    """Find that a statement is not true, and say why to the person.

    ``instead`` is what the authority found about a pension (``facts_values.DRAWS``): it stands
    as verified, so that stating the same again changes nothing. Raises NotFound, BadInput, and
    NotReady when it was decided already.
    """
    row, person = _decide(session, actor, check_id, "declared")
    row.note = clean_reason(reason, shortest=4)
    value = _instead(row, instead) if instead else None
    row.status = "refused"
    session.flush()
    if value is not None:
        _put_verified(session, actor, person, value, now)
    return _settle(session, actor, row, person, "refused", now, reason=row.note)


def end_fact(
    session: Session, actor: Actor, *, check_id: UUID, reason: str, now: datetime
) -> Settled:
    """End what was verified: the person reported it, and is right. Raises as ``refuse_fact``."""
    row, person = _decide(session, actor, check_id, "reported")
    why = clean_reason(reason, shortest=4)
    facts_rows.end(row, last=day_of(now))
    if isinstance(row, PersonFact) and row.kind == "employment":
        archive_records.employment_ended(session, row, reason=why, now=now)
    return _settle(session, actor, row, person, "ended", now, reason=why)


def keep_fact(
    session: Session, actor: Actor, *, check_id: UUID, reason: str, now: datetime
) -> Settled:
    """Leave what was verified as it is: the report is not right. Raises as ``refuse_fact``."""
    row, person = _decide(session, actor, check_id, "reported")
    why = clean_reason(reason, shortest=4)
    row.note = None
    return _settle(session, actor, row, person, "kept", now, reason=why)


def _decide(session: Session, actor: Actor, check_id: UUID, wanted: str) -> tuple[FactRow, Person]:
    """The fact, locked and still waiting as ``wanted``; raises NotFound or NotReady."""
    actor.require(Permission.VERIFY_FACTS)
    row, person = facts_checks.find(session, actor, check_id)
    facts_rows.hold(session, person.id)
    session.refresh(row)
    if status_of(row) != wanted:
        raise NotReady(reason="facts.decided_already")
    return row, person


def _settle(
    session: Session,
    actor: Actor,
    row: FactRow,
    person: Person,
    status: str,
    now: datetime,
    *,
    reason: str | None = None,
) -> Settled:
    """Write down and tell what was decided."""
    session.flush()
    facts_checks.trace(session, actor, f"facts.{_ACTIONS[status]}", row, now, reason=reason)
    seen = facts_checks.row_of(row, person)
    # What it was about stands on the person's own page only: phones lie about, and are shared.
    ref = (str(row.__tablename__), row.id)
    notices.tell(session, person.id, _NOTICES[status], ref=ref, now=now)
    if isinstance(row, PersonGroup):
        rerank(session, person.id)
    return Settled(row.id, seen.person_masked, seen.what, status)


_NOTICES = {
    "verified": "group_verified",
    "refused": "group_refused",
    "ended": "fact_ended",
    "kept": "fact_kept",
}
_ACTIONS = {"verified": "verify", "refused": "refuse", "ended": "end_verified", "kept": "keep"}


def _reference(raw: str) -> str:
    text = " ".join(raw.split())
    if len(text) > _REFERENCE_LIMIT:
        raise BadInput("document_ref", "facts.name_too_long", limit=_REFERENCE_LIMIT)
    if not text.isprintable():
        raise BadInput("document_ref", "reason.unreadable")
    return text


def _instead(row: FactRow, draws: str) -> Mapping[str, Any]:
    if not isinstance(row, PersonFact) or row.kind != "pension":
        raise BadInput("instead", "facts.choose_one")
    value = facts_values.pension_value(draws)
    if value == row.value:
        raise BadInput("instead", "facts.instead_differs")
    return value


def _put_verified(
    session: Session, actor: Actor, person: Person, value: Mapping[str, Any], now: datetime
) -> None:
    by = Teller(actor.account_id, "officer")
    row = facts_rows.put_fact(session, person.id, "pension", value, by=by, now=now)
    if row is not None:
        row.status, row.verified_at, row.verified_by = "verified", now, actor.account_id
