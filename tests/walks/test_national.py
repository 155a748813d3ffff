"""The national system (003_52e322ee7afdef7d.txt): a family that is helped says what it wants to
learn before there is a class, is told when there is one, learns free of charge, goes first where
seats are few, and takes the examination of a special skill; the quarterly report says it all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from portal.db.models import Certificate, Notice, TrainingClass, TrainingNeed
from portal.db.vault import get_vault
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS, SYSTEM, Role
from portal.services import (
    archive,
    certificate_drafts,
    free_check,
    needs,
    needs_matching,
    needs_report,
    verification,
    waiting_list,
)
from portal.services.certificate_drafts import Holder
from portal.services.claims import filing, opening, review
from portal.services.free_check import Question
from portal.services.need_terms import check_wish
from portal.services.oversight import targets
from portal.services.oversight.target_lines import documents
from portal.services.public_catalogues import lists
from portal.services.times import day_of
from tests.support import factories as make
from tests.support import openings
from tests.support.tallies import settle
from tests.support.tasks import run_pending
from tests.walks.support import ENDED, ENROLS, NOTICED, NOW, Learner, School, Walk, walking

NATIONAL, XINJIANG, HOTAN = "000000", "650000", "653200"
PACK, TOTAL = "rural-revitalisation-2021", "target:training_total"
USCC, DOC = "91990000MA00000012", "人社部函〔2026〕3号"
TAUGHT_AMOUNT, EXAMINED_AMOUNT = 60_000, 15_000
SKILL, CRAFT = "LOCAL_SPECIALTY", "6-29-01-07"


@dataclass
class Cast:
    """The families that are helped, somebody else, and where they learn."""

    school: School
    aided: list[Learner]
    other: Learner


@pytest.fixture(scope="module")
def walk(engine: Engine) -> Iterator[Walk]:
    with walking(engine, NATIONAL, "rural-*.toml") as made:
        yield made


def test_the_country_from_publication_to_report(walk: Walk) -> None:
    publish_all(walk)
    cast = aided_families(walk)
    unmet_need(walk, cast)
    special_skill(walk, cast)
    first_in_line(walk, cast)
    the_target(walk)
    the_quarter(walk, cast)


def publish_all(walk: Walk) -> None:
    """The norms of special skills, the programmes of tasks 4 and 6, and what is paid for them."""
    walk.publish(
        "special_skill",
        {"number": "ZX-2026-01", "name": "艾德莱斯绸织造", "purpose": "heritage", "hours": 8},
        {"number": "ZX-2026-02", "name": "核桃嫁接", "purpose": "rural", "hours": 8},
        doc_no=DOC,
    )
    usual = {"pack": PACK, "planned_hours": 8, "theory_hours": 5, "practice_hours": 3}
    walk.publish(
        "programme",
        usual
        | {
            "code": "XC-4",
            "title": "艾德莱斯绸织造",
            "plan": "4",
            "level": None,
            "training_type": "SPECIAL_SKILL",
            "occupation_code": None,
            "topic_code": SKILL,
            "certificate_kind": "SPECIAL",
        },
        usual
        | {
            "code": "XC-6",
            "title": "乡村工匠(初级)",
            "plan": "6",
            "level": 1,
            "training_type": "JOB_SKILL",
            "occupation_code": CRAFT,
        },
        doc_no=DOC,
    )
    walk.publish("institution", {"uscc": USCC, "region_code": HOTAN}, doc_no=DOC)
    body = {"evaluation": "special_skill", "trade": "艾德莱斯绸织造", "occupation_code": None}
    walk.publish("assessment_body", body | {"region_code": HOTAN, "levels": []}, doc_no=DOC)
    amount = {"region_code": NATIONAL, "occupation_code": None, "level": None}
    walk.publish(
        "subsidy_standard",
        amount | {"training_type": "SPECIAL_SKILL", "amount_fen": TAUGHT_AMOUNT},
        amount
        | {
            "training_type": "SPECIAL_SKILL",
            "kind": "assessment_subsidy",
            "amount_fen": EXAMINED_AMOUNT,
        },
        amount | {"training_type": "JOB_SKILL", "amount_fen": TAUGHT_AMOUNT},
        doc_no=DOC,
    )
    found = lists.browse(walk.session, ANONYMOUS, kind="special_skill", q="嫁接", now=NOW)
    assert [card.title for card in found.items] == ["核桃嫁接"]


def aided_families(walk: Walk) -> Cast:
    """Who belongs to one is verified; anybody may ask what such a family is promised (R05)."""
    aided = [walk.learner(name, home=HOTAN) for name in ("帕提古丽", "吐尔逊")]
    for who in aided:
        walk.belongs(who, "AIDED_FAMILY")
    asked = Question(HOTAN, ("AIDED_FAMILY",), "none", (), "JOB_SKILL")
    told = free_check.could_i_go_free(walk.session, ANONYMOUS, question=asked, now=NOW)
    assert told.outcome == "free"
    assert told.basis[0].clause == "四(三)"
    return Cast(walk.school(USCC), aided, walk.learner("刘建国", home=HOTAN))


def unmet_need(walk: Walk, cast: Cast) -> None:
    """R56: a wish for which there is no class is written down and counted, of families that are
    helped apart; it is told to whoever oversees the place, and nobody else; a class answers it."""
    session, who = walk.session, cast.aided[0]
    wish = check_wish(subject=SKILL, region=HOTAN, month="2026-12", today=day_of(NOW))
    recorded = needs.record(session, who.actor, wish=wish, now=NOW)
    assert recorded.near == ()
    needs.record(session, cast.other.actor, wish=wish, now=NOW)
    session.commit()
    assert counted(walk) == (2, 1, 1)
    turpan = make.make_actor(session, Role.OFFICER, region_code="650400")
    with pytest.raises(NotFound):
        needs_report.needs_report(session, turpan, within=HOTAN, now=NOW)

    class_id = walk.open_class(cast.school, "XC-4", exam={"body": "示例评价中心"})
    batch = needs_matching.match_batch(session, SYSTEM, class_id=class_id, after=None, now=ENROLS)
    session.commit()
    assert batch.told == 2
    news = select(Notice).where(Notice.person_id == who.person_id, Notice.ref_id == class_id)
    assert session.scalars(news).first() is not None
    for one in (who, cast.other):
        assert walk.enrol(class_id, one) == "accepted"
    needs_matching.settle(session, SYSTEM, now=ENROLS)
    session.commit()
    need = select(TrainingNeed.state).where(TrainingNeed.person_id == who.person_id)
    assert session.scalars(need).all() == ["met"]
    assert counted(walk) == (0, 0, 0)
    walk.teach(class_id, cast.school, who, cast.other)
    walk.finish(class_id, cast.school, who, cast.other)
    claim_id = walk.claim(class_id, cast.school, who, cast.other)
    assert walk.pay(claim_id) == 2 * TAUGHT_AMOUNT


def counted(walk: Walk) -> tuple[Any, ...]:
    """Open wishes: people, those of families that are helped, and of these without a seat."""
    found = needs_report.needs_report(walk.session, walk.officer, now=ENROLS)
    return found.total.people, found.total.aided, found.aided_waiting


def special_skill(walk: Walk, cast: Cast) -> None:
    """三(四): the examination of a special skill gives a certificate without a level, and money
    for the examination besides that for the training (R12); the archive keeps both."""
    session, who = walk.session, cast.aided[0]
    person = make.person_of(session, who.actor)
    number = get_vault().open("id_no", person.id_no_enc)
    made = certificate_drafts.start(
        session,
        walk.officer,
        kind="SPECIAL",
        holder=Holder(id_type="resident_id", id_no=number, name=person.name),
        form={"title": "艾德莱斯绸织造", "result": "合格"},
        now=ENDED,
    )
    certificate_drafts.issue_draft(session, walk.officer, draft_id=made.id, now=ENDED)
    session.commit()
    held = select(Certificate).where(
        Certificate.person_id == who.person_id, Certificate.kind == "SPECIAL"
    )
    paper = session.scalars(held).one()
    assert paper.level is None
    shown = verification.verify_number(session, ANONYMOUS, number=paper.number, now=ENDED)
    assert (shown.genuine, shown.status) == (True, "valid")
    own = opening.open_claim(
        session,
        who.actor,
        class_id=the_class(walk, "XC-4"),
        kind="assessment_subsidy",
        now=ENDED,
    )
    filing.submit(session, who.actor, claim_id=own, now=ENDED)
    review.check(session, cast.school.colleague, claim_id=own, now=ENDED)
    session.commit()
    assert walk.pay(own) == EXAMINED_AMOUNT
    own_archive = archive.my_archive(session, who.actor, now=NOTICED)
    assert (own_archive.trainings, own_archive.certificates, own_archive.intact) == (1, 2, True)
    money = {line.amount_fen for line in own_archive.lines if line.amount_fen}
    assert money == {TAUGHT_AMOUNT, EXAMINED_AMOUNT}


def first_in_line(walk: Walk, cast: Cast) -> None:
    """R55: where seats are few, a family that is helped stands before whoever came earlier, and
    has the seat that is given up."""
    session, first, other = walk.session, cast.aided[1], walk.learner("马志强", home=HOTAN)
    when = {"first_day": openings.FIRST + timedelta(days=2)}
    class_id = walk.open_class(cast.school, "XC-6", when=when, where={"capacity": 1})
    assert walk.enrol(class_id, cast.other) == "accepted"
    assert walk.enrol(class_id, other, wait=True) == "waitlisted"
    assert walk.enrol(class_id, first, wait=True) == "waitlisted"
    place = waiting_list.my_place(
        session, first.actor, enrolment_id=walk.enrolment(first).id, now=ENROLS
    )
    assert (place.position, place.first) == (1, True)
    walk.give_up(cast.other, now=ENROLS)
    run_pending(now=ENROLS)
    walk.take_offer(first, now=ENROLS)
    assert walk.enrolment(first).status == "accepted"
    walk.teach(class_id, cast.school, first)
    walk.finish(class_id, cast.school, first)


def the_target(walk: Walk) -> None:
    """300万人次 over the plan's five years; the year goes on counting where it is continued."""
    settle(walk.session)
    walk.session.commit()
    (document,) = [one for one in documents(walk.session, this_year=2026) if one.pack_id == PACK]
    assert document.line(TOTAL).amount == 3_000_000
    tree = targets.tree(
        walk.session, walk.officer, pack_id=PACK, line=TOTAL, year=2026, now=NOTICED
    )
    assert tree is not None
    assert (tree.node.done, tree.people) == (3, 3)
    assert {part.place.region_code: part.done for part in tree.parts if part.done} == {XINJIANG: 3}


def the_quarter(walk: Walk, cast: Cast) -> None:
    """By province, by task of the document, and by group: the families that are helped apart."""
    content = walk.report()
    (province,) = content["counties"]
    assert (province["county"], province["person_times"]) == (XINJIANG, 3)
    plans = {row["plan_no"]: row["person_times"] for row in content["plans"]}
    assert plans == {"4": 2, "6": 1}
    (aided,) = [row for row in content["groups"] if row["code"] == "AIDED_FAMILY"]
    assert (aided["person_times"], aided["people"]) == (2, len(cast.aided))
    assert content["total"]["paid_fen"] == 2 * TAUGHT_AMOUNT + EXAMINED_AMOUNT


def the_class(walk: Walk, code: str) -> UUID:
    """The class that was opened for a programme."""
    query = select(TrainingClass.id).where(TrainingClass.programme_id == walk.programme(code).id)
    return walk.session.scalars(query).one()
