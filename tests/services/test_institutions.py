"""Finding institutions and reading about one."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.db.models import Institution
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import ANONYMOUS
from portal.services import search_index
from portal.services.institutions import find_institutions, institution_detail
from tests.support import factories as make

NOW = make.NOW


def listed(session: Session, name: str, status: str = "listed", **fields: str) -> Institution:
    made = make.make_institution(session, name=name, **fields)
    make.list_institution(session, made).status = status
    session.flush()
    search_index.reindex_institution(session, made.id)
    return made


def names(session: Session, **filters: object) -> list[str]:
    found = find_institutions(session, ANONYMOUS, now=NOW, **filters)  # type: ignore[arg-type]
    return [card.name for card in found.items]


def test_institutions_come_by_the_sound_of_their_names(session: Session) -> None:
    for name, ownership in (
        ("重庆学校", "public"),
        ("吐鲁番技校", "private"),
        ("安全学院", "public"),
    ):
        listed(session, name, ownership=ownership)
    assert names(session) == ["安全学院", "重庆学校", "吐鲁番技校"]


def test_only_listed_institutions_are_found(session: Session) -> None:
    for status in ("listed", "warning", "suspended", "removed"):
        listed(session, f"学校{status}", status)
    make.make_institution(session, name="没有列入的")
    assert sorted(names(session)) == ["学校listed", "学校warning"]


@pytest.mark.parametrize("typed", ["火焰山", "hys", "huoyanshan", "huo yan"])
def test_an_institution_is_found_by_chinese_and_pinyin(session: Session, typed: str) -> None:
    listed(session, "火焰山技工学校")
    listed(session, "葡萄沟学校")
    assert names(session, q=typed) == ["火焰山技工学校"]


def test_region_and_kind_narrow(session: Session) -> None:
    listed(session, "甲校", region_code="650402", kind="TECH_SCHOOL")
    listed(session, "乙校", region_code="650421", kind="PRIVATE_INST")
    assert names(session, region="650400") == ["甲校", "乙校"]
    assert names(session, region="650402") == ["甲校"]
    assert names(session, kind="PRIVATE_INST") == ["乙校"]
    assert names(session, region="430000") == []


@pytest.mark.parametrize(("field", "value"), [("region", "65"), ("kind", "SHOP"), ("kind", "a b")])
def test_a_filter_that_makes_no_sense_is_named(session: Session, field: str, value: str) -> None:
    with pytest.raises(BadInput) as caught:
        names(session, **{field: value})
    assert caught.value.field == field


def test_pages_have_no_gaps_and_end(session: Session) -> None:
    made = {listed(session, f"学校{n}").name for n in range(7)}
    pages = [names(session, page=page, size=3) for page in (1, 2, 3, 4, 10**9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0, 0]
    assert {name for page in pages for name in page} == made


def test_the_page_of_an_institution_lists_its_open_classes(session: Session) -> None:
    school = listed(session, "甲校")
    made = make.make_class(session, institution=school)
    search_index.reindex_class(session, made.id)
    other = make.make_class(session)
    search_index.reindex_class(session, other.id)
    shown = institution_detail(session, ANONYMOUS, institution_id=str(school.id), now=NOW)
    assert [card.id for card in shown.classes] == [str(made.id)]
    assert (shown.class_count, shown.card.standing) == (1, "listed")
    assert (shown.card.contact_phone, shown.since_text) == ("0995-0000000", "自 2026年1月1日 起")


def test_a_removed_institution_says_so_and_offers_nothing(session: Session) -> None:
    school = listed(session, "甲校", "removed")
    made = make.make_class(session, institution=school)
    search_index.reindex_class(session, made.id)
    shown = institution_detail(session, ANONYMOUS, institution_id=school.id, now=NOW)
    assert (shown.classes, shown.class_count, shown.card.standing) == ((), 0, "removed")
    assert "移出" in shown.card.standing_text
    assert shown.decision_doc == "示例"


def test_the_latest_listing_in_effect_decides(session: Session) -> None:
    school = listed(session, "甲校", "removed")
    again = make.list_institution(session, school)
    again.effective_from = date(2026, 12, 2)
    session.flush()
    shown = institution_detail(session, ANONYMOUS, institution_id=school.id, now=NOW)
    assert shown.card.standing == "removed"
    again.effective_from = date(2026, 12, 1)
    session.flush()
    shown = institution_detail(session, ANONYMOUS, institution_id=school.id, now=NOW)
    assert shown.card.standing == "listed"
    again.effective_to = date(2026, 12, 1)
    session.flush()
    assert names(session) == ["甲校"]


@pytest.mark.parametrize("raw", ["", "1", "550e8400-e29b-41d4-a716-446655440000"])
def test_an_unknown_institution_is_not_found(session: Session, raw: str) -> None:
    with pytest.raises(NotFound):
        institution_detail(session, ANONYMOUS, institution_id=raw, now=NOW)
