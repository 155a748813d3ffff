"""The pages about persons: a card of one's own, and what officers do with records and archives."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, IdCorrection, Person, PersonMergeRequest
from portal.domain.permissions import Role
from portal.locale import t
from portal.services import person_merges
from portal.services.unit import load_actor
from portal.state.archive_lookup import ArchiveLookupState
from portal.state.base import PageState
from portal.state.card import CardState
from portal.state.person_rows import RequestRow
from portal.state.persons import PersonsState
from tests.support import factories as make
from tests.support import persons
from tests.support.certificates import learned
from tests.support.factories import NOW
from tests.support.persons import WHY, fresh_number, number_of, resident
from tests.support.published import published
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


def tab_of(session: Session, role: Role = Role.OFFICER, **kwargs: Any) -> Tab:
    """The browser of somebody new with a role, saved."""
    tab = Tab()
    tab.go("/", make.log_in(session, make.make_account(session, role, **kwargs)))
    session.commit()
    return tab


def person(session: Session, **fields: Any) -> Person:
    made = resident(session, **fields)
    session.commit()
    return made


# My card


def test_a_card_is_bound_replaced_and_unbound_on_one_page(session: Session) -> None:
    tab = tab_of(session, Role.TRAINEE)
    page = tab.call(CardState, "load")
    assert (page.status, page.has_card) == ("ready", False)
    assert len(page.provinces) > 30
    page = tab.call(CardState, "bind", {"number": "7000 0001 a", "region": "650000"})
    assert (page.has_card, page.current.number) == (True, "*****001A")
    assert page.done == t("cards.bound_done")
    page = tab.call(CardState, "reissue", {"number": "70000002B", "region": "110000"})
    assert (page.current.number, page.current.region) == ("*****002B", "北京")
    assert [row.status for row in page.earlier] == ["已换新卡"]
    page = tab.call(CardState, "unbind", {"reason": "卡丢了"})
    assert (page.has_card, page.done) == (False, t("cards.unbound_done"))
    assert page.earlier[0].reason == "原因：卡丢了"


def test_a_silent_register_is_told_kindly_and_the_card_kept(session: Session) -> None:
    tab = tab_of(session, Role.TRAINEE)
    tab.call(CardState, "load")
    page = tab.call(CardState, "bind", {"number": "99000001A", "region": "650000"})
    assert (page.has_card, page.current.is_vouched_for) == (True, False)
    assert page.done == t("cards.silent")
    assert tab.call(CardState, "recheck").done == t("cards.silent")


def test_the_demo_register_says_that_it_is_one(session: Session) -> None:
    assert "演示" in tab_of(session, Role.TRAINEE).call(CardState, "load").registry


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"number": "12345", "region": "650000"}, "cards.number_refused"),
        ({"number": "70000009A", "region": ""}, "cards.region_refused"),
        ({"number": "98000001A", "region": "650000"}, "cards.of_another"),
        ({"number": ["x"], "region": 7}, "cards.number_refused"),
    ],
)
def test_a_refusal_leaves_the_page_and_says_why(
    session: Session, form: dict[str, Any], problem: str
) -> None:
    tab = tab_of(session, Role.TRAINEE)
    tab.call(CardState, "load")
    page = tab.call(CardState, "bind", form)
    assert (page.status, page.has_card, page.done) == ("ready", False, "")
    assert page.problem == t(problem)


def test_the_card_page_is_not_for_officers_nor_for_strangers(session: Session) -> None:
    assert tab_of(session).call(CardState, "load").status == "refused"
    stranger = Tab()
    stranger.go("/", "")
    assert stranger.call(CardState, "load").status == "sign_in"


# Persons


def test_a_number_is_found_and_put_right(session: Session) -> None:
    who, number = person(session), fresh_number()
    tab = tab_of(session)
    assert tab.call(PersonsState, "load").step == "start"
    page = tab.call(PersonsState, "find", {"number": number_of(who)})
    assert (page.step, page.person.name) == ("correct", "王小强")
    assert page.person.id_no.startswith("****")
    form = {"person": page.person.key, "id_type": "resident_id", "number": number, "reason": WHY}
    page = tab.call(PersonsState, "correct", form)
    assert (page.step, page.done) == ("done", t("persons.correct.done_no_account"))
    assert page.person.key == ""
    session.expire_all()
    assert number_of(session.get_one(Person, who.id)) == number
    assert tab.call(PersonsState, "start_over").step == "start"


def test_a_number_of_somebody_with_an_account_is_put_right_at_once(session: Session) -> None:
    who = person(session)
    make.make_account(session, person=who)
    session.commit()
    tab = tab_of(session)
    tab.call(PersonsState, "load")
    form = {"person": str(who.id), "id_type": "resident_id", "reason": WHY}
    page = tab.call(PersonsState, "correct", form | {"number": fresh_number()})
    assert (page.step, page.done) == ("done", t("persons.correct.done"))


def test_another_officer_vouches_for_a_number_put_right(session: Session) -> None:
    who, number = person(session), fresh_number()
    old = number_of(who)
    mine, other = tab_of(session), tab_of(session)
    mine.call(PersonsState, "load")
    form = {"person": str(who.id), "id_type": "resident_id", "number": number, "reason": WHY}
    mine.call(PersonsState, "correct", form)
    made = session.scalars(select(IdCorrection).filter_by(person_id=who.id)).one()
    key = str(made.id)
    assert key not in [row.key for row in mine.call(PersonsState, "start_over").vouches]
    assert mine.call(PersonsState, "vouch", key).problem == t("persons.refused.own_correction")
    (row,) = [row for row in other.call(PersonsState, "load").vouches if row.key == key]
    assert (row.name, row.reason) == ("王*强", t("persons.vouch.because", reason=WHY))
    assert row.numbers == t("persons.vouch.numbers", old=old[-4:], new=number[-4:])
    page = other.call(PersonsState, "vouch", key)
    assert (page.step, page.done) == ("done", t("persons.vouch.done"))
    assert key not in [row.key for row in page.vouches]


def test_a_vain_search_stays_on_the_page_and_in_the_trail(session: Session) -> None:
    tab = tab_of(session)
    tab.call(PersonsState, "load")
    page = tab.call(PersonsState, "find", {"number": fresh_number()})
    assert (page.step, page.problem) == ("start", t("persons.not_found"))
    last = select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(1)
    assert session.scalar(last) == "person.find_nobody"


def test_another_s_number_leads_to_merging(session: Session) -> None:
    who, other = person(session), person(session)
    tab = tab_of(session)
    tab.call(PersonsState, "load")
    page = tab.call(PersonsState, "find", {"number": number_of(who)})
    form = {"person": page.person.key, "id_type": "resident_id", "reason": WHY}
    page = tab.call(PersonsState, "correct", form | {"number": number_of(other)})
    assert (page.step, page.problem) == ("correct", t("persons.number_taken"))


def compared(tab: Tab, one: Person, two: Person) -> PersonsState:
    tab.call(PersonsState, "load")
    return tab.call(PersonsState, "compare", {"kept": number_of(one), "merged": number_of(two)})


def test_two_are_compared_swapped_and_asked_for(session: Session) -> None:
    one, two = person(session), person(session, name="王晓强", name_key="王晓强")
    tab = tab_of(session)
    page = compared(tab, one, two)
    assert page.step == "compare"
    assert page.both.conflicts == [t("persons.conflict.name")]
    names = [pair for pair in page.both.pairs if pair.label == t("persons.page.name")]
    assert [(pair.kept, pair.differs) for pair in names] == [("王*强", False)]
    page = tab.call(PersonsState, "swap")
    assert page.both.kept_key == str(two.id)
    page = tab.call(PersonsState, "swap")
    form = {"kept": page.both.kept_key, "merged": page.both.merged_key, "seen": page.both.seen}
    page = tab.call(PersonsState, "ask", form | {"reason": WHY})
    assert (page.step, page.done) == ("done", t("persons.merge.asked_done"))
    assert "2026年12月30日" in page.note
    session.expire_all()
    assert session.get_one(Person, two.id).merged_into is None
    row = asked_row(session, page, two)
    assert (row.status, row.note) == ("waiting", t("persons.request.waiting"))
    assert row.reason == t("persons.request.because", reason=WHY)
    assert tab.call(PersonsState, "check", row.key).problem == t("persons.refused.own_request")
    page = tab.call(PersonsState, "take_back", row.key)
    assert (page.step, page.done) == ("done", t("persons.request.taken_back"))
    assert row.key not in [one.key for one in page.requests]


def test_another_officer_checks_confirms_and_parts_them(session: Session) -> None:
    one, two = person(session), person(session, name="王晓强", name_key="王晓强")
    persons.asked(session, persons.officer(session), one, two)
    tab = tab_of(session)
    page = tab.call(PersonsState, "load")
    row = asked_row(session, page, two)
    assert (row.status, row.note) == ("check", "")
    page = tab.call(PersonsState, "check", row.key)
    assert (page.step, page.asked, page.stale) == ("check", row, "")
    assert page.both.conflicts == [t("persons.conflict.name")]
    form = {"request": row.key, "seen": page.both.seen, "reason": WHY}
    page = tab.call(PersonsState, "confirm", form)
    assert (page.step, page.done) == ("done", t("persons.merge.done"))
    assert "2026年12月30日" in page.note
    assert page.asked.key == page.both.kept_key == ""
    session.expire_all()
    assert session.get_one(Person, two.id).merged_into == one.id
    (made,) = [row for row in page.merges if row.key == merge_key(session, two.id)]
    assert made.stays == t("persons.undo.stays_none")
    page = tab.call(PersonsState, "undo", {"merge": made.key, "reason": WHY})
    assert page.done == t("persons.undo.done")
    session.expire_all()
    assert session.get_one(Person, two.id).merged_into is None


def test_a_request_is_declined_and_its_officer_reads_why(session: Session) -> None:
    one, two = person(session), person(session)
    mine, other = tab_of(session), tab_of(session)
    page = compared(mine, one, two)
    form = {"kept": page.both.kept_key, "merged": page.both.merged_key, "seen": page.both.seen}
    row = asked_row(session, mine.call(PersonsState, "ask", form | {"reason": WHY}), two)
    other.call(PersonsState, "load")
    page = other.call(PersonsState, "check", row.key)
    page = other.call(PersonsState, "decline", {"request": row.key, "reason": "照片不是同一个人"})
    assert (page.step, page.done) == ("done", t("persons.request.declined_done"))
    page = mine.call(PersonsState, "start_over")
    row = asked_row(session, page, two)
    assert (row.status, row.note) == ("declined", "已退回：照片不是同一个人")
    page = other.call(PersonsState, "check", row.key)
    assert page.problem == t("persons.refused.decided")


def test_what_came_up_since_is_said_before_anybody_confirms(session: Session) -> None:
    one, two = person(session), person(session)
    persons.asked(session, persons.officer(session), one, two)
    same = make.make_class(session)
    make.enrol(session, one, same)
    make.enrol(session, two, same)
    session.commit()
    tab = tab_of(session)
    row = asked_row(session, tab.call(PersonsState, "load"), two)
    page = tab.call(PersonsState, "check", row.key)
    assert (page.step, page.stale) == ("check", t("persons.request.stale"))
    assert tab.call(PersonsState, "start_over").stale == ""


def asked_row(session: Session, page: PersonsState, merged: Person) -> RequestRow:
    """The latest request about a record, as the page lists it."""
    query = select(PersonMergeRequest.id).where(PersonMergeRequest.merged_id == merged.id)
    key = str(session.scalars(query.order_by(PersonMergeRequest.at.desc())).first())
    return next(row for row in page.requests if row.key == key)


def merge_key(session: Session, merged_id: UUID) -> str:
    query = select(person_merges.PersonMerge.id).where(
        person_merges.PersonMerge.merged_id == merged_id
    )
    return str(session.scalars(query).one())


def test_of_two_numbers_the_one_that_was_not_found_is_named(session: Session) -> None:
    who = person(session)
    tab = tab_of(session)
    tab.call(PersonsState, "load")
    numbers = {"kept": number_of(who), "merged": fresh_number()}
    page = tab.call(PersonsState, "compare", numbers)
    assert page.problem == t("persons.not_found_one", which=2)
    page = tab.call(PersonsState, "compare", {"kept": number_of(who), "merged": number_of(who)})
    assert page.problem == t("persons.refused.same")


def test_forged_forms_are_refused(session: Session) -> None:
    tab = tab_of(session)
    tab.call(PersonsState, "load")
    for name in ("correct", "ask", "confirm", "decline", "undo"):
        form = {"person": "x", "kept": [], "merge": None, "request": 7}
        assert tab.call(PersonsState, name, form).problem
    for name in ("check", "take_back", "vouch"):
        assert tab.call(PersonsState, name, "x").problem
        assert tab.call(PersonsState, name, ["x"]).problem
    assert tab.call(PersonsState, "swap").problem
    assert tab.call(PersonsState, "find", "no form").problem


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.HELPER])
def test_the_pages_of_officers_are_for_officers(session: Session, role: Role) -> None:
    tab = tab_of(session, role)
    for kind in (PersonsState, ArchiveLookupState):
        assert tab.call(kind, "load").status == "refused"
    session.rollback()


# Archives


def test_an_archive_is_shown_with_all_its_lines(session: Session) -> None:
    who = person(session)
    learned(session, persons.trainee(session, who), NOW)
    session.commit()
    tab = tab_of(session)
    assert tab.call(ArchiveLookupState, "load").region == "吐鲁番市"
    form = {"by": "id", "number": number_of(who), "reason": WHY}
    page = tab.call(ArchiveLookupState, "look_up", form)
    assert (page.is_open, page.is_intact, page.person.name) == (True, True, "王小强")
    assert [figure.value for figure in page.totals] == ["1", "40", "0"]
    assert [row.is_superseded for row in page.lines] == [False]
    assert page.lines[0].recorded
    assert page.card == t("archives.card_none")
    page = tab.call(ArchiveLookupState, "start_over")
    assert (page.is_open, page.lines, page.region) == (False, [], "吐鲁番市")


def test_what_has_no_certificate_is_put_into_the_archive_that_is_open(session: Session) -> None:
    who = person(session)
    session.commit()
    tab = tab_of(session)
    tab.call(ArchiveLookupState, "load")
    form = {
        "kind": "military", "title": "民兵集训", "issuer": "高昌区人武部",
        "occurred_on": "2026-05-04",
    }  # fmt: skip
    assert tab.call(ArchiveLookupState, "add", form).problem
    tab.call(ArchiveLookupState, "look_up", {"by": "id", "number": number_of(who), "reason": WHY})
    for wrong in ({"kind": "class"}, {"title": ""}, {"occurred_on": "x"}, {"issuer": ""}):
        page = tab.call(ArchiveLookupState, "add", form | wrong)
        assert (page.is_open, bool(page.problem), page.lines, page.said) == (True, True, [], "")
    for _ in range(2):
        page = tab.call(ArchiveLookupState, "add", form)
        assert (page.problem, page.said) == ("", t("archives.added", title="民兵集训"))
        assert [row.title for row in page.lines] == ["民兵集训"]


def test_the_competitions_of_the_year_are_offered_and_one_is_chosen(session: Session) -> None:
    who = person(session)
    published(session, "competition", {"number": "TLF-JS-01", "name": "电工大赛"})
    session.commit()
    tab = tab_of(session)
    tab.call(ArchiveLookupState, "load")
    tab.call(ArchiveLookupState, "look_up", {"by": "id", "number": number_of(who), "reason": WHY})
    for nothing in ("2026-13-01", "", None, ["2026-05-04"]):
        page = tab.call(ArchiveLookupState, "pick_day", nothing)
        assert (page.competitions, page.competitions_hint, page.problem) == ([], "", "")
    page = tab.call(ArchiveLookupState, "pick_day", "2025-05-04")
    assert page.competitions_hint == t("archives.competitions_none", year=2025)
    page = tab.call(ArchiveLookupState, "pick_day", "2026-05-04")
    assert page.competitions_hint == t("archives.competitions", year=2026, count=1)
    assert [(one.value, one.label) for one in page.competitions] == [
        ("电工大赛 TLF-JS-01", "地州一级 电工")
    ]
    form = {
        "kind": "competition", "title": "", "competition": "擂台赛", "issuer": "",
        "occurred_on": "2026-05-04",
    }  # fmt: skip
    page = tab.call(ArchiveLookupState, "add", form)
    assert page.problem == t("archive.refused.competition", year=2026)
    page = tab.call(ArchiveLookupState, "add", form | {"competition": page.competitions[0].value})
    assert (page.problem, page.competitions) == ("", [])
    assert [row.title for row in page.lines] == ["电工大赛"]


def test_an_archive_that_is_not_found_closes_the_one_before(session: Session) -> None:
    who = person(session)
    tab = tab_of(session)
    tab.call(ArchiveLookupState, "load")
    form = {"by": "id", "number": number_of(who), "reason": WHY}
    assert tab.call(ArchiveLookupState, "look_up", form).is_open
    page = tab.call(ArchiveLookupState, "look_up", form | {"number": fresh_number()})
    assert (page.is_open, page.problem) == (False, t("archives.not_found"))
    page = tab.call(ArchiveLookupState, "look_up", form | {"reason": ""})
    assert page.problem
    assert not page.is_open


def test_whoever_logs_in_with_a_merged_record_sees_the_card_of_the_kept_one(
    session: Session,
) -> None:
    one, two = person(session), person(session)
    tokens = [make.log_in(session, make.make_account(session, person=who)) for who in (one, two)]
    session.commit()
    persons.merged(session, one, two)
    assert load_actor(session, tokens[1], now=NOW).person_id == one.id
    tabs = []
    for token in tokens:
        tab = Tab()
        tab.go("/me/card", token)
        tabs.append(tab)
    tabs[0].call(CardState, "bind", {"number": "70000005E", "region": "650000"})
    assert tabs[1].call(CardState, "load").current.number == "*****005E"
