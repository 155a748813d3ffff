"""Whom a decision about an institution concerns is told on its day: learners and managers.

Whose place ended is told where it is ended (``in_force.end_one``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Institution, ListingDecision, TrainingClass
from portal.db.models.classes import ON_ROSTER, OPEN
from portal.domain.listing_states import ENDED, STOPPED, ListingState
from portal.locale import t
from portal.services import notices, staff_told
from portal.services.listing import listing_of
from portal.services.listings import lifting
from portal.services.listings.effects import LIVE_CLASS

_STOPPED = frozenset(state.value for state in STOPPED)


def learners(
    session: Session, decision: ListingDecision, lifted: ListingDecision | None, now: datetime
) -> None:
    """Tell those who learn, or have a seat, what it means for them; a warning means nothing."""
    state = ListingState(decision.state)
    standing = listing_of(session, decision.institution_id, today=decision.effective_on)
    is_back = standing.takes_trainees
    begun = TrainingClass.starts_on <= decision.effective_on
    seated, on_roster = Enrolment.status.in_(OPEN), Enrolment.status.in_(ON_ROSTER)
    if state in STOPPED | ENDED:
        _tell(session, "institution_goes_on", _of(session, decision, begun & on_roster), now)
    if state is ListingState.SUSPENDED:
        _tell(session, "institution_suspended", _of(session, decision, ~begun & seated), now)
    elif decision.former in _STOPPED and is_back:
        _tell(session, "institution_resumed", _of(session, decision, ~begun & seated), now)
    if lifted is not None and is_back:
        _tell_back(session, lifted, now)


def managers(
    session: Session, decision: ListingDecision, lifted: ListingDecision | None, now: datetime
) -> None:
    """Tell whoever manages the institution."""
    state = t(f"listings.state.{decision.state}")
    if lifted is not None:
        state = t("listings.lifted_state", document=lifted.document_no, state=state)
    name = session.get_one(Institution, decision.institution_id).name
    words = {"name": name, "state": state, "document": decision.document_no}
    for person_id in staff_told.managers_and(session, decision.institution_id, set()):
        notices.tell(session, person_id, "listing_decided", params=words, now=now)


def _of(
    session: Session, decision: ListingDecision, which: ColumnElement[bool]
) -> Iterable[tuple[UUID, UUID, str]]:
    rows: Any = session.execute(
        select(Enrolment.person_id, Enrolment.id, TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(TrainingClass.institution_id == decision.institution_id, LIVE_CLASS, which)
        .order_by(Enrolment.id)
    )
    return list(rows.tuples())


def _tell_back(session: Session, lifted: ListingDecision, now: datetime) -> None:
    """Whose class was called off by a removal that should not have been may enrol there again."""
    rows = [
        (one.person_id, one.id, session.get_one(TrainingClass, one.class_id).title)
        for one in lifting.ended_by(session, lifted)
    ]
    _tell(session, "institution_back", rows, now)


def _tell(
    session: Session, kind: str, rows: Iterable[tuple[UUID, UUID, str]], now: datetime
) -> None:
    for person_id, enrolment_id, title in rows:
        words = {"title": title}
        notices.tell(
            session, person_id, kind, params=words, ref=("enrolment", enrolment_id), now=now
        )
