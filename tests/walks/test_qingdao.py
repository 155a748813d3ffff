"""Qingdao's system (004_059107caffeb95d4.txt): catalogues that move, an enterprise that files to
evaluate its own people, competitions of the published list, the pool of talent that people join,
and the quarterly report."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from portal.domain.errors import BadInput
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import (
    archive,
    archive_chain,
    archive_records,
    external_certificates,
    external_checks,
    talent,
    talent_consent,
)
from portal.services.opening import sending
from portal.services.oversight import targets
from portal.services.oversight.target_lines import documents
from portal.services.public_catalogues import lists, log
from portal.services.public_catalogues.entry import entry_page
from portal.services.self_evaluation import assessing, filing, views
from portal.services.self_evaluation.filing import EvaluationForm
from portal.services.talent import TalentQuery
from portal.services.times import day_of
from tests.support import factories as make
from tests.support import openings
from tests.support.tallies import settle
from tests.walks.support import ENDED, NOTICED, NOW, Learner, School, Walk, walking

QINGDAO, SHIBEI, HUANGDAO = "370200", "370203", "370211"
PACK, TOTAL = "qingdao-2021", "target:training_total"
USCC, ENTERPRISE = "91990000MA00000012", "91990000MA00000039"
FIRST_DOC, SECOND_DOC = "青人社字〔2026〕3号", "青人社字〔2026〕9号"
ELECTRICIAN, AMOUNT = "6-31-01-03", 70_000
PROGRAMME: dict[str, Any] = {
    "code": "QD-1",
    "title": "电工(五级)",
    "pack": PACK,
    "plan": "2",
    "level": 1,
    "training_type": "ON_JOB_UP",
    "occupation_code": ELECTRICIAN,
    "planned_hours": 8,
    "theory_hours": 5,
    "practice_hours": 3,
}
ADDED = PROGRAMME | {
    "code": "QD-2",
    "title": "跨境电商",
    "occupation_code": None,
    "level": None,
    "topic_code": "CROSS_BORDER",
}
COMPETITION: dict[str, Any] = {
    "number": "QD-JS-2026-01",
    "name": "青岛市第十九届职业技能大赛",
    "grade": "prefecture_1",
    "host": "青岛市人力资源和社会保障局",
    "held_on": "2026-12-18",
}


@pytest.fixture(scope="module")
def walk(engine: Engine) -> Iterator[Walk]:
    with walking(engine, QINGDAO, "qingdao-*.toml") as made:
        yield made


def test_qingdao_from_publication_to_report(walk: Walk) -> None:
    school = dynamic_catalogues(walk)
    people = learn(walk, school)
    self_evaluation(walk, people)
    competitions(walk, people)
    talent_pool(walk, people)
    the_target(walk, len(people))
    the_quarter(walk, len(people))


def dynamic_catalogues(walk: Walk) -> School:
    """二(二)2: trades, institutions and bodies are published anew when they change; what changed
    is public, and what counts is the version in force when a class is applied for (R53)."""
    session = walk.session
    walk.publish("programme", PROGRAMME, doc_no=FIRST_DOC)
    walk.publish("institution", {"uscc": USCC, "region_code": SHIBEI}, doc_no=FIRST_DOC)
    amount = {"region_code": QINGDAO, "training_type": "ON_JOB_UP", "amount_fen": AMOUNT}
    walk.publish(
        "subsidy_standard", amount | {"occupation_code": None, "level": None}, doc_no=FIRST_DOC
    )
    walk.publish("assessment_body", {"region_code": QINGDAO, "batch": 1}, doc_no=FIRST_DOC)
    school = walk.school(USCC)
    old = openings.filled(session, walk.opening_school(school, "QD-1"))
    session.commit()

    walk.publish("programme", PROGRAMME | {"title": "电工(五级，新)"}, ADDED, doc_no=SECOND_DOC)
    told = log.catalogue_log(session, ANONYMOUS, kind="programme", region=QINGDAO, now=NOW)
    newest = told.lines[0]
    assert (newest.version.doc_no, newest.added, newest.changed) == (SECOND_DOC, 1, 1)
    page = entry_page(session, ANONYMOUS, kind="programme", slug="QD-1", now=NOW)
    assert (page.changes[0].what, page.changes[0].doc_no) == ("changed", SECOND_DOC)
    with pytest.raises(OpeningRefused):
        sending.submit(session, school.manager, opening_id=old, now=NOW)
    session.rollback()
    return school


def learn(walk: Walk, school: School) -> list[Learner]:
    """Five who work in Shibei learn and are examined; the school is paid for them."""
    class_id = walk.open_class(school, "QD-1")
    names = ("王伟", "李娜", "张敏", "刘洋", "陈静")
    people = [walk.learner(name, home=SHIBEI) for name in names]
    for who in people:
        assert walk.enrol(class_id, who) == "accepted"
    walk.teach(class_id, school, *people)
    walk.finish(class_id, school, *people)
    assert walk.pay(walk.claim(class_id, school, *people)) == len(people) * AMOUNT
    return people


def self_evaluation(walk: Walk, people: list[Learner]) -> None:
    """二(三)1: an enterprise files, is returned once, is assessed and filed; the next version of
    the list of bodies names it, and what it certifies is verified as of one that was filed."""
    session = walk.session
    employer = make.make_employer(
        session, name="青岛示例装备有限公司", uscc=ENTERPRISE, region_code=HUANGDAO
    )
    boss = make.make_actor(session, Role.EMPLOYER, employer=employer)
    form = EvaluationForm("电工", (2, 3), "依据国家职业技能标准，理论笔试、实操现场考", 60, True)
    first = filing.file(session, boss, form=form, now=NOW)
    assert [one.id for one in views.desk(session, walk.officer, now=NOW).items] == [first]
    why = "请写明考评人员"
    assessing.send_back(session, walk.officer, filing_id=first, reason=why, now=NOW)
    made = filing.file(session, boss, form=replace(form, plan=f"{form.plan}，考评员三人"), now=NOW)
    assessing.accept(
        session,
        walk.officer,
        filing_id=made,
        points=assessing.POINTS,
        doc_no=SECOND_DOC,
        valid_until=date(2029, 11, 30),
        now=NOW,
    )
    session.commit()
    assert employer.level_linked_pay is True
    assert [one.standing for one in views.own(session, boss, now=NOW)] == ["accepted", "returned"]

    body = {"region_code": QINGDAO, "batch": 1}
    filed = {"uscc": ENTERPRISE, "name": employer.name, "region_code": HUANGDAO, "batch": 2}
    walk.publish("assessment_body", body, filed, doc_no=SECOND_DOC)
    listed = lists.browse(session, ANONYMOUS, kind="assessment_body", q="示例装备", now=NOW)
    assert len(listed.items) == 1

    paper = {
        "kind": "ENT_SELF",
        "number": "QD-ZP-0001",
        "issuer": employer.name,
        "level": "2",
        "occupation_name": "电工",
        "occupation_code": ELECTRICIAN,
        "issued_on": day_of(ENDED).isoformat(),
    }
    brought = external_certificates.add(session, people[0].actor, form=paper, image=None, now=ENDED)
    seen = external_checks.see_external(session, walk.officer, external_id=brought, now=ENDED)
    assert SECOND_DOC in seen.filing
    external_checks.verify_external(
        session,
        walk.officer,
        external_id=brought,
        points=external_checks.POINTS,
        basis="original",
        now=ENDED,
    )
    session.commit()
    lines = archive.my_archive(session, people[0].actor, now=ENDED).lines
    assert employer.name in {line.institution_name for line in lines}


def competitions(walk: Walk, people: list[Learner]) -> None:
    """二(四)4, 6: the list of competitions is public; only one of the list goes into an archive,
    which its holder reads (M18)."""
    session, who = walk.session, people[0]
    walk.publish("competition", COMPETITION, doc_no=FIRST_DOC)
    found = lists.browse(session, ANONYMOUS, kind="competition", q="技能大赛", now=NOW)
    assert [card.title for card in found.items] == [COMPETITION["name"]]
    won = {
        "person_id": who.person_id,
        "kind": archive_chain.COMPETITION,
        "issuer": COMPETITION["host"],
        "occurred_on": date(2026, 12, 18),
        "detail": {"result": "一等奖", "level": "prefecture_1"},
        "now": ENDED,
    }
    with pytest.raises(BadInput) as refused:
        archive_records.add_record(session, walk.officer, title="某商场技能擂台赛", **won)
    assert refused.value.reason == "archive.refused.competition"
    line = archive_records.add_record(session, walk.officer, title=COMPETITION["name"], **won)
    session.commit()
    assert line.detail["competition_no"] == COMPETITION["number"]
    own = archive.my_archive(session, who.actor, now=ENDED)
    assert COMPETITION["name"] in {one.title for one in own.lines}


def talent_pool(walk: Walk, people: list[Learner]) -> None:
    """二(七)2: whoever agrees is in the pool; the office reads how many hold what, and nothing of
    fewer than five."""
    session = walk.session
    for who in people[:4]:
        talent_consent.join(session, who.actor, version=talent_consent.VERSION, now=ENDED)
    query = TalentQuery(family="", part=SHIBEI)
    assert talent.search(session, walk.officer, query=query, now=ENDED).people == 0
    talent_consent.join(session, people[4].actor, version=talent_consent.VERSION, now=ENDED)
    found = talent.search(session, walk.officer, query=query, now=ENDED)
    session.commit()
    assert [(row.occupation, row.kind) for row in found.rows] == [("电工", "培训合格证书")]
    assert (found.people, found.certificates) == (5, 5)


def the_target(walk: Walk, people: int) -> None:
    """力争每年开展各类补贴性职业培训10万人次: the year's number and what was done."""
    settle(walk.session)
    walk.session.commit()
    (document,) = [one for one in documents(walk.session, this_year=2026) if one.pack_id == PACK]
    line = document.line(TOTAL)
    assert (line.amount, line.each_year) == (100_000, True)
    tree = targets.tree(
        walk.session, walk.officer, pack_id=PACK, line=TOTAL, year=2026, now=NOTICED
    )
    assert tree is not None
    assert tree.node.done == people


def the_quarter(walk: Walk, people: int) -> None:
    """By district, by measure of the document, by institution."""
    content = walk.report()
    (district,) = content["counties"]
    assert (district["county"], district["person_times"]) == (SHIBEI, people)
    (plan,) = content["plans"]
    assert (plan["plan_no"], plan["certificates"]) == ("2", people)
    assert content["total"]["paid_fen"] == people * AMOUNT
