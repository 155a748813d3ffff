"""Archives that were written before there were seals are sealed once, when they are intact."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.services import archive_chain as chain
from portal.services import archive_checkpoints, archive_doctor, archive_sealing
from tests.support.archives import add, reach_in
from tests.support.factories import make_person


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "anchor.json"


def unseal(session: Session) -> None:
    """As the first edition of the portal left it."""
    reach_in(session, "UPDATE archive_entry SET seal = NULL")
    reach_in(session, "DELETE FROM archive_head")
    reach_in(session, "DELETE FROM archive_checkpoint")
    session.execute(text("ALTER TABLE archive_entry ENABLE TRIGGER append_only"))


def seal(session: Session, anchor: Path, now: datetime) -> archive_sealing.Sealed:
    done = archive_sealing.seal_old(session, SYSTEM, anchor=anchor, now=now)
    archive_checkpoints.keep_anchor(session, SYSTEM, path=anchor)
    session.expire_all()
    return done


def test_old_archives_are_sealed_and_go_on(session: Session, anchor: Path, now: datetime) -> None:
    people = [make_person(session).id for _ in range(3)]
    for person_id in people * 2:
        add(session, person_id, now)
    unseal(session)
    assert seal(session, anchor, now) == archive_sealing.Sealed(6, ())
    assert archive_doctor.examine(session, anchor=anchor).faults == ()
    add(session, people[0], now)
    assert all(chain.verify_chain(session, one) is None for one in people)
    assert archive_doctor.examine(session, anchor=anchor).faults == ()


def test_the_lines_are_append_only_again_afterwards(
    session: Session, anchor: Path, now: datetime
) -> None:
    add(session, make_person(session).id, now)
    unseal(session)
    seal(session, anchor, now)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE archive_entry SET seal = NULL"))


def test_a_broken_archive_is_named_and_stays_unsealed(
    session: Session, anchor: Path, now: datetime
) -> None:
    good, bad = make_person(session).id, make_person(session).id
    for person_id in (good, bad, bad):
        add(session, person_id, now)
    reach_in(session, "UPDATE archive_entry SET hours = 1 WHERE person_id = :p", p=bad)
    unseal(session)
    assert seal(session, anchor, now) == archive_sealing.Sealed(1, (bad,))
    assert archive_doctor.examine(session, anchor=anchor).sentence == (
        f"person {bad} line 1 (entry {chain.entries_of(session, bad)[0].id}):"
        " was changed after it was written"
    )


def test_sealing_happens_once(session: Session, anchor: Path, now: datetime) -> None:
    person_id = make_person(session).id
    assert seal(session, anchor, now) == archive_sealing.Sealed()
    add(session, person_id, now)
    unseal(session)
    # Not even where every trace in the database was taken out: the anchor remembers.
    assert seal(session, anchor, now) == archive_sealing.Sealed()
    assert chain.verify_chain(session, person_id) == 1
    anchor.unlink()
    add(session, person_id, now)
    assert seal(session, anchor, now) == archive_sealing.Sealed()
    assert "bears no seal" in archive_doctor.examine(session, anchor=anchor).sentence


def test_a_new_portal_begins_with_an_empty_checkpoint(
    session: Session, anchor: Path, now: datetime
) -> None:
    seal(session, anchor, now)
    first = archive_checkpoints.newest(session)
    assert first is not None
    assert (first.no, first.count, first.members) == (1, 0, b"")
    assert archive_doctor.examine(session, anchor=anchor).faults == ()
