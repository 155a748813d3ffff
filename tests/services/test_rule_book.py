"""The rules in force come from what is published, and a new region is a new file."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.db.models import PolicyPackVersion
from portal.domain.errors import NotFound
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import Facts, PastSubsidy, Pension, PersonFacts, TrainingFacts
from portal.domain.rules.rule import Decision
from portal.policies.loader import PACKS
from portal.services import rule_book, standings
from portal.services.own_enrolments import my_enrolment
from portal.services.publishing import OPERATOR, publish
from portal.services.rule_book import RuleBook, book_for, book_from, book_of, books_for
from portal.settings import get_settings
from tests.support import factories as make

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
TODAY = date(2026, 12, 1)
DAY = timedelta(days=1)
INVENTED = Path(__file__).parents[1] / "policies" / "packs" / "jinan-example.toml"


def put_out(session: Session, name: str, text: str) -> None:
    """Publish one pack as an operator would."""
    report = publish(session, OPERATOR, files=[(name, text.encode())], now=NOW)
    assert report.problems == ()


def shipped(name: str) -> str:
    return (PACKS / f"{name}.toml").read_text("utf-8")


@pytest.fixture
def published(session: Session) -> Session:
    """All shipped packs, as they are published on a fresh machine."""
    for path in sorted(PACKS.glob("*.toml")):
        put_out(session, path.name, path.read_text("utf-8"))
    return session


@pytest.fixture
def invented(session: Session) -> Session:
    put_out(session, INVENTED.name, INVENTED.read_text("utf-8"))
    return session


def queries(session: Session, act: Callable[[], object]) -> int:
    """How many statements an act sends."""
    session.flush()
    sent: list[str] = []

    def count(*args: object) -> None:
        sent.append(str(args[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(connection, "before_cursor_execute", count)
    return len(sent)


def vocational(on: date = TODAY, **fields: object) -> TrainingFacts:
    values: dict[str, object] = {
        "region_code": "370102",
        "starts_on": on,
        "ends_on": on,
        "hours": 40,
        "training_type": "JOB_SKILL",
        "bucket": "vocational",
        "skill_key": "6-31-01-03",
        "level": 2,
    }
    return TrainingFacts(**values | fields)  # type: ignore[arg-type]


def asked(
    book: RuleBook,
    *had: PastSubsidy,
    training: TrainingFacts | None = None,
    pension: Pension = "none",
) -> Decision:
    """Somebody without pension enrols, having had these subsidies."""
    facts = Facts(TODAY, PersonFacts(pension=pension), training or vocational(), had)
    return evaluate(book.rules, facts, where="enrol")


def once(bucket: str = "vocational", skill: str = "4-03-02-01", year: int = 2026) -> PastSubsidy:
    return PastSubsidy(bucket, year, skill, 2)


def test_a_county_gets_its_citys_pack_before_the_national_one(published: Session) -> None:
    book = book_for(published, "650402", TODAY)
    assert book.pack_ids == ("turpan-2019", "rural-revitalisation-2021")
    assert [pack.standing for pack in book.packs] == ["continued", "continued"]
    packs = [rule.pack_id for rule in book.rules]
    assert packs == sorted(packs, key=book.pack_ids.index)
    assert len(set(packs)) == 2


def test_several_regions_cost_one_query(published: Session) -> None:
    books_for(published, ["650402", "150100"], TODAY)
    found: dict[str, RuleBook] = {}
    sent = queries(
        published, lambda: found.update(books_for(published, ["650402", "150100"], TODAY))
    )
    assert sent == 1
    assert found["650402"].pack_ids[0] == "turpan-2019"
    assert found["150100"].pack_ids == ("inner-mongolia-2022",)


def test_a_known_book_costs_no_query_to_who_has_read_the_hashes(published: Session) -> None:
    rows = rule_book.published(published)
    book = book_from(published, rows, "430100", TODAY)
    assert queries(published, lambda: book_from(published, rows, "430100", TODAY)) == 0
    assert book_of([list(row) for row in reversed(rows)], "430100", TODAY) is book


def test_a_book_that_was_never_made_is_none_without_asking() -> None:
    assert book_of([("nobody-published-this", "0")], "430100", TODAY) is None


def test_a_place_without_a_pack_has_no_rules_and_the_products_defaults(published: Session) -> None:
    book = book_for(published, "440100", TODAY)
    assert (book.packs, book.rules) == ((), ())
    assert book.min_ratio == Fraction(4, 5)
    assert (book.waiting_list.offer_hours, book.review.due_working_days) == (24, 3)
    assert book.claims.deadline_months == 12


def test_a_row_that_holds_no_pack_is_passed_over(session: Session) -> None:
    make.make_programme(session)
    assert book_for(session, "650402", TODAY).rules == ()


def test_real_people_are_not_judged_by_an_example_of_a_continuation(
    published: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert book_for(published, "650402", TODAY).packs
    monkeypatch.setattr(get_settings(), "env", "production")
    assert book_for(published, "650402", TODAY).packs == ()
    in_time = book_for(published, "650402", date(2020, 1, 1))
    assert in_time.pack_ids == ("turpan-2019",)
    assert {rule.effective_to for rule in in_time.rules} == {date(2021, 12, 31)}


def test_a_pack_that_is_published_again_is_obeyed_at_once(published: Session) -> None:
    before = book_for(published, "650402", TODAY)
    assert asked(before, once()).verdict == "not_eligible"
    text = shipped("turpan-2019").replace("{ vocational = 1,", "{ vocational = 2,", 1)
    put_out(published, "turpan-2019.toml", text)
    after = book_for(published, "650402", TODAY)
    assert after.hashes != before.hashes
    assert asked(after, once()).verdict == "eligible"


def test_the_version_that_decided_can_still_be_read(published: Session) -> None:
    pack_id, content_hash = book_for(published, "650402", TODAY).versions[0]
    text = shipped("turpan-2019").replace("{ vocational = 1,", "{ vocational = 2,", 1)
    put_out(published, "turpan-2019.toml", text)
    old = rule_book.pack_version(published, pack_id, content_hash)
    buckets = next(rule for rule in old.rules if rule.id == "R01").params["buckets"]
    assert buckets == {"vocational": 1, "entrepreneurship": 1, "national_language": 1}


def test_a_former_version_is_read_from_the_database_and_not_only_from_memory(
    session: Session,
) -> None:
    first = INVENTED.read_text("utf-8").replace("示例计划", "示例计划甲")
    put_out(session, "a.toml", first)
    versions = rule_book.published(session)
    put_out(session, "a.toml", first.replace("示例计划甲", "示例计划乙"))
    assert rule_book.pack_version(session, *versions[0]).plans[0].name == "示例计划甲"
    assert book_from(session, versions, "370100", TODAY).packs[0].pack.plans[0].name.endswith("甲")


def test_going_back_to_a_former_version_keeps_one_row_of_each(published: Session) -> None:
    text = shipped("hunan-2018")
    changed = text.replace("城乡劳动者都可以报名", "城乡劳动者全都可以报名", 1)
    for content in (changed, text, changed):
        put_out(published, "hunan-2018.toml", content)
    rows = published.query(PolicyPackVersion).filter_by(pack_id="hunan-2018").all()
    assert len(rows) == 2


def test_a_version_that_nobody_published_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        rule_book.pack_version(session, "turpan-2019", "0" * 64)


def test_a_new_region_is_a_new_file_with_rules_of_its_own(invented: Session) -> None:
    book = book_for(invented, "370102", TODAY)
    assert book.pack_ids == ("jinan-example",)
    assert asked(book).verdict == "eligible"
    assert asked(book, once()).verdict == "eligible"
    full = asked(book, once(), once(skill="4-10-01-05"))
    assert full.verdict == "not_eligible"
    first = full.first_in_the_way()
    assert first is not None
    assert (first.rule.id, first.rule.remedy) == ("R01", "您可以明年再报。")
    assert (full.quota.bucket_limit, full.quota.total_limit) == (2, 2)


def test_the_new_regions_other_rules_are_obeyed_too(invented: Session) -> None:
    book = book_for(invented, "370102", TODAY)
    again = once(skill="6-31-01-03")
    assert asked(book, again).verdict == "not_eligible"
    last_year = once(skill="6-31-01-03", year=2025)
    assert asked(book, last_year).verdict == "eligible"
    assert asked(book, pension="resident").verdict == "not_eligible"
    assert asked(book, pension="unknown").verdict == "needs_review"


def test_a_rule_is_obeyed_only_while_it_holds(invented: Session) -> None:
    in_spring = vocational(date(2026, 4, 1))
    book = book_for(invented, "370102", date(2026, 4, 1))
    assert asked(book, training=in_spring).verdict == "needs_review"
    assert asked(book, training=vocational(date(2026, 7, 1))).verdict == "eligible"


def test_the_parameters_are_those_of_the_most_local_pack(invented: Session) -> None:
    book = book_for(invented, "370102", TODAY)
    assert book.min_ratio == Fraction(9, 10)
    assert (book.waiting_list.offer_hours, book.waiting_list.close_before_start_hours) == (6, 3)
    assert book.review.due_working_days == 3


def test_the_share_of_hours_that_earns_a_certificate_is_the_packs(invented: Session) -> None:
    there = make.make_class(invented, region_code="370102")
    elsewhere = make.make_class(invented, region_code="370202", first_start=NOW + 9 * DAY)
    person = make.make_person(invented)
    actor = make.make_actor(invented, person=person)
    needed = []
    for made in (there, elsewhere):
        enrolment = make.enrol(invented, person, made)
        needed.append(
            my_enrolment(invented, actor, enrolment_id=enrolment.id, now=NOW).hours_needed
        )
        (row,) = standings.view(invented, made, NOW).rows
        needed.append(row.needed_hours)
    # Of 8 planned hours nine tenths are 8 whole ones, four fifths 7.
    assert needed == [8, 8, 7, 7]


def test_a_neighbouring_city_is_not_reached(invented: Session) -> None:
    assert book_for(invented, "370202", TODAY).packs == ()


def test_before_and_after_its_dates_the_new_file_says_nothing(invented: Session) -> None:
    assert book_for(invented, "370100", date(2025, 12, 31)).packs == ()
    assert book_for(invented, "370100", date(2028, 12, 31)).packs != ()
    assert book_for(invented, "370100", date(2029, 1, 1)).packs == ()


def test_of_two_documents_of_one_city_the_later_goes_first(invented: Session) -> None:
    text = INVENTED.read_text("utf-8")
    later = text.replace("jinan-example", "jinan-later")
    later = later.replace("effective_from = 2026-01-01", "effective_from = 2026-02-01")
    put_out(invented, "later.toml", later)
    assert book_for(invented, "370102", TODAY).pack_ids == ("jinan-later", "jinan-example")


def test_packs_in_force_anywhere_are_listed_once(published: Session) -> None:
    found = [pack.id for pack in rule_book.packs_in_force(published, TODAY)]
    assert sorted(found) == sorted(path.stem for path in PACKS.glob("*.toml"))
