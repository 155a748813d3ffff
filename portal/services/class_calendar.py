"""What happens to classes by the calendar, without anybody's act."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain.permissions import Actor, Permission


def begin_classes(session: Session, actor: Actor, *, now: datetime) -> int:
    """Classes whose enrolment is over are running from now on (reference C2); answers how many."""
    actor.require(Permission.RUN_TASKS)
    done = session.execute(
        update(TrainingClass)
        .where(TrainingClass.status == "enrolling", TrainingClass.enrol_until <= now)
        .values(status="running")
    )
    return done.rowcount  # type: ignore[attr-defined,no-any-return]
