"""The archive: lines in a chain that shows every change, read by their owner only."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AttendanceRecord, Enrolment, TrainingClass
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive, archive_prints
from portal.services.archive_chain import entry_hash
from tests.support.archives import add, reach_in
from tests.support.factories import (
    enrol,
    make_actor,
    make_class,
    make_institution,
    make_person,
    person_of,
    sessions_of,
)


@pytest.fixture
def trainee(session: Session) -> Actor:
    return make_actor(session)


def test_an_exported_chain_can_be_checked_without_the_portal(
    session: Session, trainee: Actor, now: datetime
) -> None:
    for _ in range(3):
        add(session, trainee.the_person(), now)
    before = "0" * 64
    for line in archive.archive_json(session, trainee, now=now)["chain"]:
        assert line["prev_hash"] == before
        before = entry_hash({k: v for k, v in line.items() if k != "hash"})
        assert before == line["hash"]


def test_a_correction_counts_and_the_old_line_stays_on_record(
    session: Session, trainee: Actor, now: datetime
) -> None:
    old = add(session, trainee.the_person(), now, hours=36)
    add(
        session,
        trainee.the_person(),
        now,
        kind="correction",
        ref_id=old.id,
        hours=40,
        supersedes=old.id,
    )
    view = archive.my_archive(session, trainee, now=now)
    assert (view.trainings, view.hours, view.intact) == (1, 40, True)
    assert len(archive.archive_json(session, trainee, now=now)["chain"]) == 2


def test_a_running_class_shows_the_hours_so_far_and_counts(
    session: Session, trainee: Actor, now: datetime
) -> None:
    enrolment = _start_class(session, trainee, now - timedelta(days=1), days=3)
    session.add(_record(session, enrolment, hours=3, now=now))
    add(session, trainee.the_person(), now, hours=36, detail={"ends_on": "2027-01-01"})
    view = archive.my_archive(session, trainee, now=now)
    assert [line.status_label for line in view.lines] == ["进行中", "已结业"]
    assert (view.lines[0].hours, view.lines[0].hours_planned) == (3, 12)
    assert (view.trainings, view.hours) == (2, 39)


def test_a_class_that_is_over_waits_for_its_result(
    session: Session, trainee: Actor, now: datetime
) -> None:
    _start_class(session, trainee, now - timedelta(days=5), days=2)
    assert [line.status for line in archive.my_archive(session, trainee, now=now).lines] == [
        "awaiting"
    ]


def test_a_class_to_come_and_a_class_given_up_are_no_training(
    session: Session, trainee: Actor, now: datetime
) -> None:
    _start_class(session, trainee, now + timedelta(days=1), days=2)
    _start_class(session, trainee, now - timedelta(days=9), days=2).status = "withdrawn"
    view = archive.my_archive(session, trainee, now=now)
    assert (view.lines, view.trainings, view.hours) == ((), 0, 0)


def test_the_newest_line_comes_first(session: Session, trainee: Actor, now: datetime) -> None:
    for day in ("2025-03-02", "2026-05-06", "2024-01-02"):
        add(session, trainee.the_person(), now, title=day, detail={"ends_on": day})
    titles = [line.title for line in archive.my_archive(session, trainee, now=now).lines]
    assert titles == ["2026-05-06", "2025-03-02", "2024-01-02"]


def test_an_archive_shows_its_owner_only_his_own_lines(
    session: Session, trainee: Actor, now: datetime
) -> None:
    stranger = make_person(session)
    add(session, stranger.id, now)
    other = make_actor(session)
    _start_class(session, other, now, days=2)
    assert archive.my_archive(session, trainee, now=now).lines == ()
    assert archive.archive_json(session, trainee, now=now)["chain"] == []


def test_only_trainees_have_an_archive_to_read(session: Session, now: datetime) -> None:
    with pytest.raises(Unauthenticated):
        archive.my_archive(session, ANONYMOUS, now=now)
    manager = make_actor(session, Role.MANAGER, institution=make_institution(session))
    with pytest.raises(Forbidden):
        archive.archive_json(session, manager, now=now)


def test_a_broken_chain_is_said_to_its_owner(
    session: Session, trainee: Actor, now: datetime
) -> None:
    entry = add(session, trainee.the_person(), now)
    reach_in(session, "UPDATE archive_entry SET hours = 1 WHERE id = :id", id=entry.id)
    assert not archive.my_archive(session, trainee, now=now).intact


def test_the_export_hides_most_of_the_id_number(
    session: Session, trainee: Actor, now: datetime
) -> None:
    exported = archive.archive_json(session, trainee, now=now)
    assert exported["holder"]["id_no"].startswith("**************")
    assert exported["generated_at"] == "2026-12-01T01:40:00+00:00"


def test_the_paper_lists_trainings_with_their_certificates(
    session: Session, trainee: Actor, now: datetime
) -> None:
    number = "PX65040220260000017X"
    add(session, trainee.the_person(), now, detail={"certificate_number": number})
    certificate = {"subject": "certificate", "status": "valid", "certificate_number": number}
    made = add(session, trainee.the_person(), now, kind="certificate", detail=certificate)
    document = archive_prints.archive_document(session, trainee, now=now).document
    assert [line.certificate_number for line in document.entries] == [number]
    assert (document.totals.trainings, document.totals.certificates) == (1, 1)
    add(
        session,
        trainee.the_person(),
        now,
        kind="revocation",
        detail=certificate | {"status": "revoked"},
        supersedes=made.id,
    )
    job = archive_prints.archive_document(session, trainee, now=now)
    document = job.document
    assert [line.certificate_number for line in document.entries] == [f"{number}（已撤销）"]
    assert document.totals.certificates == 0
    assert archive_prints.archive_pdf(job).startswith(b"%PDF")


def _start_class(session: Session, actor: Actor, start: datetime, *, days: int) -> Enrolment:
    made = make_class(session, first_start=start, sessions=days)
    return enrol(session, person_of(session, actor), made)


def _record(
    session: Session, enrolment: Enrolment, *, hours: int, now: datetime
) -> AttendanceRecord:
    made = session.get_one(TrainingClass, enrolment.class_id)
    return AttendanceRecord(
        session_id=sessions_of(session, made)[0].id,
        enrolment_id=enrolment.id,
        person_id=enrolment.person_id,
        state="present",
        credited_minutes=hours * 45,
        credited_hours=hours,
        updated_at=now,
        updated_by=new_id(),
    )
