"""Whatever is done to the trail in the database itself is found, and the first bad row named."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import AuditBlock, AuditEvent, AuditPlace
from portal.documents import audit_proof
from portal.domain.errors import Forbidden
from portal.domain.permissions import SYSTEM, Role
from portal.services import checkup
from portal.services.audit_trail import blocks, examination
from portal.settings import get_settings
from portal.tasks.audit_trail import close_audit_trail
from tests.support.acts import together
from tests.support.audit_trail import close_all, reach_in, write
from tests.support.factories import NOW, make_account, make_actor


class Trail:
    """Three blocks of four rows, and two rows that are in none yet."""

    def __init__(self, session: Session, anchor: Path) -> None:
        self.session, self.anchor = session, anchor
        reach_in(session, "DELETE FROM audit_event")
        self.rows: list[AuditEvent] = []
        for _ in range(3):
            self.rows += [write(session, NOW, reason="第一") for _ in range(4)]
            assert blocks.close(session, SYSTEM, now=NOW)
        blocks.keep_anchor(session, SYSTEM, path=anchor)
        self.rows += [write(session, NOW) for _ in range(2)]

    def said(self) -> str:
        return examination.examine(self.session, anchor=self.anchor).sentence

    def reach_in(self, statement: str, **values: Any) -> None:
        reach_in(self.session, statement, **values)


@pytest.fixture
def trail(session: Session, tmp_path: Path) -> Trail:
    return Trail(session, tmp_path / "anchor.json")


def test_a_trail_that_nobody_touched_is_in_order(trail: Trail) -> None:
    found = examination.examine(trail.session, anchor=trail.anchor)
    assert (found.blocks, found.rows, found.unclosed, found.faults) == (3, 12, 2, ())


COLUMNS = {
    "id": new_id(),
    "at": "2020-01-01T00:00:00Z",
    "actor_account_id": new_id(),
    "actor_role": "trainee",
    "on_behalf_of": new_id(),
    "action": "class.cancel",
    "object_type": "enrolment",
    "object_id": "x",
    "fields_read": "{name}",
    "reason": "别的",
    "detail": '{"count": 4}',
}


def test_every_column_is_tried() -> None:
    assert {*COLUMNS, "no"} == set(AuditEvent.__table__.columns.keys())


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found_and_its_row_named(trail: Trail, column: str) -> None:
    victim = trail.rows[5].no
    kind = trail.session.scalar(
        text(
            "SELECT udt_name FROM information_schema.columns"
            " WHERE table_name = 'audit_event' AND column_name = :name"
        ),
        {"name": column},
    )
    trail.reach_in(
        f"UPDATE audit_event SET {column} = CAST(:value AS {kind}) WHERE no = :no",
        value=COLUMNS[column],
        no=victim,
    )
    assert trail.said() == f"block 2 row {victim}: changed"


@pytest.mark.parametrize("column", ["actor_account_id", "reason", "detail", "object_id"])
def test_a_column_that_was_emptied_is_found(trail: Trail, column: str) -> None:
    written = write(trail.session, NOW, actor_account_id=new_id()).no
    close_all(trail.session, NOW)
    trail.reach_in(f"UPDATE audit_event SET {column} = NULL WHERE no = :no", no=written)
    assert trail.said() == f"block 4 row {written}: changed"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "'infinity'"),
        ("at", "'4000-01-01 BC'"),
        ("detail", "'{\"n\": 1e400}'"),
        ("detail", f"'{{\"n\": {'9' * 5000}}}'"),
        ("detail", "'null'"),
    ],
)
def test_what_python_cannot_hold_is_found_all_the_same(
    trail: Trail, column: str, value: str
) -> None:
    victim = trail.rows[5].no
    trail.reach_in(
        f"UPDATE audit_event SET {column} = {value.replace(':', chr(92) + ':')} WHERE no = {victim}"
    )
    assert trail.said() == f"block 2 row {victim}: changed"


def test_a_moment_that_python_cannot_hold_does_not_keep_the_trail_from_being_closed(
    trail: Trail,
) -> None:
    victim = trail.rows[12].no
    trail.reach_in("UPDATE audit_event SET at = 'infinity' WHERE no = :no", no=victim)
    close_all(trail.session, NOW)
    found = examination.examine(trail.session, anchor=trail.anchor)
    assert found.unclosed == 0
    assert str(found.faults[0]) == f"block 4 row {victim}: changed"


def test_a_row_that_was_removed_is_named(trail: Trail) -> None:
    victim = trail.rows[6].no
    trail.reach_in("DELETE FROM audit_event WHERE no >= :no", no=victim)
    assert trail.said() == f"block 2 row {victim}: removed (and 1 more)"


def test_a_row_that_took_another_number_is_missed_where_it_was(trail: Trail) -> None:
    victim = trail.rows[6].no
    trail.reach_in("UPDATE audit_event SET no = no + 1000000 WHERE no = :no", no=victim)
    assert trail.said() == f"block 2 row {victim}: removed (and 1 more)"


def _put_in(trail: Trail, no: int) -> None:
    trail.reach_in(
        "INSERT INTO audit_event (id, no, at, actor_role, action, object_type)"
        " VALUES (:id, :no, :at, 'officer', 'class.finish', 'x')",
        id=new_id(),
        no=no,
        at=NOW,
    )


def test_a_row_put_in_where_a_number_was_drawn_in_vain_is_named(trail: Trail) -> None:
    session = trail.session
    vain = session.scalar(text("SELECT nextval('audit_event_no_seq')"))
    write(session, NOW)
    close_all(session, NOW)
    assert trail.said() == ""
    _put_in(trail, vain)
    assert trail.said() == f"block 4 row {vain}: inserted"


def test_a_row_with_a_number_that_nobody_drew_is_named(trail: Trail) -> None:
    _put_in(trail, 10**12)
    assert trail.said() == f"row {10**12}: inserted"
    trail.reach_in("DELETE FROM audit_event WHERE no = :no", no=10**12)
    _put_in(trail, -5)
    assert trail.said() == "block 1 row -5: inserted"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit_place WHERE no = :no",
        "UPDATE audit_place SET region_code = '650400' WHERE no = :no",
        "UPDATE audit_place SET action = 'x' WHERE no = :no",
        "UPDATE audit_place SET at = at - interval '1 day' WHERE no = :no",
    ],
)
def test_what_would_hide_a_row_from_search_is_found(trail: Trail, change: str) -> None:
    victim = trail.rows[5].no
    trail.reach_in(change, no=victim)
    assert trail.said() == f"block 2 row {victim}: changed"


BLOCK_COLUMNS = {
    "upto_no": "upto_no + 1",
    "count": "count + 1",
    "first_at": "first_at - interval '1 day'",
    "last_at": "last_at + interval '1 day'",
    "root": "'00'",
    "members": "'\\x00'",
    "awaited": "'[[1, 1]]'",
    "writers": "'{1/1}'",
    "prev_hash": "repeat('1', 64)",
    "hash": "repeat('1', 64)",
    "mac": "'\\x00'",
    "at": "at + interval '1 day'",
}


@pytest.mark.parametrize("column", BLOCK_COLUMNS)
def test_a_changed_block_is_named(trail: Trail, column: str) -> None:
    trail.reach_in(f"UPDATE audit_block SET {column} = {BLOCK_COLUMNS[column]} WHERE no = 2")
    assert trail.said().startswith("block 2: ")


def test_every_column_of_a_block_is_tried() -> None:
    assert {*BLOCK_COLUMNS, "id", "no"} == set(AuditBlock.__table__.columns.keys())


def test_a_block_computed_anew_lacks_its_seal(trail: Trail) -> None:
    session = trail.session
    block = session.scalars(select(AuditBlock).where(AuditBlock.no == 2)).one()
    made = audit_proof.header_hash(blocks.header(block) | {"root": "00"})
    trail.reach_in("UPDATE audit_block SET root = '00', hash = :made WHERE no = 2", made=made)
    assert trail.said().startswith("block 2: forged")


@pytest.mark.parametrize("no", [1, 2, 3])
def test_a_block_that_was_removed_is_named(trail: Trail, no: int) -> None:
    trail.reach_in("DELETE FROM audit_block WHERE no = :no", no=no)
    assert trail.said().startswith(f"block {no}: removed")


def test_the_newest_block_taken_out_with_its_rows_is_known_to_the_anchor(trail: Trail) -> None:
    trail.reach_in("DELETE FROM audit_block WHERE no = 3")
    trail.reach_in("DELETE FROM audit_event WHERE no >= :no", no=trail.rows[8].no)
    assert trail.said() == "block 3: removed"
    # It does not follow a chain that does not hold it.
    write(trail.session, NOW)
    close_all(trail.session, NOW + timedelta(hours=1))
    assert not blocks.keep_anchor(trail.session, SYSTEM, path=trail.anchor)
    assert trail.said() == "block 3: changed"


def test_the_table_itself_refuses_change(trail: Trail) -> None:
    with pytest.raises(Exception, match="append-only"):
        trail.session.execute(text("UPDATE audit_block SET count = 0"))


def test_blocks_are_small_and_nothing_is_closed_twice(session: Session) -> None:
    close_all(session, NOW)
    first = session.scalar(select(func.max(AuditBlock.no))) or 0
    for _ in range(7):
        write(session, NOW)
    close_all(session, NOW, most=3)
    counts = session.scalars(
        select(AuditBlock.count).where(AuditBlock.no > first).order_by(AuditBlock.no)
    ).all()
    assert counts == [3, 3, 1]
    assert blocks.close(session, SYSTEM, now=NOW) is None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OFFICER, Role.SECURITY_ADMIN])
def test_nobody_but_the_clock_closes_blocks(session: Session, role: Role) -> None:
    who = make_actor(session, role)
    with pytest.raises(Forbidden):
        blocks.close(session, who, now=NOW)
    with pytest.raises(Forbidden):
        blocks.keep_anchor(session, who, path=Path("nowhere"))


# --- rows that are committed, by transactions beside each other


def _closed_in(session: Session, no: int) -> list[int]:
    """The blocks that hold a row, by what they keep of it."""
    found = session.scalars(select(AuditBlock).order_by(AuditBlock.no))
    return [block.no for block in found if no in dict(audit_proof.members_of(block.members))]


def _close(now: datetime) -> None:
    while in_transaction(lambda session: blocks.close(session, SYSTEM, now=now)):
        pass


@pytest.fixture
def open_one(engine: Engine) -> Iterator[Session]:
    """A transaction that somebody leaves open."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


def test_a_row_of_a_long_transaction_comes_into_exactly_one_block(
    engine: Engine, open_one: Session, tmp_path: Path
) -> None:
    late = write(open_one, NOW).no
    for hour in range(3):
        moment = NOW + timedelta(hours=hour)
        in_transaction(lambda session, moment=moment: write(session, moment))
        _close(moment)
    with Session(engine) as session:
        last = blocks.newest(session)
        assert last is not None
        # Numbers before it that were drawn in vain may stand in the same range.
        assert [until for _, until in last.awaited] == [late]
        assert _closed_in(session, late) == []
        assert examination.unclosed(session) == 0
    open_one.commit()
    with Session(engine) as session:
        assert examination.unclosed(session) == 1
    _close(NOW + timedelta(hours=4))
    in_transaction(lambda session: write(session, NOW))
    _close(NOW + timedelta(hours=5))
    with Session(engine) as session:
        assert len(_closed_in(session, late)) == 1
        last = blocks.newest(session)
        assert last is not None
        assert last.awaited == []
        assert examination.examine(session, anchor=tmp_path / "none").faults == ()


def test_a_number_of_a_transaction_that_was_rolled_back_is_awaited_no_longer(
    engine: Engine, open_one: Session, tmp_path: Path
) -> None:
    vain = write(open_one, NOW).no
    in_transaction(lambda session: write(session, NOW))
    _close(NOW)
    open_one.rollback()
    in_transaction(lambda session: write(session, NOW))
    _close(NOW)
    with Session(engine) as session:
        last = blocks.newest(session)
        assert last is not None
        assert last.awaited == []
        assert examination.examine(session, anchor=tmp_path / "none").faults == ()
        reach_in(
            session,
            "INSERT INTO audit_event (id, no, at, actor_role, action, object_type)"
            " VALUES (gen_random_uuid(), :no, now(), 'officer', 'x.y', 'x')",
            no=vain,
        )
        said = examination.examine(session, anchor=tmp_path / "none").sentence
        assert said == f"block {last.no} row {vain}: inserted"
        session.rollback()


def test_rows_written_while_blocks_are_closed_are_each_in_exactly_one(
    engine: Engine, tmp_path: Path
) -> None:
    def some() -> None:
        for count in range(15):

            def act(session: Session, count: int = count) -> None:
                write(session, NOW)
                if count % 5 == 4:
                    session.rollback()

            in_transaction_loose(engine, act)

    done = Event()

    def closing() -> None:
        while not done.is_set():
            in_transaction(lambda session: blocks.close(session, SYSTEM, now=NOW, most=7))

    closers = [Thread(target=closing) for _ in range(2)]
    for one in closers:
        one.start()
    together([some] * 8)
    done.set()
    for one in closers:
        one.join()
    _close(NOW)
    with Session(engine) as session:
        assert examination.unclosed(session) == 0
        assert examination.examine(session, anchor=tmp_path / "none").faults == ()
        rows = session.scalar(select(func.count()).select_from(AuditEvent))
        assert session.scalar(select(func.sum(AuditBlock.count))) == rows
        assert session.scalar(select(func.count()).select_from(AuditPlace)) == rows


def in_transaction_loose(engine: Engine, act: Any) -> None:
    """A transaction that the act itself may have rolled back."""
    with Session(engine) as session:
        act(session)
        session.commit()


def test_no_act_waits_for_a_block(engine: Engine, open_one: Session) -> None:
    """While one is being closed, whoever writes goes on."""
    in_transaction(lambda session: write(session, NOW))
    blocks.close(open_one, SYSTEM, now=NOW)

    def act(session: Session) -> None:
        session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        write(session, NOW)

    in_transaction(act)


def test_the_clock_closes_and_the_doctor_looks(engine: Engine) -> None:
    def named() -> checkup.Finding:
        found = checkup.examine(get_settings(), now=NOW)
        return next(one for one in found if one.name == "audit trail")

    def officer(session: Session) -> int:
        account = make_account(session, Role.OFFICER)
        return write(session, NOW, actor_account_id=account.id).no

    no = in_transaction(officer)
    blocks.anchor_file().unlink(missing_ok=True)
    close_audit_trail(now=NOW)
    assert blocks.anchor_file().is_file()
    assert named().ok
    with Session(engine) as session:
        region = session.scalar(select(AuditPlace.region_code).where(AuditPlace.no == no))
        assert region == "650400"
        reach_in(session, "UPDATE audit_event SET reason = 'x' WHERE no = :no", no=no)
        session.commit()
    assert (named().ok, f"row {no}: changed" in named().detail) == (False, True)
    blocks.anchor_file().unlink()
