"""What waits for an officer, for the page on which they land."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.services.casework import sources
from portal.services.casework.queue import KindCount


def waiting(session: Session, actor: Actor, *, now: datetime) -> tuple[KindCount, ...] | None:
    """What waits by kind, overdue and nearest first; None for whoever decides nothing."""
    if not actor.may(Permission.SUPERVISE):
        return None
    counts = sources.work(session, actor, size=1, now=now).counts
    return tuple(sorted(counts, key=lambda one: (not one.late, one.next_due or now.date())))
