"""Inner Mongolia's system (000_b819959189e2c73f.txt): classes of all five plans, one of them on an
online platform of the institution catalogue, for trades of the shortage list; real names, the
archive that the social security card carries, a third party's look, and the quarterly report."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from portal.db.models import AuditEvent, Institution, ReviewItem, TrainingClass
from portal.domain.errors import NotFound
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import (
    archive,
    archive_lookup,
    institutions,
    policies,
    social_cards,
)
from portal.services.catalogue import ClassQuery, find_classes
from portal.services.opening import drafting, sending
from portal.services.opening.content import read
from portal.services.oversight import targets
from portal.services.oversight.target_lines import documents
from portal.services.public_catalogues.entry import entry_page
from portal.services.third_party import assignments, mine, reading
from portal.services.third_party.assignments import Wanted
from portal.services.times import ZONE, day_of
from tests.support import factories as make
from tests.support import openings
from tests.support.tallies import settle
from tests.walks.support import ENDED, ENROLS, NOW, Learner, School, Walk, walking

REGION, HOHHOT, XINCHENG, HONGSHAN = "150000", "150100", "150102", "150402"
PACK, TOTAL = "inner-mongolia-2022", "target:training_total"
SCHOOL, PLATFORM = "91990000MA00000012", "91990000MA00000039"
DOC = "内人社发〔2026〕3号"
AMOUNT, SCARCE_AMOUNT = 60_000, 90_000
AI, HOUSEKEEPER, ELECTRICIAN = "4-04-05-05", "4-10-01-06", "6-31-01-03"
# One programme of each plan: its number, type, occupation.
PROGRAMMES = {
    "NM-1": ("1", "DIGITAL", AI),
    "NM-2": ("2", "HIGH_SKILL", ELECTRICIAN),
    "NM-3": ("3", "ON_JOB_UP", ELECTRICIAN),
    "NM-4": ("4-4", "JOB_SKILL", HOUSEKEEPER),
    "NM-5": ("5", "ORDERED", "6-29-01-07"),
}
CARD = "12345678X"


@dataclass
class Cast:
    """Who learns where; ``classes`` by the code of the programme."""

    school: School
    platform: School
    people: list[Learner]
    herder: Learner
    classes: dict[str, UUID] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walk(engine: Engine) -> Iterator[Walk]:
    with walking(engine, REGION, "inner-mongolia-*.toml") as made:
        yield made


def test_inner_mongolia_from_publication_to_report(walk: Walk) -> None:
    five_plans(walk)
    publish_all(walk)
    cast = real_names(walk)
    shortage_list(walk, cast)
    online_platform(walk, cast)
    everybody_learns(walk, cast)
    the_archive(walk, cast)
    third_party(walk, cast)
    the_targets(walk)
    the_quarter(walk, cast)


def five_plans(walk: Walk) -> None:
    """The document's five plans, the fourth with its five, are there for everybody to read."""
    page = policies.pack_detail(walk.session, ANONYMOUS, pack_id=PACK, now=NOW)
    numbers = [one.plan_no for one in page.plans]
    assert [no for no in numbers if no.isdigit()] == ["1", "2", "3", "4", "5"]
    assert [no for no in numbers if no.startswith("4-")] == [f"4-{n}" for n in range(1, 6)]
    assert all(one.clause and one.quote for one in page.plans)


def publish_all(walk: Walk) -> None:
    """Programmes of every plan, a school and a platform, the shortage list, the amounts, of which
    that of the scarce trade is the higher one."""
    usual = {"pack": PACK, "certificate_kind": "TRAINING"}
    hours = {"planned_hours": 8, "theory_hours": 5, "practice_hours": 3}
    online = {"planned_hours": 8, "theory_hours": 8, "practice_hours": 0}
    rows = [
        {
            **usual,
            **(online if code == "NM-1" else hours),
            "code": code,
            "title": f"示例{code}",
            "plan": plan,
            "training_type": kind,
            "occupation_code": occupation,
            "level": 1,
        }
        for code, (plan, kind, occupation) in PROGRAMMES.items()
    ]
    walk.publish("programme", *rows, doc_no=DOC)
    walk.publish(
        "institution",
        {"uscc": SCHOOL, "name": "呼和浩特示例职业培训学校", "region_code": XINCHENG},
        {
            "uscc": PLATFORM,
            "name": "示例云课堂",
            "kind": "ONLINE_PLATFORM",
            "region_code": HONGSHAN,
            "license_no": "2",
            "scope": ["人工智能"],
        },
        doc_no=DOC,
    )
    walk.publish(
        "shortage_occupation",
        {"occupation_code": AI, "name": "人工智能训练师", "grade": "very"},
        {"occupation_code": HOUSEKEEPER, "name": "家政服务员", "grade": "scarce"},
        doc_no=DOC,
    )
    amounts = [
        {
            "region_code": REGION,
            "training_type": kind,
            "occupation_code": None,
            "level": None,
            "amount_fen": AMOUNT,
        }
        for kind in sorted({kind for _, kind, _ in PROGRAMMES.values()})
    ]
    scarce = {"training_type": "DIGITAL", "occupation_code": AI, "amount_fen": SCARCE_AMOUNT}
    walk.publish("subsidy_standard", *amounts, amounts[0] | scarce, doc_no=DOC)
    walk.publish("assessment_body", {"region_code": REGION}, doc_no=DOC)


def real_names(walk: Walk) -> Cast:
    """二(一)十一: who learns and who teaches is known by name and document; a herder is verified
    as one by the officer."""
    school, platform = walk.school(SCHOOL), walk.school(PLATFORM)
    people = [walk.learner(name, home=XINCHENG) for name in ("娜仁", "张伟")]
    herder = walk.learner("巴特尔", home=XINCHENG)
    walk.belongs(herder, "HERDER_TRANSFER")
    staff = [one.teacher.the_person() for one in (school, platform)]
    walk.known_by_name(*[who.person_id for who in (*people, herder)], *staff)
    for uscc in (SCHOOL, PLATFORM):
        query = select(Institution).where(Institution.uscc == uscc)
        assert walk.session.scalars(query).one().license_no
    return Cast(school, platform, people, herder)


def shortage_list(walk: Walk, cast: Cast) -> None:
    """二(一)十一: the list is public, says how scarce, and leads to programme and class."""
    cast.classes["NM-4"] = walk.open_class(cast.school, "NM-4", **on_day(0))
    slug = f"{HOUSEKEEPER}|家政服务员"
    page = entry_page(walk.session, ANONYMOUS, kind="shortage_occupation", slug=slug, now=ENROLS)
    assert ("紧缺程度", "紧缺") in page.facts
    assert page.doc_no == DOC
    assert "programme" in {group.kind for group in page.about}
    assert page.classes.total == 1
    found = find_classes(walk.session, ANONYMOUS, query=ClassQuery(), now=ENROLS)
    assert [card.id for card in found.items] == [str(cast.classes["NM-4"])]


def online_platform(walk: Walk, cast: Cast) -> None:
    """二(一)八: a platform of the institution catalogue teaches online; without digital resources
    it cannot even apply."""
    session, own = walk.session, walk.opening_school(cast.platform, "NM-1")
    shown = institutions.institution_detail(
        session, ANONYMOUS, institution_id=cast.platform.id, now=NOW
    )
    assert "线上培训平台" in str(shown)
    key = openings.filled(session, own, **on_day(1))
    for meeting in read(openings.row(session, key).content).when.meetings:
        drafting.save_meeting(
            session,
            own.manager,
            opening_id=key,
            key=meeting.key,
            day=day_of(meeting.starts_at),
            starts=meeting.starts_at.astimezone(ZONE).time(),
            ends=meeting.ends_at.astimezone(ZONE).time(),
            fields={"hours": meeting.hours, "kind": "online", "topic": "数据标注"},
            now=NOW,
        )
    with pytest.raises(OpeningRefused):
        sending.submit(session, own.manager, opening_id=key, now=NOW)
    digital = {"resources": ("digital",), "resource_note": "示例云课堂课程20节"}
    openings.put(session, own, key, "where", **openings.WHERE | digital)
    sending.submit(session, own.manager, opening_id=key, now=NOW)
    cast.classes["NM-1"] = walk.approve(key)


def everybody_learns(walk: Walk, cast: Cast) -> None:
    """A day for each plan; the herder, with whom another learns, in those of plans 4 and 5."""
    for number, code in enumerate(("NM-2", "NM-3", "NM-5"), 2):
        cast.classes[code] = walk.open_class(cast.school, code, **on_day(number))
    first, second = cast.people
    learn = {
        "NM-4": [first, cast.herder],
        "NM-1": [first, second],
        "NM-2": [second],
        "NM-3": [first],
        "NM-5": [cast.herder],
    }
    for code, learners in learn.items():
        at = cast.platform if code == "NM-1" else cast.school
        class_id = cast.classes[code]
        for who in learners:
            assert walk.enrol(class_id, who) == "accepted"
        walk.teach(class_id, at, *learners)
        walk.finish(class_id, at, *learners)
        claim_id = walk.claim(class_id, at, *learners)
        each = SCARCE_AMOUNT if code == "NM-1" else AMOUNT
        assert walk.pay(claim_id) == each * len(learners)


def the_archive(walk: Walk, cast: Cast) -> None:
    """以社会保障卡为载体: the card leads to all that the person learnt at both institutions; who
    looked is told; a new card carries the same archive."""
    who = cast.people[0]
    social_cards.bind(walk.session, who.actor, number=CARD, region=XINCHENG, now=ENDED)
    own = archive.my_archive(walk.session, who.actor, now=ENDED)
    assert (own.trainings, own.hours, own.certificates, own.intact) == (3, 24, 3, True)
    taught_at = {line.institution_name for line in own.lines}
    assert {"呼和浩特示例职业培训学校", "示例云课堂"} <= taught_at
    for card in (CARD, "87654321A"):
        if card != CARD:
            social_cards.reissue(walk.session, who.actor, number=card, region=XINCHENG, now=ENDED)
        found = archive_lookup.look_up(
            walk.session, walk.officer, by="card", number=card, reason="核对补贴申领", now=ENDED
        )
        assert found is not None
        assert (found.intact, found.certificates, found.totals.hours) == (True, 3, 24)
    walk.session.commit()
    looked = select(func.count()).where(
        AuditEvent.on_behalf_of == who.person_id, AuditEvent.action == "archive.look_up"
    )
    assert walk.session.scalar(looked) == 2


def third_party(walk: Walk, cast: Cast) -> None:
    """三: a body from outside gets a drawn sample of the lessons for a time, reads it masked, says
    what it found, reports; what was not drawn does not exist for it, and each look is on record."""
    session = walk.session
    region = walk.officer.region_code
    outside, stranger = (
        make.make_actor(session, Role.REVIEWER, region_code=region) for _ in range(2)
    )
    wanted = Wanted(
        reviewer_account_id=outside.the_account(),
        title="第四季度第三方抽查",
        unit="session",
        period_from=date(2026, 12, 1),
        period_to=day_of(ENDED),
        size=4,
        from_on=day_of(ENDED),
        until_on=day_of(ENDED) + timedelta(days=14),
    )
    given = assignments.assign(session, walk.officer, wanted=wanted, now=ENDED)
    session.commit()
    own = mine.assignment(session, outside, assignment_id=given, now=ENDED)
    assert (own.size, own.population) == (4, 2 * len(PROGRAMMES))
    with pytest.raises(NotFound):
        mine.assignment(session, stranger, assignment_id=given, now=ENDED)
    for one in own.items:
        seen = reading.item(session, outside, item_id=one.item_id, now=ENDED)
        assert all("*" in line.label for line in seen.lines)
        mine.find(session, outside, item_id=one.item_id, verdict="ok", note="", now=ENDED)
    text = "抽查的四节课，签到与到场相符。"
    mine.report(session, outside, assignment_id=given, text=text, now=ENDED)
    session.commit()
    later = ENDED + timedelta(days=30)
    with pytest.raises(NotFound):
        mine.assignment(session, outside, assignment_id=given, now=later)
    read = select(func.count()).where(
        AuditEvent.actor_account_id == outside.account_id, AuditEvent.action == "third_party.read"
    )
    assert session.scalar(read) == 4
    drawn = select(func.count()).where(ReviewItem.assignment_id == given)
    assert session.scalar(drawn) == 4


def the_targets(walk: Walk) -> None:
    """125万人次, of them 35万 of herders and rural workers: what was done stands against both."""
    settle(walk.session)
    walk.session.commit()
    (document,) = [one for one in documents(walk.session, this_year=2026) if one.pack_id == PACK]
    assert document.line(TOTAL).amount == 1_250_000
    assert document.line("target:training_herders").amount == 350_000
    done = {}
    for line in (TOTAL, "target:training_herders"):
        tree = targets.tree(
            walk.session, walk.officer, pack_id=PACK, line=line, year=2026, now=ENDED
        )
        assert tree is not None
        done[line] = (tree.node.done, tree.people)
    assert done == {TOTAL: (7, 3), "target:training_herders": (2, 1)}


def the_quarter(walk: Walk, cast: Cast) -> None:
    """Every plan has its row; person-times and people are told apart; what the platform taught
    stands under its own league."""
    content = walk.report()
    assert (content["total"]["person_times"], content["total"]["people"]) == (7, 3)
    plans = {row["plan_no"]: row for row in content["plans"]}
    assert {no: row["person_times"] for no, row in plans.items()} == {
        "1": 2,
        "2": 1,
        "3": 1,
        "4-4": 2,
        "5": 1,
    }
    assert plans["1"]["paid_fen"] == 2 * SCARCE_AMOUNT
    leagues = {row["county"]: row["person_times"] for row in content["counties"]}
    assert leagues == {HOHHOT: 5, "150400": 2}
    groups = {row["code"]: row for row in content["groups"]}
    assert (groups["HERDER_TRANSFER"]["person_times"], groups["HERDER_TRANSFER"]["people"]) == (
        2,
        1,
    )
    made = walk.session.get_one(TrainingClass, cast.classes["NM-1"])
    assert made.institution_id == cast.platform.id


def on_day(number: int) -> dict[str, Any]:
    """The class meets on one day, so many days after the first Monday."""
    return {"when": {"first_day": openings.FIRST + timedelta(days=number)}}
