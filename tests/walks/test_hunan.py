"""Hunan's system (001_8d2ab4e4a1fcfae0.txt, (三), (四)): from four published catalogues, over a
supplement that a city files and the province accepts, to a class with real-name people on both
sides, that one can enrol in."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    Account,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.errors import BadInput, Forbidden
from portal.domain.identity import IdDocument, IdType
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import accounts
from portal.services.catalogue import ClassPlan, ClassQuery, SessionPlan, create_class, find_classes
from portal.services.public_catalogues import lists, shelf
from portal.services.public_catalogues.entry import entry_page
from portal.services.publication import contents, life, versions
from portal.services.supplements import answering, drafting, filing, views
from portal.services.supplements.words import EntryForm
from portal.services.times import day_of
from portal.services.unit import token_hash
from tests.support import acts
from tests.support import factories as make
from tests.support.policy import publish_packs
from tests.support.published import rows_of

NOW = make.NOW
HUNAN, CHANGSHA, FURONG = "430000", "430100", "430102"
USCC = "91990000MA00000012"
# The four catalogues of (三), and the programmes to which the supplement adds.
CATALOGUES: dict[str, dict[str, Any]] = {
    "subsidy_standard": {"region_code": HUNAN, "training_type": "JOB_SKILL"},
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


@dataclass
class Cast:
    """Who acts; the sessions of the services that save by themselves see them."""

    province: Actor
    city: Actor


@pytest.fixture
def saved(engine: Engine) -> Session:
    return Session(engine, expire_on_commit=False)


def published_by(session: Session, officer: Actor, kind: str, row: dict[str, Any]) -> str:
    """A draft, published by the officer under a document."""
    version = versions.create_draft(
        session,
        kind=kind,
        region_code=HUNAN,
        entries=[contents.entry_of(kind, rows_of(kind) | row)],
        doc_no="",
        source_name=f"{kind}.xlsx",
        effective_from=day_of(NOW),
    )
    return life.publish_version(
        session,
        officer,
        version_id=version.id,
        doc_no="湘人社发〔2026〕3号",
        effective_from=day_of(NOW),
        now=NOW,
    )


def plan_of(programme: TrainingProgramme, institution: Institution) -> ClassPlan:
    """Ten half days of four 课时, from next week on."""
    first = NOW + timedelta(days=7)
    sessions = [
        SessionPlan(
            first + timedelta(days=day),
            first + timedelta(days=day, minutes=180),
            4,
            "theory" if day < 2 else "practice",
            "绣房",
            "湘绣针法",
        )
        for day in range(10)
    ]
    return ClassPlan(
        programme_id=programme.id,
        institution_id=institution.id,
        class_no="CS2026-001",
        title="湘绣初级班",
        region_code=FURONG,
        site="教学楼",
        address="芙蓉区示例路1号",
        capacity=20,
        enrol_from=NOW - timedelta(days=1),
        enrol_until=first,
        sessions=sessions,
    )


def learner(session: Session) -> bytes:
    """Somebody who registers with name and document, and logs in."""
    document = IdDocument(IdType.RESIDENT_ID, "990000199105061232", date(1991, 5, 6), "1")
    form = accounts.Registration(document, "周芳", "13900008888", "Zhou-Fang-2026")
    account_id = accounts.register(session, ANONYMOUS, form=form, now=NOW)
    token = make.log_in(session, session.get_one(Account, account_id))
    session.commit()
    return token_hash(token)


def test_hunan_from_publication_to_enrolment(saved: Session) -> None:
    session = saved
    publish_packs(session, "hunan-*.toml")
    cast = Cast(
        make.make_actor(session, Role.OFFICER, region_code=HUNAN),
        make.make_actor(session, Role.OFFICER, region_code=CHANGSHA),
    )

    # 1. The province publishes the four catalogues and the programmes; the city may not.
    for kind, row in CATALOGUES.items():
        assert published_by(session, cast.province, kind, row) == "published"
    shown = {card.kind: card.row_count for card in shelf.shelf(session, ANONYMOUS, now=NOW)}
    assert {kind: shown[kind] for kind in CATALOGUES} == dict.fromkeys(CATALOGUES, 1)

    # 2. The city files a supplement. What the base has it cannot add.
    there = replace(ENTRY, subject="电工", code="CS-B02")
    with pytest.raises(BadInput) as refused:
        drafting.draft(session, cast.city, form=there, now=NOW)
    assert refused.value.reason == "supplements.subject_there"
    made = drafting.draft(session, cast.city, form=ENTRY, now=NOW)
    filing.file(session, cast.city, entry_ids=[made], doc_no="长人社函〔2026〕7号", now=NOW)

    # 3. Filed is not accepted: nobody finds it, no class can be opened for it.
    assert _titles(session, "湘绣") == []
    assert _programme(session) is None
    with pytest.raises(Forbidden):
        answering.accept(session, cast.city, entry_id=made, round_no=1, reason="同意备案", now=NOW)

    # 4. The province sends it back with a reason; the city corrects and files anew; accepted.
    answering.reject(
        session, cast.province, entry_id=made, round_no=1, reason="请写明实操内容", now=NOW
    )
    assert views.see(session, cast.city, entry_id=made, now=NOW).filings[0].answer
    better = replace(ENTRY, description="平针、掺针，绣一幅小品")
    drafting.correct(session, cast.city, entry_id=made, form=better, now=NOW)
    filing.file(session, cast.city, entry_ids=[made], doc_no="长人社函〔2026〕9号", now=NOW)
    answering.accept(
        session, cast.province, entry_id=made, round_no=2, reason="同意备案实施", now=NOW
    )
    assert _titles(session, "xiangxiu") == ["湘绣(初级)"]
    programme = _programme(session)
    assert programme is not None

    # 5. A listed institution, whose staff is known by name and document, opens a class for it.
    institution = session.scalars(select(Institution).where(Institution.uscc == USCC)).one()
    manager = make.make_actor(session, Role.MANAGER, institution=institution)
    class_id = create_class(session, manager, plan=plan_of(programme, institution), now=NOW)
    session.commit()
    found = find_classes(session, ANONYMOUS, query=ClassQuery(q="湘绣"), now=NOW)
    assert [card.id for card in found.items] == [str(class_id)]
    page = entry_page(session, ANONYMOUS, kind="programme", slug="CS-B01", now=NOW)
    assert (page.doc_no, page.classes.total) == ("长人社函〔2026〕9号", 1)
    assert [one.title for one in page.taught_by] == ["长沙示例职业培训学校"]

    # 6. A learner registers with name and document and enrols; both sides are real-name.
    who = learner(session)
    view = acts.enrol(who, class_id)
    assert view.status in ("accepted", "active")
    session.expire_all()
    enrolment = session.get_one(Enrolment, view.id)
    for person_id in (enrolment.person_id, manager.person_id):
        person = session.get_one(Person, person_id)
        assert person.name
        assert person.id_no_hash
        assert person.id_no_enc

    # 7. A new version of the base leaves the running class with what it was opened under (R53).
    in_transaction(lambda own: published_by(own, cast.province, "programme", _changed()) and None)
    session.expire_all()
    assert session.get_one(TrainingClass, class_id).programme_id == programme.id
    assert _titles(session, "湘绣") == ["湘绣(初级)"]


def _changed() -> dict[str, Any]:
    return CATALOGUES["programme"] | {"planned_hours": 90, "practice_hours": 60}


def _titles(session: Session, q: str) -> list[str]:
    found = lists.browse(session, ANONYMOUS, kind="programme", q=q, region=FURONG, now=NOW)
    return [card.title for card in found.items]


def _programme(session: Session) -> TrainingProgramme | None:
    return session.scalar(select(TrainingProgramme).where(TrainingProgramme.code == "CS-B01"))
