"""The page of one class: what it tells, to whom, and what it keeps to itself."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.multirange import TimestamptzMultirange
from sqlalchemy.orm import Session

from portal.db.models import InstitutionListing, PolicyPack, TrainingClass, TrainingPlan
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS, Role
from portal.policies.loader import load_packs
from portal.services.catalogue import class_detail
from tests.support import factories as make

NOW = make.NOW


def turpan_programme(session: Session, **fields: Any) -> Any:
    """A programme under plan 6 of the real Turpan document."""
    pack = load_packs()["turpan-2019"]
    programme = make.make_programme(session, **fields)
    row = PolicyPack(
        id=pack.document.id,
        title=pack.document.title,
        doc_no=pack.document.doc_no,
        region_code="650400",
        content_hash="real",
        payload=pack.model_dump(mode="json"),
        published_at=NOW,
    )
    session.add(row)
    session.flush()
    plan = session.get_one(TrainingPlan, programme.plan_id)
    plan.pack_id = row.id
    session.flush()
    return programme


def a_class(session: Session, **fields: Any) -> TrainingClass:
    school = make.make_institution(session)
    make.list_institution(session, school)
    return make.make_class(session, institution=school, **fields)


def detail_of(
    session: Session, made: TrainingClass, *, now: datetime = NOW, actor: Any = ANONYMOUS
) -> Any:
    return class_detail(session, actor, class_id=str(made.id), now=now)


def test_a_class_tells_place_sessions_hours_and_certificate(session: Session) -> None:
    made = a_class(session, sessions=3)
    shown = detail_of(session, made)
    assert [each.seq_no for each in shown.sessions] == [1, 2, 3]
    assert shown.sessions[0].when_text == "12月8日 周二 09:40–12:40"
    assert (shown.theory_hours, shown.practice_hours) == (16, 24)
    assert shown.region_path == ("新疆", "吐鲁番市", "高昌区")
    assert (shown.site, shown.certificate_name) == ("2号实训室", "培训合格证书")
    assert shown.fee_text == "不收学费"
    assert shown.provider.standing == "listed"


def test_who_trains_free_stands_with_clause_document_and_quote(session: Session) -> None:
    programme = turpan_programme(session, fee_fen=120050)
    made = a_class(session, programme_id=programme.id, group_codes=["VETERAN"])
    shown = detail_of(session, made)
    first = shown.who_free[0]
    assert (first.group_code, first.for_this_class) == ("VETERAN", True)
    assert (first.clause, first.document) == (
        "五(一)",
        "吐鲁番市职业技能提升行动实施方案(2019-2021年)",
    )
    assert "免费职业技能培训" in first.quote
    assert not any(group.for_this_class for group in shown.who_free[1:])
    assert "GRADUATE" in {group.group_code for group in shown.who_subsidised}
    assert (shown.free, shown.free_text) == ("free_for_some", "部分人员免费")
    assert "1200.50 元" in shown.fee_text
    assert (shown.plan.pack_id, shown.plan.lead_department) == ("turpan-2019", "市人社局")


@pytest.mark.parametrize(
    "raw", ["", "x", "../etc/passwd", "0" * 36, "550e8400-e29b-41d4-a716-446655440000"]
)
def test_an_unknown_or_malformed_id_is_not_found(session: Session, raw: str) -> None:
    with pytest.raises(NotFound):
        class_detail(session, ANONYMOUS, class_id=raw, now=NOW)


@pytest.mark.parametrize("fields", [{"status": "draft"}, {"group_codes": ["JUSTICE"]}])
def test_drafts_and_closed_channels_are_not_found(session: Session, fields: dict[str, Any]) -> None:
    made = a_class(session, **fields)
    with pytest.raises(NotFound):
        detail_of(session, made)


@pytest.mark.parametrize(
    ("fields", "at", "status", "says"),
    [
        ({}, NOW, "open", "正在报名"),
        ({"seats_taken": 30}, NOW, "full", "名额已满"),
        ({"enrol_from": NOW + timedelta(days=1)}, NOW, "soon", "12月2日 周三 09:40"),
        ({}, NOW + timedelta(days=30), "closed", "报名已经结束"),
        ({"status": "cancelled"}, NOW, "closed", "停办"),
    ],
)
def test_the_state_says_why_in_a_sentence(
    session: Session, fields: dict[str, Any], at: datetime, status: str, says: str
) -> None:
    shown = detail_of(session, a_class(session, **fields), now=at)
    assert shown.status == status
    assert says in shown.state_text


def test_a_class_of_a_removed_institution_says_so(session: Session) -> None:
    made = a_class(session)
    session.query(InstitutionListing).filter_by(
        institution_id=made.institution_id
    ).one().status = "removed"
    session.flush()
    shown = detail_of(session, made)
    assert (shown.status, shown.provider.standing) == ("closed", "removed")
    assert "不在公布的目录内" in shown.state_text


def test_the_teacher_is_named_as_the_public_may_read(session: Session) -> None:
    made = a_class(session)
    person = make.make_person(session, name="买买提·艾力")
    school = make.make_institution(session)
    account = make.make_account(session, Role.INSTRUCTOR, institution=school, person=person)
    made.instructor_id = account.id
    session.flush()
    assert detail_of(session, made).instructor_name == "买*·艾* 老师"


def test_a_trainee_sees_the_own_place_or_what_stands_in_its_way(session: Session) -> None:
    mine, same_time, later = (
        a_class(session),
        a_class(session, title="同时的班"),
        a_class(session, first_start=NOW + timedelta(days=60)),
    )
    actor = make.make_actor(session)
    assert detail_of(session, mine, actor=actor).own.state == "none"
    enrolment = make.enrol(session, make.person_of(session, actor), mine)
    own = detail_of(session, mine, actor=actor).own
    assert (own.state, UUID(own.enrolment_id)) == ("enrolled", enrolment.id)
    assert own.status == "accepted"
    own = detail_of(session, same_time, actor=actor).own
    assert (own.state, own.other_title) == ("conflict", mine.title)
    assert detail_of(session, later, actor=actor).own.state == "none"
    enrolment.status = "withdrawn"
    session.flush()
    assert detail_of(session, mine, actor=actor).own.state == "none"


def test_nobody_elses_enrolment_shows(session: Session) -> None:
    made = a_class(session)
    make.enrol(session, make.make_person(session, name="王小强"), made)
    shown = detail_of(session, made, actor=make.make_actor(session))
    assert shown.own.state == "none"
    assert "王小强" not in str(asdict(shown))


def test_a_class_without_meetings_conflicts_with_nothing(session: Session) -> None:
    actor = make.make_actor(session)
    make.enrol(session, make.person_of(session, actor), a_class(session))
    empty = a_class(session, meets=TimestamptzMultirange([]))
    assert detail_of(session, empty, actor=actor).own.state == "none"
