"""Corrections that wait for a second person, as staff see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    CorrectionProposal,
    Person,
    TrainingClass,
    TrainingSession,
)
from portal.domain.permissions import Actor, Permission
from portal.services import staff_told


@dataclass(frozen=True, slots=True)
class Proposal:
    """An open proposal. ``is_mine``: the reader made it, and so cannot agree to it."""

    proposal_id: UUID
    session_id: UUID
    enrolment_id: UUID
    new_state: str
    new_hours: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    is_mine: bool


def proposals_of(session: Session, actor: Actor, session_id: UUID) -> Mapping[UUID, Proposal]:
    """The open proposals of a sheet by enrolment; the caller may read the sheet."""
    rows = session.execute(
        select(CorrectionProposal, Person.name)
        .join(Account, Account.id == CorrectionProposal.proposed_by)
        .join(Person, Person.id == Account.person_id)
        .where(CorrectionProposal.session_id == session_id, CorrectionProposal.state == "open")
    )
    mine = actor.account_id
    return {row.enrolment_id: _view(row, name, row.proposed_by == mine) for row, name in rows}


def open_in(session: Session, class_id: UUID) -> int:
    """How many proposals of a class wait."""
    query = (
        select(func.count())
        .select_from(CorrectionProposal)
        .join(TrainingSession, TrainingSession.id == CorrectionProposal.session_id)
        .where(TrainingSession.class_id == class_id, CorrectionProposal.state == "open")
    )
    return session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class WaitingSheet:
    """A sheet with corrections that wait for a second person; ``for_me`` of them are others'.

    ``has_colleague``: there is anybody else in the institution who could agree.
    """

    session_id: UUID
    title: str
    seq_no: int
    count: int
    for_me: int
    has_colleague: bool


def waiting(session: Session, actor: Actor) -> tuple[WaitingSheet, ...]:
    """The institution's sheets with open proposals, the oldest first."""
    actor.require(Permission.CONFIRM_ATTENDANCE)
    others = CorrectionProposal.proposed_by != actor.the_account()
    rows = session.execute(
        select(
            TrainingSession.id,
            TrainingClass.title,
            TrainingSession.seq_no,
            func.count(),
            func.count().filter(others),
        )
        .join(TrainingSession, TrainingSession.id == CorrectionProposal.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            CorrectionProposal.state == "open",
            TrainingClass.institution_id == actor.institution_id,
        )
        .group_by(TrainingSession.id, TrainingClass.title)
        .order_by(func.min(CorrectionProposal.proposed_at))
    )
    found = rows.all()
    if not found or actor.institution_id is None:
        return ()
    others_there = staff_told.who_confirm(session, actor.institution_id, but=actor.the_person())
    return tuple(WaitingSheet(*row, has_colleague=bool(others_there)) for row in found)


def _view(row: CorrectionProposal, name: str, is_mine: bool) -> Proposal:
    return Proposal(
        proposal_id=row.id,
        session_id=row.session_id,
        enrolment_id=row.enrolment_id,
        new_state=row.new_state,
        new_hours=row.new_hours,
        reason=row.reason,
        proposed_by=name,
        proposed_at=row.proposed_at,
        is_mine=is_mine,
    )
