"""What an institution reads of its cases: what is held against it and what was decided.

Neither the source nor the summary nor the findings' evidence: from them it could learn who
complained.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import CaseHearing, CaseSanction, Recovery, ViolationCase
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.services.casework.case_views import (
    HearingView,
    SanctionView,
    hearing_view,
    sanction_view,
)
from portal.services.casework.hearings import ANSWERS, of_institution
from portal.services.casework.recovery_views import RecoveryRow, row_of
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A case of the institution; ``acts`` tells whether it may still say something."""

    case_id: UUID
    case_no: str
    state: str
    outcome: str
    hearings: tuple[HearingView, ...]
    sanctions: tuple[SanctionView, ...]
    recoveries: tuple[RecoveryRow, ...]
    acts: bool


def own_cases(session: Session, actor: Actor, *, now: datetime) -> tuple[OwnCase, ...]:
    """The cases of which the institution was told something, the newest first."""
    actor.require(ANSWERS)
    heard = select(CaseHearing.case_id).where(CaseHearing.case_id == ViolationCase.id)
    decided = select(CaseSanction.case_id).where(CaseSanction.case_id == ViolationCase.id)
    owed = select(Recovery.case_id).where(Recovery.case_id == ViolationCase.id)
    query = (
        select(ViolationCase)
        .where(of_institution(actor), or_(heard.exists(), decided.exists(), owed.exists()))
        .order_by(ViolationCase.opened_at.desc(), ViolationCase.id)
        .limit(100)
    )
    return tuple(_view(session, actor, case, now) for case in session.scalars(query).all())


def own_case(session: Session, actor: Actor, *, case_id: UUID, now: datetime) -> OwnCase:
    """One of them; raises NotFound for another's."""
    actor.require(ANSWERS)
    query = select(ViolationCase).where(ViolationCase.id == case_id, of_institution(actor))
    case = session.scalar(query)
    if case is None:
        raise NotFound
    found = _view(session, actor, case, now)
    # A case of which the institution was not told anything does not exist for it yet.
    if not (found.hearings or found.sanctions or found.recoveries):
        raise NotFound
    return found


def _view(session: Session, actor: Actor, case: ViolationCase, now: datetime) -> OwnCase:
    today = day_of(now)
    hearings = session.scalars(
        select(CaseHearing).where(CaseHearing.case_id == case.id).order_by(CaseHearing.asked_at)
    )
    sanctions = session.scalars(
        select(CaseSanction)
        .where(CaseSanction.case_id == case.id)
        .order_by(CaseSanction.decided_at)
    )
    owed = session.scalars(
        select(Recovery).where(Recovery.case_id == case.id).order_by(Recovery.opened_at)
    )
    heard = tuple(hearing_view(one, today) for one in hearings)
    decided = tuple(sanction_view(one, today, actor) for one in sanctions)
    may_appeal = any(
        not one.appeal and one.state != "lifted" and one.appeal_until >= today for one in decided
    )
    is_open = case.state == "open"
    return OwnCase(
        case_id=case.id,
        case_no=case.case_no,
        state=case.state,
        outcome=case.outcome or "",
        hearings=heard,
        sanctions=decided,
        recoveries=tuple(row_of(session, one, now) for one in owed),
        acts=may_appeal or (is_open and any(one.waits for one in heard)),
    )
