"""Turpan's system (002_f7ad90e39cd17b48.txt): 17 plans that come to 105,000 person-times, a class
of one of them from the catalogue to the money, a sanction with recovery, and the quarterly report
in which all of it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select

from portal.db.models import CatalogueEntry, Disbursement, RecoveryEntry, SubsidyClaim
from portal.domain.case_errors import NotHeard, SecondOfficer
from portal.domain.errors import NotFound
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import policies
from portal.services.casework import closing, findings, hearings, opening, recoveries, sanctions
from portal.services.casework.findings import Evidence
from portal.services.claims import payments
from portal.services.listing import listing_of
from portal.services.oversight import overview, targets
from portal.services.oversight.target_lines import WHOLE_SPAN, documents
from portal.services.times import day_of
from tests.support import factories as make
from tests.support.catalogues import book, bring, rows, told
from tests.support.tallies import settle
from tests.walks.support import NOTICED, NOW, Learner, School, Walk, publish_draft, walking

TURPAN, GAOCHANG, SHANSHAN = "650400", "650402", "650421"
PACK, TOTAL = "turpan-2019", "target:training_total"
HONEST, BAD = "91990000MA00000012", "91990000MA00000039"
DOC = "吐人社发〔2026〕3号"
AMOUNT = 120_000
HEADER = [
    *("项目编号", "项目名称", "政策文件", "计划编号", "培训类型", "职业编码", "培训主题", "等级"),
    *("课时", "理论", "实操", "收费", "证书"),
]
# What each plan is taught as in the walk: type, occupation, topic, 课时.
TAUGHT: dict[str, tuple[str, str, str, int]] = {
    "1": ("PRE_JOB", "6-31-01-03", "", 80),
    "2": ("ON_JOB_UP", "6-18-02-04", "", 160),
    "3": ("OFF_JOB", "6-31-01-03", "", 160),
    "4": ("TRANSFER", "4-03-02-01", "", 40),
    "5": ("SAFETY", "", "SAFETY", 24),
    "6": ("JOB_SKILL", "6-31-01-03", "", 16),
    "7": ("AGRI_PRACTICAL", "5-01-02-02", "", 16),
    "8": ("JOB_SKILL", "", "NATIONAL_LANGUAGE", 40),
    "9": ("ON_JOB_UP", "5-05-02-03", "", 80),
    "10": ("ON_JOB_UP", "4-13-01-03", "", 80),
    "11": ("ON_JOB_UP", "6-05-01-03", "", 80),
    "12": ("JOB_SKILL", "4-01-06-01", "", 40),
    "13": ("STARTUP", "", "SYB", 40),
    "14": ("JOB_SKILL", "4-10-01-02", "", 40),
    "15": ("JOB_SKILL", "4-10-01-06", "", 40),
    "16": ("JOB_SKILL", "", "TRANSFER_BASICS", 16),
    "17": ("TECH_SCHOOL", "4-12-01-01", "", 2000),
}


@dataclass
class Fraud:
    """The second class: its school, its people and the claim that was paid for it."""

    school: School
    people: list[Learner]
    claim_id: UUID
    paid_fen: int


@pytest.fixture(scope="module")
def walk(engine: Engine) -> Iterator[Walk]:
    with walking(engine, TURPAN, "turpan-*.toml") as made:
        yield made


def sheet(*plans: str) -> bytes:
    """The programmes of some plans, as the office has them."""
    return book(rows(["吐鲁番市补贴性培训项目目录"], HEADER, *[_line(plan) for plan in plans]))


def _line(plan: str) -> list[object]:
    kind, occupation, topic, hours = TAUGHT[plan]
    theory = hours // 4
    title = f"示例项目{plan}"
    level = "五级/初级工" if occupation else ""
    return [
        *(f"TLF-{plan}", title, PACK, plan, kind, occupation, topic, level),
        *(hours, theory, hours - theory, 0, "培训合格证书"),
    ]


def test_turpan_from_publication_to_report(walk: Walk) -> None:
    publish_all(walk)
    seventeen_plans(walk)
    honest = train_honestly(walk)
    fraud = train_for_show(walk)
    targets_and_overview(walk)
    sanctioned(walk, fraud)
    the_quarter(walk, honest, fraud)


def publish_all(walk: Walk) -> None:
    """The office's sheet with all plans: the technical schools' plan is no class, which the sheet
    is told to the row; without it the catalogue comes into force, as do the other two (R53)."""
    session = walk.session
    whole = bring(session, walk.officer, sheet(*TAUGHT), kind="programme", region=TURPAN)
    (fault,) = told(whole)
    assert fault[1:3] == (19, "D 计划编号")
    assert "计划17" in fault[3] or "17" in fault[3]
    view = bring(
        session,
        walk.officer,
        sheet(*[plan for plan in TAUGHT if plan != "17"]),
        kind="programme",
        region=TURPAN,
    )
    assert told(view) == []
    assert view.version_id is not None
    elsewhere = make.make_actor(session, Role.OFFICER, region_code="650100")
    with pytest.raises(NotFound):
        publish_draft(session, elsewhere, view.version_id, doc_no=DOC)
    assert publish_draft(session, walk.officer, view.version_id, doc_no=DOC) == "published"
    walk.publish(
        "institution",
        {"uscc": HONEST, "name": "示例高昌职业培训学校", "region_code": GAOCHANG},
        {"uscc": BAD, "name": "示例鄯善职业培训学校", "region_code": SHANSHAN, "license_no": "2"},
        doc_no=DOC,
    )
    walk.publish(
        "subsidy_standard",
        {
            "region_code": TURPAN,
            "training_type": "JOB_SKILL",
            "occupation_code": None,
            "level": None,
        },
        doc_no=DOC,
    )
    walk.publish("assessment_body", doc_no=DOC)
    count = select(func.count()).where(CatalogueEntry.version_id == view.version_id)
    assert session.scalar(count) == 16


def seventeen_plans(walk: Walk) -> None:
    """All 17 are listed for everybody, each with its number and its lead; what has a number comes
    to 98,000, with the colleges 105,000, by plan and by year; parts are handed down."""
    page = policies.pack_detail(walk.session, ANONYMOUS, pack_id=PACK, now=NOW)
    plans = {one.plan_no: one for one in page.plans}
    assert [no for no in plans if no.isdigit()] == [str(number) for number in range(1, 18)]
    assert all(plan.lead_department and plan.clause for plan in plans.values())
    assert all(plans[no].target_text for no in plans if no != "17")
    (document,) = [one for one in documents(walk.session, this_year=2026) if one.pack_id == PACK]
    parts = [one for one in document.lines if one.within == TOTAL]
    assert sum(one.amount for one in parts if one.plan_no.isdigit()) == 98_000
    assert sum(one.amount for one in parts) == document.line(TOTAL).amount == 105_000
    assert sum(document.line(TOTAL).of_years.values()) == 105_000
    for area, amount in ((GAOCHANG, 6_000), (SHANSHAN, 4_000)):
        targets.set_part(
            walk.session,
            walk.officer,
            pack_id=PACK,
            line="plan:6",
            year=WHOLE_SPAN,
            area=TURPAN,
            region_code=area,
            amount=amount,
            reason="年初会议分解",
            now=NOW,
        )
    walk.session.commit()


def train_honestly(walk: Walk) -> list[Learner]:
    """Plan 6 in Gaochang: three learn, one of them without success; two are paid for."""
    school = walk.school(HONEST)
    class_id = walk.open_class(school, "TLF-6")
    people = [walk.learner(name) for name in ("阿依古丽", "王强", "李静")]
    for who in people:
        assert walk.enrol(class_id, who) == "accepted"
    walk.teach(class_id, school, *people)
    walk.finish(class_id, school, *people, failed=1)
    walk.known_by_name(*[who.person_id for who in people], school.teacher.the_person())
    claim_id = walk.claim(class_id, school, *people)
    assert walk.pay(claim_id) == 2 * AMOUNT
    return people


def train_for_show(walk: Walk) -> Fraud:
    """The same plan in Shanshan; the sheets say that both were there."""
    school = walk.school(BAD)
    class_id = walk.open_class(school, "TLF-6", where={"address": "鄯善县示例路2号"})
    people = [walk.learner(name) for name in ("赵明", "孙丽")]
    for who in people:
        assert walk.enrol(class_id, who) == "accepted"
    walk.teach(class_id, school, *people)
    walk.finish(class_id, school, *people)
    claim_id = walk.claim(class_id, school, *people)
    return Fraud(school, people, claim_id, walk.pay(claim_id))


def targets_and_overview(walk: Walk) -> None:
    """What was done stands against the plan's number and the counties' parts."""
    settle(walk.session)
    walk.session.commit()
    seen = overview.overview(walk.session, walk.officer, period="20264", now=NOTICED)
    assert (seen.total.person_times, seen.total.people, seen.total.completed) == (5, 5, 4)
    assert {part.code: part.figures.person_times for part in seen.parts} == {
        GAOCHANG: 3,
        SHANSHAN: 2,
    }
    assert [(plan.plan_no, plan.figures.person_times) for plan in seen.plans] == [("6", 5)]
    tree = targets.tree(
        walk.session, walk.officer, pack_id=PACK, line="plan:6", year=2026, now=NOTICED
    )
    assert tree is not None
    assert (tree.node.done, tree.people) == (5, 5)


def sanctioned(walk: Walk, fraud: Fraud) -> None:
    """六(三): a person grades it, a second confirms, the institution is heard, its right is taken
    away, and the money comes back to the fund in two payments (R46)."""
    session, one, two = walk.session, walk.officer, walk.second
    case = opening.open_case(
        session,
        one,
        title="签到与到场不符",
        summary="抽查照片里教室没有人",
        source="claim",
        source_id=fraud.claim_id,
        now=NOTICED,
    )
    found = findings.grade(
        session,
        one,
        case_id=case,
        what="两天的课都没有上",
        grade="confirmed_fraud",
        reason="核对签到与现场照片",
        evidence=(Evidence("photo", "现场照片3号", "教室空着"),),
        now=NOTICED,
    )
    again = {"finding_id": found, "agree": True, "reason": "核对过照片与签到", "now": NOTICED}
    with pytest.raises(SecondOfficer):
        findings.second(session, one, **again)
    findings.second(session, two, **again)
    removal = {
        "case_id": case,
        "kind": "remove",
        "reason": "没有上课，套取补贴",
        "document_no": "吐人社罚〔2026〕1号",
        "effective_on": day_of(NOTICED),
        "ban_until": day_of(NOTICED) + timedelta(days=365),
        "now": NOTICED,
    }
    with pytest.raises(NotHeard):
        sanctions.decide(session, one, **removal)
    heard = hearings.ask(session, one, case_id=case, allegation="两天的课都没有上", now=NOTICED)
    hearings.state(
        session, fraud.school.manager, hearing_id=heard, statement="承认没有上课", now=NOTICED
    )
    sanctions.decide(session, one, **removal)
    standing = listing_of(session, fraud.school.id, today=day_of(NOTICED)).standing
    assert standing == "removed"
    session.commit()
    with pytest.raises(OpeningRefused):
        walk.open_class(fraud.school, "TLF-6")
    session.rollback()
    payments.claw_back(
        session,
        one,
        line_ids=tuple(line.id for line in walk.lines(fraud.claim_id)),
        reason="没有上课，套取补贴",
        now=NOTICED,
    )
    owed = recoveries.open_for_claim(
        session,
        one,
        claim_id=fraud.claim_id,
        case_id=case,
        document_no="吐人社追〔2026〕1号",
        reason="追回套取的补贴",
        now=NOTICED,
    )
    for amount in (100_000, fraud.paid_fen - 100_000):
        recoveries.pay(
            session, one, recovery_id=owed, amount_fen=amount, reference="银行回单", now=NOTICED
        )
        walk.books.back_fen += amount
    closing.close(
        session, one, case_id=case, outcome="sanctioned", note="已取消资格，补贴已追回", now=NOTICED
    )
    session.commit()
    query = select(RecoveryEntry.balance_fen).where(RecoveryEntry.recovery_id == owed)
    assert session.scalars(query.order_by(RecoveryEntry.seq_no)).all()[-1] == 0
    moved = select(func.sum(Disbursement.amount_fen)).where(Disbursement.kind == "recovery")
    assert session.scalar(moved) == fraud.paid_fen
    claim = session.get_one(SubsidyClaim, fraud.claim_id, populate_existing=True)
    assert claim.state in ("recovering", "closed")


def the_quarter(walk: Walk, honest: list[Learner], fraud: Fraud) -> None:
    """季报 (R70): by county, plan, institution and fund, to the fen; the public reads its money
    (R71)."""
    content = walk.report()
    county = [walk.frozen(region)[1]["total"] for region in (GAOCHANG, SHANSHAN)]
    for name, amount in content["total"].items():
        assert sum(one[name] for one in county) == amount
    by_county = {row["county"]: row for row in content["counties"]}
    assert by_county[GAOCHANG]["person_times"] == len(honest)
    assert by_county[SHANSHAN]["person_times"] == len(fraud.people)
    assert (by_county[SHANSHAN]["paid_fen"], by_county[SHANSHAN]["back_fen"]) == (
        fraud.paid_fen,
        fraud.paid_fen,
    )
    assert {row["plan_no"] for row in content["plans"]} == {"6"}
    (fund,) = content["funds"]
    assert (fund["fund"], fund["paid_fen"]) == ("就业补助资金", 4 * AMOUNT)
    assert fund["back_fen"] == fraud.paid_fen == 2 * AMOUNT
    assert {row["uscc"] for row in content["institutions"]} == {HONEST, BAD}
