"""How many 课时 of a class earn its certificate (B11.2, rule 7)."""

import math
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass, TrainingPlan, TrainingProgramme
from portal.domain.permissions import Actor, Permission
from portal.services.pack_store import Kept
from portal.services.rule_book import book_for


def hours_needed(session: Session, of: TrainingClass, *, planned: int | None = None) -> int:
    """The pack's share of the hours, and never less than the plan's minimum.

    ``planned`` are those of the class that count for somebody (leave may take hours out).
    """
    minimum = session.scalar(
        select(TrainingPlan.min_hours)
        .join(TrainingProgramme, TrainingProgramme.plan_id == TrainingPlan.id)
        .where(TrainingProgramme.id == of.programme_id)
    )
    share = book_for(session, of.region_code, of.starts_on).min_ratio
    return max(math.ceil((of.hours if planned is None else planned) * share), minimum or 0)


# Whole classes check in at once and each person is told the same figure; a pack that is
# published meanwhile is told ten minutes later. Shown only: nothing is decided by it.
_told: Kept[tuple[UUID, int], int] = Kept(4096)
_TOLD_SECONDS = 600


def needed_as_told(class_id: UUID, now: datetime) -> int | None:
    """The figure of a class as it was told within the last minutes, if it was."""
    return _told.get((class_id, int(now.timestamp()) // _TOLD_SECONDS))


def needed_by_class(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> int:
    """The figure of a class that the caller has just checked in to."""
    actor.require(Permission.SIGNED_IN)
    needed = hours_needed(session, session.get_one(TrainingClass, class_id))
    return _told.put((class_id, int(now.timestamp()) // _TOLD_SECONDS), needed)
