"""Corrections: the owner asks, whoever recorded the line answers, and the wrong line stays."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    ArchiveEntry,
    AuditEvent,
    Certificate,
    CorrectionRequest,
    Enrolment,
    Notice,
    TrainingClass,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.permissions import Actor, Role
from portal.services import archive_chain, correction_desk, correction_own, correction_queue
from portal.services import correction_requests as requests
from portal.services.correction_lines import Values
from tests.support import factories as make
from tests.support.acts import together
from tests.support.rights import add_line, claimed, learned, manager_of

WISH = "少记了 8 课时，第 3 天我在。"


@pytest.fixture
def me(session: Session) -> Actor:
    return make.make_actor(session)


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


@pytest.fixture
def line(session: Session, me: Actor, now: datetime) -> ArchiveEntry:
    return learned(session, me, now)[0]


@pytest.fixture
def manager(session: Session, line: ArchiveEntry) -> Actor:
    return manager_of(session, class_of(session, line))


def class_of(session: Session, line: ArchiveEntry) -> TrainingClass:
    return session.get_one(TrainingClass, session.get_one(Enrolment, line.ref_id).class_id)


def ask(session: Session, me: Actor, line: ArchiveEntry, now: datetime, **more: Any) -> UUID:
    given: dict[str, Any] = {"entry_id": line.id, "wish": WISH, "now": now}
    return requests.ask(session, me, **given | more)


def right(**fields: Any) -> Values:
    values: dict[str, Any] = {
        "title": "电工(五级)技能提升班",
        "hours": 40,
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 11, 20),
        "status": "completed",
    }
    return Values(**values | fields)


def accept(session: Session, by: Actor, wanted: UUID, now: datetime, **more: Any) -> Any:
    given: dict[str, Any] = {"values": right(), "answer": "查了签到表，确实少记了。"}
    return correction_desk.accept(session, by, request_id=wanted, now=now, **given | more)


def refuse(session: Session, by: Actor, wanted: UUID, now: datetime) -> None:
    answer = "签到表上没有这一天。"
    correction_desk.refuse(session, by, request_id=wanted, answer=answer, now=now)


def own(session: Session, me: Actor, now: datetime) -> Any:
    return correction_own.my_corrections(session, me, now=now)


def told(session: Session, person_id: UUID) -> list[str]:
    query = select(Notice.kind).where(Notice.person_id == person_id).order_by(Notice.id)
    return list(session.scalars(query))


def test_a_class_line_goes_to_the_institution_that_recorded_it(
    session: Session, me: Actor, manager: Actor, officer: Actor, line: ArchiveEntry, now: datetime
) -> None:
    ask(session, me, line, now, right_value="40 课时")
    [seen] = correction_queue.queue(session, manager, now=now).items
    assert (seen.wish, seen.right_value, seen.stands.hours) == (WISH, "40 课时", 32)
    assert correction_queue.count_open(session, manager, now=now) == 1
    assert correction_queue.queue(session, officer, now=now).items == ()
    assert told(session, manager.the_person()) == ["record_asked"]


def test_ten_working_days_are_promised(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime
) -> None:
    ask(session, me, line, now)
    [asked] = own(session, me, now).requests
    assert asked.due_on == date(2026, 12, 15)


@pytest.mark.parametrize("kind", ["award", "competition", "military", "employment", "external"])
def test_what_no_class_stands_behind_goes_to_the_authority(
    session: Session, officer: Actor, now: datetime, kind: str
) -> None:
    person = make.make_person(session, residence_region="650402")
    me = make.make_actor(session, person=person)
    ask(session, me, add_line(session, person.id, now, kind=kind), now)
    [seen] = correction_queue.queue(session, officer, now=now).items
    assert (seen.kind, seen.institution) == (kind, "")


def test_an_office_elsewhere_sees_none_of_it(
    session: Session, now: datetime, line: ArchiveEntry
) -> None:
    person = make.make_person(session, residence_region="650402")
    wanted = ask(
        session,
        make.make_actor(session, person=person),
        add_line(session, person.id, now, kind="award"),
        now,
    )
    elsewhere = make.make_actor(session, Role.OFFICER, region_code="430000")
    assert correction_queue.queue(session, elsewhere, now=now).items == ()
    with pytest.raises(NotFound):
        refuse(session, elsewhere, wanted, now)


def test_who_lives_nowhere_known_is_answered_by_any_office(session: Session, now: datetime) -> None:
    me = make.make_actor(session)
    ask(session, me, add_line(session, me.the_person(), now, kind="award"), now)
    anywhere = make.make_actor(session, Role.OFFICER, region_code="430000")
    assert len(correction_queue.queue(session, anywhere, now=now).items) == 1


def test_accepting_adds_the_right_line_and_keeps_the_wrong_one(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    wanted = ask(session, me, line, now)
    assert accept(session, manager, wanted, now).outcome == "accepted"
    entries = archive_chain.entries_of(session, me.the_person())
    assert [(one.kind, one.hours) for one in entries] == [("class", 32), ("correction", 40)]
    [stands] = archive_chain.in_force(entries)
    assert (stands.supersedes, stands.detail["subject"]) == (line.id, "class")
    assert archive_chain.verify_chain(session, me.the_person()) is None
    row = session.get_one(CorrectionRequest, wanted)
    assert (row.state, row.correction_id) == ("accepted", stands.id)
    assert told(session, me.the_person()) == ["record_accepted"]


def test_a_corrected_line_may_be_corrected_again_by_the_same_desk(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    accept(session, manager, ask(session, me, line, now), now)
    [second] = own(session, me, now).lines
    assert (second.kind, second.may) == ("class", "ask")
    assert second.entry_id != line.id
    again = requests.ask(session, me, entry_id=second.entry_id, wish=WISH, now=now)
    assert session.get_one(CorrectionRequest, again).institution_id == manager.institution_id


def test_dates_and_the_result_can_be_put_right(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    values = right(ends_on=date(2026, 11, 22), status="failed")
    accept(session, manager, ask(session, me, line, now), now, values=values)
    [stands] = archive_chain.in_force(archive_chain.entries_of(session, me.the_person()))
    assert stands.occurred_on == date(2026, 11, 22)
    assert (stands.detail["ends_on"], stands.detail["status"]) == ("2026-11-22", "failed")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "电"}, "title"),
        ({"hours": None}, "hours"),
        ({"hours": -1}, "hours"),
        ({"hours": 10_000}, "hours"),
        ({"hours": 41}, "hours"),
        ({"ends_on": date(2026, 10, 1)}, "ends_on"),
        ({"ends_on": date(2027, 1, 1)}, "ends_on"),
        ({"starts_on": date(1900, 1, 1)}, "ends_on"),
        ({"status": "valid"}, "status"),
        ({"hours": 32}, "title"),
    ],
)
def test_what_cannot_be_right_is_refused(
    session: Session,
    me: Actor,
    manager: Actor,
    line: ArchiveEntry,
    now: datetime,
    fields: dict[str, Any],
    field: str,
) -> None:
    wanted = ask(session, me, line, now)
    with pytest.raises(BadInput) as refused:
        accept(session, manager, wanted, now, values=right(**fields))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"wish": "错了"}, "wish"),
        ({"wish": "错" * 501}, "wish"),
        ({"wish": "名字\u202e不对了"}, "wish"),
        ({"right_value": "对" * 501}, "right_value"),
    ],
)
def test_a_wish_is_four_to_five_hundred_readable_characters(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime, more: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        ask(session, me, line, now, **more)
    assert refused.value.field == field


def test_one_request_is_open_for_a_line(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime
) -> None:
    wanted = ask(session, me, line, now)
    with pytest.raises(NotReady):
        ask(session, me, line, now)
    requests.withdraw(session, me, request_id=wanted, now=now)
    requests.withdraw(session, me, request_id=wanted, now=now)
    ask(session, me, line, now)
    assert [one.state for one in own(session, me, now).requests] == ["open", "withdrawn"]


def test_asking_and_taking_back_has_an_end(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime
) -> None:
    for _ in range(5):
        requests.withdraw(session, me, request_id=ask(session, me, line, now), now=now)
    with pytest.raises(NotReady):
        ask(session, me, line, now)


def test_nobody_asks_about_the_line_of_somebody_else(
    session: Session, line: ArchiveEntry, me: Actor, now: datetime
) -> None:
    other = make.make_actor(session)
    with pytest.raises(NotFound):
        ask(session, other, line, now)
    wanted = ask(session, me, line, now)
    with pytest.raises(NotFound):
        requests.withdraw(session, other, request_id=wanted, now=now)


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.MANAGER, Role.OFFICER, Role.AUDITOR])
def test_staff_have_no_archive_to_ask_about(
    session: Session, line: ArchiveEntry, now: datetime, role: Role
) -> None:
    school = make.make_institution(session) if role in (Role.INSTRUCTOR, Role.MANAGER) else None
    with pytest.raises(Forbidden):
        ask(session, make.make_actor(session, role, institution=school), line, now)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.INSTRUCTOR, Role.AUDITOR, Role.HELPER])
def test_others_decide_nothing(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime, role: Role
) -> None:
    wanted = ask(session, me, line, now)
    school = make.make_institution(session) if role is Role.INSTRUCTOR else None
    actor = make.make_actor(session, role, institution=school)
    with pytest.raises(Forbidden):
        refuse(session, actor, wanted, now)
    with pytest.raises(Forbidden):
        correction_queue.queue(session, actor, now=now)


def test_another_institution_decides_nothing(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime
) -> None:
    wanted = ask(session, me, line, now)
    school = make.make_institution(session)
    other = make.make_actor(session, Role.MANAGER, institution=school)
    with pytest.raises(NotFound):
        accept(session, other, wanted, now)


def test_after_the_institution_said_no_the_authority_is_asked_once(
    session: Session, me: Actor, manager: Actor, officer: Actor, line: ArchiveEntry, now: datetime
) -> None:
    refuse(session, manager, ask(session, me, line, now), now)
    assert own(session, me, now).lines[0].may == "again"
    second = ask(session, me, line, now)
    [seen] = correction_queue.queue(session, officer, now=now).items
    assert seen.again
    with pytest.raises(NotFound):
        refuse(session, manager, second, now)
    refuse(session, officer, second, now)
    assert own(session, me, now).lines[0].may == "answered"
    with pytest.raises(NotReady):
        ask(session, me, line, now)
    assert told(session, me.the_person()) == ["record_refused"] * 2


def test_what_the_institution_leaves_comes_to_the_authority(
    session: Session, me: Actor, manager: Actor, officer: Actor, line: ArchiveEntry, now: datetime
) -> None:
    wanted = ask(session, me, line, now)
    with pytest.raises(NotReady):
        refuse(session, officer, wanted, now)
    late = now + timedelta(days=15)
    [seen] = correction_queue.queue(session, officer, now=late).items
    assert seen.late
    refuse(session, officer, wanted, late)
    # The authority's no is not looked at once more.
    assert own(session, me, late).lines[0].may == "answered"


def test_who_was_paid_does_not_decide_alone(
    session: Session, me: Actor, manager: Actor, officer: Actor, line: ArchiveEntry, now: datetime
) -> None:
    claimed(session, line.ref_id, now)
    wanted = ask(session, me, line, now)
    assert accept(session, manager, wanted, now).outcome == "passed_on"
    assert len(archive_chain.entries_of(session, me.the_person())) == 1
    [seen] = correction_queue.queue(session, officer, now=now).items
    assert seen.money
    assert seen.proposed is not None
    assert seen.proposed.hours == 40
    assert accept(session, officer, wanted, now).outcome == "accepted"
    events = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(wanted)))
    marked = {one.action for one in events if (one.detail or {}).get("concerns_money")}
    assert marked == {"correction.pass_on", "correction.accept"}
    assert told(session, me.the_person()) == ["record_passed_on", "record_accepted"]


def test_a_title_is_no_money(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    claimed(session, line.ref_id, now)
    values = right(title="电工(四级)技能提升班", hours=32)
    assert accept(session, manager, ask(session, me, line, now), now, values=values).outcome == (
        "accepted"
    )


def test_a_line_about_a_document_waits_for_the_new_document(
    session: Session, officer: Actor, now: datetime
) -> None:
    person = make.make_person(session, residence_region="650402")
    me = make.make_actor(session, person=person)
    wanted = ask(session, me, add_line(session, person.id, now, kind="certificate"), now)
    [seen] = correction_queue.queue(session, officer, now=now).items
    assert not seen.by_value
    accept(session, officer, wanted, now, values=None)
    assert len(archive_chain.entries_of(session, person.id)) == 1
    assert session.get_one(CorrectionRequest, wanted).state == "accepted"


def test_a_certificate_that_says_the_same_is_named(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    certificate = Certificate(
        number="PX650402202600000019",
        kind="TRAINING",
        person_id=me.the_person(),
        enrolment_id=line.ref_id,
        institution_name="示例",
        institution_uscc="0",
        region_code="650402",
        holder_name="王小强",
        title="电工",
        issued_on=date(2026, 11, 21),
        status="issued",
        holder_salt=b"0",
        signature="x",
        created_at=now,
    )
    session.add(certificate)
    session.flush()
    answered = accept(session, manager, ask(session, me, line, now), now)
    assert answered.certificate == "PX650402202600000019"


@pytest.mark.parametrize("kind", ["merge", "identity"])
def test_how_records_were_joined_is_no_line_to_correct(
    session: Session, me: Actor, now: datetime, kind: str
) -> None:
    entry = add_line(session, me.the_person(), now, kind=kind)
    assert own(session, me, now).lines == ()
    with pytest.raises(NotFound):
        ask(session, me, entry, now)


def test_a_line_of_a_merged_record_is_ones_own(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    twin = make.make_person(session, merged_into=me.the_person(), residence_region="650402")
    entry = add_line(session, twin.id, now, kind="award")
    wanted = ask(session, me, entry, now)
    accept(session, officer, wanted, now)
    assert [one.kind for one in archive_chain.entries_of(session, twin.id)] == [
        "award",
        "correction",
    ]


def test_a_line_that_was_superseded_meanwhile_is_not_decided_about(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    wanted = ask(session, me, line, now)
    add_line(session, me.the_person(), now, kind="correction", ref_id=line.id, supersedes=line.id)
    with pytest.raises(NotReady):
        accept(session, manager, wanted, now)
    requests.withdraw(session, me, request_id=wanted, now=now)
    with pytest.raises(NotReady):
        ask(session, me, line, now)


def test_every_look_and_act_is_written_down_for_the_owner(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime
) -> None:
    wanted = ask(session, me, line, now)
    correction_queue.queue(session, manager, now=now)
    refuse(session, manager, wanted, now)
    query = select(AuditEvent.action, AuditEvent.on_behalf_of, AuditEvent.reason).order_by(
        AuditEvent.id
    )
    rows = session.execute(query.where(AuditEvent.object_id == str(wanted))).all()
    assert [row.action for row in rows] == [
        "correction.ask",
        "correction.read",
        "correction.refuse",
    ]
    assert {row.on_behalf_of for row in rows} == {me.the_person()}
    assert rows[-1].reason == "签到表上没有这一天。"


@pytest.mark.parametrize("acts", [(accept, accept), (accept, refuse), (refuse, refuse)])
def test_of_two_deciders_at_once_one_decides(
    session: Session, me: Actor, manager: Actor, line: ArchiveEntry, now: datetime, acts: Any
) -> None:
    second = manager_of(session, class_of(session, line))
    wanted = ask(session, me, line, now)
    person = me.the_person()
    session.commit()

    def decide(by: Actor, act: Any) -> Any:
        return in_transaction(lambda own_session: act(own_session, by, wanted, now))

    answers = together([partial(decide, manager, acts[0]), partial(decide, second, acts[1])])
    assert sum(isinstance(one, NotReady) for one in answers) == 1
    session.expire_all()
    assert len(told(session, person)) == 1
    state = session.get_one(CorrectionRequest, wanted).state
    assert len(archive_chain.entries_of(session, person)) == (2 if state == "accepted" else 1)


def test_of_two_requests_at_once_one_is_open(
    session: Session, me: Actor, line: ArchiveEntry, now: datetime
) -> None:
    session.commit()

    def once() -> Any:
        return in_transaction(
            lambda own_session: requests.ask(own_session, me, entry_id=line.id, wish=WISH, now=now)
        )

    answers = together([once] * 4)
    assert sum(isinstance(one, UUID) for one in answers) == 1
