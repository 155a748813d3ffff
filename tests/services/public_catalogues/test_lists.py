"""Lists of entries: found by words and pinyin, by region and plan, in no one's favour."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import ANONYMOUS
from portal.services.paging import Page
from portal.services.public_catalogues import backfill, kinds, lists, shelf
from portal.services.public_catalogues.lists import EntryCard, browse
from tests.support import factories as make
from tests.support import supplements as support
from tests.support.policy import publish_packs
from tests.support.published import published

NOW = make.NOW


@pytest.fixture(autouse=True)
def packs(session: Session) -> None:
    publish_packs(session, commit=False)


def find(session: Session, kind: str = "programme", **asked: object) -> Page[EntryCard]:
    return browse(session, ANONYMOUS, kind=kind, now=NOW, **asked)  # type: ignore[arg-type]


def titles(session: Session, kind: str = "programme", **asked: object) -> list[str]:
    return [card.title for card in find(session, kind, **asked).items]


def test_every_kind_is_on_the_shelf_also_with_nothing_in_it(session: Session) -> None:
    published(session, "programme", {}, {"code": "T-02"})
    cards = {card.kind: card.row_count for card in shelf.shelf(session, ANONYMOUS, now=NOW)}
    assert tuple(cards) == kinds.KINDS
    assert (cards["programme"], cards["competition"]) == (2, 0)
    assert cards["occupation"] > 50


@pytest.mark.parametrize("q", ["电工", "电", "dian", "dg", "diangong", "水电安装 电工"])
def test_an_entry_is_found_by_words_and_pinyin(session: Session, q: str) -> None:
    published(
        session,
        "programme",
        {"title": "水电安装电工"},
        {"code": "T-02", "title": "保安员", "occupation_code": "4-07-05-01"},
    )
    assert titles(session, q=q) == ["水电安装电工"]


def test_an_occupation_is_found_by_its_everyday_name(session: Session) -> None:
    assert titles(session, "occupation", q="带货") == ["互联网营销师"]
    assert find(session, "occupation", q="").total > 50


def test_a_region_shows_what_applies_there(session: Session) -> None:
    published(session, "programme", {"title": "全疆的"}, region="650000")
    published(session, "programme", {"title": "吐鲁番的"}, region="650400")
    published(session, "programme", {"title": "湖南的"}, region="430000")
    assert titles(session, region="650402") == ["全疆的", "吐鲁番的"]
    assert titles(session, region="650000") == ["全疆的", "吐鲁番的"]
    assert titles(session, region="650100") == ["全疆的"]
    assert len(titles(session)) == 3


def test_a_plan_shows_its_programmes(session: Session) -> None:
    published(session, "programme", {"title": "十一"}, {"code": "b", "title": "六", "plan": "6"})
    assert titles(session, plan="turpan-2019:6") == ["六"]
    assert titles(session, plan="turpan-2019:99") == []


def test_what_a_sheet_marks_as_filed_or_rejected_is_not_shown(session: Session) -> None:
    published(
        session,
        "programme",
        {"code": "a", "title": "报了", "filing": "filed"},
        {"code": "b", "title": "退了", "filing": "rejected"},
        {"code": "c", "title": "批了", "filing": "accepted"},
    )
    assert titles(session) == ["批了"]


def test_only_the_accepted_of_a_supplement_is_shown_and_says_so(session: Session) -> None:
    city, province = support.officer(session), support.officer(session, "650000")
    published(session, "programme", region="650000")
    support.filed(session, city, code="F1", subject="车工")
    support.accepted(session, city, province)
    found = find(session)
    assert [(card.title, card.added) for card in found.items] == [
        ("电工(五级)", False),
        ("果酒酿造(初级)", True),
    ]
    assert titles(session, "supplement", q="guojiu") == ["果酒酿造(初级)"]


def test_a_superseded_version_is_not_shown(session: Session) -> None:
    published(session, "programme", {"title": "旧的"})
    published(session, "programme", {"title": "新的"})
    assert titles(session) == ["新的"]


def test_entries_stand_by_region_and_code_and_pages_hold_each_once(session: Session) -> None:
    rows = [{"code": f"C{n:02d}", "title": f"班{n}"} for n in range(25)]
    published(session, "programme", *reversed(rows))
    first, second = find(session, size=20), find(session, size=20, page=2)
    shown = [card.title for card in (*first.items, *second.items)]
    assert shown == [f"班{n}" for n in range(25)]
    assert first.total == 25


def test_organisations_stand_in_another_order_every_day(session: Session) -> None:
    rows = [{"uscc": f"91990000MA{n:08d}", "name": f"评价{n}", "trade": str(n)} for n in range(12)]
    published(session, "assessment_body", *rows)
    orders = set()
    for day in range(4):
        page = browse(
            session, ANONYMOUS, kind="assessment_body", now=NOW + timedelta(days=day), size=50
        )
        orders.add(tuple(card.title for card in page.items))
        assert len(page.items) == 12
    assert len(orders) == 4


def test_the_order_of_a_day_stays_through_the_pages(session: Session) -> None:
    rows = [{"uscc": f"91990000MA{n:08d}", "name": f"评价{n}", "trade": str(n)} for n in range(12)]
    published(session, "assessment_body", *rows)
    seen = [
        card.title
        for page in (1, 2, 3)
        for card in find(session, "assessment_body", page=page, size=5).items
    ]
    assert len(set(seen)) == 12


def test_an_institution_leads_to_its_own_page(session: Session) -> None:
    published(session, "institution")
    (card,) = find(session, "institution").items
    assert card.href.startswith("/institutions/")


def test_codes_with_odd_signs_have_an_address_of_their_own(session: Session) -> None:
    published(session, "subsidy_standard")
    (card,) = find(session, "subsidy_standard").items
    assert card.href.startswith("/catalogues/subsidy_standard/~")
    assert "每人 1,200 元" in card.facts
    assert lists.slug("2026/1") == lists.slug("2026/1") != lists.slug("2026/2")


@pytest.mark.parametrize("kind", ["", "secret", "\x00", "x" * 10_000])
def test_an_unknown_kind_is_not_found(session: Session, kind: str) -> None:
    with pytest.raises(NotFound):
        find(session, kind)
    with pytest.raises(NotFound):
        shelf.versions_in_force(session, ANONYMOUS, kind=kind, now=NOW)


def test_an_unknown_region_is_refused(session: Session) -> None:
    with pytest.raises(BadInput):
        find(session, region="999999")


@pytest.mark.parametrize(("page", "size"), [(-5, 10), (10**30, 20), (1, 10**9), (0, 0)])
def test_any_page_is_brought_into_range(session: Session, page: int, size: int) -> None:
    published(session, "programme")
    assert find(session, page=page, size=size).total == 1


def test_versions_from_before_there_were_entries_get_them_once(session: Session) -> None:
    made = make.make_programme(session, title="旧库里的项目")
    version = session.get_one(CatalogVersion, made.catalog_version_id)
    version.status = "published"
    session.flush()
    assert titles(session) == []
    assert backfill.fill_in(session) == 1
    assert backfill.fill_in(session) == 0
    assert titles(session, q="旧库") == ["旧库里的项目"]
