"""Files of certificates in the demo: the school at hand has them, the others draw them on a tap.

Hundreds of classes were closed at once, which never happens to real ones; drawing for all of them
would keep a small machine busy for its first minutes.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from portal.db.models import CertificateBatch, TrainingClass
from portal.demo.cast import HOME, Cast
from portal.services.certificate_batches import TASK

_JOB = text("DELETE FROM queue.procrastinate_jobs WHERE status = 'todo' AND queueing_lock = :key")


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Leave the classes of other schools for later; again changes nothing."""
    home = everybody.staff[HOME].institution_id
    elsewhere = select(TrainingClass.id).where(TrainingClass.institution_id != home)
    waiting = session.scalars(
        select(CertificateBatch.id).where(
            CertificateBatch.finished_at.is_(None),
            # Somebody who taps today means it.
            CertificateBatch.asked_at < now - timedelta(days=1),
            CertificateBatch.class_id.in_(elsewhere),
        )
    ).all()
    for batch_id in waiting:
        session.execute(_JOB, {"key": f"{TASK}:{batch_id}"})
    session.execute(delete(CertificateBatch).where(CertificateBatch.id.in_(waiting)))
