"""The archive: lines in a chain that shows every change, read by their owner only."""

import threading
from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, AttendanceRecord, Enrolment, Person
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive
from portal.services.archive_chain import entry_hash
from tests.support.factories import (
    enrol,
    make_actor,
    make_class,
    make_institution,
    make_person,
    person_of,
    sessions_of,
)


def add(session: Session, person_id: UUID, now: datetime, **fields: Any) -> ArchiveEntry:
    """A line about a finished class."""
    detail = {
        "subject": "class",
        "status": "completed",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-20",
        "hours_planned": 40,
        "certificate_number": None,
    }
    values: dict[str, Any] = {
        "kind": "class",
        "ref_id": new_id(),
        "occurred_on": date(2026, 11, 20),
        "title": "电工(五级)技能提升班",
        "institution_name": "示例职业培训学校",
        "hours": 36,
        "detail": detail | fields.pop("detail", {}),
    }
    return archive.append(session, person_id=person_id, now=now, **values | fields)


def tamper(session: Session, entry: ArchiveEntry, **values: Any) -> None:
    """Change a line as somebody with the database in his hands could."""
    session.execute(text("ALTER TABLE archive_entry DISABLE TRIGGER append_only"))
    session.execute(update(ArchiveEntry).where(ArchiveEntry.id == entry.id).values(**values))


@pytest.fixture
def trainee(session: Session) -> Actor:
    return make_actor(session)


def test_lines_are_numbered_and_chained_for_each_person(session: Session, now: datetime) -> None:
    someone, other = make_person(session), make_person(session)
    first = add(session, someone.id, now)
    add(session, other.id, now)
    second = add(session, someone.id, now)
    assert (first.seq, second.seq) == (1, 2)
    assert second.prev_hash == first.hash
    assert archive.verify_chain(session, someone.id) is None


def test_an_empty_archive_is_intact(session: Session) -> None:
    assert archive.verify_chain(session, make_person(session).id) is None


def test_the_database_refuses_to_change_a_line(session: Session, now: datetime) -> None:
    entry = add(session, make_person(session).id, now)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(update(ArchiveEntry).where(ArchiveEntry.id == entry.id).values(hours=99))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("hours", 99),
        ("title", "焊工"),
        ("institution_name", "别的学校"),
        ("kind", "certificate"),
        ("ref_id", new_id()),
        ("occurred_on", date(2020, 1, 1)),
        ("detail", {"status": "completed"}),
        ("source_system", "elsewhere"),
        ("recorded_at", datetime(2020, 1, 1, tzinfo=timezone.utc)),  # noqa: UP017
        ("supersedes", new_id()),
        ("prev_hash", "0" * 64),
        ("hash", "f" * 64),
        ("id", new_id()),
        ("seq", 7),
    ],
)
def test_a_changed_column_breaks_the_chain_at_its_line(
    session: Session, now: datetime, column: str, value: object
) -> None:
    person = make_person(session)
    entries = [add(session, person.id, now) for _ in range(3)]
    tamper(session, entries[1], **{column: value})
    assert archive.verify_chain(session, person.id) == 2


def test_a_changed_line_with_a_fresh_hash_breaks_the_chain_at_the_next(
    session: Session, now: datetime
) -> None:
    person = make_person(session)
    entries = [add(session, person.id, now) for _ in range(3)]
    tamper(session, entries[0], hours=99)
    chain = archive.archive_json(session, _actor_of(person), now=now)["chain"]
    forged = entry_hash({k: v for k, v in chain[0].items() if k != "hash"})
    tamper(session, entries[0], hash=forged)
    assert archive.verify_chain(session, person.id) == 2


def test_a_line_taken_out_breaks_the_chain_there(session: Session, now: datetime) -> None:
    person = make_person(session)
    entries = [add(session, person.id, now) for _ in range(3)]
    session.execute(text("ALTER TABLE archive_entry DISABLE TRIGGER append_only"))
    session.execute(text("DELETE FROM archive_entry WHERE id = :id"), {"id": entries[1].id})
    assert archive.verify_chain(session, person.id) == 2


def test_a_line_of_somebody_else_does_not_fit_into_the_chain(
    session: Session, now: datetime
) -> None:
    person, other = make_person(session), make_person(session)
    entry = add(session, other.id, now)
    tamper(session, entry, person_id=person.id)
    assert archive.verify_chain(session, person.id) == 1


def test_the_zone_of_the_clock_does_not_matter_to_the_hash(session: Session, now: datetime) -> None:
    person = make_person(session)
    add(session, person.id, now.astimezone(timezone(timedelta(hours=8))))
    session.expire_all()
    assert archive.verify_chain(session, person.id) is None


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


def test_lines_added_at_once_stand_one_after_another(engine: Engine, now: datetime) -> None:
    person_id = in_transaction(lambda session: make_person(session).id)
    barrier = threading.Barrier(8)

    def write() -> None:
        barrier.wait()
        in_transaction(lambda session: add(session, person_id, now).seq)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        query = select(ArchiveEntry.seq).where(ArchiveEntry.person_id == person_id)
        assert sorted(session.scalars(query)) == list(range(1, 9))
        assert archive.verify_chain(session, person_id) is None


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


def test_a_line_is_superseded_once_and_by_its_own_person(session: Session, now: datetime) -> None:
    person, other = make_person(session), make_person(session)
    old = add(session, person.id, now)
    with pytest.raises(ValueError, match="in force"):
        add(session, other.id, now, kind="correction", ref_id=old.id, supersedes=old.id)
    add(session, person.id, now, kind="correction", ref_id=old.id, supersedes=old.id)
    with pytest.raises(ValueError, match="in force"):
        add(session, person.id, now, kind="correction", ref_id=new_id(), supersedes=old.id)


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
    tamper(session, add(session, trainee.the_person(), now), hours=1)
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
    document = archive.archive_document(session, trainee, now=now)
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
    document = archive.archive_document(session, trainee, now=now)
    assert [line.certificate_number for line in document.entries] == [f"{number}（已撤销）"]
    assert document.totals.certificates == 0
    assert archive.archive_pdf(document).startswith(b"%PDF")


def _actor_of(person: Person) -> Actor:
    return Actor(role=Role.TRAINEE, account_id=new_id(), person_id=person.id)


def _start_class(session: Session, actor: Actor, start: datetime, *, days: int) -> Enrolment:
    made = make_class(session, first_start=start, sessions=days)
    return enrol(session, person_of(session, actor), made)


def _record(
    session: Session, enrolment: Enrolment, *, hours: int, now: datetime
) -> AttendanceRecord:
    made = session.get_one(archive.TrainingClass, enrolment.class_id)
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
