"""Hunan's system (001_8d2ab4e4a1fcfae0.txt, (三), (四)): from four published catalogues, over a
supplement that a city files and the province accepts, and a class that a listed institution
applies to open, with real-name people on both sides, to the quarterly report."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    ClassOpening,
    Institution,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services.catalogue import ClassQuery, find_classes
from portal.services.opening import deciding
from portal.services.public_catalogues import lists, shelf
from portal.services.public_catalogues.entry import entry_page
from portal.services.supplements import answering, drafting, filing, views
from portal.services.supplements.words import EntryForm
from tests.support import factories as make
from tests.support import openings
from tests.walks.support import ENROLS, NOW, School, Walk, walking

HUNAN, CHANGSHA, FURONG = "430000", "430100", "430102"
USCC = "91990000MA00000012"
DOC = "湘人社发〔2026〕3号"
AMOUNT = 90_000
# The four catalogues of (三), and the programmes to which the supplement adds.
CATALOGUES: dict[str, dict[str, Any]] = {
    "subsidy_standard": {
        "region_code": HUNAN,
        "training_type": "JOB_SKILL",
        "amount_fen": AMOUNT,
        "occupation_code": None,
        "level": None,
    },
    "institution": {"uscc": USCC, "name": "长沙示例职业培训学校", "region_code": FURONG},
    "assessment_body": {"region_code": HUNAN},
    "qualification": {},
    "programme": {"pack": "hunan-2018", "plan": "八", "training_type": "JOB_SKILL"},
}
ENTRY = EntryForm(
    title="湘绣(初级)",
    plan="hunan-2018:八",
    training_type="JOB_SKILL",
    subject="抽纱刺绣工",
    level="2",
    theory_hours="8",
    practice_hours="32",
    why="湘绣是本地特色产业，绣工断档，群众愿意学",
    code="CS-B01",
)


@pytest.fixture(scope="module")
def walk(engine: Engine) -> Iterator[Walk]:
    with walking(engine, HUNAN, "hunan-*.toml") as made:
        yield made


def test_hunan_from_publication_to_report(walk: Walk) -> None:
    city = make.make_actor(walk.session, Role.OFFICER, region_code=CHANGSHA)
    four_catalogues(walk, city)
    supplement(walk, city)
    people = 2
    school, class_id = open_class(walk, city)
    learn_and_claim(walk, school, class_id, people)
    the_running_class_keeps_its_programme(walk, class_id)
    the_quarter(walk, people)


def four_catalogues(walk: Walk, city: Actor) -> None:
    """The province publishes the four and the programmes; everybody can read them."""
    for kind, row in CATALOGUES.items():
        walk.publish(kind, row, doc_no=DOC)
    cards = shelf.shelf(walk.session, ANONYMOUS, now=NOW)
    shown = {card.kind: card.row_count for card in cards}
    assert {kind: shown[kind] for kind in CATALOGUES} == dict.fromkeys(CATALOGUES, 1)
    there = replace(ENTRY, subject="电工", code="CS-B02")
    with pytest.raises(BadInput) as refused:
        drafting.draft(walk.session, city, form=there, now=NOW)
    assert refused.value.reason == "supplements.subject_there"


def supplement(walk: Walk, city: Actor) -> None:
    """The city adds a local trade and files it; only what the province accepts is live (R52)."""
    session, province = walk.session, walk.officer
    made = drafting.draft(session, city, form=ENTRY, now=NOW)
    filing.file(session, city, entry_ids=[made], doc_no="长人社函〔2026〕7号", now=NOW)
    assert _titles(session, "湘绣") == []
    assert _programme(session) is None
    with pytest.raises(Forbidden):
        answering.accept(session, city, entry_id=made, round_no=1, reason="同意备案", now=NOW)
    answering.reject(session, province, entry_id=made, round_no=1, reason="请写明实操内容", now=NOW)
    assert views.see(session, city, entry_id=made, now=NOW).filings[0].answer
    better = replace(ENTRY, description="平针、掺针，绣一幅小品")
    drafting.correct(session, city, entry_id=made, form=better, now=NOW)
    filing.file(session, city, entry_ids=[made], doc_no="长人社函〔2026〕9号", now=NOW)
    answering.accept(session, province, entry_id=made, round_no=2, reason="同意备案实施", now=NOW)
    session.commit()
    assert _titles(session, "xiangxiu") == ["湘绣(初级)"]


def open_class(walk: Walk, city: Actor) -> tuple[School, Any]:
    """The institution applies with plan, teacher, place and examination; what does not fit the
    catalogue cannot be sent; the city's officer returns it once, and approves it when corrected."""
    session, school = walk.session, walk.school(USCC)
    own = walk.opening_school(school, "CS-B01")
    short = openings.filled(session, own)
    openings.drafting.remove_meeting(session, school.manager, opening_id=short, key="w1", now=NOW)
    with pytest.raises(OpeningRefused):
        openings.sending.submit(session, school.manager, opening_id=short, now=NOW)
    key = openings.sent(session, own, where={"address": "芙蓉区示例路1号"})
    elsewhere = make.make_actor(session, Role.OFFICER, region_code="430200")
    with pytest.raises(NotFound):
        openings.seen(session, elsewhere, key)
    deciding.send_back(
        session,
        city,
        opening_id=key,
        seen=openings.seen(session, city, key),
        steps=["where"],
        reason="请写明绣房的门牌",
        now=NOW,
    )
    openings.put(session, own, key, "where", **openings.WHERE | {"address": "芙蓉区示例路1号3楼"})
    openings.sending.submit(session, school.manager, opening_id=key, now=NOW)
    seen = openings.seen(session, city, key)
    class_id = deciding.approve(session, city, opening_id=key, seen=seen, now=NOW)
    session.commit()
    assert session.get_one(ClassOpening, key).version_no == 2
    found = find_classes(session, ANONYMOUS, query=ClassQuery(q="湘绣"), now=ENROLS)
    assert [card.id for card in found.items] == [str(class_id)]
    page = entry_page(session, ANONYMOUS, kind="programme", slug="CS-B01", now=ENROLS)
    assert (page.doc_no, page.classes.total) == ("长人社函〔2026〕9号", 1)
    assert [one.title for one in page.taught_by] == ["长沙示例职业培训学校"]
    return school, class_id


def learn_and_claim(walk: Walk, school: School, class_id: Any, people: int) -> None:
    """Both sides are real-name (I1): no seat and no lesson without a name and a document; the
    institution has its code and licence of the catalogue."""
    learners = [walk.learner(name) for name in ("周芳", "刘洋", "陈晨")][:people]
    for who in learners:
        assert walk.enrol(class_id, who) == "accepted"
    walk.known_by_name(
        *[walk.enrolment(who).person_id for who in learners],
        school.manager.the_person(),
        school.teacher.the_person(),
    )
    own = walk.session.scalars(select(Institution).where(Institution.uscc == USCC)).one()
    assert own.license_no
    walk.teach(class_id, school, *learners)
    walk.finish(class_id, school, *learners)
    assert walk.pay(walk.claim(class_id, school, *learners)) == people * AMOUNT


def the_running_class_keeps_its_programme(walk: Walk, class_id: Any) -> None:
    """A new version of the base leaves a class with what it was opened under (R53)."""
    before = walk.session.get_one(TrainingClass, class_id).programme_id
    changed = CATALOGUES["programme"] | {"planned_hours": 90, "practice_hours": 60}
    walk.publish("programme", changed, doc_no="湘人社发〔2026〕8号")
    walk.session.expire_all()
    assert walk.session.get_one(TrainingClass, class_id).programme_id == before
    assert _titles(walk.session, "湘绣") == ["湘绣(初级)"]


def the_quarter(walk: Walk, people: int) -> None:
    """What was done stands in the province's report, under the city and the document's clause."""
    content = walk.report()
    (city,) = content["counties"]
    assert (city["county"], city["person_times"], city["hours"]) == (CHANGSHA, people, people * 40)
    (plan,) = content["plans"]
    assert (plan["pack_id"], plan["plan_no"]) == ("hunan-2018", "八")
    assert content["total"]["paid_fen"] == people * AMOUNT
    steps = ("supplement.file", "supplement.accept", "opening.approved", "report.freeze")
    query = select(AuditEvent.action, func.count()).where(AuditEvent.action.in_(steps))
    kept = dict(walk.session.execute(query.group_by(AuditEvent.action)).tuples().all())
    assert set(kept) == set(steps)


def _titles(session: Session, q: str) -> list[str]:
    found = lists.browse(session, ANONYMOUS, kind="programme", q=q, region=FURONG, now=NOW)
    return [card.title for card in found.items]


def _programme(session: Session) -> TrainingProgramme | None:
    return session.scalar(select(TrainingProgramme).where(TrainingProgramme.code == "CS-B01"))
