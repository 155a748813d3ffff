"""Lists of group members: every bad cell named, all of it or nothing, nobody's facts lost."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import AuditEvent, FactImport, Notice, Person, PersonGroup
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden
from portal.domain.identity import IdType, make_demo_id, parse_id_document
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import t
from portal.services import accounts, facts, people, waiting_list
from portal.services.facts_import import ImportReport, import_group
from portal.services.publishing import OPERATOR
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW

HEADER = ("姓名", "证件类型", "证件号码", "有效期起", "有效期止", "文件依据")
LINE = {
    "姓名": "古丽娜尔·买买提",
    "证件类型": "",
    "证件号码": "",
    "有效期起": "2026-01-01",
    "有效期止": "",
    "文件依据": "吐乡振〔2026〕3号",
}


def number(serial: int, birth: date = date(1990, 1, 1)) -> str:
    return make_demo_id(birth, serial)


def book(*lines: Mapping[str, Any], above: Sequence[str] = (), header: Any = HEADER) -> bytes:
    """A workbook: titles, header, then the usual line changed by each of ``lines``."""
    made = Workbook()
    page = made.active
    page.title = "名单"
    for title in above:
        page.append([title])
    page.append(list(header))
    for serial, changes in enumerate(lines, 1):
        own = {} if "证件号码" in changes else {"证件号码": number(serial)}
        line = LINE | own | changes
        page.append([line.get(name.strip("*"), "") for name in header])
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def csv_of(*lines: str, header: str = ",".join(HEADER)) -> bytes:
    return "\n".join((header, *lines)).encode()


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def run(
    session: Session, actor: Actor, content: bytes, *, name: str = "名单.xlsx", **kwargs: Any
) -> ImportReport:
    values: dict[str, Any] = {"group_code": "AIDED_FAMILY", "now": NOW}
    report = import_group(session, actor, file_name=name, content=content, **(values | kwargs))
    session.expire_all()
    return report


def good(session: Session, actor: Actor, content: bytes, **kwargs: Any) -> ImportReport:
    report = run(session, actor, content, **kwargs)
    assert report.problems == ()
    return report


def counted(report: ImportReport) -> dict[str, int]:
    names = ("new_people", "added", "verified", "renewed", "unchanged", "missing")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def places(report: ImportReport) -> list[tuple[str, int | None, str, str]]:
    return [(one.sheet, one.row, one.column, one.reason) for one in report.problems]


def identity(serial: int, name: str = LINE["姓名"]) -> people.Identity:
    document = parse_id_document(IdType.RESIDENT_ID, number(serial), today=NOW.date())
    return people.Identity(document, name)


def registered(session: Session, serial: int, name: str = LINE["姓名"]) -> Actor:
    """Somebody of the list who has an account."""
    form = accounts.Registration(identity(serial).document, name, f"1380000{serial:04d}", "Pw-41-x")
    account_id = accounts.register(session, ANONYMOUS, form=form, now=NOW)
    person_id = session.scalars(
        select(Person.id).where(Person.id_no_hash == identity(serial).hash)
    ).one()
    return Actor(Role.TRAINEE, account_id=account_id, person_id=person_id)


def group_rows(session: Session, serial: int) -> list[PersonGroup]:
    query = (
        select(PersonGroup)
        .join(Person, Person.id == PersonGroup.person_id)
        .where(Person.id_no_hash == identity(serial).hash)
    )
    return list(session.scalars(query.order_by(PersonGroup.id)))


def tables(session: Session) -> list[int]:
    names = (Person, PersonGroup, FactImport, AuditEvent)
    return [session.scalar(select(func.count()).select_from(one)) or 0 for one in names]


# What a good list does


def test_whoever_is_on_the_list_belongs_to_the_group_with_its_days_and_document(
    session: Session, officer: Actor
) -> None:
    me = registered(session, 1)
    report = good(session, officer, book({"有效期止": "2027-12-31"}))
    assert (report.rows, counted(report)) == (1, {"added": 1})
    [row] = group_rows(session, 1)
    assert (row.group_code, row.status, row.source) == ("AIDED_FAMILY", "verified", "roster")
    assert (row.valid_from, row.valid_to) == (date(2026, 1, 1), date(2027, 12, 31))
    assert (row.evidence_ref, row.verified_by) == ("吐乡振〔2026〕3号", officer.account_id)
    [group] = facts.my_facts(session, me, now=NOW).groups
    assert group.status == "verified"


def test_a_stranger_gets_a_row_that_waits_for_its_owner(session: Session, officer: Actor) -> None:
    report = good(session, officer, book({}))
    assert counted(report) == {"new_people": 1, "added": 1}
    person = session.scalars(select(Person).where(Person.id_no_hash == identity(1).hash)).one()
    assert (person.identity_status, person.residence_region) == ("listed", "650400")
    assert get_vault().open("id_no", person.id_no_enc) == number(1)
    me = registered(session, 1)
    assert me.person_id == person.id
    assert [g.status for g in facts.my_facts(session, me, now=NOW).groups] == ["verified"]


def test_a_list_of_the_whole_country_says_of_nobody_where_he_lives(session: Session) -> None:
    good(session, OPERATOR, book({}))
    person = session.scalars(select(Person).where(Person.id_no_hash == identity(1).hash)).one()
    assert person.residence_region is None


def test_who_has_an_account_is_told_and_nobody_twice(session: Session, officer: Actor) -> None:
    me = registered(session, 1)
    good(session, officer, book({}, {}))
    good(session, officer, book({}, {}))
    told = session.execute(select(Notice.person_id, Notice.kind)).all()
    assert [tuple(row) for row in told] == [(me.person_id, "group_verified")]


def test_whoever_waits_for_a_seat_is_looked_at_anew(
    session: Session, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(waiting_list, "rerank", lambda session, person_id: asked.append(person_id))
    me, other = registered(session, 1), registered(session, 2)
    made = make.make_class(session)
    for actor in (me, other):
        enrolment = make.enrol(session, make.person_of(session, actor), made)
        if actor is me:
            enrolment.status, enrolment.waiting_rank, enrolment.waiting_no = "waitlisted", 1, 1
    session.flush()
    good(session, officer, book({}, {}))
    assert asked == [me.person_id]


def test_what_somebody_stated_becomes_verified_in_place(session: Session, officer: Actor) -> None:
    me = registered(session, 1)
    facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW)
    assert counted(good(session, officer, book({}))) == {"verified": 1}
    [row] = group_rows(session, 1)
    assert (row.status, row.source, row.valid_from) == ("verified", "self", date(2026, 1, 1))


def test_a_refused_statement_stays_refused_beside_the_list(
    session: Session, officer: Actor
) -> None:
    me = registered(session, 1)
    facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW)
    group_rows(session, 1)[0].status = "refused"
    session.flush()
    assert counted(good(session, officer, book({}))) == {"added": 1}
    assert [row.status for row in group_rows(session, 1)] == ["refused", "verified"]


def test_the_same_list_again_changes_nothing(session: Session, officer: Actor) -> None:
    good(session, officer, book({}, {}))
    before = [(row.valid_from, row.valid_to, row.verified_at) for row in group_rows(session, 1)]
    report = good(session, officer, book({}, {}), now=NOW + timedelta(days=1))
    assert counted(report) == {"unchanged": 2}
    after = [(row.valid_from, row.valid_to, row.verified_at) for row in group_rows(session, 1)]
    assert after == before


def test_next_years_list_prolongs_and_does_not_forget_this_year(
    session: Session, officer: Actor
) -> None:
    good(session, officer, book({"有效期止": "2026-12-31"}))
    overlapping = {"有效期起": "2026-12-01", "有效期止": "2027-12-31"}
    assert counted(good(session, officer, book(overlapping))) == {"renewed": 1}
    [row] = group_rows(session, 1)
    assert (row.valid_from, row.valid_to) == (date(2026, 1, 1), date(2027, 12, 31))
    apart = {"有效期起": "2028-01-01", "有效期止": ""}
    assert counted(good(session, officer, book(apart))) == {"added": 1}
    assert [row.valid_to for row in group_rows(session, 1)] == [date(2027, 12, 31), None]


def test_who_is_missing_from_a_later_list_is_counted_and_not_touched(
    session: Session, officer: Actor
) -> None:
    good(session, officer, book({}, {}, {}))
    report = good(session, officer, book({}))
    assert counted(report) == {"unchanged": 1, "missing": 2}
    assert [row.status for row in group_rows(session, 3)] == ["verified"]
    other = good(session, officer, book({}), group_code="RESETTLED")
    assert other.missing == 0


def test_the_missing_are_counted_again_next_time(session: Session, officer: Actor) -> None:
    good(session, officer, book({}, {}, {}))
    good(session, officer, book({}))
    assert good(session, officer, book({})).missing == 2
    assert good(session, officer, book({}, {}, {})).missing == 0


def test_a_dry_run_counts_the_same_and_writes_nothing(session: Session, officer: Actor) -> None:
    me = registered(session, 1)
    facts.declare_group(session, me, code="AIDED_FAMILY", now=NOW)
    before = tables(session)
    tried = good(session, officer, book({}, {}), dry_run=True)
    assert tables(session) == before
    done = good(session, officer, book({}, {}))
    assert tried.dry_run
    assert counted(tried) == counted(done) == {"new_people": 1, "added": 1, "verified": 1}


def test_the_trail_names_everybody_concerned_and_holds_no_group_of_theirs(
    session: Session, officer: Actor
) -> None:
    good(session, officer, book({}, {}))
    query = select(AuditEvent).where(AuditEvent.actor_account_id == officer.account_id)
    events = session.scalars(query.order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == ["facts.verify", "facts.verify", "facts.import"]
    people_told = {event.on_behalf_of for event in events[:2]}
    assert people_told == {group_rows(session, serial)[0].person_id for serial in (1, 2)}
    assert "AIDED" not in repr([event.detail for event in events[:2]])
    assert events[2].detail == {
        "group": "AIDED_FAMILY", "rows": 2, "new_people": 2, "changed": 2
    }  # fmt: skip


def test_the_import_is_kept_with_group_region_and_hash(session: Session, officer: Actor) -> None:
    content = book({}, {})
    good(session, officer, content)
    query = select(FactImport).where(FactImport.account_id == officer.account_id)
    made = session.scalars(query).one()
    assert (made.group_code, made.region_code, made.row_count) == ("AIDED_FAMILY", "650400", 2)
    assert {row.import_id for row in group_rows(session, 1)} == {made.id}
    assert len(made.content_hash) == 64


def test_progress_is_told_to_the_end(session: Session, officer: Actor) -> None:
    told: list[tuple[int, int]] = []
    lines = [{"证件号码": number(serial)} for serial in range(1, 998)]
    lines += [{"证件号码": number(serial, date(1991, 1, 1))} for serial in range(1, 600)]
    good(session, officer, book(*lines), progress=lambda done, total: told.append((done, total)))
    assert told == [(1000, 1596), (1596, 1596)]


# How lists come


def test_titles_above_full_width_digits_and_other_names_of_columns_are_read(
    session: Session, officer: Actor
) -> None:
    wide = number(1).translate({ord(str(n)): ord(str(n)) + 0xFEE0 for n in range(10)})
    header = ("序号", "成员姓名", "身份证号码(必填)", "认定日期")
    content = book(header=header, above=("高昌区帮扶家庭名单", "2026年11月"))
    made = Workbook()
    page = made.active
    page.append(["高昌区帮扶家庭名单"])
    page.append(["2026年11月"])
    page.append(list(header))
    page.append([1, " 古丽娜尔•买买提 ", wide, "2026年1月5日"])
    page.append([2, "王 小强", number(2), 46027])
    file = io.BytesIO()
    made.save(file)
    assert content
    report = good(session, officer, file.getvalue())
    assert (report.rows, counted(report)) == (2, {"new_people": 2, "added": 2})
    assert group_rows(session, 1)[0].valid_from == date(2026, 1, 5)
    assert group_rows(session, 2)[0].valid_from == date(2026, 1, 5)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_in_any_usual_encoding_is_read(
    session: Session, officer: Actor, encoding: str
) -> None:
    content = csv_of(f"古丽娜尔·买买提,身份证,{number(1)},2026-1-1,,").decode().encode(encoding)
    assert counted(good(session, officer, content, name="名单.csv")) == {
        "new_people": 1,
        "added": 1,
    }


def test_every_sheet_of_a_book_is_read_but_the_instructions(
    session: Session, officer: Actor
) -> None:
    made = Workbook()
    first = made.active
    first.title = "亚尔镇"
    second, third = made.create_sheet("艾丁湖镇"), made.create_sheet("填表说明")
    for page, serial in ((first, 1), (second, 2)):
        page.append(["姓名", "证件号码", "有效期起"])
        page.append([LINE["姓名"], number(serial), "2026-01-01"])
    third.append(["请照证件填写"])
    file = io.BytesIO()
    made.save(file)
    assert good(session, officer, file.getvalue()).rows == 2
    second.append([LINE["姓名"], number(1), "2026-01-01"])
    file = io.BytesIO()
    made.save(file)
    [(sheet, row, _, why)] = places(run(session, officer, file.getvalue()))
    assert (sheet, row) == ("艾丁湖镇", 3)
    assert "“亚尔镇”第 2 行" in why


def test_one_first_day_may_be_given_for_the_whole_list(session: Session, officer: Actor) -> None:
    content = csv_of(f"古丽娜尔·买买提,{number(1)}", header="姓名,证件号码")
    report = run(session, officer, content, name="a.csv")
    assert [one.column for one in report.problems] == ["有效期起"]
    good(session, officer, content, name="a.csv", valid_from=date(2026, 3, 1))
    assert group_rows(session, 1)[0].valid_from == date(2026, 3, 1)
    own_day = csv_of(f"古丽娜尔·买买提,,{number(2)},2026-02-01,,", f"王强强,,{number(3)},,,")
    good(session, officer, own_day, name="a.csv", valid_from=date(2026, 3, 1))
    assert group_rows(session, 2)[0].valid_from == date(2026, 2, 1)
    assert group_rows(session, 3)[0].valid_from == date(2026, 3, 1)


def test_a_passport_and_a_permit_are_documents_too(session: Session, officer: Actor) -> None:
    lines = ({"证件类型": "护照", "证件号码": "E1234567"},
             {"证件类型": "回乡证", "证件号码": "H12345678"})  # fmt: skip
    assert good(session, officer, book(*lines)).new_people == 2


# What is wrong with a list


FAULTS: list[tuple[Mapping[str, Any], str, str]] = [
    ({"姓名": ""}, "A 姓名", t("publish.sheet.required")),
    ({"姓名": "王"}, "A 姓名", t("identity.name_length")),
    ({"姓名": "王@强"}, "A 姓名", t("identity.name_symbols", char="@")),
    ({"证件类型": "驾驶证"}, "B 证件类型", "看不懂这种证件"),
    ({"证件号码": ""}, "C 证件号码", t("publish.sheet.required")),
    ({"证件号码": "990000199001010018"}, "C 证件号码", t("identity.checksum")),
    ({"证件号码": "99000019900101001"}, "C 证件号码", t("identity.length", length=17)),
    ({"证件号码": "110101900307109"}, "C 证件号码", t("identity.fifteen_digits")),
    ({"证件号码": 990000199001010017}, "C 证件号码", t("person_cell.excel_number")),
    ({"证件号码": "990000199001010000"}, "C 证件号码", t("person_cell.excel_number")),
    ({"证件号码": "9.90000199001010E+17"}, "C 证件号码", t("person_cell.excel_number")),
    ({"证件类型": "护照", "证件号码": "!"}, "C 证件号码", t("identity.passport")),
    ({"有效期起": ""}, "D 有效期起", t("publish.sheet.required")),
    ({"有效期起": "去年"}, "D 有效期起", t("publish.sheet.not_a_date", value="去年")),
    ({"有效期起": "1026-01-01"}, "D 有效期起", t("facts_import.fault.day_range")),
    ({"有效期止": "2025-12-31"}, "E 有效期止", "比有效期起"),
    ({"有效期止": "2126-01-01"}, "E 有效期止", t("facts_import.fault.day_range")),
    ({"文件依据": "文" * 121}, "F 文件依据", t("publishing.fault.too_long", limit=120)),
]


@pytest.mark.parametrize(
    ("changes", "column", "reason"), FAULTS, ids=[str(n) for n in range(len(FAULTS))]
)
def test_a_bad_cell_is_named_and_nothing_of_the_list_is_written(
    session: Session, officer: Actor, changes: Mapping[str, Any], column: str, reason: str
) -> None:
    before = tables(session)
    report = run(session, officer, book({}, changes, {}, above=("名单",)))
    [(sheet, row, place, why)] = places(report)
    assert (sheet, row, place) == ("名单", 4, column)
    assert reason in why
    assert tables(session) == before
    assert counted(report) == {}


def test_every_fault_of_every_line_is_told_at_once(session: Session, officer: Actor) -> None:
    report = run(session, officer, book({"姓名": "", "有效期起": "x"}, {}, {"证件号码": "1"}))
    assert [(one.row, one.column[0]) for one in report.problems] == [(2, "A"), (2, "D"), (4, "C")]


def test_the_same_person_twice_is_told_with_the_first_line_and_without_the_number(
    session: Session, officer: Actor
) -> None:
    report = run(session, officer, book({}, {"证件号码": number(1)}))
    [(_, row, column, why)] = places(report)
    assert (row, column) == (3, "C 证件号码")
    assert "第 2 行" in why
    assert number(1) not in why


def test_a_number_of_somebody_called_otherwise_is_a_fault(session: Session, officer: Actor) -> None:
    registered(session, 2, "王小强")
    report = run(session, officer, book({}, {}))
    [(_, row, column, why)] = places(report)
    assert (row, column) == (3, "A 姓名")
    assert "王*强" in why
    assert group_rows(session, 1) == group_rows(session, 2) == []


@pytest.mark.parametrize(
    ("content", "name", "key"),
    [
        (b"", "a.xlsx", "publish.sheet.empty"),
        (b"PK\x03\x04nonsense", "a.xlsx", "publish.sheet.corrupt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "publish.sheet.old_xls"),
        (b"hello", "a.docx", "publish.sheet.not_a_sheet"),
        (b"\x00\x01", "a.csv", "publish.sheet.not_a_sheet"),
    ],
    ids=["empty", "corrupt", "old", "docx", "binary"],
)
def test_a_file_that_is_no_list_is_refused_in_words(
    session: Session, officer: Actor, content: bytes, name: str, key: str
) -> None:
    report = run(session, officer, content, name=name)
    assert [one.reason for one in report.problems] == [t(key)]


def test_a_sheet_without_the_columns_says_which_are_wanted(
    session: Session, officer: Actor
) -> None:
    report = run(session, officer, csv_of("a,b", header="甲,乙"), name="a.csv")
    assert "姓名、证件号码、有效期起" in report.problems[0].reason


# Whom a list may speak of


def test_children_are_left_out_and_hinder_nobody(session: Session, officer: Actor) -> None:
    child = {"证件号码": number(2, date(2015, 5, 5))}
    report = good(session, officer, book({}, child, {}))
    assert counted(report) == {"new_people": 2, "added": 2}
    assert [(one.row, one.column) for one in report.left_out] == [(3, "C 证件号码")]


def test_who_lives_elsewhere_is_left_out(session: Session, officer: Actor) -> None:
    here, there, nowhere = (registered(session, serial) for serial in (1, 2, 3))
    session.get_one(Person, here.person_id).residence_region = "650402"
    session.get_one(Person, there.person_id).residence_region = "650502"
    session.flush()
    report = good(session, officer, book({}, {}, {}))
    assert counted(report) == {"added": 2}
    assert [one.row for one in report.left_out] == [3]
    assert group_rows(session, 2) == []
    assert facts.my_facts(session, nowhere, now=NOW).groups


def test_nobody_puts_himself_on_a_list(session: Session) -> None:
    me = registered(session, 1)
    clerk = make.make_actor(session, Role.OFFICER)
    own = Actor(
        Role.OFFICER,
        account_id=clerk.account_id,
        person_id=me.person_id,
        region_code="650400",
    )
    report = good(session, own, book({}))
    assert (counted(report), len(report.left_out)) == ({}, 1)
    assert group_rows(session, 1) == []


@pytest.mark.parametrize("code", ["JUSTICE", "NO_PENSION", "WOMEN_SUITABLE", "", "NOBODY"])
def test_what_is_no_group_to_import_is_refused(session: Session, officer: Actor, code: str) -> None:
    with pytest.raises(BadInput):
        run(session, officer, book({}), group_code=code)


@pytest.mark.parametrize(
    "role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.EMPLOYER, Role.HELPER]
)
def test_only_officers_import(session: Session, role: Role) -> None:
    institution = make.make_institution(session) if role is Role.MANAGER else None
    actor = make.make_actor(session, role, institution=institution)
    with pytest.raises(Forbidden):
        run(session, actor, book({}))


def test_two_imports_and_a_statement_at_once_leave_one_row_each(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved, saved.begin():
        officers = [make.make_actor(saved, Role.OFFICER) for _ in range(3)]
        trainees = [registered(saved, serial) for serial in range(901, 921)]
    content = book(*[{"证件号码": number(serial)} for serial in range(901, 931)])
    moment: datetime = NOW

    def bring(actor: Actor) -> ImportReport:
        return in_transaction(lambda session: run(session, actor, content))

    def state(actor: Actor) -> Any:
        return in_transaction(
            lambda session: facts.declare_group(session, actor, code="AIDED_FAMILY", now=moment)
        )

    acts: list[Any] = [lambda who=who: bring(who) for who in officers]
    acts += [lambda who=who: state(who) for who in trainees]
    answers = together(acts)
    assert not any(isinstance(answer, Exception) for answer in answers)
    with Session(engine) as session:
        for serial in range(901, 931):
            assert [row.status for row in group_rows(session, serial)] == ["verified"]
