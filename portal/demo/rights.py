"""The owner's rights in the demo: a correction that waits at the school, one that it refused, and
one that waits at the authority."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ArchiveEntry,
    CorrectionRequest,
    Enrolment,
    TrainingClass,
)
from portal.demo.cast import HOME, Cast
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import archive_chain, correction_desk, correction_queue, correction_requests

# Of the trainees, counted from 0: the first owner's own requests stand on the pictures.
_MOST = 20


def ensure(session: Session, cast: Cast, *, now: datetime) -> None:
    """Once, whatever became of them since."""
    if session.scalar(select(CorrectionRequest.id).limit(1)) is not None:
        return
    manager = cast.staff[HOME].manager
    lines = _lines(session, cast, archive_chain.CLASS, manager.institution_id)
    for (owner, entry), act in zip(lines, ("refused", "asked"), strict=False):
        made = _ask(session, owner, entry, act, now)
        if act == "refused":
            correction_queue.queue(session, manager, now=now)
            answer = t("demo.rights.answer")
            correction_desk.refuse(session, manager, request_id=made, answer=answer, now=now)
    for owner, entry in _lines(session, cast, archive_chain.CERTIFICATE, None)[:1]:
        _ask(session, owner, entry, "office", now)


def _ask(session: Session, owner: Actor, entry_id: UUID, act: str, now: datetime) -> UUID:
    return correction_requests.ask(
        session,
        owner,
        entry_id=entry_id,
        wish=t(f"demo.rights.wish_{act}"),
        right_value=t(f"demo.rights.right_{act}"),
        now=now,
    )


def _lines(
    session: Session, cast: Cast, kind: str, institution_id: UUID | None
) -> list[tuple[Actor, UUID]]:
    """One line of a kind of each trainee that has some, the newest; of one school's if said."""
    query = (
        select(ArchiveEntry.person_id, ArchiveEntry.id, Account.id)
        .join(Account, Account.person_id == ArchiveEntry.person_id)
        .where(ArchiveEntry.person_id.in_(cast.trainees[:_MOST]), ArchiveEntry.kind == kind)
        .distinct(ArchiveEntry.person_id)
        .order_by(ArchiveEntry.person_id, ArchiveEntry.seq.desc())
    )
    if institution_id is not None:
        of = select(Enrolment.id).join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        query = query.where(
            ArchiveEntry.ref_id.in_(of.where(TrainingClass.institution_id == institution_id))
        )
    rows = session.execute(query).all()
    order = {person_id: place for place, person_id in enumerate(cast.trainees)}
    return [
        (Actor(Role.TRAINEE, account_id=account, person_id=person), entry)
        for person, entry, account in sorted(rows, key=lambda row: order[row.person_id])
    ]
