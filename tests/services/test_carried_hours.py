"""Hours from elsewhere that a class counts: what the pack allows, once, and shown as such."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    ArchiveEntry,
    ArchiveImportLine,
    AttendanceRecord,
    AuditEvent,
    CarriedHours,
    Certificate,
    ExamResult,
    Institution,
    Person,
)
from portal.domain import carry
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import SYSTEM, Role
from portal.policies import models
from portal.services import (
    archive_import,
    carried_hours,
    carried_rules,
    import_conflicts,
    import_refresh,
    own_enrolments,
    own_hours,
    results,
)
from portal.services.carried_rules import CarryPolicy
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.portals import Elsewhere, trust


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A pack that lets a quarter of the hours count; tests change it."""
    values: dict[str, Any] = {"counts": True, "source_note": "测试"}

    def policy_of(*_: object) -> CarryPolicy:
        return CarryPolicy(models.CarryOver(**values), "《测试办法》")

    monkeypatch.setattr(carried_rules, "policy_of", policy_of)
    return values


class Case:
    """A trainee with a training from elsewhere, in a class of 20 课时 that is over."""

    def __init__(self, session: Session, **training: Any) -> None:
        self.session, self.there = session, Elsewhere(url=f"https://{new_id().hex}.example")
        self.of = make.make_class(
            session, first_start=NOW - timedelta(days=9), sessions=5, status="running"
        )
        self.of.occupation_code = None
        school = session.get_one(Institution, self.of.institution_id)
        self.manager = make.make_actor(session, Role.MANAGER, institution=school)
        self.me = make.make_actor(session, Role.TRAINEE)
        self.person = session.get_one(Person, self.me.the_person())
        self.portal_id = trust(session, self.there)
        self.bring([self.there.training(**training)])
        self.enrolment = make.enrol(session, self.person, self.of)

    def bring(self, classes: list[dict[str, Any]], *, at: datetime = NOW, **more: Any) -> None:
        file = self.there.file(self.person, classes=classes, at=at - timedelta(hours=2), **more)
        made = archive_import.open_import(
            self.session, self.me, content=file, fetched=self.there.fetched(), now=NOW
        )
        from tests.services.test_archive_import import take_all

        take_all(self.session, self.me, made)

    def attend(self, hours: int) -> None:
        for index, meeting in enumerate(make.sessions_of(self.session, self.of)):
            got = max(0, min(4, hours - 4 * index))
            meeting.confirmed_at = NOW
            self.session.add(
                AttendanceRecord(
                    session_id=meeting.id,
                    enrolment_id=self.enrolment.id,
                    person_id=self.person.id,
                    state="present" if got else "absent",
                    credited_minutes=got * 45,
                    credited_hours=got,
                    updated_at=NOW,
                    updated_by=new_id(),
                )
            )
        self.session.add(
            ExamResult(
                enrolment_id=self.enrolment.id,
                passed=True,
                examiner_account_id=new_id(),
                recorded_at=NOW,
            )
        )
        self.session.flush()

    def seen(self) -> carried_hours.ClassCarried:
        return carried_hours.of_class(self.session, self.manager, class_id=self.of.id, now=NOW)

    def accept(self, hours: int, **changes: Any) -> None:
        (line,) = [one for one in self.seen().lines if one.enrolment_id == self.enrolment.id][:1]
        values = {"enrolment_id": self.enrolment.id, "entry_id": line.entry_id} | changes
        carried_hours.accept(self.session, self.manager, hours=hours, now=NOW, **values)

    def row(self) -> results.TraineeResult:
        found = results.class_results(self.session, self.manager, class_id=self.of.id, now=NOW)
        (row,) = found.rows
        return row


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def test_a_manager_sees_what_came_from_elsewhere_and_how_much_may_count(case: Case) -> None:
    (line,) = case.seen().lines
    assert (line.hours, line.most, line.counted, line.why) == (20, 5, 0, "")
    assert line.portal == case.there.name
    read = select(AuditEvent).where(AuditEvent.action == "carried.read")
    event = case.session.scalars(read).one()
    assert event.on_behalf_of == case.person.id
    assert event.fields_read == ["occupation", "hours", "dates", "portal"]


def test_accepted_hours_count_and_are_shown_apart(case: Case) -> None:
    case.attend(12)
    assert case.row().credited_hours == 12
    assert case.row().can_issue is False
    case.accept(4)
    row = case.row()
    assert (row.credited_hours, row.can_issue) == (16, True)
    assert row.parts == ("其中转入 4 课时",)
    mine = own_enrolments.my_enrolment(
        case.session, case.me, enrolment_id=case.enrolment.id, now=NOW
    )
    assert (mine.card.hours_credited, mine.parts) == (16, ("其中转入 4 课时",))
    mine_now = own_hours.own_hours(case.session, case.me, enrolment_id=case.enrolment.id, now=NOW)
    assert mine_now is not None
    assert (mine_now.got, mine_now.lacking) == (16, 0)


def test_the_certificate_and_the_archive_hold_them_and_say_so(case: Case) -> None:
    case.attend(12)
    case.accept(4)
    results.finish_class(case.session, case.manager, class_id=case.of.id, now=NOW)
    made = case.session.scalars(
        select(Certificate).where(Certificate.person_id == case.person.id)
    ).one()
    assert (made.hours_credited, made.remark) == (16, "其中转入 4 课时")
    entry = case.session.scalars(
        select(ArchiveEntry).where(
            ArchiveEntry.kind == "class", ArchiveEntry.person_id == case.person.id
        )
    ).one()
    assert (entry.hours, entry.detail["hours_carried"]) == (16, 4)


def test_never_more_than_planned(case: Case) -> None:
    case.attend(18)
    case.accept(5)
    assert case.row().credited_hours == 20
    assert case.row().parts == ("其中转入 2 课时",)


def test_not_more_than_the_share_also_in_several_pieces(case: Case) -> None:
    with pytest.raises(BadInput):
        case.accept(6)
    case.accept(3)
    case.bring([case.there.training(starts_on="2026-05-02", ends_on="2026-05-20")], at=NOW)
    second = next(one for one in case.seen().lines if not one.counted)
    assert second.most == 2
    with pytest.raises(BadInput):
        case.accept(3, entry_id=second.entry_id)
    case.accept(2, entry_id=second.entry_id)
    assert {one.most for one in case.seen().lines} == {0}


@pytest.mark.parametrize("hours", [0, -1, 10**6])
def test_no_hours_and_too_many_are_refused(case: Case, hours: int) -> None:
    with pytest.raises(BadInput):
        case.accept(hours)


@pytest.mark.parametrize(
    ("rule", "training", "why"),
    [
        ({"counts": False}, {}, "当地政策不计入别处的课时。"),
        ({}, {"status": "failed"}, "那次培训没有结业。"),
        ({"within_days": 30}, {}, "那次培训在本班开班 30 天以前就结束了。"),
        ({}, {"ends_on": "2026-11-23"}, "那次培训在本班开班以后才结束。"),
    ],
)
def test_what_the_pack_does_not_count(
    session: Session,
    rules: dict[str, Any],
    rule: dict[str, Any],
    training: dict[str, Any],
    why: str,
) -> None:
    rules |= rule
    case = Case(session, **training)
    (line,) = case.seen().lines
    assert (line.most, line.why) == (0, why)
    with pytest.raises(carry.HoursRefused):
        case.accept(1)


def test_another_occupation_counts_only_where_the_pack_says_so(
    case: Case, rules: dict[str, Any]
) -> None:
    case.of.occupation_code = "6-31-01-03"
    with pytest.raises(carry.HoursRefused):
        case.accept(1)
    rules["same_occupation"] = False
    case.accept(1)


def test_the_answer_names_the_document(case: Case, rules: dict[str, Any]) -> None:
    assert "《测试办法》" in case.seen().policy
    assert "25%" in case.seen().policy
    rules["counts"] = False
    assert "不计入本班" in case.seen().policy


def test_each_training_counts_once(case: Case) -> None:
    case.accept(2)
    with pytest.raises(carry.AlreadyCounted):
        case.accept(2)
    # Nor in another class.
    entry = case.seen().lines[0].entry_id
    other = make.make_class(case.session, institution=None, first_start=NOW + timedelta(days=9))
    other.institution_id, other.occupation_code = case.of.institution_id, None
    second = make.enrol(case.session, case.person, other)
    with pytest.raises(carry.AlreadyCounted):
        carried_hours.accept(
            case.session,
            case.manager,
            enrolment_id=second.id,
            entry_id=entry,
            hours=1,
            now=NOW,
        )


def test_hours_are_free_again_once_withdrawn(case: Case) -> None:
    case.accept(4)
    (line,) = case.seen().lines
    assert line.carried_id is not None
    for _ in range(2):
        carried_hours.withdraw(case.session, case.manager, carried_id=line.carried_id, now=NOW)
    (line,) = case.seen().lines
    assert (line.counted, line.most) == (0, 5)
    case.accept(5)


def test_a_closed_class_stays_as_it_is(case: Case) -> None:
    case.attend(16)
    case.accept(2)
    (line,) = case.seen().lines
    results.finish_class(case.session, case.manager, class_id=case.of.id, now=NOW)
    assert line.carried_id is not None
    with pytest.raises(results.ResultClosed):
        carried_hours.withdraw(case.session, case.manager, carried_id=line.carried_id, now=NOW)
    with pytest.raises(results.ResultClosed):
        case.accept(1)


def test_a_corrected_line_is_still_the_same_training(session: Session) -> None:
    case = Case(session)
    case.accept(2)
    old = case.seen().lines[0].entry_id
    # As an officer's decision puts a corrected version in its place.
    from portal.services import archive_chain

    entry = session.get_one(ArchiveEntry, old)
    archive_chain.append(
        session,
        person_id=case.person.id,
        kind="carried",
        ref_id=new_id(),
        occurred_on=entry.occurred_on,
        title=entry.title,
        institution_name=entry.institution_name,
        hours=16,
        detail=entry.detail,
        now=NOW,
        supersedes=old,
        source_system=entry.source_system,
    )
    (line,) = case.seen().lines
    assert (line.hours, line.counted) == (16, 2)
    with pytest.raises(carry.AlreadyCounted):
        case.accept(1, entry_id=line.entry_id)


def test_a_training_whose_certificate_was_revoked_gives_nothing(session: Session) -> None:
    case = Case(session)
    number = "PX37010020260000099"
    training = case.there.training(
        certificate_number=number, starts_on="2026-06-01", ends_on="2026-06-20"
    )
    made = case.there.certificate(case.person, number=number)
    case.bring([training], certificates=[made])
    assert [one.most for one in case.seen().lines] == [5, 5]
    case.there.revoke(7)
    import_refresh.refresh(
        session, SYSTEM, portal_id=case.portal_id, fetched=case.there.fetched(), now=NOW
    )
    whys = [one.why for one in case.seen().lines]
    assert sorted(whys) == ["", "那次培训的证书已被原平台撤销。"]


def test_hours_that_were_accepted_before_a_revocation_count_no_more(session: Session) -> None:
    case, number = Case(session), "PX37010020260000098"
    training = case.there.training(
        certificate_number=number, starts_on="2026-06-01", ends_on="2026-06-20"
    )
    made = case.there.certificate(case.person, number=number)
    case.bring([training], certificates=[made])
    case.attend(12)
    line = next(one for one in case.seen().lines if one.starts_on == "2026-06-01")
    case.accept(3, entry_id=line.entry_id)
    other = next(one for one in case.seen().lines if one.starts_on != "2026-06-01")
    case.accept(1, entry_id=other.entry_id)
    assert case.row().credited_hours == 16
    case.there.revoke(7)
    import_refresh.refresh(
        session, SYSTEM, portal_id=case.portal_id, fetched=case.there.fetched(), now=NOW
    )
    assert case.row().credited_hours == 13
    told = select(AuditEvent.on_behalf_of).where(AuditEvent.action == "carried.withdraw")
    assert session.scalars(told).all() == [case.person.id]


def test_a_correction_that_leaves_fewer_hours_takes_back_what_was_accepted(
    session: Session,
) -> None:
    case = Case(session)
    case.attend(12)
    case.accept(4)
    taken = session.scalars(select(ArchiveImportLine)).one()
    fewer = case.there.training(root=taken.content["same"].rpartition("/")[2], hours=2)
    case.bring([fewer])
    officer = make.make_actor(session, Role.OFFICER)
    case.person.residence_region = "650402"
    asked = session.scalars(
        select(ArchiveImportLine).where(ArchiveImportLine.state == "asked")
    ).one()
    import_conflicts.decide(
        session, officer, line_id=asked.id, accept=True, reason="原平台已更正", now=NOW
    )
    assert case.row().credited_hours == 12


def test_only_the_managers_of_the_class_see_and_count(case: Case) -> None:
    school = case.session.get_one(Institution, case.of.institution_id)
    teacher = make.make_actor(case.session, Role.INSTRUCTOR, institution=school)
    with pytest.raises(Forbidden):
        carried_hours.of_class(case.session, teacher, class_id=case.of.id, now=NOW)
    other = make.make_actor(
        case.session, Role.MANAGER, institution=make.make_institution(case.session)
    )
    with pytest.raises(NotFound):
        carried_hours.of_class(case.session, other, class_id=case.of.id, now=NOW)
    entry = case.seen().lines[0].entry_id
    with pytest.raises(NotFound):
        carried_hours.accept(
            case.session,
            other,
            enrolment_id=case.enrolment.id,
            entry_id=entry,
            hours=1,
            now=NOW,
        )
    case.accept(1)
    made = case.seen().lines[0].carried_id
    assert made is not None
    with pytest.raises(NotFound):
        carried_hours.withdraw(case.session, other, carried_id=made, now=NOW)


def test_somebody_elses_training_is_not_found(case: Case) -> None:
    other = Case(case.session)
    entry = other.seen().lines[0].entry_id
    with pytest.raises(NotFound):
        case.accept(1, entry_id=entry)


def test_two_classes_that_count_the_same_training_at_once(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        case = Case(session)
        second = make.make_class(session, first_start=NOW + timedelta(days=9))
        second.institution_id, second.occupation_code = case.of.institution_id, None
        enrolments = [case.enrolment, make.enrol(session, case.person, second)]
        entry = case.seen().lines[0].entry_id
        session.commit()

    def accept(enrolment: UUID, session: Session) -> str:
        carried_hours.accept(
            session, case.manager, enrolment_id=enrolment, entry_id=entry, hours=1, now=NOW
        )
        return "counted"

    acts = [partial(accept, one.id) for one in enrolments] * 3
    answers = together([partial(in_transaction, act) for act in acts])
    assert sorted(str(one) for one in answers) == ["carry.already_counted"] * 5 + ["counted"]
    with Session(engine) as session:
        rows = select(func.count(CarriedHours.id)).where(CarriedHours.entry_id == entry)
        assert session.scalar(rows) == 1
