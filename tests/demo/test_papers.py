"""Certificates of the demo: one of each kind of fate, and a second run adds none."""

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import Certificate, ExternalCertificate
from tests.support.demo import load


def counted(session: Session) -> dict[tuple[str, str], int]:
    query = (
        select(Certificate.kind, Certificate.status, func.count())
        .where(Certificate.kind != "TRAINING")
        .group_by(Certificate.kind, Certificate.status)
    )
    return {(kind, status): count for kind, status, count in session.execute(query)}


def test_the_demo_shows_every_fate_of_a_certificate_once(engine: Engine) -> None:
    with Session(engine) as session:
        found = counted(session)
        assert found.keys() == {
            ("SPECIAL", "issued"),
            ("LEVEL", "issued"),
            ("AWARD", "replaced"),
            ("AWARD", "issued"),
            ("SPECIAL", "revoked"),
            ("MILITARY", "draft"),
        }
        [external] = session.scalars(select(ExternalCertificate)).all()
        assert (external.kind, external.state) == ("SPECIAL_OP", "unverified")
        assert external.image_enc
    load()
    with Session(engine) as session:
        assert counted(session) == found
