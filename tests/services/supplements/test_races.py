"""Two at once: one answer, one filing, one version of a region's supplement."""

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    Account,
    CatalogueChange,
    CatalogueEntry,
    CatalogVersion,
    SupplementEntry,
    SupplementFiling,
    TrainingProgramme,
)
from portal.domain.errors import BadInput, NotReady, PortalError
from portal.domain.permissions import Actor
from portal.services.publication import versions
from portal.services.supplements import answering, ending, filing
from tests.support import factories as make
from tests.support import supplements as support
from tests.support.acts import together
from tests.support.published import published
from tests.support.supplements import ANSWER, DOC

NOW = make.NOW


@pytest.fixture(autouse=True)
def own_entries(engine: Engine) -> Iterator[None]:
    """What a race saves would stand in the way of the next."""
    yield
    with Session(engine) as session:
        for table in (
            *(SupplementFiling, SupplementEntry, TrainingProgramme),
            *(CatalogueEntry, CatalogueChange),
        ):
            session.execute(delete(table))
        kinds = CatalogVersion.kind.in_(("supplement", "programme"))
        session.execute(delete(CatalogVersion).where(kinds))
        session.execute(update(Account).values(status="closed"))
        session.commit()


def test_of_two_officers_who_decide_at_once_one_answers(session: Session) -> None:
    city = support.officer(session)
    first, second = (support.officer(session, "650000") for _ in range(2))
    made = support.filed(session, city)
    session.commit()

    def accept() -> object:
        return in_transaction(
            lambda own: answering.accept(
                own, first, entry_id=made, round_no=1, reason=ANSWER, now=NOW
            )
        )

    def reject() -> object:
        return in_transaction(
            lambda own: answering.reject(
                own, second, entry_id=made, round_no=1, reason="不符合条件", now=NOW
            )
        )

    answers = together([accept, reject, accept, reject])
    assert sum(not isinstance(one, PortalError) for one in answers) == 1
    assert all(isinstance(one, NotReady) for one in answers if isinstance(one, PortalError))
    entry = support.row(session, made)
    programmes = session.scalars(
        select(TrainingProgramme).where(TrainingProgramme.code == entry.code)
    ).all()
    assert len(programmes) == (entry.state == "accepted")


def test_two_acceptances_at_once_share_one_version(session: Session) -> None:
    city, province = support.officer(session), support.officer(session, "650000")
    entries = [
        support.filed(session, city, code=f"R{n}", subject=subject)
        for n, subject in enumerate(("车工", "焊工", "保安员", "缝纫工"))
    ]
    session.commit()

    def accept(entry_id: object) -> object:
        return in_transaction(
            lambda own: answering.accept(
                own, province, entry_id=entry_id, round_no=1, reason=ANSWER, now=NOW
            )
        )

    answers = together([partial(accept, one) for one in entries])
    assert not [one for one in answers if isinstance(one, PortalError)]
    session.expire_all()
    version = session.scalars(
        select(CatalogVersion).where(CatalogVersion.kind == "supplement")
    ).one()
    assert version.row_count == 4


def test_an_acceptance_and_a_base_that_has_it_never_both_hold(session: Session) -> None:
    city, province = support.officer(session), support.officer(session, "650000")
    made = support.filed(session, city)
    session.commit()
    same = {"occupation_code": "6-02-06-06", "code": "X-01"}

    def accept() -> object:
        return in_transaction(
            lambda own: answering.accept(
                own, province, entry_id=made, round_no=1, reason=ANSWER, now=NOW
            )
        )

    def publish() -> object:
        def act(own: Session) -> None:
            versions.lock(own)
            published(own, "programme", same, region="650000")

        return in_transaction(act)

    answers = together([accept, publish])
    entry = support.row(session, made)
    if isinstance(answers[0], BadInput):
        assert entry.state == "filed"
    else:
        assert entry.covered_by is not None
    live = select(func.count()).where(
        TrainingProgramme.filing.is_(None) | (TrainingProgramme.filing == "accepted")
    )
    assert session.scalar(live) == 1


def test_of_two_who_end_an_entry_at_once_one_does(session: Session) -> None:
    city, province = support.officer(session), support.officer(session, "650000")
    support.accepted(session, city, province)
    made = session.scalars(select(SupplementEntry.id)).one()
    session.commit()

    def end(actor: Actor) -> object:
        return in_transaction(
            lambda own: ending.end(
                own, actor, entry_id=made, doc_no=DOC, reason="不再需要", now=NOW
            )
        )

    answers = together([partial(end, city), partial(end, province)])
    assert sum(isinstance(one, NotReady) for one in answers) == 1
    lines = select(func.count()).where(CatalogueChange.what == "removed")
    assert session.scalar(lines) == 1


def test_of_two_who_file_the_same_subject_at_once_one_files(session: Session) -> None:
    city, other = support.officer(session), support.officer(session)
    drafts = [support.drafted(session, city, code=f"S{n}") for n in range(2)]
    session.commit()

    def file(actor: Actor, entry_id: object) -> object:
        return in_transaction(
            lambda own: filing.file(own, actor, entry_ids=[entry_id], doc_no=DOC, now=NOW)
        )

    answers = together([partial(file, city, drafts[0]), partial(file, other, drafts[1])])
    assert sum(isinstance(one, BadInput) for one in answers) == 1
    count = session.scalar(
        select(func.count())
        .select_from(SupplementFiling)
        .where(SupplementFiling.entry_id.in_(drafts))
    )
    assert count == 1
