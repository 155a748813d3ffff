"""What an authority adds to archives, and what verified facts leave there."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import AuditEvent, PersonFact
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive, archive_lookup, facts, facts_verdicts
from portal.services import archive_chain as chain
from portal.services.archive_records import add_record
from portal.services.facts_values import Job
from tests.support.acts import together
from tests.support.factories import NOW, make_actor, make_institution, make_person, person_of
from tests.support.published import published


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


@pytest.fixture
def trainee(session: Session) -> Actor:
    actor = make_actor(session)
    person_of(session, actor).residence_region = "650402"
    session.flush()
    return actor


def award(session: Session, officer: Actor, person_id: Any, **fields: Any) -> Any:
    values = {
        "kind": "award",
        "title": "吐鲁番市技术能手",
        "issuer": "吐鲁番市人力资源和社会保障局",
        "occurred_on": date(2026, 6, 1),
        "now": NOW,
    }
    return add_record(session, officer, person_id=person_id, **values | fields)


@pytest.mark.parametrize(
    ("kind", "word"), [("award", "奖励荣誉"), ("competition", "技能竞赛"), ("military", "军事训练")]
)
def test_a_record_is_a_line_with_its_source_and_time(
    session: Session, officer: Actor, trainee: Actor, kind: str, word: str
) -> None:
    award(session, officer, trainee.the_person(), kind=kind, detail={"rank": "一等"})
    view = archive.my_archive(session, trainee, now=NOW)
    [line] = view.lines
    assert (line.subject, line.subject_label, line.status_label) == (kind, word, "已记录")
    assert (line.title, line.institution_name) == (
        "吐鲁番市技术能手", "吐鲁番市人力资源和社会保障局",
    )  # fmt: skip
    assert (line.source, line.recorded_at, line.ends_on) == ("本平台记录", NOW, date(2026, 6, 1))
    assert (view.trainings, view.hours, view.certificates) == (0, 0, 0)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "archive.add_record")
    ).all()[-1]
    assert (event.on_behalf_of, event.detail) == (trainee.person_id, {"kind": kind})


LISTED: dict[str, Any] = {"number": "TLF-JS-01", "name": "吐鲁番市职业技能大赛", "year": 2026}


@pytest.mark.parametrize(
    "title", ["吐鲁番市 职业技能大赛", "tlf-js-01", "吐鲁番市职业技能大赛 TLF-JS-01"]
)
def test_a_competition_of_the_list_bears_its_name_number_and_host(
    session: Session, officer: Actor, trainee: Actor, title: str
) -> None:
    published(session, "competition", LISTED)
    fields = {"kind": "competition", "title": title, "issuer": ""}
    line = award(session, officer, trainee.the_person(), **fields)
    assert (line.title, line.institution_name) == (LISTED["name"], "示例人力资源和社会保障局")
    assert line.detail["competition_no"] == "TLF-JS-01"


def test_of_two_competitions_of_one_name_the_number_says_which(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    published(session, "competition", LISTED, LISTED | {"number": "TLF-JS-02"})
    fields = {"kind": "competition", "title": LISTED["name"]}
    with pytest.raises(BadInput) as refused:
        award(session, officer, trainee.the_person(), **fields)
    assert refused.value.params["numbers"] == "TLF-JS-01、TLF-JS-02"
    line = award(session, officer, trainee.the_person(), **fields | {"title": "TLF-JS-02"})
    assert line.detail["competition_no"] == "TLF-JS-02"


def test_the_competitions_of_a_year_are_those_of_the_lists_that_reach_the_region(
    session: Session, officer: Actor
) -> None:
    published(session, "competition", LISTED, LISTED | {"number": "TLF-JS-09", "name": "旧名"})
    # The later version says how it is called; what it leaves out was filed all the same.
    published(session, "competition", LISTED | {"name": "吐鲁番市第一届技能大赛"})
    published(session, "competition", LISTED | {"number": "XJ-01"}, region="650000")
    published(session, "competition", LISTED | {"number": "QD-01"}, region="370200")
    published(session, "competition", LISTED | {"number": "CN-01", "year": 2025}, region="000000")
    found = archive_lookup.competitions_of(session, officer, year=2026)
    assert [(one.number, one.name) for one in found] == [
        ("TLF-JS-01", "吐鲁番市第一届技能大赛"), ("TLF-JS-09", "旧名"),
        ("XJ-01", LISTED["name"]),
    ]  # fmt: skip
    assert archive_lookup.competitions_of(session, officer, year=2024) == ()


def test_only_officers_are_offered_competitions(session: Session, trainee: Actor) -> None:
    for actor, error in ((ANONYMOUS, Unauthenticated), (trainee, Forbidden)):
        with pytest.raises(error):
            archive_lookup.competitions_of(session, actor, year=2026)


@pytest.mark.parametrize(
    ("kind", "region", "year", "taken"),
    [
        ("competition", "650400", 2026, False),
        # The list of a year says nothing of another, nor of another city; an honour is not in it.
        ("competition", "650400", 2024, True),
        ("competition", "370200", 2026, True),
        ("award", "650400", 2026, True),
    ],
)
def test_what_the_list_of_its_year_does_not_name_is_no_competition(
    session: Session, officer: Actor, trainee: Actor, kind: str, region: str, year: int, taken: bool
) -> None:
    published(session, "competition", LISTED, region=region)
    fields = {"kind": kind, "title": "某商场擂台赛", "occurred_on": date(year, 6, 1)}
    if taken:
        assert award(session, officer, trainee.the_person(), **fields)
        return
    with pytest.raises(BadInput) as refused:
        award(session, officer, trainee.the_person(), **fields)
    assert (refused.value.field, refused.value.reason) == ("title", "archive.refused.competition")


def test_an_officer_adds_nothing_to_the_archive_of_somebody_elsewhere(
    session: Session, trainee: Actor
) -> None:
    for region in ("650421", "653200"):
        with pytest.raises(NotFound):
            award(
                session, make_actor(session, Role.OFFICER, region_code=region), trainee.the_person()
            )
    assert chain.entries_of(session, trainee.the_person()) == []


def test_the_same_record_again_adds_nothing(engine: Engine) -> None:
    officer, person_id = in_transaction(
        lambda session: (
            make_actor(session, Role.OFFICER),
            make_person(session, residence_region="650402").id,
        )
    )
    answers = together(
        [lambda: in_transaction(lambda session: award(session, officer, person_id).id)] * 6
    )
    assert len(set(answers)) == 1
    with Session(engine) as session:
        assert len(chain.entries_of(session, person_id)) == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "class"}, "kind"),
        ({"kind": "subsidy"}, "kind"),
        ({"title": "  "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"issuer": "a\u202eb"}, "issuer"),
        ({"occurred_on": date(2026, 12, 2)}, "occurred_on"),
    ],
)
def test_a_record_that_says_nothing_or_too_much_is_refused(
    session: Session, officer: Actor, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(BadInput) as refused:
        award(session, officer, make_person(session).id, **fields)
    assert refused.value.params["field"] == wrong


def test_nobody_but_an_authority_adds_records(session: Session, trainee: Actor) -> None:
    with pytest.raises(Unauthenticated):
        award(session, ANONYMOUS, trainee.person_id)
    manager = make_actor(session, Role.MANAGER, institution=make_institution(session))
    for actor in (trainee, manager, make_actor(session, Role.AUDITOR)):
        with pytest.raises(Forbidden):
            award(session, actor, trainee.person_id)


def test_a_record_needs_a_person(session: Session, officer: Actor) -> None:
    with pytest.raises(NotFound):
        award(session, officer, new_id())


def works(session: Session, trainee: Actor, **job: Any) -> PersonFact:
    job = {"employer_name": "火焰山食品有限公司", "hired_on": date(2025, 3, 1)} | job
    facts.declare_employment(session, trainee, job=Job(**job), now=NOW)
    query = select(PersonFact).where(
        PersonFact.person_id == trainee.person_id,
        PersonFact.kind == "employment",
        PersonFact.status == "declared",
    )
    return session.scalars(query).one()


def test_a_job_is_on_record_once_it_is_verified(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    fact = works(session, trainee)
    assert archive.my_archive(session, trainee, now=NOW).lines == ()
    facts_verdicts.verify_fact(session, officer, check_id=fact.id, now=NOW)
    [line] = archive.my_archive(session, trainee, now=NOW).lines
    assert (line.subject, line.status_label) == ("employment", "已核实")
    assert (line.institution_name, line.starts_on) == ("火焰山食品有限公司", date(2025, 3, 1))


def test_a_job_that_was_refused_leaves_no_line(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    fact = works(session, trainee)
    facts_verdicts.refuse_fact(session, officer, check_id=fact.id, reason="查无此人", now=NOW)
    assert archive.my_archive(session, trainee, now=NOW).lines == ()


def test_a_job_that_ended_is_said_in_place_of_the_line(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    fact = works(session, trainee)
    facts_verdicts.verify_fact(session, officer, check_id=fact.id, now=NOW)
    later: datetime = NOW + timedelta(days=40)
    facts.report_wrong(session, trainee, fact_id=fact.id, reason="已经离职了", now=later)
    facts_verdicts.end_fact(session, officer, check_id=fact.id, reason="已核实离职", now=later)
    [line] = archive.my_archive(session, trainee, now=later).lines
    assert (line.status_label, line.ends_on) == ("已结束", date(2027, 1, 10))
    [fixed] = line.corrections
    assert fixed.reason == "已核实离职"
    assert ("结果", "已核实", "已结束") in [(c.label, c.before, c.after) for c in fixed.changes]
