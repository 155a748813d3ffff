"""Institutions are admitted after a visit; catalogues lift nothing; claims of those off wait."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    Institution,
    InstitutionListing,
    ListingApplication,
    ListingDecision,
    SubsidyClaim,
)
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.listing_errors import (
    AlreadyApplied,
    AlreadyListed,
    Banned,
    ClaimHeld,
    VisitFirst,
)
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.services.listing import listing_of
from portal.services.listings import admission, applications, desk, holds
from portal.services.publication import life
from portal.services.publishing import OPERATOR, publish
from tests.services import test_publishing as sheets
from tests.services.listings.test_decisions import (
    NOW,
    PAPER,
    TODAY,
    WHY,
    decided,
    listed,
    officer,
    standing,
)
from tests.support import factories as make
from tests.support.acts import together

FIELDS = {
    "uscc": sheets.code(7),
    "name": "新程职业培训学校",
    "kind": "PRIVATE_INST",
    "ownership": "private",
    "license_no": "",
    "region_code": "650402",
    "address": "高昌区示范路9号",
    "contact_phone": "0995-1234567",
    "scope": "电工、焊工",
}
PAPERS = [("办学许可证", "人社民0001号")]


@pytest.fixture(autouse=True)
def regions(session: Session) -> None:
    from portal.services.publishing import load_reference

    load_reference(session)


def applied(session: Session, by: Any, **more: str) -> UUID:
    return admission.apply(session, by, fields=FIELDS | more, papers=PAPERS, now=NOW)


def visited(session: Session, by: Any, key: UUID, *, passed: bool = True) -> None:
    admission.note_visit(
        session,
        by,
        application_id=key,
        visited_on=TODAY,
        visited_by="两位核查员",
        passed=passed,
        note="与材料一致",
        now=NOW,
    )


def admitted(session: Session, by: Any, key: UUID, **more: Any) -> UUID:
    values: dict[str, Any] = {"reason": WHY, "document_no": PAPER, "effective_on": TODAY}
    return admission.admit(session, by, application_id=key, now=NOW, **values | more)


def test_an_institution_is_admitted_after_a_visit_that_it_passed(session: Session) -> None:
    by = officer(session)
    key = applied(session, by)
    with pytest.raises(VisitFirst):
        admitted(session, by, key)
    visited(session, by, key, passed=False)
    with pytest.raises(VisitFirst):
        admitted(session, by, key)
    visited(session, by, key)
    admitted(session, by, key)
    made = session.get_one(ListingApplication, key)
    assert made.state == "listed"
    assert listing_of(session, made.institution_id, today=TODAY).standing == "listed"
    assert applications.applications(session, by, now=NOW) == ()


def test_what_is_refused_or_done_is_closed(session: Session) -> None:
    by = officer(session)
    key = applied(session, by)
    admission.refuse(session, by, application_id=key, reason=WHY, now=NOW)
    with pytest.raises(NotFound):
        visited(session, by, key)
    applied(session, by)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uscc", "123"),
        ("kind", "nothing"),
        ("ownership", ""),
        ("region_code", "653100"),
        ("region_code", "999999"),
        ("name", ""),
    ],
)
def test_what_is_typed_wrong_is_named(session: Session, field: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        applied(session, officer(session), **{field: value})
    assert refused.value.field == field


def test_papers_are_asked_for(session: Session) -> None:
    with pytest.raises(BadInput):
        admission.apply(session, officer(session), fields=FIELDS, papers=[("", "")], now=NOW)


def test_one_application_at_a_time_and_none_of_whoever_is_listed(session: Session) -> None:
    by = officer(session)
    applied(session, by)
    with pytest.raises(AlreadyApplied):
        applied(session, by)
    known = listed(session, uscc=sheets.code(8))
    for to in ("listed", "suspended"):
        if to == "suspended":
            decided(session, by, known, to)
        with pytest.raises(AlreadyListed):
            applied(session, by, uscc=known.uscc, name=known.name)


def test_a_ban_keeps_an_institution_away_until_its_last_day(session: Session) -> None:
    by = officer(session)
    known = listed(session, uscc=sheets.code(8))
    until = TODAY + timedelta(days=30)
    decided(session, by, known, "removed", ban_until=until)
    again = partial(
        admission.apply,
        session,
        by,
        fields=FIELDS | {"uscc": known.uscc, "name": known.name},
        papers=PAPERS,
    )
    for days in (0, 30):
        with pytest.raises(Banned):
            again(now=NOW + timedelta(days=days))
    again(now=NOW + timedelta(days=31))


def test_another_region_and_another_role_admit_nobody(session: Session) -> None:
    key = applied(session, officer(session))
    with pytest.raises(NotFound):
        visited(session, officer(session, "653100"), key)
    auditor = make.make_actor(session, Role.AUDITOR)
    for act in (
        partial(applied, session, auditor),
        partial(visited, session, auditor, key),
    ):
        with pytest.raises(Forbidden):
            act()


def test_the_file_tells_history_classes_people_and_choices(session: Session) -> None:
    by, of = officer(session), listed(session)
    make.make_class(session, institution=of)
    make.make_account(session, Role.INSTRUCTOR, institution=of)
    decided(session, by, of, "suspended")
    found = desk.institution_file(session, by, institution_id=of.id, now=NOW)
    assert [one.document for one in found.history] == [PAPER]
    assert (len(found.classes), len(found.staff)) == (1, 1)
    assert found.choices == ("rectified", "listed", "removed")
    with pytest.raises(NotFound):
        desk.institution_file(session, officer(session, "653100"), institution_id=of.id, now=NOW)


# Catalogues


def published(session: Session, *rows: dict[str, Any], on: str = "2026-12-01") -> Any:
    files = sheets.institutions(*rows, notes=[f"施行日期：{on}"])
    return publish(session, OPERATOR, files=files, now=NOW)


def institution(session: Session) -> Institution:
    return session.scalars(select(Institution).filter_by(uscc=sheets.code(1))).one()


def test_a_new_catalogue_does_not_lift_a_suspension(session: Session) -> None:
    assert published(session).ok
    of = institution(session)
    decided(session, officer(session), of, "suspended")
    assert published(session, {"地址": "另一条路1号"}, on="2026-12-10").ok
    assert standing(session, of, TODAY + timedelta(days=20)) == "suspended"


def test_a_new_catalogue_cannot_bring_a_removed_or_banned_one_back(session: Session) -> None:
    assert published(session).ok
    of = institution(session)
    until = TODAY + timedelta(days=99)
    decided(session, officer(session), of, "removed", ban_until=until)
    report = published(session, {"地址": "另一条路1号"}, on="2026-12-10")
    assert [one.column for one in report.problems] == ["A 统一社会信用代码"]
    assert until.isoformat() in report.problems[0].reason
    # A sheet may say that it is removed.
    base = sheets.INSTITUTION | {"目录状态": "取消"}
    files = [("机构.xlsx", sheets.sheet(base, notes=["施行日期：2026-12-10"]))]
    assert publish(session, OPERATOR, files=files, now=NOW).ok


def test_whoever_a_catalogue_leaves_out_is_off_whatever_was_decided(session: Session) -> None:
    other = {"统一社会信用代码": sheets.code(2), "机构名称": "示例第二培训学校"}
    assert published(session, {}, other).ok
    of, by = institution(session), officer(session)
    decided(session, by, of, "warning")
    decided(session, by, of, "listed")
    assert published(session, other, on="2026-12-10").ok
    its_day = NOW.replace(day=10)
    for version_id in life.due(session, SYSTEM, now=its_day):
        assert life.come_into_force(session, SYSTEM, version_id=version_id, now=its_day)
    assert standing(session, of, TODAY + timedelta(days=20)) == "lapsed"
    entries = session.scalars(select(InstitutionListing).filter_by(institution_id=of.id)).all()
    assert len(entries) == 3


# Claims


def claim(session: Session, of: Institution) -> SubsidyClaim:
    made = SubsidyClaim(
        claim_no=f"T{of.id.hex[-8:]}",
        class_id=make.make_class(session, institution=of).id,
        region_code="650402",
        kind="vocational_subsidy",
        payee_type="institution",
        payee_institution_id=of.id,
        fund="employment",
        state="county_review",
        amount_fen=100_00,
        due_on=TODAY,
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def test_claims_of_an_institution_that_is_off_wait_until_somebody_lets_them_go(
    session: Session,
) -> None:
    by, of = officer(session), listed(session)
    made = claim(session, of)
    holds.require_free(session, made, today=TODAY)
    decided(session, by, of, "suspended")
    with pytest.raises(ClaimHeld):
        holds.require_free(session, made, today=TODAY)
    found = desk.institution_file(session, by, institution_id=of.id, now=NOW)
    assert [one.claim_id for one in found.held] == [made.id]
    let_go = partial(holds.release, session, claim_id=made.id, reason=WHY, document_no=PAPER)
    with pytest.raises(NotFound):
        let_go(officer(session, "653100"), now=NOW)
    let_go(by, now=NOW)
    holds.require_free(session, made, today=TODAY)


def test_a_claim_let_go_waits_again_under_the_next_decision(session: Session) -> None:
    by, of = officer(session), listed(session)
    made = claim(session, of)
    decided(session, by, of, "suspended")
    holds.release(session, by, claim_id=made.id, reason=WHY, document_no=PAPER, now=NOW)
    decided(session, by, of, "removed", now=NOW + timedelta(minutes=1))
    assert session.scalars(select(ListingDecision).filter_by(institution_id=of.id)).all()
    with pytest.raises(ClaimHeld):
        holds.require_free(session, made, today=TODAY)


def test_nothing_waits_once_it_is_put_right(session: Session) -> None:
    by, of = officer(session), listed(session)
    made = claim(session, of)
    decided(session, by, of, "suspended")
    decided(session, by, of, "rectified")
    holds.require_free(session, made, today=TODAY)


def test_two_officers_who_write_the_same_application_down_make_one(engine: Engine) -> None:
    by = in_transaction(lambda session: [officer(session) for _ in range(6)])

    new = {"uscc": sheets.code(8), "name": "同时职业培训学校"}

    def one(who: Actor) -> UUID:
        return in_transaction(lambda session: applied(session, who, **new))

    answers = together([partial(one, who) for who in by])
    kinds = [type(answer).__name__ for answer in answers]
    assert sorted(kinds) == [*["AlreadyApplied"] * 5, "UUID"]
