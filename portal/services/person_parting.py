"""What ends when two records are parted again: whatever lets the one speak for the other.

Rows stay as they are (``person_merges``); but links made meanwhile show certificates and totals of
both, requests made meanwhile may be about the other's lines, and a class that is not closed may
count hours that the other brought along.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db.models import (
    ArchiveEntry,
    CarriedHours,
    CorrectionRequest,
    Enrolment,
    PersonMerge,
    ShareLink,
    TrainingClass,
)
from portal.domain.permissions import Actor


def end(session: Session, actor: Actor, made: PersonMerge, *, now: datetime) -> dict[str, int]:
    """End them; how many of each. The caller holds both persons."""
    both = (made.kept_id, made.merged_id)
    theirs = select(ArchiveEntry.id).where(ArchiveEntry.person_id == made.merged_id)
    anothers = (
        select(CarriedHours.id)
        .join(ArchiveEntry, ArchiveEntry.id == CarriedHours.entry_id)
        .join(Enrolment, Enrolment.id == CarriedHours.enrolment_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.person_id.in_(both),
            ArchiveEntry.person_id.in_(both),
            ArchiveEntry.person_id != Enrolment.person_id,
            # What a closed class counted stands on a certificate: an officer decides about that.
            TrainingClass.status != "closed",
        )
    )
    acts = {
        "shares": update(ShareLink)
        .where(
            ShareLink.person_id == made.kept_id,
            ShareLink.created_at >= made.at,
            ShareLink.revoked_at.is_(None),
        )
        .values(revoked_at=now, presentation_enc=b"", token_enc=b""),
        "requests": update(CorrectionRequest)
        .where(
            CorrectionRequest.person_id == made.kept_id,
            CorrectionRequest.entry_id.in_(theirs),
            CorrectionRequest.state == "open",
        )
        .values(state="withdrawn"),
        "hours": update(CarriedHours)
        .where(CarriedHours.id.in_(anothers), CarriedHours.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_by=actor.the_account()),
    }
    return {name: _run(session, act) for name, act in acts.items()}


def _run(session: Session, act: Any) -> int:
    done: Any = session.execute(act.execution_options(synchronize_session=False))
    session.expire_all()
    return int(done.rowcount)
