"""Finding policy documents by what they say and where they apply."""

import pytest
from sqlalchemy.orm import Session

from portal.domain.errors import BadInput
from portal.domain.permissions import ANONYMOUS
from portal.services.policy_finding import FoundPacks, find_packs
from tests.support import factories as make
from tests.support.policy import publish_packs


@pytest.fixture(autouse=True)
def packs(session: Session) -> None:
    publish_packs(session, "*.toml", commit=False)


def find(session: Session, **asked: str) -> FoundPacks:
    return find_packs(session, ANONYMOUS, now=make.NOW, **asked)


def ids(found: FoundPacks) -> set[str]:
    return {one.card.id for one in found.items}


def test_without_words_every_document_is_there(session: Session) -> None:
    found = find(session)
    assert len(found.items) >= 4
    assert ("650400", "吐鲁番市") in found.regions
    assert all(one.hits == () for one in found.items)


@pytest.mark.parametrize("words", ["新录用员工岗前", "tlf", "吐政办〔2019"])
def test_a_document_is_found_by_plan_pinyin_of_its_place_and_number(
    session: Session, words: str
) -> None:
    assert "turpan-2019" in ids(find(session, q=words))


def test_what_was_looked_for_leads_to_its_plan(session: Session) -> None:
    found = find(session, q="岗前培训")
    turpan = next(one for one in found.items if one.card.id == "turpan-2019")
    assert turpan.hits[0].name == "新录用员工岗前培训计划"
    assert turpan.hits[0].href.startswith("/policies/turpan-2019#plan-")
    assert len(turpan.hits) <= 3


def test_a_region_finds_what_applies_there_and_in_its_parts(session: Session) -> None:
    county = ids(find(session, region="650402"))
    assert "turpan-2019" in county
    assert not [one for one in county if one.startswith(("hunan", "qingdao"))]
    assert "turpan-2019" in ids(find(session, region="650000"))
    assert find(session, region="430000").regions == find(session).regions


def test_every_word_must_be_there(session: Session) -> None:
    assert ids(find(session, q="岗前培训 没有这种词")) == set()


def test_an_unknown_region_is_refused(session: Session) -> None:
    with pytest.raises(BadInput):
        find(session, region="123")


@pytest.mark.parametrize("words", ["\x00", "%", "'; --", "字" * 400])
def test_odd_words_find_nothing_or_everything_but_never_fail(session: Session, words: str) -> None:
    assert isinstance(find(session, q=words), FoundPacks)
