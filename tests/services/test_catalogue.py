"""Finding classes: what a search answers, compared with a plain filter over every class."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import ClassSearchEntry, Institution, InstitutionListing, TrainingClass
from portal.domain.errors import BadInput
from portal.domain.permissions import ANONYMOUS
from portal.policies import reference
from portal.services import search_index
from portal.services.catalogue import ClassPage, ClassQuery, find_classes, search
from portal.services.catalogue.facets import facets, quick_choices
from tests.support import factories as make

NOW = make.NOW
TODAY = date(2026, 12, 1)
ELECTRICIAN, COOK, WELDER = "6-31-01-03", "4-03-02-01", "6-18-02-04"
TITLES = {ELECTRICIAN: "电工", COOK: "中式烹调师", WELDER: "焊工"}
REGIONS = ("650402", "650421", "430102", "150102")


@dataclass(frozen=True)
class Town:
    """A small catalogue that several tests read."""

    session: Session
    classes: tuple[TrainingClass, ...]
    institutions: tuple[Institution, ...]


def offer(session: Session, **fields: Any) -> TrainingClass:
    """A class of a listed institution, indexed."""
    institution = fields.pop("institution", None)
    if institution is None:
        institution = make.make_institution(session)
        make.list_institution(session, institution)
    made = make.make_class(session, institution=institution, **fields)
    search_index.reindex_class(session, made.id)
    return made


@pytest.fixture(scope="module")
def town(engine: Engine) -> Iterator[Town]:
    """Sixty classes of three institutions, some full, some over, some of a removed one."""
    rng = random.Random(11)
    with Session(engine, expire_on_commit=False) as session:
        schools = [make.make_institution(session, name=name) for name in ("甲学校", "乙技校", "丙")]
        for school in schools:
            listing = make.list_institution(session, school)
            listing.status = "removed" if school.name == "丙" else "listed"
        classes = []
        for _ in range(60):
            code = rng.choice(tuple(TITLES))
            capacity = rng.choice((1, 20))
            start = NOW + timedelta(days=rng.choice((-40, 1, 3, 5, 6, 13, 50)), hours=2)
            made = offer(
                session,
                institution=rng.choice(schools),
                title=f"{TITLES[code]}提升班",
                occupation_code=code,
                region_code=rng.choice(REGIONS),
                level=rng.choice((None, 2, 3)),
                group_codes=rng.choice(([], ["YOUTH"], ["YOUTH", "VETERAN"])),
                first_start=start,
                capacity=capacity,
                seats_taken=rng.choice((0, 1)),
                waiting=rng.choice((0, 0, 2)),
                status=rng.choice(("enrolling",) * 6 + ("draft", "cancelled")),
            )
            classes.append(made)
        session.flush()
        yield Town(session, tuple(classes), tuple(schools))
        session.rollback()


def expected(town: Town, query: ClassQuery) -> list[str]:
    """The same search, told in Python."""
    removed = town.institutions[2].id

    def fits(made: TrainingClass) -> bool:
        words = TITLES[made.occupation_code or ""]
        region = query.region.rstrip("0") if query.region else ""
        days = query.starts_within_days
        return (
            made.status == "enrolling"
            and made.institution_id != removed
            and made.enrol_until > NOW
            and (not query.q or query.q in words)
            and made.region_code.startswith(region)
            and query.occupation in ("", made.occupation_code)
            and query.level in (None, made.level)
            and (not query.group or query.group in made.group_codes)
            and (not query.has_seats or (made.seats_taken < made.capacity and not made.waiting))
            and (days is None or made.starts_on <= TODAY + timedelta(days=int(days)))
            and query.institution_id in (None, made.institution_id)
        )

    found = sorted(filter(fits, town.classes), key=lambda made: (made.starts_on, made.id))
    return [str(made.id) for made in found]


def every_page(town: Town, query: ClassQuery) -> list[ClassPage]:
    pages = []
    while not pages or pages[-1].has_more:
        asked = replace(query, page=len(pages) + 1)
        pages.append(find_classes(town.session, ANONYMOUS, query=asked, now=NOW))
        assert len(pages) < 100
    return pages


QUERIES = st.builds(
    ClassQuery,
    q=st.sampled_from(("", "", "电工", "工", "烹调", "没有")),
    region=st.sampled_from(("", "", "650000", "650400", "650402", "430000", "110000")),
    occupation=st.sampled_from(("", "", *TITLES)),
    level=st.sampled_from((None, None, 2, 3, 4)),
    group=st.sampled_from(("", "", "YOUTH", "VETERAN")),
    has_seats=st.booleans(),
    starts_within_days=st.sampled_from((None, None, 0, 1, 7, 21, 365)),
    size=st.sampled_from((1, 3, 7, 50)),
)


@pytest.mark.parametrize("cap", [2, 5000])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=QUERIES, of=st.sampled_from((None, 0, 1, 2)))
def test_every_filter_narrows_as_a_plain_filter_does_and_pages_have_no_gaps(
    town: Town, monkeypatch: pytest.MonkeyPatch, cap: int, query: ClassQuery, of: int | None
) -> None:
    # With a low cap every search of more than two classes takes the way of broad searches.
    monkeypatch.setattr(search, "TOTAL_CAP", cap)
    wanted = replace(query, institution_id=None if of is None else town.institutions[of].id)
    pages = every_page(town, wanted)
    found = [card.id for page in pages for card in page.items]
    assert found == expected(town, wanted)
    assert {page.total for page in pages} == {min(len(found), cap)}
    assert {page.total_is_capped for page in pages} == {len(found) > cap}


@pytest.mark.parametrize(
    "typed", ["dg", "DG", "diangong", "dian gong", "电工", "电", "diango", " 电工，", "吐鲁番 电工"]
)
def test_a_trade_is_found_by_chinese_pinyin_and_initials(session: Session, typed: str) -> None:
    wanted = offer(session, title="电工(五级)技能提升班")
    other = offer(session, title="中式烹调师班", occupation_code=COOK, region_code="430102")
    found = find_classes(session, ANONYMOUS, query=ClassQuery(q=typed), now=NOW)
    ids = {card.id for card in found.items}
    assert str(wanted.id) in ids
    assert str(other.id) not in ids


def test_a_trade_is_found_by_its_everyday_name_and_its_institution(session: Session) -> None:
    school = make.make_institution(session, name="火焰山技工学校")
    make.list_institution(session, school)
    made = offer(session, institution=school, title="厨艺班", occupation_code=COOK)
    for typed in ("厨师", "chushi", "火焰山", "hysjg", "高昌区"):
        found = find_classes(session, ANONYMOUS, query=ClassQuery(q=typed), now=NOW)
        assert [card.id for card in found.items] == [str(made.id)], typed


@pytest.mark.parametrize(
    ("status", "until", "seen"),
    [
        ("listed", None, True),
        ("warning", None, True),
        ("suspended", None, False),
        ("removed", None, False),
        ("listed", date(2026, 11, 30), False),
        ("listed", date(2026, 12, 1), True),
    ],
)
def test_only_classes_of_listed_institutions_are_offered(
    session: Session, status: str, until: date | None, seen: bool
) -> None:
    made = offer(session)
    listing = session.scalars(
        select(InstitutionListing).filter_by(institution_id=made.institution_id)
    ).one()
    listing.status, listing.effective_to = status, until
    session.flush()
    for query in (ClassQuery(), ClassQuery(q="电工")):
        assert bool(find_classes(session, ANONYMOUS, query=query, now=NOW).items) is seen


def test_a_class_leaves_the_list_the_moment_its_enrolment_is_over(session: Session) -> None:
    made = offer(session)
    last = made.enrol_until
    for query in (ClassQuery(), ClassQuery(q="电工")):
        before = find_classes(session, ANONYMOUS, query=query, now=last - timedelta(seconds=1))
        assert before.total == 1
        assert find_classes(session, ANONYMOUS, query=query, now=last).total == 0


def test_a_class_of_a_closed_channel_is_never_offered(session: Session) -> None:
    made = offer(session, group_codes=["JUSTICE"])
    assert session.get(ClassSearchEntry, made.id) is None
    assert find_classes(session, ANONYMOUS, query=ClassQuery(), now=NOW).total == 0


@pytest.mark.parametrize(
    ("field", "query"),
    [
        ("region", ClassQuery(region="999999")),
        ("region", ClassQuery(region="'; DROP TABLE training_class; --")),
        ("occupation", ClassQuery(occupation="4-99-99-99")),
        ("level", ClassQuery(level="9")),
        ("level", ClassQuery(level="²")),
        ("level", ClassQuery(level="9" * 5000)),
        ("group", ClassQuery(group="NOBODY")),
        ("group", ClassQuery(group="JUSTICE")),
        ("institution_id", ClassQuery(institution_id="not-an-id")),
        ("starts_within_days", ClassQuery(starts_within_days="-1")),
        ("starts_within_days", ClassQuery(starts_within_days=99999)),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(
    session: Session, field: str, query: ClassQuery
) -> None:
    with pytest.raises(BadInput) as caught:
        find_classes(session, ANONYMOUS, query=query, now=NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "typed",
    [
        "' OR 1=1 --",
        "%_\\",
        '{"a","b"}',
        "电工\x00焊工",
        "🧑‍🔧👍",
        "\ud800",
        "𬭚䶮㛃",
        "电" * 100_000,
        "a b " * 20_000,
    ],
)
def test_any_text_may_be_typed(town: Town, typed: str) -> None:
    find_classes(town.session, ANONYMOUS, query=ClassQuery(q=typed), now=NOW)


@pytest.mark.parametrize("page", [-1, 0, 1, 201, 2**70])
@pytest.mark.parametrize("size", [-5, 0, 7, 10**9])
def test_page_and_size_are_brought_into_range(town: Town, page: int, size: int) -> None:
    found = find_classes(town.session, ANONYMOUS, query=ClassQuery(page=page, size=size), now=NOW)
    assert 1 <= found.size <= 50
    assert len(found.items) <= found.size
    assert found.page >= 1


def test_an_old_region_code_finds_the_classes_of_its_successor(session: Session) -> None:
    old = next(r for r in reference.regions(historic=True) if r.successor_code == "650402")
    offer(session, region_code="650402")
    found = find_classes(session, ANONYMOUS, query=ClassQuery(region=old.code), now=NOW)
    assert (found.total, found.region_name) == (1, "高昌区")


def test_a_card_is_ready_to_print(session: Session) -> None:
    made = offer(session, capacity=30, seats_taken=28)
    card = find_classes(session, ANONYMOUS, query=ClassQuery(), now=NOW).items[0]
    assert (card.id, card.institution.id) == (str(made.id), str(made.institution_id))
    assert (card.occupation_name, card.level_name) == ("电工", "五级/初级工")
    assert (card.region_name, card.starts_text) == ("高昌区", "12月8日 周二")
    assert (card.seats_left, card.status, card.status_text) == (2, "few", "名额不多")
    assert (card.free, card.certificate_name) == ("free", "培训合格证书")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"seats_taken": 0}, "open"),
        ({"seats_taken": 25}, "few"),
        ({"seats_taken": 30}, "full"),
        # A seat that came free belongs to whoever waits.
        ({"seats_taken": 28, "waiting": 1}, "full"),
        ({"enrol_from": NOW + timedelta(hours=1)}, "soon"),
    ],
)
def test_the_state_of_a_class_is_one_word(
    session: Session, fields: dict[str, Any], status: str
) -> None:
    offer(session, **fields)
    assert find_classes(session, ANONYMOUS, query=ClassQuery(), now=NOW).items[0].status == status


def test_choices_count_what_a_search_for_them_finds(town: Town) -> None:
    found = facets(town.session, ANONYMOUS, now=NOW)

    def total(**filters: Any) -> int:
        query = ClassQuery(**filters)
        return find_classes(town.session, ANONYMOUS, query=query, now=NOW).total

    assert found.total == total() > 0
    assert sum(node.count for node in found.regions) == found.total
    for node in found.regions:
        assert node.count == total(region=node.code)
        assert node.count == sum(child.count for child in node.children)
        for child in node.children:
            assert child.count == sum(leaf.count for leaf in child.children)
    for name in ("occupations", "levels", "groups"):
        for choice in getattr(found, name):
            assert choice.count == total(**{name.removesuffix("s"): choice.code}), choice
    assert found.starts_soon == total(starts_within_days=14)


def test_a_tap_on_the_home_page_leads_to_classes(town: Town) -> None:
    choices = quick_choices(town.session, ANONYMOUS, now=NOW)
    assert {choice.kind for choice in choices} == {"occupation", "group", "region", "soon"}
    for choice in choices:
        filters = dict(pair.split("=") for pair in choice.query.split("&"))
        page = find_classes(town.session, ANONYMOUS, query=ClassQuery(**filters), now=NOW)
        assert page.total == choice.count > 0


def test_the_order_does_not_look_at_who_owns_an_institution(session: Session) -> None:
    ids: list[UUID] = []
    for ownership in ("private", "public", "private", "public"):
        school = make.make_institution(session, ownership=ownership)
        make.list_institution(session, school)
        ids.append(offer(session, institution=school).id)
    found = find_classes(session, ANONYMOUS, query=ClassQuery(q="电工"), now=NOW)
    assert [card.id for card in found.items] == [str(key) for key in sorted(ids)]


def test_pruning_the_index_changes_no_answer(session: Session) -> None:
    offer(session)
    over = offer(session, first_start=NOW + timedelta(days=3), enrol_until=NOW)
    assert search_index.prune(session, NOW) == 1
    assert session.get(ClassSearchEntry, over.id) is None
    assert find_classes(session, ANONYMOUS, query=ClassQuery(q="电工"), now=NOW).total == 1


def test_indexing_all_anew_gives_the_entries_that_single_acts_gave(session: Session) -> None:
    made = [offer(session) for _ in range(3)]
    draft = make.make_class(session, status="draft")
    kept = {row.id: sorted(session.get_one(ClassSearchEntry, row.id).terms) for row in made}
    heard: list[tuple[int, int]] = []
    assert search_index.reindex_all(session, lambda done, of: heard.append((done, of))) == 3
    session.expire_all()
    assert {key: sorted(session.get_one(ClassSearchEntry, key).terms) for key in kept} == kept
    assert session.get(ClassSearchEntry, draft.id) is None
    assert heard[-1] == (3, 3)


def test_a_renamed_institution_is_found_by_its_new_name(session: Session) -> None:
    made = offer(session)
    session.get_one(Institution, made.institution_id).name = "葡萄沟技工学校"
    session.flush()
    search_index.reindex_institution(session, made.institution_id)
    found = find_classes(session, ANONYMOUS, query=ClassQuery(q="葡萄沟"), now=NOW)
    assert found.total == 1
