"""The talent pool: who joined, what counts, and what nobody can find out."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent, ConsentRecord, ExternalCertificate, Notice
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import issuance, talent, talent_consent, talent_people
from portal.services.notices import my_notices
from portal.services.talent import TalentQuery, TalentTable, check_query
from portal.services.talent_consent import VERSION
from portal.services.unit import as_actor
from tests.support.acts import together
from tests.support.certificates import put_on_record
from tests.support.factories import NOW, make_actor, make_person, person_of

ELECTRICIAN, WELDER = "6-31-01-03", "6-18-02-04"
REASON = "某某项目急需电工"


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


def member(
    session: Session, *, region: str = "650402", holds: bool = True, joins: bool = True, **kw: Any
) -> Actor:
    """Somebody of a place with a certificate who joined."""
    actor = make_actor(session, person=make_person(session, residence_region=region))
    if holds:
        put_on_record(session, actor, NOW, **kw)
    if joins:
        talent_consent.join(session, actor, version=VERSION, now=NOW)
    return actor


def members(session: Session, count: int, **kw: Any) -> list[Actor]:
    return [member(session, **kw) for _ in range(count)]


def table(session: Session, officer: Actor, now: datetime, **filters: Any) -> TalentTable:
    return talent.search(session, officer, query=TalentQuery(**filters), now=now)


def cells(found: TalentTable) -> list[tuple[str, str, str, int, int]]:
    """What is told: occupation, level, part, people, certificates."""
    return [
        (row.occupation, row.level, part.name, cell.people, cell.certificates)
        for row in found.rows
        for part, cell in zip(found.parts, row.cells, strict=True)
        if cell
    ]


def test_joining_and_leaving_work_at_once_and_keep_the_words(
    session: Session, officer: Actor, now: datetime
) -> None:
    everybody = members(session, 5)
    assert cells(table(session, officer, now)) == [("电工", "四级/中级工", "高昌区", 5, 5)]
    found = talent_consent.leave(session, everybody[0], now=now)
    assert not found.joined
    assert cells(table(session, officer, now)) == []
    [kept] = session.scalars(
        select(ConsentRecord).where(ConsentRecord.person_id == everybody[0].person_id)
    )
    assert (kept.version, kept.text_hash) == (VERSION, talent_consent.text_hash())
    assert (kept.granted_at, kept.withdrawn_at) == (NOW, now)


def test_joining_twice_is_joining_once(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        actor = make_actor(session)
        session.commit()
    together([lambda: as_actor(talent_consent.join, actor, version=VERSION, now=NOW)] * 8)
    with Session(engine) as session:
        mine = ConsentRecord.person_id == actor.person_id
        assert session.scalar(select(func.count()).where(mine)) == 1
        talent_consent.leave(session, actor, now=NOW)
        talent_consent.leave(session, actor, now=NOW)
        assert not talent_consent.my_membership(session, actor).joined


def test_only_the_words_in_force_can_be_agreed_to(session: Session) -> None:
    actor = make_actor(session)
    with pytest.raises(BadInput) as refused:
        talent_consent.join(session, actor, version="2020-01", now=NOW)
    assert refused.value.reason == "talent.consent.changed"
    assert not talent_consent.my_membership(session, actor).joined


def test_whoever_did_not_join_is_not_counted(
    session: Session, officer: Actor, now: datetime
) -> None:
    members(session, 9, joins=False)
    members(session, 4)
    assert cells(table(session, officer, now)) == []


def test_whoever_closed_the_account_has_left(
    session: Session, officer: Actor, now: datetime
) -> None:
    from portal.db.models import Account

    everybody = members(session, 5)
    session.get_one(Account, everybody[0].the_account()).status = "closed"
    session.flush()
    assert cells(table(session, officer, now)) == []


def test_only_what_is_in_force_counts(session: Session, officer: Actor, now: datetime) -> None:
    members(session, 4)
    member(session, expires_on=date(2026, 11, 30))
    somebody = member(session, holds=False)
    number = put_on_record(session, somebody, NOW).number or ""
    issuance.revoke(session, officer, number=number, reason="考勤造假", now=now)
    assert cells(table(session, officer, now)) == []
    member(session, expires_on=date(2026, 12, 1))
    assert cells(table(session, officer, now)) == [("电工", "四级/中级工", "高昌区", 5, 5)]


def external(session: Session, actor: Actor, **fields: Any) -> ExternalCertificate:
    values: dict[str, Any] = {
        "id": new_id(),
        "person_id": actor.the_person(),
        "kind": "LEVEL",
        "number_enc": get_vault().seal("external_number", "x"),
        "number_hash": new_id().bytes,
        "number_masked": "*",
        "title": "电工",
        "occupation_code": ELECTRICIAN,
        "occupation_name": "电工",
        "level": 5,
        "issuer_name": "某评价机构",
        "issued_on": date(2025, 1, 1),
        "problems": [],
        "state": "verified",
        "created_at": NOW,
    }
    made = ExternalCertificate(**values | fields)
    session.add(made)
    session.flush()
    return made


def test_what_others_issued_counts_once_it_is_verified(
    session: Session, officer: Actor, now: datetime
) -> None:
    everybody = members(session, 5, holds=False)
    brought = [external(session, one, state="unverified") for one in everybody]
    assert cells(table(session, officer, now)) == []
    for one in brought:
        one.state = "verified"
    session.flush()
    assert cells(table(session, officer, now)) == [("电工", "二级/技师", "高昌区", 5, 5)]
    brought[0].expires_on = date(2026, 1, 1)
    session.flush()
    assert cells(table(session, officer, now)) == []


def test_people_and_certificates_are_counted_apart(
    session: Session, officer: Actor, now: datetime
) -> None:
    for one in members(session, 5):
        put_on_record(session, one, NOW)
    found = table(session, officer, now)
    assert cells(found) == [("电工", "四级/中级工", "高昌区", 5, 10)]
    assert (found.people, found.certificates) == (5, 10)


def test_a_merged_person_is_one(session: Session, officer: Actor, now: datetime) -> None:
    one, *others = members(session, 5)
    person_of(session, others[0]).merged_into = one.the_person()
    session.flush()
    assert cells(table(session, officer, now)) == []
    member(session)
    assert cells(table(session, officer, now)) == [("电工", "四级/中级工", "高昌区", 5, 5)]


def test_filters_choose_rows_and_columns(session: Session, officer: Actor, now: datetime) -> None:
    members(session, 5, level=2)
    members(session, 6, level=5, region="650421")
    members(session, 7, kind="TRAINING", level=None)
    names = {(level, place) for _, level, place, *_ in cells(table(session, officer, now))}
    assert names == {("五级/初级工", "高昌区"), ("二级/技师", "鄯善县"), ("", "高昌区")}
    assert len(cells(table(session, officer, now, level=3))) == 1
    assert len(cells(table(session, officer, now, kind="SPECIAL"))) == 2
    assert len(cells(table(session, officer, now, part="650402"))) == 2
    assert len(cells(table(session, officer, now, family=ELECTRICIAN))) == 3
    assert cells(table(session, officer, now, family=WELDER)) == []


def test_levels_sort_by_rank_and_not_by_the_national_code(
    session: Session, officer: Actor, now: datetime
) -> None:
    for level in (2, 6, 8, 1):
        members(session, 5, level=level)
    shown = [row.level for row in table(session, officer, now).rows]
    assert shown == ["首席技师", "一级/高级技师", "五级/初级工", "学徒工"]
    assert [row.level for row in table(session, officer, now, level=6).rows] == shown[:2]


def test_an_area_ends_where_it_ends(session: Session, now: datetime) -> None:
    members(session, 5, region="650402")
    members(session, 5, region="650102")
    members(session, 5, region="650400")
    turpan = make_actor(session, Role.OFFICER)
    assert [part for _, _, part, *_ in cells(table(session, turpan, now))] == [
        "吐鲁番市（未写明区县）",
        "高昌区",
    ]
    county = make_actor(session, Role.OFFICER, region_code="650402")
    assert [part for _, _, part, *_ in cells(table(session, county, now))] == ["高昌区"]
    country = make_actor(session, Role.OFFICER, region_code="000000")
    assert [line[2:4] for line in cells(table(session, country, now))] == [("新疆维吾尔自治区", 15)]
    with pytest.raises(BadInput):
        table(session, county, now, part="650421")


def test_only_officers_look(session: Session, now: datetime) -> None:
    for role in (Role.TRAINEE, Role.AUDITOR, Role.HELPER):
        actor = make_actor(session, role)
        with pytest.raises(Forbidden):
            table(session, actor, now)
        with pytest.raises(Forbidden):
            talent_people.list_people(session, actor, query=TalentQuery(), reason=REASON, now=now)
        with pytest.raises(Forbidden):
            talent_people.pass_on(session, actor, person_id=new_id(), message=REASON, now=now)
    with pytest.raises(Unauthenticated):
        table(session, ANONYMOUS, now)


def test_every_look_is_written_down(session: Session, officer: Actor, now: datetime) -> None:
    table(session, officer, now, level=4, part="650402")
    [trace] = session.scalars(select(AuditEvent).where(AuditEvent.action == "talent.search"))
    assert trace.actor_account_id == officer.account_id
    assert trace.detail == {"family": "", "level": 4, "kind": "", "part": "650402", "rows": 0}


# Nothing of a few can be computed, however one asks.


def every_answer(session: Session, officer: Actor, now: datetime) -> list[Any]:
    """What all questions there are answer."""
    asked = product(("", ELECTRICIAN, WELDER), range(9), ("", "SPECIAL"), ("", "650402", "650421"))
    return [
        table(session, officer, now, family=family, level=level, kind=kind, part=part)
        for family, level, kind, part in asked
    ]


def grid(session: Session, rows: Iterable[tuple[str, str, int, int]]) -> None:
    for region, occupation, level, count in rows:
        members(session, count, region=region, occupation_code=occupation, level=level)


BUSY = (
    ("650402", ELECTRICIAN, 2, 6),
    ("650402", ELECTRICIAN, 3, 5),
    ("650421", ELECTRICIAN, 3, 7),
    ("650402", WELDER, 3, 9),
)


@pytest.mark.parametrize("hidden", [1, 4])
def test_all_questions_together_tell_nothing_of_a_hidden_cell(
    session: Session, officer: Actor, now: datetime, hidden: int
) -> None:
    """An officer asks everything that can be asked, before and after a few people are there."""
    grid(session, BUSY)
    before = every_answer(session, officer, now)
    members(session, hidden, region="650422", level=3)
    members(session, hidden, region="650421", level=4)
    assert every_answer(session, officer, now) == before


def test_differences_of_two_questions_are_only_what_is_public(
    session: Session, officer: Actor, now: datetime
) -> None:
    grid(session, BUSY)
    members(session, 1, level=4)
    at_least = [table(session, officer, now, level=level).people for level in range(9)]
    parts = [table(session, officer, now, part=part).people for part in ("650402", "650421")]
    whole = table(session, officer, now)
    assert at_least[4] - at_least[5] == 0
    assert all(figure % 5 == 0 for figure in (*at_least, *parts, whole.people))
    assert whole.people == sum(people for *_, people, _ in cells(whole))


def test_the_same_question_has_the_same_answer(
    session: Session, officer: Actor, now: datetime
) -> None:
    grid(session, BUSY)
    assert table(session, officer, now) == table(session, officer, now)


# Lists of people.


def test_a_list_names_half_and_leaves_each_of_them_a_trace(
    session: Session, officer: Actor, now: datetime
) -> None:
    everybody = members(session, 5)
    found = talent_people.list_people(
        session, officer, query=TalentQuery(level=3), reason=REASON, now=now
    )
    assert {one.person_id for one in found.people} == {one.person_id for one in everybody}
    first = found.people[0]
    assert (first.name_masked, first.region) == ("王*强", "吐鲁番市高昌区")
    assert first.holds == ("电工 · 四级/中级工 · 专项职业能力证书",)
    traces = session.scalars(select(AuditEvent).where(AuditEvent.action == "talent.read")).all()
    assert {one.on_behalf_of for one in traces} == {one.person_id for one in everybody}
    assert {one.reason for one in traces} == {REASON}
    assert all(one.fields_read == list(talent_people.FIELDS) for one in traces)


def test_fewer_than_five_are_not_listed_and_nobody_was_read(
    session: Session, officer: Actor, now: datetime
) -> None:
    members(session, 4)
    found = talent_people.list_people(session, officer, query=TalentQuery(), reason=REASON, now=now)
    assert (found.people, found.too_few) == ((), True)
    actions = session.scalars(
        select(AuditEvent.action).where(AuditEvent.actor_account_id == officer.account_id)
    ).all()
    assert actions == ["talent.list"]


def test_five_certificates_of_one_are_not_five_people(
    session: Session, officer: Actor, now: datetime
) -> None:
    one = member(session)
    for _ in range(6):
        put_on_record(session, one, NOW)
    found = talent_people.list_people(session, officer, query=TalentQuery(), reason=REASON, now=now)
    assert found.too_few


def test_a_list_needs_a_reason(session: Session, officer: Actor, now: datetime) -> None:
    members(session, 5)
    for reason in ("", "  ", "看看", "x" * 300):
        with pytest.raises(BadInput):
            talent_people.list_people(session, officer, query=TalentQuery(), reason=reason, now=now)


def test_a_list_ends_where_the_area_ends(session: Session, officer: Actor, now: datetime) -> None:
    members(session, 5)
    members(session, 6, region="650102")
    members(session, 7, region="650400")

    def listed(part: str) -> int:
        found = talent_people.list_people(
            session, officer, query=TalentQuery(part=part), reason=REASON, now=now
        )
        return len(found.people)

    assert [listed(part) for part in ("", "650402", "650400", "650421")] == [12, 5, 7, 0]
    with pytest.raises(BadInput):
        listed("650102")


def test_a_long_list_is_cut_and_only_those_shown_were_read(
    session: Session, officer: Actor, now: datetime
) -> None:
    members(session, 52)
    found = talent_people.list_people(session, officer, query=TalentQuery(), reason=REASON, now=now)
    assert (len(found.people), found.more) == (50, True)
    count = select(func.count()).where(AuditEvent.action == "talent.read")
    assert session.scalar(count) == 50


def test_the_portal_passes_a_word_on_and_no_number(
    session: Session, officer: Actor, now: datetime
) -> None:
    one = member(session)
    talent_people.pass_on(
        session, officer, person_id=one.the_person(), message="电工岗位，请到高昌区窗口", now=now
    )
    [told] = my_notices(session, one, now=now)
    assert "吐鲁番市人力资源和社会保障局" in told.sentence
    assert "电工岗位，请到高昌区窗口" in told.sentence
    assert told.href == "/me/shares"
    [trace] = session.scalars(select(AuditEvent).where(AuditEvent.action == "talent.tell"))
    assert trace.on_behalf_of == one.person_id


def test_nobody_is_asked_every_day(session: Session, officer: Actor, now: datetime) -> None:
    one = member(session)

    def ask(at: datetime) -> None:
        talent_people.pass_on(session, officer, person_id=one.the_person(), message=REASON, now=at)

    ask(now)
    with pytest.raises(talent_people.AskedAlready):
        ask(now + timedelta(days=6))
    ask(now + timedelta(days=8))
    assert len(session.scalars(select(Notice).where(Notice.kind == "talent_wanted")).all()) == 2


def test_whoever_left_or_lives_elsewhere_is_not_asked(
    session: Session, officer: Actor, now: datetime
) -> None:
    left, elsewhere = member(session), member(session, region="650102")
    stranger, empty = member(session, joins=False), member(session, holds=False)
    talent_consent.leave(session, left, now=now)
    for one in (left, elsewhere, stranger, empty):
        with pytest.raises(NotFound):
            talent_people.pass_on(
                session, officer, person_id=one.the_person(), message=REASON, now=now
            )


@pytest.mark.parametrize(
    ("field", "value"),
    [("occupation", "炼丹"), ("level", "9"), ("level", "五"), ("kind", "X"), ("kind", "\x00")],
)
def test_filters_that_make_no_sense_are_refused(field: str, value: str) -> None:
    values = {"occupation": "", "level": "", "kind": "", "part": ""} | {field: value}
    with pytest.raises(BadInput) as refused:
        check_query(**values)
    assert refused.value.field == field


def test_an_older_code_of_an_occupation_is_the_same_occupation(
    session: Session, officer: Actor, now: datetime
) -> None:
    from portal.services.talent_sql import families

    moved = families()
    assert moved["codes"], "no occupation changed its code"
    old, family = moved["codes"][0], moved["families"][0]
    members(session, 3, occupation_code=old)
    members(session, 2, occupation_code=family)
    [row] = table(session, officer, now).rows
    assert [cell.people for cell in row.cells if cell] == [5]
