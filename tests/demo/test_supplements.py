"""The demo's local supplement: an entry that the province has taken into its own catalogue."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SupplementEntry, TrainingProgramme
from portal.domain.permissions import ANONYMOUS
from portal.services.public_catalogues import lists
from tests.support.demo import NOW, load

PROVINCE = "650000"


def covered(session: Session) -> SupplementEntry:
    query = select(SupplementEntry).where(SupplementEntry.covered_by.is_not(None))
    return session.scalars(query).one()


def test_one_entry_is_covered_by_the_provinces_catalogue_in_force(session: Session) -> None:
    entry = covered(session)
    above = session.get_one(TrainingProgramme, entry.covered_by)
    version = session.get_one(CatalogVersion, above.catalog_version_id)
    assert (version.region_code, version.kind) == (PROVINCE, "programme")
    assert (version.status, version.version_no) == ("published", 2)
    assert above.occupation_code == entry.occupation_code
    own = session.get_one(TrainingProgramme, entry.programme_id)
    assert own.filing == "covered"


def test_the_public_finds_the_trade_once(session: Session) -> None:
    above = session.get_one(TrainingProgramme, covered(session).covered_by)
    found = lists.browse(session, ANONYMOUS, kind="programme", q=above.title, now=NOW)
    assert [card.title for card in found.items] == [above.title]


def test_the_provinces_other_entries_stayed(session: Session) -> None:
    former, present = (
        set(session.scalars(select(TrainingProgramme.code).where(of_province(number))))
        for number in (1, 2)
    )
    assert former < present
    assert len(present - former) == 1


def of_province(number: int) -> object:
    return TrainingProgramme.catalog_version_id.in_(
        select(CatalogVersion.id).where(
            CatalogVersion.region_code == PROVINCE,
            CatalogVersion.kind == "programme",
            CatalogVersion.version_no == number,
        )
    )


def test_the_next_day_publishes_nothing_new(session: Session) -> None:
    count = select(func.count()).select_from(CatalogVersion)
    before = session.scalar(count)
    session.rollback()
    load(NOW + timedelta(days=1))
    assert session.scalar(count) == before
