"""Whatever is done to archives in the database itself, the examination names it first."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    ArchiveCheckpoint,
    ArchiveEntry,
    Certificate,
    ExternalCertificate,
    Institution,
)
from portal.domain.errors import Forbidden
from portal.domain.permissions import SYSTEM, Role
from portal.services import archive_checkpoints as checkpoints
from portal.services import archive_doctor, archive_seals, certificates, person_merges
from portal.tasks.archive import close_archives
from tests.support import persons
from tests.support.acts import together
from tests.support.archives import add, close_all, compute_anew, reach_in
from tests.support.factories import NOW, enrol, make_actor, make_class, make_person


class Archives:
    """Three people with three closed lines each, and one line each that is not closed yet."""

    def __init__(self, session: Session, anchor: Path, now: datetime) -> None:
        self.session, self.anchor = session, anchor
        self.people = sorted(make_person(session).id for _ in range(3))
        self.lines: dict[tuple[int, int], ArchiveEntry] = {}
        for seq in (1, 2, 3):
            for index, person_id in enumerate(self.people):
                self.lines[index, seq] = add(session, person_id, now)
            close_all(session, now)
        checkpoints.keep_anchor(session, SYSTEM, path=anchor)
        for index, person_id in enumerate(self.people):
            self.lines[index, 4] = add(session, person_id, now)

    def said(self) -> str:
        return archive_doctor.examine(self.session, anchor=self.anchor).sentence

    def reach_in(self, statement: str, **values: Any) -> None:
        reach_in(self.session, statement, **values)


@pytest.fixture
def kept(session: Session, tmp_path: Path, now: datetime) -> Archives:
    return Archives(session, tmp_path / "anchor.json", now)


def test_archives_that_nobody_touched_are_in_order(kept: Archives) -> None:
    found = archive_doctor.examine(kept.session, anchor=kept.anchor)
    assert (found.lines, found.faults) == (12, ())


COLUMNS = {
    "id": new_id(),
    "no": 9_000_000,
    "person_id": None,
    "seq": 70,
    "kind": "award",
    "ref_id": new_id(),
    "occurred_on": "2020-01-01",
    "title": "焊工",
    "institution_name": "别的学校",
    "hours": 99,
    "detail": "{}",
    "source_system": "elsewhere",
    "recorded_at": "2020-01-01T00:00:00Z",
    "prev_hash": "1" * 64,
    "hash": "f" * 64,
    "seal": b"x",
    "supersedes": new_id(),
}


def test_every_column_is_tried() -> None:
    assert set(COLUMNS) == set(ArchiveEntry.__table__.columns.keys())


@pytest.mark.parametrize("seq", [2, 4])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found_and_its_line_named(
    kept: Archives, column: str, seq: int
) -> None:
    victim = kept.lines[1, seq]
    line_id, value = victim.id, COLUMNS[column] or make_person(kept.session).id
    kind = kept.session.scalar(
        text(
            "SELECT udt_name FROM information_schema.columns"
            " WHERE table_name = 'archive_entry' AND column_name = :name"
        ),
        {"name": column},
    )
    kept.reach_in(
        f"UPDATE archive_entry SET {column} = CAST(:value AS {kind}) WHERE id = :id",
        value=value,
        id=line_id,
    )
    said = kept.said()
    if column == "person_id":
        assert f"person {kept.people[1]} line {seq}" in said
    elif column == "seq":
        assert f"person {kept.people[1]} line 70" in said or f"line {seq}" in said
    else:
        assert f"person {kept.people[1]} line {seq}" in said
    assert str(line_id if column not in ("id", "person_id", "seq") else "person") in said


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("occurred_on", "'infinity'"),
        ("occurred_on", "'0044-03-15 BC'"),
        ("recorded_at", "'-infinity'"),
        ("detail", "'1e400'"),
        ("detail", "CAST(repeat('9', 5000) AS jsonb)"),
        ("detail", "CAST(repeat('[', 3000) || repeat(']', 3000) AS jsonb)"),
        ("detail", "'null'"),
        ("title", "''"),
    ],
)
def test_what_python_cannot_read_is_named_all_the_same(
    kept: Archives, column: str, value: str
) -> None:
    line_id = kept.lines[1, 2].id
    kept.reach_in(f"UPDATE archive_entry SET {column} = {value} WHERE id = :id", id=line_id)
    assert kept.said() == (
        f"person {kept.people[1]} line 2 (entry {line_id}): was changed after it was written"
    )


def test_a_line_that_somebody_else_wrote_is_called_forged(kept: Archives) -> None:
    person_id = kept.people[1]
    forge(kept, person_id)
    assert f"person {person_id} line 2" in kept.said()
    assert "forged" in kept.said()


def forge(kept: Archives, person_id: UUID) -> None:
    """Change a line and compute its whole chain and its head anew."""
    kept.reach_in(
        "UPDATE archive_entry SET hours = 99 WHERE person_id = :p AND seq = 2", p=person_id
    )
    compute_anew(kept.session, person_id)


@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_a_line_taken_out_is_named(kept: Archives, seq: int) -> None:
    line_id = kept.lines[1, seq].id
    kept.reach_in("DELETE FROM archive_entry WHERE id = :id", id=line_id)
    said = kept.said()
    assert said.startswith(f"person {kept.people[1]} line {seq}: was removed")
    if seq < 4:
        faults = archive_doctor.examine(kept.session, anchor=kept.anchor).faults
        assert any(str(line_id) in str(one) for one in faults)


def test_lines_cut_off_with_the_head_put_back_are_found_by_the_checkpoint(kept: Archives) -> None:
    person_id, lost = kept.people[1], kept.lines[1, 3].id
    before = kept.lines[1, 2]
    mac = archive_seals.head_mac(person_id, 2, before.hash)
    kept.reach_in(
        "UPDATE archive_head SET seq = 2, hash = :hash, mac = :mac WHERE person_id = :p",
        hash=before.hash,
        mac=mac,
        p=person_id,
    )
    kept.reach_in("DELETE FROM archive_entry WHERE person_id = :p AND seq > 2", p=person_id)
    assert kept.said().startswith(f"entry {lost}: was removed")


def test_a_whole_archive_taken_out_with_its_head_is_found(kept: Archives) -> None:
    person_id, first = kept.people[0], kept.lines[0, 1].id
    kept.reach_in("DELETE FROM archive_entry WHERE person_id = :p", p=person_id)
    assert kept.said().startswith(f"person {person_id} line 1: was removed with all 4")
    kept.reach_in("DELETE FROM archive_head WHERE person_id = :p", p=person_id)
    assert kept.said().startswith(f"entry {first}: was removed")


def test_all_archives_taken_out_are_found(kept: Archives) -> None:
    first = kept.lines[0, 1].id
    kept.reach_in("DELETE FROM archive_entry")
    kept.reach_in("DELETE FROM archive_head")
    assert kept.said().startswith(f"entry {first}: was removed")
    kept.reach_in("DELETE FROM archive_checkpoint")
    assert "checkpoint" in kept.said()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM archive_head WHERE person_id = :p", "has no head"),
        ("UPDATE archive_head SET mac = '\\x00' WHERE person_id = :p", "head that was changed"),
        ("UPDATE archive_head SET seq = 3 WHERE person_id = :p", "head that was changed"),
        ("UPDATE archive_head SET seq = 9 WHERE person_id = :p", "head that was changed"),
        ("UPDATE archive_head SET hash = 'x' WHERE person_id = :p", "head that was changed"),
    ],
)
def test_a_head_changed_or_taken_out_is_found(kept: Archives, change: str, said: str) -> None:
    person_id = kept.people[2]
    kept.reach_in(change, p=person_id)
    assert kept.said().startswith(f"person {person_id} end of archive after line 4")
    assert said in kept.said()


def test_a_head_moved_to_somebody_else_is_found(kept: Archives) -> None:
    stranger = make_person(kept.session).id
    kept.reach_in(
        "UPDATE archive_head SET person_id = :stranger WHERE person_id = :p",
        stranger=stranger,
        p=kept.people[0],
    )
    assert f"person {kept.people[0]} end of archive" in kept.said()


def test_a_line_added_behind_our_back_is_found(kept: Archives) -> None:
    person_id, made = kept.people[2], new_id()
    kept.reach_in(
        "INSERT INTO archive_entry (id, person_id, seq, kind, ref_id, occurred_on, title,"
        " institution_name, detail, source_system, recorded_at, prev_hash, hash)"
        " SELECT :id, person_id, 5, kind, :id, occurred_on, title, institution_name, detail,"
        " source_system, recorded_at, hash, hash FROM archive_entry"
        " WHERE person_id = :p AND seq = 4",
        id=made,
        p=person_id,
    )
    assert f"person {person_id} line 5 (entry {made})" in kept.said()
    compute_anew(kept.session, person_id)
    assert "added behind our back" in kept.said()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", new_id()),
        ("upto_no", 1),
        ("count", 7),
        ("members", b""),
        ("prev_hash", "0" * 63 + "1"),
        ("hash", "f" * 64),
        ("mac", b""),
        ("at", NOW - timedelta(days=1)),
    ],
)
def test_a_changed_checkpoint_is_found(kept: Archives, column: str, value: object) -> None:
    kept.reach_in(f"UPDATE archive_checkpoint SET {column} = :value WHERE no = 2", value=value)
    assert kept.said().startswith("checkpoint 2: was")


def test_a_checkpoint_computed_anew_is_found(kept: Archives) -> None:
    made = kept.session.scalar(text("SELECT id FROM archive_checkpoint WHERE no = 3"))
    row = kept.session.get_one(ArchiveCheckpoint, made)
    fresh = checkpoints.plain(row) | {"count": 9}
    kept.reach_in(
        "UPDATE archive_checkpoint SET count = 9, hash = :hash WHERE no = 3",
        hash=archive_seals.checkpoint_hash(fresh),
    )
    assert kept.said().startswith("checkpoint 3: was forged")


@pytest.mark.parametrize("no", [1, 2, 3])
def test_a_checkpoint_taken_out_is_found(kept: Archives, no: int) -> None:
    kept.reach_in("DELETE FROM archive_checkpoint WHERE no = :no", no=no)
    assert kept.said().startswith(f"checkpoint {no}: was removed")


def test_checkpoints_made_anew_after_a_loss_do_not_fit_the_anchor(
    kept: Archives, now: datetime
) -> None:
    kept.reach_in("DELETE FROM archive_checkpoint WHERE no > 1")
    kept.reach_in("DELETE FROM archive_entry WHERE person_id = :p", p=kept.people[0])
    kept.reach_in("DELETE FROM archive_head WHERE person_id = :p", p=kept.people[0])
    for _ in range(2):
        close_all(kept.session, now + timedelta(days=1))
        add(kept.session, kept.people[1], now)
    close_all(kept.session, now + timedelta(days=1))
    assert not checkpoints.keep_anchor(kept.session, SYSTEM, path=kept.anchor)
    faults = archive_doctor.examine(kept.session, anchor=kept.anchor).faults
    assert "checkpoint 3: is another than the one that was made here" in map(str, faults)


def test_an_anchor_that_was_spoilt_is_said(kept: Archives) -> None:
    kept.anchor.write_text("{}")
    assert "cannot be read" in kept.said()


def test_without_any_checkpoint_something_is_missing(session: Session, tmp_path: Path) -> None:
    assert "checkpoints: there are none" in (
        archive_doctor.examine(session, anchor=tmp_path / "none").sentence
    )


def certify(session: Session) -> Certificate:
    made = make_class(session, first_start=NOW - timedelta(days=9))
    institution = session.get_one(Institution, made.institution_id)
    manager = make_actor(session, Role.MANAGER, institution=institution)
    enrolment = enrol(session, make_person(session), made)
    return certificates.issue(
        session, manager, enrolment_id=enrolment.id, hours_credited=7, now=NOW
    )


def test_a_certificate_that_was_added_without_a_line_is_found(kept: Archives) -> None:
    made = certify(kept.session)
    assert kept.said() == ""
    kept.reach_in("DELETE FROM archive_entry WHERE ref_id = :id", id=made.id)
    faults = archive_doctor.examine(kept.session, anchor=kept.anchor).faults
    assert f"certificate {made.id}: has no line about its issue" in map(str, faults)


def test_a_revocation_that_was_wiped_from_the_row_is_found(kept: Archives) -> None:
    made = certify(kept.session)
    officer = make_actor(kept.session, Role.OFFICER)
    number = made.number or ""
    certificates.revoke(kept.session, officer, number=number, reason="考核材料不实", now=NOW)
    assert kept.said() == ""
    kept.reach_in(
        "UPDATE certificate SET status = 'issued', revoked_at = NULL, revoke_reason = NULL"
        " WHERE id = :id",
        id=made.id,
    )
    assert kept.said() == f"certificate {made.id}: was revoked, and its row no longer says so"


@pytest.mark.parametrize(
    ("column", "value"),
    [("title", "高级技师"), ("hours_credited", 999), ("level", 1), ("signature", "e.y.J")],
)
def test_a_certificate_that_was_written_anew_is_found(
    kept: Archives, column: str, value: object
) -> None:
    made = certify(kept.session)
    kept.reach_in(
        f"UPDATE certificate SET {column} = :value WHERE id = :id", value=value, id=made.id
    )
    assert kept.said() == f"certificate {made.id}: is another than the one that was issued"


def test_a_merge_that_only_the_database_knows_of_is_found(kept: Archives) -> None:
    one, other = (persons.resident(kept.session) for _ in range(2))
    kept.session.commit()
    link = "UPDATE person SET merged_into = :kept WHERE id = :id"
    kept.reach_in(link, kept=one.id, id=other.id)
    assert kept.said() == f"person {other.id}: counts as another without a line about a merge"
    kept.reach_in(link, kept=None, id=other.id)
    made = persons.merged(kept.session, one, other)
    assert kept.said() == ""
    kept.reach_in(link, kept=None, id=other.id)
    gone = "was merged into another, and the record no longer says so"
    assert kept.said() == f"person {other.id}: {gone}"
    kept.reach_in(link, kept=one.id, id=other.id)
    by = persons.officer(kept.session)
    person_merges.undo(kept.session, by, merge_id=made.id, reason=persons.WHY, now=NOW)
    kept.session.commit()
    assert kept.said() == ""
    kept.reach_in(link, kept=one.id, id=other.id)
    assert "counts as another" in kept.said()


def test_an_external_certificate_verified_in_the_database_alone_is_found(kept: Archives) -> None:
    made = new_id()
    kept.session.add(
        ExternalCertificate(
            id=made,
            person_id=kept.people[0],
            kind="SPECIAL_OP",
            number_enc=b"x",
            number_hash=b"x",
            number_masked="T***",
            title="电工作业",
            issuer_name="某应急管理局",
            issued_on=NOW.date(),
            problems=[],
            state="unverified",
            created_at=NOW,
        )
    )
    kept.session.commit()
    assert kept.said() == ""
    kept.reach_in("UPDATE external_certificate SET state = 'verified' WHERE id = :id", id=made)
    assert kept.said() == (
        f"external certificate {made}: counts as verified without a line about it"
    )


def test_the_first_fault_is_named_and_the_others_counted(kept: Archives) -> None:
    for seq, person_id in ((3, kept.people[2]), (1, kept.people[1])):
        kept.reach_in(
            "UPDATE archive_entry SET hours = 99 WHERE person_id = :p AND seq = :seq",
            p=person_id,
            seq=seq,
        )
    assert kept.said().startswith(f"person {kept.people[1]} line 1 (entry")
    assert kept.said().endswith("was changed after it was written (and 1 more)")


def test_lines_added_while_checkpoints_are_made_are_all_closed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor = tmp_path / "anchor.json"
    monkeypatch.setattr(archive_seals, "anchor_file", lambda: anchor)
    people = [in_transaction(lambda session: make_person(session).id) for _ in range(4)]

    def write(person_id: UUID) -> None:
        for _ in range(5):
            in_transaction(lambda session: add(session, person_id, NOW).seq)

    def keep() -> None:
        for _ in range(8):
            close_archives(now=NOW)

    together([*[lambda one=one: write(one) for one in people], keep])
    close_archives(now=NOW)
    with Session(engine) as session:
        examined = archive_doctor.examine(session, anchor=anchor)
        closed = session.scalar(text("SELECT sum(count) FROM archive_checkpoint"))
    assert (examined.sentence, closed) == ("", examined.lines)
    assert archive_seals.read_anchor(anchor) is not None


def test_no_checkpoint_closes_numbers_that_are_still_in_flight(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_PATIENCE", text("SET LOCAL lock_timeout = '20ms'"))
    people = [in_transaction(lambda session: make_person(session).id) for _ in range(2)]
    with Session(engine) as slow:
        add(slow, people[0], NOW)
        last = in_transaction(lambda session: add(session, people[1], NOW).no)
        with pytest.raises(OperationalError, match="lock timeout"):
            in_transaction(lambda session: checkpoints.boundary(session, SYSTEM))
        slow.commit()
    assert in_transaction(lambda session: checkpoints.boundary(session, SYSTEM)) == last


def test_only_the_clock_makes_checkpoints(session: Session, now: datetime) -> None:
    officer = make_actor(session, Role.OFFICER)
    for act in (
        lambda: checkpoints.boundary(session, officer),
        lambda: checkpoints.close(session, officer, upto=1, now=now),
        lambda: checkpoints.keep_anchor(session, officer, path=Path("x")),
    ):
        with pytest.raises(Forbidden):
            act()
