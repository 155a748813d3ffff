"""Of two entries that say the same the one above holds; nobody finds both."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, Notice, SupplementEntry, TrainingProgramme
from portal.domain.permissions import ANONYMOUS, Actor
from portal.services.public_catalogues import lists, log
from portal.services.public_catalogues.entry import entry_page
from portal.services.publication import life
from portal.services.supplements import views
from tests.support import factories as make
from tests.support import supplements as support
from tests.support.policy import publish_packs
from tests.support.published import published

NOW = make.NOW
ABOVE = {
    "code": "X-01",
    "title": "果酒酿造",
    "occupation_code": "6-02-06-06",
    "training_type": "ON_JOB_UP",
    "level": 2,
}
OTHER = {"code": "X-02", "title": "焊工", "occupation_code": "6-18-02-04"}


@pytest.fixture
def city(session: Session) -> Actor:
    publish_packs(session, commit=False)
    return support.officer(session)


@pytest.fixture
def entry(session: Session, city: Actor) -> UUID:
    programme = support.accepted(session, city, support.officer(session, "650000"))
    own = SupplementEntry.programme_id == programme
    return session.scalars(select(SupplementEntry.id).where(own)).one()


def codes(session: Session) -> list[str]:
    found = lists.browse(session, ANONYMOUS, kind="programme", now=NOW).items
    return sorted(card.href.partition("?")[0].rpartition("/")[2] for card in found)


def filing_of(session: Session) -> str | None:
    return session.scalars(
        select(TrainingProgramme.filing)
        .join(SupplementEntry, SupplementEntry.programme_id == TrainingProgramme.id)
        .where(SupplementEntry.code == "BC-01")
    ).one()


def told(session: Session, actor: Actor) -> list[str]:
    query = select(Notice.kind).where(Notice.person_id == actor.person_id)
    return list(session.scalars(query.order_by(Notice.id)))


def test_a_later_base_that_has_the_same_holds_and_says_so(
    session: Session, city: Actor, entry: UUID
) -> None:
    published(session, "programme", ABOVE, OTHER, region="650000", doc_no="新人社〔2026〕9号")
    assert (codes(session), filing_of(session)) == (["X-01", "X-02"], "covered")
    page = entry_page(session, ANONYMOUS, kind="supplement", slug="BC-01", now=NOW)
    assert page.held is not None
    assert page.held.is_gone
    (link,) = page.held.links
    assert (link.href, link.title) == ("/catalogues/programme/X-01?region=650000", "果酒酿造")
    above = entry_page(session, ANONYMOUS, kind="programme", slug="X-01", now=NOW)
    assert above.held is not None
    assert not above.held.is_gone
    assert above.held.links[0].href == "/catalogues/supplement/BC-01?region=650400"
    seen = views.see(session, city, entry_id=entry, now=NOW)
    assert seen.after.above is not None
    assert seen.after.above.doc_no == "新人社〔2026〕9号"
    assert told(session, city)[-1] == "supplement_covered"
    (line,) = log.catalogue_log(
        session, ANONYMOUS, kind="supplement", region="650400", now=NOW
    ).lines
    assert (line.added, line.removed) == (1, 1)


def test_the_same_code_is_the_same_entry(session: Session, city: Actor, entry: UUID) -> None:
    published(session, "programme", OTHER | {"code": "BC-01"}, region="650000")
    assert (codes(session), filing_of(session)) == (["BC-01"], "covered")


@pytest.mark.parametrize(
    ("region", "row"),
    [
        ("430000", ABOVE),
        ("650000", ABOVE | {"level": 3}),
        ("650000", ABOVE | {"training_type": "EMPLOYMENT"}),
        ("650402", ABOVE),
    ],
)
def test_what_does_not_reach_or_teaches_another_thing_covers_nothing(
    session: Session, city: Actor, entry: UUID, region: str, row: dict[str, object]
) -> None:
    published(session, "programme", row, region=region)
    assert filing_of(session) == "accepted"


def test_the_next_version_above_that_says_it_again_tells_nobody_anew(
    session: Session, city: Actor, entry: UUID
) -> None:
    published(session, "programme", ABOVE, region="650000")
    published(session, "programme", ABOVE, OTHER, region="650000", doc_no="2号")
    assert told(session, city).count("supplement_covered") == 1
    seen = views.see(session, city, entry_id=entry, now=NOW)
    assert seen.after.above is not None
    assert seen.after.above.doc_no == "2号"


def test_it_holds_again_when_the_base_loses_it(session: Session, city: Actor, entry: UUID) -> None:
    published(session, "programme", ABOVE, region="650000")
    published(session, "programme", OTHER, region="650000", doc_no="2号")
    assert (codes(session), filing_of(session)) == (["BC-01", "X-02"], "accepted")
    assert told(session, city)[-1] == "supplement_restored"
    (line,) = log.catalogue_log(
        session, ANONYMOUS, kind="supplement", region="650400", now=NOW
    ).lines
    assert (line.removed, line.version.row_count) == (0, 1)


def test_it_holds_again_when_the_base_is_withdrawn(
    session: Session, city: Actor, entry: UUID
) -> None:
    version = published(session, "programme", ABOVE, region="650000")
    keeper = support.officer(session, "650000")
    life.withdraw(session, keeper, version_id=version.id, reason="印发错误", now=NOW)
    assert (codes(session), filing_of(session)) == (["BC-01"], "accepted")


def test_a_countys_is_covered_by_what_its_city_adds_later(session: Session, city: Actor) -> None:
    province = support.officer(session, "650000")
    support.accepted(session, support.officer(session, "650421"), province)
    support.accepted(session, city, province, code="BC-09")
    rows = session.execute(
        select(CatalogVersion.region_code, TrainingProgramme.filing)
        .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
        .where(CatalogVersion.kind == "supplement")
    ).tuples()
    assert dict(rows.all()) == {"650421": "covered", "650400": "accepted"}
