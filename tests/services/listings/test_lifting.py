"""A decision that is lifted counts as never made: standing, ban, sanction; people are told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CaseSanction,
    Enrolment,
    Institution,
    InstitutionListing,
    ListingDecision,
    Notice,
    TrainingClass,
)
from portal.domain.case_errors import SecondOfficer
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.listing_errors import Banned, NotToLift
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.services.casework import sanction_appeals
from portal.services.institutions import institution_detail
from portal.services.listings import admission, applications, desk, in_force, lifting, reach
from tests.services.listings.test_admission import FIELDS, applied, visited
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
from tests.support.casework import Bureau

DAY = timedelta(days=1)
LONG = TODAY + 730 * DAY


def lift(session: Session, by: Actor, key: UUID, **more: Any) -> UUID:
    values: dict[str, Any] = {"reason": "复议撤销", "document_no": "示例〔2026〕99号", "now": NOW}
    return lifting.lift(session, by, decision_id=key, **values | more)


def in_effect(session: Session, key: UUID) -> None:
    """What background work does on the decision's day."""
    for one in in_force.to_end(session, SYSTEM, decision_id=key, now=NOW):
        in_force.end_one(session, SYSTEM, enrolment_id=one, now=NOW)
    in_force.finish(session, SYSTEM, decision_id=key, now=NOW)


@pytest.mark.parametrize("to", ["warning", "suspended", "removed"])
def test_it_stands_again_as_it_stood(session: Session, to: str) -> None:
    of = listed(session)
    key = decided(session, officer(session), of, to)
    made = lift(session, officer(session), key)
    assert standing(session, of) == "listed"
    row = session.get_one(ListingDecision, made)
    assert (row.lifts_id, row.document_no, row.effective_on) == (key, "示例〔2026〕99号", TODAY)
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (last.action, last.detail["lifts"]) == ("listing.listed", str(key))


def test_a_warning_before_a_removal_is_a_warning_again(session: Session) -> None:
    of, by = listed(session), officer(session)
    decided(session, by, of, "warning")
    key = decided(session, by, of, "removed")
    lift(session, officer(session), key)
    assert standing(session, of) == "warning"


def test_two_that_are_lifted_lead_back_to_the_beginning(session: Session) -> None:
    of, by, other = listed(session), officer(session), officer(session)
    first = decided(session, by, of, "suspended")
    second = decided(session, by, of, "removed")
    lift(session, other, first)
    assert standing(session, of) == "removed"
    lift(session, other, second)
    assert standing(session, of) == "listed"


def test_whoever_was_on_no_list_is_on_none_again(session: Session) -> None:
    of = make.make_institution(session)
    session.query(InstitutionListing).filter_by(institution_id=of.id).delete()
    key = decided(session, officer(session), of, "removed", ban_until=LONG)
    lift(session, officer(session), key)
    assert standing(session, of) == "lapsed"
    assert lifting.ban_of(session, of.id) is None


def test_one_that_is_to_come_never_comes_and_the_later_one_stays(session: Session) -> None:
    of, by = listed(session), officer(session)
    key = decided(session, by, of, "removed", effective_on=TODAY + 5 * DAY)
    lift(session, officer(session), key)
    assert standing(session, of, TODAY + 9 * DAY) == "listed"


def test_the_ban_is_void_and_admission_is_open(session: Session) -> None:
    of = listed(session, uscc=FIELDS["uscc"], region_code="650402")
    by, other = officer(session), officer(session)
    key = decided(session, by, of, "removed", ban_until=LONG)
    with pytest.raises(Banned):
        applied(session, by)
    lift(session, other, key)
    assert lifting.ban_of(session, of.id) is None


def test_after_the_last_day_of_the_ban_it_is_admitted_anew(session: Session) -> None:
    of = listed(session, uscc=FIELDS["uscc"], region_code="650402")
    by = officer(session)
    decided(session, by, of, "removed", ban_until=TODAY + 3 * DAY)
    last, free = NOW + 3 * DAY, NOW + 4 * DAY
    values = {"fields": FIELDS, "papers": [("许可证", "1号")]}
    with pytest.raises(Banned):
        admission.apply(session, by, **values, now=last)
    key = admission.apply(session, by, **values, now=free)
    admission.note_visit(
        session, by, application_id=key, visited_on=TODAY + 4 * DAY, visited_by="两位核查员",
        passed=True, note="与材料一致", now=free,
    )  # fmt: skip
    admission.admit(
        session, by, application_id=key, reason=WHY, document_no=PAPER,
        effective_on=TODAY + 4 * DAY, now=free,
    )  # fmt: skip
    assert standing(session, of, TODAY + 4 * DAY) == "listed"


def test_a_ban_of_a_removal_that_never_came_bans_nobody(session: Session) -> None:
    of, by = listed(session), officer(session)
    decided(session, by, of, "removed", effective_on=TODAY + 5 * DAY, ban_until=LONG)
    decided(session, by, of, "listed")
    assert lifting.ban_of(session, of.id) is None


def test_it_takes_another_officer_of_the_region_once_with_a_paper(session: Session) -> None:
    of, by, other = listed(session), officer(session), officer(session)
    key = decided(session, by, of, "removed")
    with pytest.raises(SecondOfficer):
        lift(session, by, key)
    with pytest.raises(NotFound):
        lift(session, officer(session, "430100"), key)
    with pytest.raises(BadInput):
        lift(session, other, key, document_no="")
    for role in (Role.AUDITOR, Role.SYSTEM_ADMIN):
        with pytest.raises(Forbidden):
            lift(session, make.make_actor(session, role, region_code="650400"), key)
    made = lift(session, other, key)
    for again in (key, made):
        with pytest.raises((NotToLift, SecondOfficer)):
            lift(session, other, again)


def test_the_sanction_goes_with_it_and_an_appeal_does_the_same(session: Session) -> None:
    bureau = Bureau(session)
    case_id = bureau.case()
    bureau.grade(case_id, "negligence")
    bureau.heard(case_id)
    row = session.get_one(CaseSanction, bureau.sanction(case_id, "remove", ban_until=LONG))
    assert row.decision_id is not None
    assert standing(session, bureau.school) == "removed"
    sanction_appeals.appeal(session, bureau.manager, sanction_id=row.id, why="照片认错", now=NOW)
    sanction_appeals.answer(
        session, bureau.two, sanction_id=row.id, upheld=True, answer="照片不是这个班",
        document_no="吐人社复〔2026〕1号", now=NOW,
    )  # fmt: skip
    assert standing(session, bureau.school) == "listed"
    assert lifting.ban_of(session, bureau.school.id) is None
    other = session.get_one(CaseSanction, bureau.sanction(case_id, "suspend"))
    lift(session, bureau.two, other.decision_id)
    assert (other.state, standing(session, bureau.school)) == ("lifted", "listed")


def learning(session: Session, of: Institution, days: int) -> tuple[TrainingClass, Enrolment]:
    status = "running" if days < 0 else "enrolling"
    made = make.make_class(session, institution=of, first_start=NOW + days * DAY, status=status)
    return made, make.enrol(session, make.make_person(session), made)


def told(session: Session, one: Enrolment) -> list[str]:
    return list(
        session.scalars(select(Notice.kind).where(Notice.ref_id == one.id).order_by(Notice.id))
    )


def test_everybody_is_told_when_it_goes_and_when_it_is_back(session: Session) -> None:
    of, by, other = listed(session), officer(session), officer(session)
    manager = make.make_actor(session, Role.MANAGER, institution=of)
    (soon, lost), (_, kept) = learning(session, of, 9), learning(session, of, -3)
    key = decided(session, by, of, "removed")
    in_effect(session, key)
    assert (lost.status, kept.status, soon.status) == ("removed", "accepted", "cancelled")
    assert (told(session, lost), told(session, kept)) == (
        ["institution_off_seat"], ["institution_goes_on"],
    )  # fmt: skip
    said = " ".join(lifting.effects(session, other, decision_id=key, now=NOW))
    assert "1 人" in said
    in_effect(session, lift(session, other, key))
    assert (lost.status, soon.status) == ("removed", "cancelled")
    assert told(session, lost)[-1] == "institution_back"
    notices = session.scalars(
        select(Notice.kind).where(Notice.person_id == manager.person_id)
    ).all()
    assert notices == ["listing_decided"] * 2


def test_a_suspension_that_ends_tells_those_who_waited(session: Session) -> None:
    of, by = listed(session), officer(session)
    (_, one) = learning(session, of, 9)
    in_effect(session, decided(session, by, of, "suspended"))
    in_effect(session, decided(session, by, of, "rectified"))
    assert told(session, one) == ["institution_suspended", "institution_resumed"]


def test_the_file_says_what_may_be_lifted_by_whom(session: Session) -> None:
    of, by, other = listed(session), officer(session), officer(session)
    key = decided(session, by, of, "removed", ban_until=LONG)

    def file(who: Actor) -> desk.InstitutionFile:
        return desk.institution_file(session, who, institution_id=of.id, now=NOW)

    assert [one.can_lift for one in file(other).history] == [True]
    assert [one.can_lift for one in file(by).history] == [False]
    assert file(other).ban
    lift(session, other, key)
    history = file(other).history
    assert [one.can_lift for one in history] == [False, False]
    assert not file(other).ban


def test_an_auditor_reads_the_file_and_is_offered_nothing(session: Session) -> None:
    of, by = listed(session), officer(session)
    decided(session, by, of, "removed")
    auditor = make.make_actor(session, Role.AUDITOR, region_code="650400")
    found = desk.institution_file(session, auditor, institution_id=of.id, now=NOW)
    assert (found.choices, found.may_decide) == ((), False)
    assert [one.can_lift for one in found.history] == [False]
    elsewhere = make.make_actor(session, Role.AUDITOR, region_code="430100")
    with pytest.raises(NotFound):
        desk.institution_file(session, elsewhere, institution_id=of.id, now=NOW)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "listing.read").limit(1)
    ).one()
    assert event.actor_account_id == auditor.account_id


def test_decided_applications_are_listed_with_their_answer(session: Session) -> None:
    from portal.services.publishing import load_reference

    load_reference(session)
    by = officer(session)
    refused = applied(session, by)
    admission.refuse(session, by, application_id=refused, reason="场地不符", now=NOW)
    admitted = applied(session, by)
    visited(session, by, admitted)
    admission.admit(
        session, by, application_id=admitted, reason=WHY, document_no=PAPER, effective_on=TODAY,
        now=NOW,
    )  # fmt: skip
    auditor = make.make_actor(session, Role.AUDITOR, region_code="650400")
    for who in (by, auditor):
        found = applications.decided_ones(session, who, now=NOW)
        assert [(one.state, one.answer) for one in found.items] == [
            ("listed", WHY), ("refused", "场地不符"),
        ]  # fmt: skip
        assert PAPER in found.items[0].closed
        assert applications.applications(session, who, now=NOW) == ()
    elsewhere = officer(session, "430100")
    assert applications.decided_ones(session, elsewhere, now=NOW).total == 0


def test_the_way_to_the_file_is_shown_to_who_may_read_it(session: Session) -> None:
    of = listed(session)
    href = f"/admin/institutions/{of.id}"
    for role in Role:
        if role in (Role.ANONYMOUS, Role.SYSTEM):
            continue
        more = {"institution": of} if role in (Role.INSTRUCTOR, Role.MANAGER) else {}
        actor = make.make_actor(session, role, **more)
        may = role in (Role.OFFICER, Role.AUDITOR)
        assert reach.file_href(session, actor, of.id) == (href if may else "")
    assert reach.file_href(session, officer(session, "430100"), of.id) == ""
    assert reach.file_href(session, ANONYMOUS, of.id) == ""
    seen = institution_detail(session, officer(session), institution_id=of.id, now=NOW)
    assert seen.desk_href == href
