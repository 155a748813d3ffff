"""The chain of an archive: lines in order, sealed, and honest about what was done to them."""

import contextlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, ArchiveHead
from portal.services import archive_chain as chain
from portal.services import archive_seals as seals
from tests.support.acts import together
from tests.support.archives import DETAIL, add, compute_anew, reach_in
from tests.support.factories import make_person

OF_PERSON = "UPDATE archive_entry SET {} WHERE person_id = :person AND seq = :seq"


def test_lines_are_numbered_and_chained_for_each_person(session: Session, now: datetime) -> None:
    someone, other = make_person(session), make_person(session)
    first = add(session, someone.id, now)
    add(session, other.id, now)
    second = add(session, someone.id, now)
    assert (first.seq, second.seq) == (1, 2)
    assert (first.prev_hash, second.prev_hash) == ("0" * 64, first.hash)
    assert chain.verify_chain(session, someone.id) is None


def test_what_append_answers_is_what_the_database_holds(session: Session, now: datetime) -> None:
    made = add(session, make_person(session).id, now, source_system="https://other.example")
    known = {name: getattr(made, name) for name in chain.Entry._fields}
    session.expire_all()
    [entry] = chain.entries_of(session, made.person_id)
    assert entry._asdict() == known
    assert session.get_one(ArchiveEntry, made.id).source_system == "https://other.example"


def test_an_empty_archive_is_intact(session: Session) -> None:
    assert chain.verify_chain(session, make_person(session).id) is None


def test_the_database_refuses_to_change_a_line(session: Session, now: datetime) -> None:
    entry = add(session, make_person(session).id, now)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(
            text("UPDATE archive_entry SET hours = 99 WHERE id = :id"), {"id": entry.id}
        )


def test_a_long_archive_costs_no_more_to_add_to(
    engine: Engine, session: Session, now: datetime
) -> None:
    person = make_person(session)
    add(session, person.id, now)
    counted: list[str] = []

    def count(*args: Any) -> None:
        counted.append(args[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        for length in (1, 40):
            for _ in range(length):
                add(session, person.id, now)
            counted.clear()
            add(session, person.id, now)
            assert len(counted) == 4
            # No statement reads the lines: of them only the last, by its number.
            assert not [one for one in counted if "ORDER BY archive_entry.seq" in one]
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert chain.verify_chain(session, person.id) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("hours", 99),
        ("hours", None),
        ("title", "焊工"),
        ("institution_name", "别的学校"),
        ("kind", "certificate"),
        ("ref_id", new_id()),
        ("occurred_on", date(2020, 1, 1)),
        ("detail", json.dumps({"status": "completed"})),
        ("detail", "[]"),
        ("detail", '"x"'),
        ("source_system", "elsewhere"),
        ("recorded_at", datetime(2020, 1, 1, tzinfo=timezone.utc)),  # noqa: UP017
        ("supersedes", new_id()),
        ("prev_hash", "0" * 64),
        ("hash", "f" * 64),
        ("hash", "nonsense"),
        ("seal", b""),
        ("seal", None),
        ("id", new_id()),
        ("seq", 7),
        ("no", 9_000_000),
    ],
)
def test_a_changed_column_breaks_the_chain_at_its_line(
    session: Session, now: datetime, column: str, value: object
) -> None:
    person = make_person(session)
    for _ in range(3):
        add(session, person.id, now)
    cast = "CAST(:value AS jsonb)" if column == "detail" else ":value"
    statement = OF_PERSON.format(f"{column} = {cast}")
    reach_in(session, statement, value=value, person=person.id, seq=2)
    assert chain.verify_chain(session, person.id) == 2


def test_a_chain_computed_anew_is_found_by_its_seals(session: Session, now: datetime) -> None:
    person = make_person(session)
    for _ in range(3):
        add(session, person.id, now)
    reach_in(session, OF_PERSON.format("hours = 99"), person=person.id, seq=2)
    compute_anew(session, person.id)
    entries = chain.entries_of(session, person.id)
    assert all(one.hash == chain.entry_hash(chain.plain_entry(one)) for one in entries)
    assert [one.prev_hash for one in entries[1:]] == [one.hash for one in entries[:-1]]
    assert chain.verify_chain(session, person.id) == 2


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_line_taken_out_is_found_where_it_stood(
    session: Session, now: datetime, seq: int
) -> None:
    person = make_person(session)
    for _ in range(3):
        add(session, person.id, now)
    reach_in(
        session,
        "DELETE FROM archive_entry WHERE person_id = :person AND seq = :seq",
        person=person.id,
        seq=seq,
    )
    assert chain.verify_chain(session, person.id) == seq


def test_a_line_added_after_others_were_cut_off_does_not_hide_it(
    session: Session, now: datetime
) -> None:
    person = make_person(session)
    for _ in range(3):
        add(session, person.id, now)
    reach_in(session, "DELETE FROM archive_entry WHERE person_id = :p AND seq > 1", p=person.id)
    assert add(session, person.id, now).seq == 4
    assert chain.verify_chain(session, person.id) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM archive_head WHERE person_id = :p",
        "UPDATE archive_head SET mac = '\\x00' WHERE person_id = :p",
        "UPDATE archive_head SET seq = 1 WHERE person_id = :p",
        "UPDATE archive_head SET hash = repeat('0', 64) WHERE person_id = :p",
    ],
)
def test_a_head_that_was_wrong_stays_wrong_when_lines_follow(
    session: Session, now: datetime, statement: str
) -> None:
    person = make_person(session)
    for _ in range(2):
        add(session, person.id, now)
    reach_in(session, statement, p=person.id)
    assert chain.verify_chain(session, person.id) == 3
    for _ in range(2):
        add(session, person.id, now)
    assert chain.verify_chain(session, person.id) is not None
    assert session.get_one(ArchiveHead, person.id).mac == seals.TAINTED


def test_a_line_of_somebody_else_does_not_fit_into_the_chain(
    session: Session, now: datetime
) -> None:
    person, other = make_person(session), make_person(session)
    entry = add(session, other.id, now)
    reach_in(
        session,
        "UPDATE archive_entry SET person_id = :person WHERE id = :id",
        person=person.id,
        id=entry.id,
    )
    assert chain.verify_chain(session, person.id) == 1
    assert chain.verify_chain(session, other.id) == 1


def test_the_zone_of_the_clock_does_not_matter_to_the_hash(session: Session, now: datetime) -> None:
    person = make_person(session)
    add(session, person.id, now.astimezone(timezone(timedelta(hours=8))))
    session.expire_all()
    assert chain.verify_chain(session, person.id) is None


def test_lines_added_at_once_stand_one_after_another(engine: Engine, now: datetime) -> None:
    people = [in_transaction(lambda session: make_person(session).id) for _ in range(2)]

    def write(person_id: UUID) -> int:
        return in_transaction(lambda session: add(session, person_id, now).seq)

    acts = [lambda person_id=one: write(person_id) for one in people * 12]
    assert not [one for one in together(acts) if not isinstance(one, int)]
    with Session(engine) as session:
        for one in people:
            query = select(ArchiveEntry.seq).where(ArchiveEntry.person_id == one)
            assert sorted(session.scalars(query)) == list(range(1, 13))
            assert chain.verify_chain(session, one) is None


def test_an_act_that_failed_leaves_no_gap(engine: Engine, now: datetime) -> None:
    person_id = in_transaction(lambda session: make_person(session).id)
    ref_id = new_id()
    for _ in range(2):
        with Session(engine) as session, contextlib.suppress(IntegrityError):
            add(session, person_id, now, ref_id=ref_id)
            session.commit()
    in_transaction(lambda session: add(session, person_id, now).seq)
    with Session(engine) as session:
        assert [one.seq for one in chain.entries_of(session, person_id)] == [1, 2]
        assert chain.verify_chain(session, person_id) is None


def test_a_line_is_superseded_once_and_by_its_own_person(session: Session, now: datetime) -> None:
    person, other = make_person(session), make_person(session)
    old = add(session, person.id, now)
    with pytest.raises(ValueError, match="in force"):
        add(session, other.id, now, kind="correction", ref_id=old.id, supersedes=old.id)
    add(session, person.id, now, kind="correction", ref_id=old.id, supersedes=old.id)
    with pytest.raises(ValueError, match="in force"):
        add(session, person.id, now, kind="correction", ref_id=new_id(), supersedes=old.id)


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20)
lines = st.fixed_dictionaries(
    {
        "title": texts,
        "institution_name": texts,
        "hours": st.none() | st.integers(0, 2_000),
        "occurred_on": st.dates(date(1970, 1, 1), date(2100, 1, 1)),
        "source_system": texts,
        "detail": st.dictionaries(
            texts, st.none() | texts | st.integers(-(2**53), 2**53), max_size=4
        ),
    }
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    wanted=st.lists(lines, min_size=1, max_size=6),
    at=st.integers(0, 4_000_000_000_000_000).map(
        lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    ),
    data=st.data(),
)
def test_any_lines_chain_and_any_one_changed_is_named(
    session: Session, wanted: list[dict[str, Any]], at: datetime, data: st.DataObject
) -> None:
    person = make_person(session)
    for line in wanted:
        add(session, person.id, at, **line)
    session.expire_all()
    entries = chain.entries_of(session, person.id)
    assert chain.first_broken(entries) is None
    assert chain.verify_chain(session, person.id) is None
    assert [entry.detail for entry in entries] == [DETAIL | line["detail"] for line in wanted]
    victim = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(["title", "institution_name", "source_system"]))
    entries[victim] = entries[victim]._replace(**{name: getattr(entries[victim], name) + "x"})
    assert chain.first_broken(entries) == victim + 1
    entries[victim : victim + 1] = []
    if victim < len(entries):
        assert chain.first_broken(entries) == victim + 1


@settings(max_examples=200, deadline=None)
@given(
    line=lines,
    seq=st.integers(1, 2**40),
    supersedes=st.none() | st.uuids(),
    ids=st.tuples(st.uuids(), st.uuids(), st.uuids()),
    at=st.integers(0, 4_000_000_000_000_000),
    detail=st.recursive(
        st.none()
        | st.booleans()
        | texts
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    ),
)
def test_the_fast_hash_is_the_public_one(
    line: dict[str, Any],
    seq: int,
    supersedes: UUID | None,
    ids: tuple[UUID, UUID, UUID],
    at: int,
    detail: Any,
) -> None:
    zone = timezone(timedelta(hours=8))
    entry = chain.Entry(
        *ids[:2],
        seq,
        "class",
        ids[2],
        line["occurred_on"],
        line["title"],
        line["institution_name"],
        line["hours"],
        detail,
        line["source_system"],
        datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=at),
        supersedes,
        chain.GENESIS,
        "",
        None,
        1,
    )
    assert chain.hash_of(entry) == chain.entry_hash(chain.plain_entry(entry))
