"""The published catalogues as everybody reads them."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS
from portal.services.catalogues import catalogue_card, entries, list_catalogues
from tests.support import factories as make


def publish(session: Session, version_id: object, **fields: object) -> None:
    version = session.get_one(CatalogVersion, version_id)
    version.status = "published"
    for name, value in fields.items():
        setattr(version, name, value)
    session.flush()


def test_every_kind_is_listed_also_when_nothing_is_published(
    session: Session, now: datetime
) -> None:
    cards = list_catalogues(session, ANONYMOUS, now=now)
    assert [card.kind for card in cards] == [
        "programme",
        "subsidy_standard",
        "institution",
        "occupation",
    ]
    assert cards[0].row_count == 0
    assert cards[-1].row_count > 50


def test_only_versions_in_force_count_and_show_their_programmes(
    session: Session, now: datetime
) -> None:
    shown = make.make_programme(session, title="电工(五级)", code="B1")
    make.make_programme(session, title="旧项目")
    future = make.make_programme(session, title="明年的项目")
    publish(session, shown.catalog_version_id, row_count=3)
    tomorrow = (now + timedelta(days=2)).date()
    publish(session, future.catalog_version_id, effective_from=tomorrow, region_code="150000")
    card = catalogue_card(session, ANONYMOUS, kind="programme", now=now)
    assert (card.row_count, len(card.versions)) == (3, 1)
    assert card.versions[0].region_name == "吐鲁番市"
    page = entries(session, ANONYMOUS, kind="programme", now=now)
    assert [entry.title for entry in page.items] == ["电工(五级)"]
    assert page.total == 1
    assert page.items[0].code == "6-31-01-03"
    assert "五级/初级工" in page.items[0].facts


def test_pages_of_occupations_hold_each_once(session: Session, now: datetime) -> None:
    seen: list[str] = []
    number = 1
    while True:
        page = entries(session, ANONYMOUS, kind="occupation", now=now, page=number, size=25)
        if not page.items:
            break
        seen += [entry.code for entry in page.items]
        number += 1
    assert len(seen) == len(set(seen)) == page.total


@pytest.mark.parametrize("kind", ["", "secret", "\x00", "x" * 10_000])
def test_an_unknown_kind_is_not_found(session: Session, now: datetime, kind: str) -> None:
    with pytest.raises(NotFound):
        catalogue_card(session, ANONYMOUS, kind=kind, now=now)
    with pytest.raises(NotFound):
        entries(session, ANONYMOUS, kind=kind, now=now)


def test_institutions_have_a_list_of_their_own(session: Session, now: datetime) -> None:
    make.list_institution(session, make.make_institution(session))
    page = entries(session, ANONYMOUS, kind="institution", now=now)
    assert (page.items, page.total) == ((), 0)
