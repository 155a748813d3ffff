"""The demo's first minutes are not spent on drawing hundreds of certificates."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import CertificateBatch, TrainingClass
from tests.support.tasks import jobs


def test_only_the_school_at_hand_has_its_certificates_drawn(engine: Engine) -> None:
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
