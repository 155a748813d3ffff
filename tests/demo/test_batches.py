"""The demo's first minutes are not spent on drawing hundreds of certificates."""

from datetime import UTC, datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import CertificateBatch, TrainingClass
from portal.demo import loader
from tests.support.tasks import jobs

NOW = datetime(2026, 12, 1, 6, 20, tzinfo=UTC)


def test_only_the_school_at_hand_has_its_certificates_drawn(engine: Engine) -> None:
    in_transaction(lambda session: loader.load(session, now=NOW))
    with Session(engine) as session:
        schools = session.scalars(
            select(TrainingClass.institution_id)
            .join(CertificateBatch, CertificateBatch.class_id == TrainingClass.id)
            .distinct()
        ).all()
        batches = {str(one) for one in session.scalars(select(CertificateBatch.id))}
    assert len(schools) == 1
    drawing = {job.args["batch_id"] for job in jobs() if job.task_name == "draw_certificates"}
    assert drawing == batches
