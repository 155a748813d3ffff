"""Certificates of the demo: one of each kind of fate, and a second run adds none."""

from datetime import UTC, datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import Certificate, ExternalCertificate
from portal.demo import loader

NOW = datetime(2026, 12, 1, 6, 20, tzinfo=UTC)


def counted(session: Session) -> dict[tuple[str, str], int]:
    query = (
        select(Certificate.kind, Certificate.status, func.count())
        .where(Certificate.kind != "TRAINING")
        .group_by(Certificate.kind, Certificate.status)
    )
    return {(kind, status): count for kind, status, count in session.execute(query)}


def test_the_demo_shows_every_fate_of_a_certificate_once(engine: Engine) -> None:
    in_transaction(lambda session: loader.load(session, now=NOW))
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
    in_transaction(lambda session: loader.load(session, now=NOW))
    with Session(engine) as session:
        assert counted(session) == found
